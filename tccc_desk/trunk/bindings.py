"""REGISTER requests for a trunk, and what a 2xx says about its bindings (RFC 3261 section 10)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from tccc_desk.sip.address import Address
from tccc_desk.sip.errors import ProtocolError
from tccc_desk.sip.flow import Flow, host_port
from tccc_desk.sip.headers import Headers
from tccc_desk.sip.message import Request, Response, top_via
from tccc_desk.sip.uri import Uri
from tccc_desk.trunk.own_contacts import OwnContacts, parsed, same_binding
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


def contact_value(contact: str, instance: str = "") -> str:
    """The Contact header field value of a binding, with our instance id where there is one."""
    return f'<{contact}>;+sip.instance="<{instance}>"' if instance else f"<{contact}>"


def register_request(
    trunk: Trunk,
    *,
    contact: Iterable[tuple[str, str]],
    call_id: str,
    cseq: int,
    from_tag: str,
    credentials: Iterable[tuple[str, str]],
) -> Request:
    """A REGISTER. `contact` holds Contact and Expires; empty it is a query (section 10.2.3)."""
    uri = f"sip:{trunk.domain}"
    items = [
        ("From", f"<{aor(trunk)}>;tag={from_tag}"),
        ("To", f"<{aor(trunk)}>"),
        ("Call-ID", call_id),
        ("CSeq", f"{cseq} REGISTER"),
        *contact,
    ]
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
    stale: tuple[str, ...] = ()
    """URIs of bindings that were ours once: of a flow before this one, or of a run that crashed."""
    strangers: tuple[Uri, ...] = ()
    """The URIs of `others`, as far as they could be read."""
    rewritten: str = ""
    """The URI that stands for ours, where NAT or SIP ALG on the way changed it."""


@dataclass(frozen=True, slots=True)
class _Listed:
    value: str
    address: Address


def read_bindings(
    response: Response, contact: str, requested_s: int, own: OwnContacts | None = None
) -> Bindings:
    """Our own binding and the others (section 10.3 step 8). Never raises on what a server lists.

    `contact` is the one just registered, "" for a query.
    """
    own = own or OwnContacts()
    mine = parsed(contact or own.current)
    ours: _Listed | None = None
    strange: list[str] = []
    former: list[_Listed] = []
    rest: list[_Listed] = []
    values = response.headers.split("Contact")[:MAX_CONTACTS]
    for value in values:
        try:
            listed = _Listed(value, Address.parse(value))
        except ProtocolError:
            strange.append(value)
            continue
        if mine is not None and same_binding(listed.address.uri, mine):
            ours = listed
        elif own.is_former(listed.address.uri):
            former.append(listed)
        else:
            rest.append(listed)
    rewritten = None
    if contact and ours is None and mine is not None:
        rewritten = _rewritten(rest, mine, response, own)
    for listed in [one for one in rest if one is not rewritten and own.has_instance(one.address)]:
        rest.remove(listed)
        former.append(listed)
    granted: int | None = None
    if contact and (found := ours or rewritten):
        granted = _expiry(found.address.parameter("expires"), response, requested_s)
    elif contact and not values:
        # Some registrars list nothing; the expiry then stands in Expires, or as asked.
        granted = _expiry(None, response, requested_s)
    return Bindings(
        granted,
        (*strange, *(one.value for one in rest if one is not rewritten)),
        tuple(str(replace(one.address.uri, headers="")) for one in former),
        tuple(one.address.uri for one in rest if one is not rewritten),
        str(rewritten.address.uri) if rewritten else "",
    )


def _rewritten(rest: list[_Listed], mine: Uri, response: Response, own: OwnContacts) -> _Listed | None:
    """Which listed binding is ours under another address, none being ours as sent.

    One that echoes our instance id; else, of those with our user, one at the address the
    server saw us at; else the only one there is. What was there before we registered is
    somebody else's, and so is another port of our own host: no NAT leaves the host as it is.
    """
    for one in rest:
        if own.has_instance(one.address):
            return one
    same_user = [(one, one.address.uri) for one in rest if one.address.uri.user == mine.user]
    host, port = seen_address(response)
    for one, uri in same_user:
        if host and uri.host.casefold() == host.casefold() and uri.port == port:
            return one
    left = [(one, uri) for one, uri in same_user if not own.is_stranger(uri)]
    if len(left) == 1 and left[0][1].host.casefold() != mine.host.casefold():
        return left[0][0]
    return None


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
