"""Requests inside a dialog that change nothing of it: what each is answered, and the digit one may bring."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tccc_desk.sip.message import Request
from tccc_desk.trunk.bindings import ALLOW, SUPPORTED

KNOWN = frozenset({
    "ACK", "BYE", "CANCEL", "INFO", "INVITE", "MESSAGE", "NOTIFY", "OPTIONS", "PRACK", "PUBLISH", "REFER",
    "REGISTER", "SUBSCRIBE", "UPDATE",
})  # fmt: skip
"""Methods that exist: 405 is for these, 501 for the rest (RFC 3261 section 8.2.1)."""
EXTENSIONS = frozenset(name.strip() for name in SUPPORTED.split(","))
DTMF_TYPES = ("application/dtmf-relay", "application/dtmf")

_SIGNAL = re.compile(r"(?:\s*Signal\s*=)?\s*([0-9A-Da-d*#]|10|11)\s*", re.ASCII)
_NAMED = {"10": "*", "11": "#"}


@dataclass(frozen=True, slots=True)
class Reply:
    """A final answer, and what else came of the request."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    digit: str = ""


def unsupported(request: Request) -> str:
    """The value of Unsupported for a 420: what Require names and we do not have (section 8.2.2.3)."""
    asked = (option.strip() for option in request.headers.split("Require"))
    return ", ".join(option for option in asked if option and option.lower() not in EXTENSIONS)


def reply(request: Request) -> Reply:
    """Answer a request in a dialog other than INVITE, UPDATE, BYE and PRACK."""
    match request.method:
        case "OPTIONS":
            return Reply(200, capabilities())
        case "INFO":
            return _info(request)
        case "REFER":
            # Never followed: a test call must not be sent elsewhere by its far end (RFC 3515
            # section 2.4.2 has 603 for that); without exactly one target it is malformed (2.4.1).
            return Reply(603 if len(request.headers.split("Refer-To")) == 1 else 400)
        case "NOTIFY":
            return Reply(481)  # nothing was subscribed to (RFC 6665 section 4.1.3)
        case method:
            return Reply(405 if method in KNOWN else 501, (("Allow", ALLOW),))


def capabilities() -> tuple[tuple[str, str], ...]:
    """What a 200 to OPTIONS says (RFC 3261 section 11.2)."""
    accepted = ", ".join(("application/sdp", *DTMF_TYPES))
    return (("Allow", ALLOW), ("Accept", accepted), ("Supported", SUPPORTED))


def _info(request: Request) -> Reply:
    if "Info-Package" in request.headers:
        return Reply(469, (("Recv-Info", ""),))  # RFC 6086 section 4.2.2: none is taken
    if not request.body:
        return Reply(200)
    content = request.headers.get("Content-Type").partition(";")[0].strip().casefold()
    if content not in DTMF_TYPES:
        return Reply(415, (("Accept", ", ".join(DTMF_TYPES)),))
    first = request.body[:64].decode("ascii", "replace").split("\n", 1)[0]
    signal = _SIGNAL.fullmatch(first)
    if signal is None:
        return Reply(400)
    return Reply(200, digit=_NAMED.get(signal[1], signal[1].upper()))
