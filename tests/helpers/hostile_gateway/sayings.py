"""What scripts are made of: honest answers, and ways to make them wrong."""

from __future__ import annotations

import itertools
import socket
from collections.abc import Callable
from weakref import WeakSet

from tccc_desk.sdp.negotiate import make_offer
from tccc_desk.sip.headers import Headers
from tccc_desk.sip.message import Message, Request, Response, encode_message, response_to
from tests.helpers.hostile_gateway.gateway import HOST, Gateway, Link, Script
from tests.helpers.simulation import DOMAIN

_COUNT = itertools.count(1)
SDP_TYPE = ("Content-Type", "application/sdp")
STRANGER = "sip:stranger@127.0.0.1:9"


def fresh(word: str = "hostile") -> str:
    """A word that never came before."""
    return f"{word}{next(_COUNT):06d}"


def sdp(port: int = 40000) -> bytes:
    return make_offer(HOST, port, ("PCMA", "PCMU"), session_id=1, version=1)


def contact(link: Link) -> tuple[str, str]:
    transport = ";transport=tcp" if link.stream is not None else ""
    return ("Contact", f"<sip:far@{HOST}:{link.gateway.port}{transport}>")


# Honest answers


def granted(request: Request, expires: str = "120", **changes: str) -> Response:
    """200 with the Contact that was asked for."""
    value = f"{request.headers.get('Contact')};expires={expires}"
    return response_to(request, 200, to_tag="far", headers=[("Contact", changes.get("contact", value))])


def accepted(link: Link, request: Request, body: bytes | None = None, to_tag: str = "far") -> Response:
    """200 to an INVITE with our sound."""
    text = sdp() if body is None else body
    return response_to(request, 200, to_tag=to_tag, headers=[contact(link), SDP_TYPE], body=text)


def honest(link: Link, request: Request) -> None:
    """What a good gateway does."""
    match request.method:
        case "REGISTER":
            link.say(granted(request))
        case "INVITE":
            link.say(response_to(request, 180, to_tag="far", headers=[contact(link)]))
            link.say(accepted(link, request))
        case "ACK":
            pass
        case "CANCEL":
            link.say(response_to(request, 200, to_tag="far"))
            link.say(response_to(link.gateway.requests("INVITE")[-1], 487, to_tag="far"))
        case _:
            link.say(response_to(request, 200, to_tag="far"))


# Scripts


def to(**acts: Script) -> Script:
    """Honest but for the methods named."""

    def script(link: Link, request: Request) -> None:
        acts.get(request.method, honest)(link, request)

    return script


def answer(status: int, *headers: tuple[str, str], reason: str = "", body: bytes = b"") -> Script:
    """A response rightly addressed."""
    return lambda link, request: link.say(
        response_to(request, status, reason, to_tag="far", headers=headers, body=body)
    )


def both(*acts: Script) -> Script:
    """One after the other."""

    def script(link: Link, request: Request) -> None:
        for act in acts:
            act(link, request)

    return script


def first(act: Script, then: Script) -> Script:
    """One thing for the first request, another for the rest."""
    begun: WeakSet[Gateway] = WeakSet()

    def script(link: Link, request: Request) -> None:
        chosen = then if link.gateway in begun else act
        begun.add(link.gateway)
        chosen(link, request)

    return script


def after(delay_s: float, act: Script) -> Script:
    """The same, later."""
    return lambda link, request: link.gateway.later(delay_s, lambda: act(link, request))


def paced(act: Script, count: int, a_second: int = 1000) -> Script:
    """The same again and again, no faster than a socket's buffer can take."""

    def script(link: Link, request: Request) -> None:
        for number in range(count):
            link.gateway.later(number / a_second, lambda: act(link, request))

    return script


def nothing(link: Link, request: Request) -> None:
    """Silence."""


