"""REGISTER requests for a trunk, and what a 2xx says about its bindings (RFC 3261 section 10)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from tccc_desk.sip.address import Address
from tccc_desk.sip.errors import ProtocolError
from tccc_desk.sip.flow import Flow, host_port
from tccc_desk.sip.headers import Headers
from tccc_desk.sip.message import Request, Response, top_via
from tccc_desk.sip.uri import Uri
from tccc_desk.trunk.profile import Trunk

ALLOW = "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE, PRACK"
SUPPORTED = "100rel, timer"
"""Extensions of calls: reliable provisional responses (RFC 3262), session timers (RFC 4028)."""
MAX_CONTACTS = 50
"""Bindings read from one answer: enough for any desk, bounded for any server."""
MAX_EXPIRES_S = 2**32 - 1
"""RFC 3261 section 20.19."""


def contact_uri(trunk: Trunk, flow: Flow) -> str:
    """Our Contact URI on a flow: requests sent there come back over it.

    A TLS flow's is a sip URI with `transport=tls`, not a sips URI. RFC 3261 section 26.2.2
    deprecates the parameter, but a sips URI promises TLS on every hop up to the caller (RFC 5630
    section 3), which a trunk to the telephone network cannot keep, and registrars for trunks
    compare Contacts as sip URIs.
    """
    transport = "" if flow.transport == "UDP" else f";transport={flow.transport.lower()}"
    return f"sip:{trunk.username}@{host_port(flow.local)}{transport}"


def aor(trunk: Trunk) -> str:
    """The address of record: what is registered, not where."""
    return f"sip:{trunk.username}@{trunk.domain}"


def register_request(
    trunk: Trunk,
    *,
    contact: str,
    expires_s: int,
    call_id: str,
    cseq: int,
    from_tag: str,
    credentials: Iterable[tuple[str, str]],
) -> Request:
    """A REGISTER. An empty `contact` makes it a query that changes no binding (section 10.2.3)."""
    uri = f"sip:{trunk.domain}"
    items = [
        ("From", f"<{aor(trunk)}>;tag={from_tag}"),
        ("To", f"<{aor(trunk)}>"),
        ("Call-ID", call_id),
        ("CSeq", f"{cseq} REGISTER"),
    ]
    if contact:
        items += [("Contact", f"<{contact}>"), ("Expires", str(expires_s))]
    items += [("Allow", ALLOW), *routes(trunk), *credentials]
    return Request("REGISTER", uri, Headers(items))


def routes(trunk: Trunk) -> list[tuple[str, str]]:
    """The Route header of a trunk that wants one; none by default, as the reference gateway sends none."""
    if not trunk.loose_route:
        return []
    transport = "" if trunk.transport == "udp" else f";transport={trunk.transport}"
    return [("Route", f"<sip:{trunk.server_and_port}{transport};lr>")]


@dataclass(frozen=True, slots=True)
class Bindings:
    """What a 2xx to a REGISTER lists."""

    granted_s: int | None
    """Expiry of our own binding, seconds; None when ours is not among them."""
    others: tuple[str, ...]
    """The other bindings' Contact values, as they came."""


def read_bindings(response: Response, contact: str, requested_s: int) -> Bindings:
    """Our own binding and the others (section 10.3 step 8). Never raises on what a server lists."""
    ours: int | None = None
    others: list[str] = []
    values = response.headers.split("Contact")[:MAX_CONTACTS]
    for value in values:
        try:
            address = Address.parse(value)
        except ProtocolError:
            others.append(value)
            continue
        if contact and _same_binding(address.uri, contact):
            ours = _expiry(address.parameter("expires"), response, requested_s)
        else:
            others.append(value)
    if contact and not values:
        # Some registrars list nothing; the expiry then stands in Expires, or as asked.
        ours = _expiry(None, response, requested_s)
    return Bindings(ours, tuple(others))


def _same_binding(listed: Uri, contact: str) -> bool:
    # Registrars add parameters of their own to what they echo; the address decides.
    mine = Uri.parse(contact)
    return (listed.user, listed.host.casefold(), listed.port) == (mine.user, mine.host.casefold(), mine.port)


def _expiry(parameter: str | None, response: Response, requested_s: int) -> int:
    for text in (parameter, response.headers.get("Expires")):
        if text and text.isascii() and text.isdigit():
            return min(int(text[:11]), MAX_EXPIRES_S)
    return requested_s


def seen_address(response: Response) -> tuple[str, int | None]:
    """Where the server saw us: `received` and `rport` of our Via; ("", None) when not said."""
    try:
        via = top_via(response)
    except ProtocolError:
        return "", None
    return via.received or "", via.rport


def retry_after_s(response: Response) -> int | None:
    """Retry-After in seconds (section 20.33), at most an hour; None where there is none to read."""
    digits = response.headers.get("Retry-After").partition("(")[0].partition(";")[0].strip()
    return min(int(digits[:9]), 3600) if digits.isascii() and digits.isdigit() else None
