"""How often a second one parser reads each message on its input; run by `codec`, one parser a process.

    python _parse_rate.py PARSER < messages

PARSER is tccc_desk, aiosipua, rfcvoip or pyVoIP. Input and output are JSON. Needs nothing but the
parser and the standard library, so that it runs in the interpreter the parser is installed in.
"""

from __future__ import annotations

import base64
import contextlib
import io
import json
import sys
import time
from collections.abc import Callable
from typing import Any

Parse = Callable[[bytes], Any]
Readers = tuple[Parse, Parse | None]
"""Parse, and parse with the fields; None where a parser does not offer them all."""

SECONDS = 0.08
ROUNDS = 3


def _ours() -> Readers:
    from tccc_desk.sip.address import Address
    from tccc_desk.sip.message import cseq, from_address, parse_message, to_address, top_via
    from tccc_desk.sip.uri import Uri

    def read(data: bytes) -> object:
        message = parse_message(data)
        contacts = [Address.parse(value) for value in message.headers.split("Contact")]
        uri = Uri.parse(message.uri) if hasattr(message, "uri") else None
        call_id = message.headers.get("Call-ID")
        return (
            top_via(message),
            from_address(message),
            to_address(message),
            cseq(message),
            contacts,
            uri,
            call_id,
        )

    return parse_message, read


def _aiosipua() -> Readers:
    from aiosipua import SipMessage
    from aiosipua.headers import parse_uri

    def read(data: bytes) -> object:
        message = SipMessage.parse(data)
        uri = parse_uri(message.uri) if hasattr(message, "uri") else None
        return (
            message.via,
            message.from_addr,
            message.to_addr,
            message.cseq,
            message.contact,
            uri,
            message.call_id,
        )

    return SipMessage.parse, read


def _rfcvoip() -> Readers:
    from rfcvoip.SIP import SIPMessage

    return SIPMessage, None


def _pyvoip() -> Readers:
    import pyVoIP.VoIP  # noqa: F401  first, or its circular imports fail
    from pyVoIP.SIP import SIPMessage

    return SIPMessage, None


PARSERS = {"tccc_desk": _ours, "aiosipua": _aiosipua, "rfcvoip": _rfcvoip, "pyVoIP": _pyvoip}


def rate(parse: Parse, data: bytes) -> float | None:
    """Messages a second of CPU time, the best of some stretches; None where the parser fails on it."""
    try:
        parse(data)
    except Exception:  # noqa: BLE001  whatever a peer's parser raises
        return None
    best = 0.0
    for _ in range(ROUNDS):
        count, started = 0, time.process_time()
        while (spent := time.process_time() - started) < SECONDS:
            for _ in range(50):
                parse(data)
            count += 50
        best = max(best, count / spent)
    return best


def main() -> None:
    parse, read = PARSERS[sys.argv[1]]()
    messages = [base64.b64decode(text) for text in json.load(sys.stdin)]
    with contextlib.redirect_stdout(io.StringIO()):
        rates = [(rate(parse, data), rate(read, data) if read else None) for data in messages]
    json.dump(rates, sys.stdout)


if __name__ == "__main__":
    main()