def challenge(
    status: int = 401,
    *,
    realm: str = DOMAIN,
    nonce: str = "",
    qop: str = "auth",
    algorithm: str = "MD5",
    more: str = "",
) -> Script:
    """A challenge, its nonce new each time unless given."""
    name = "WWW-Authenticate" if status == 401 else "Proxy-Authenticate"

    def script(link: Link, request: Request) -> None:
        offered = f', qop="{qop}"' if qop else ""
        value = f'Digest realm="{realm}", nonce="{nonce or fresh()}", algorithm={algorithm}{offered}{more}'
        link.say(response_to(request, status, to_tag="far", headers=[(name, value)]))

    return script


def changed(**fields: str) -> Callable[[Response], Response]:
    """Other header fields in a response; `branch` is the top Via's."""

    def change(response: Response) -> Response:
        headers = response.headers
        for name, value in fields.items():
            if name == "branch":
                via, _, _ = headers.get("Via").partition(";branch=")
                headers = headers.set("Via", f"{via};branch={value}")
            else:
                headers = headers.set(name.replace("_", "-"), value)
        return Response(response.status, response.reason, headers, response.body)

    return change


def grant(change: Callable[[Response], Response] = lambda response: response, expires: str = "120") -> Script:
    """200 to a REGISTER, changed."""
    return lambda link, request: link.say(change(granted(request, expires)))


def raw(make: Callable[[bytes], bytes]) -> Script:
    """The octets of an honest 200 to a REGISTER, spoilt."""
    return lambda link, request: link.say(make(encode_message(granted(request))))


def from_elsewhere(make: Callable[[Request], Message]) -> Script:
    """The same over UDP from a port of nobody's."""

    def script(link: Link, request: Request) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
            other.sendto(encode_message(make(request)), link.remote)

    return script


# Requests of the gateway


def request(link: Link, method: str, *headers: tuple[str, str], body: bytes = b"", **fields: str) -> Request:
    """A request to the client, as an honest gateway would write it unless `fields` say otherwise."""
    transport = "TCP" if link.stream is not None else "UDP"
    branch = fields.get("branch") or f"z9hG4bK{fresh()}"
    items = [
        ("Via", f"SIP/2.0/{transport} {HOST}:{link.gateway.port};branch={branch};rport"),
        ("Max-Forwards", "70"),
        ("From", fields.get("from_", f"<sip:02188886001@{DOMAIN}>;tag=caller")),
        ("To", fields.get("to", f"<sip:13800138000@{DOMAIN}>")),
        ("Call-ID", fields.get("call_id") or fresh("call")),
        ("CSeq", f"{fields.get('number', '1')} {fields.get('cseq_method', method)}"),
    ]
    if "contact" not in fields:
        items.append(contact(link))
    elif fields["contact"]:
        items.append(("Contact", fields["contact"]))
    if body:
        items.append(SDP_TYPE)
    host, port = link.remote
    return Request(
        method, fields.get("uri", f"sip:gateway01@{host}:{port}"), Headers([*items, *headers]), body
    )


Make = Callable[[Link], Request | bytes]


def bare(
    method: str, *headers: tuple[str, str], body: bytes = b"", **fields: str
) -> Callable[[Link], Request]:
    return lambda link: request(link, method, *headers, body=body, **fields)


def invite(*headers: tuple[str, str], body: bytes | None = None, **fields: str) -> Callable[[Link], Request]:
    return bare("INVITE", *headers, body=sdp() if body is None else body, **fields)


def back(link: Link, invite: Request, method: str, number: int, body: bytes = b"", **fields: str) -> Request:
    """A request in the dialog of a call the client made, answered with the tag "far"."""
    named = {
        "call_id": invite.headers.get("Call-ID"),
        "number": str(number),
        "from_": f"{invite.headers.get('To')};tag=far",
        "to": invite.headers.get("From"),
    }
    return request(link, method, body=body, **(named | fields))


def onward(link: Link, answered: Response, method: str, number: int, body: bytes = b"") -> Request:
    """A request in the dialog of a call the client answered."""
    headers = answered.headers
    return request(
        link,
        method,
        body=body,
        call_id=headers.get("Call-ID"),
        number=str(number),
        from_=headers.get("From"),
        to=headers.get("To"),
    )
