"""What transactions write into messages and how messages name their transaction."""

from __future__ import annotations

import ipaddress

from tccc_desk.sip.errors import RemoteProtocolError
from tccc_desk.sip.flow import Flow, host_port
from tccc_desk.sip.grammar import without_controls
from tccc_desk.sip.headers import Headers
from tccc_desk.sip.message import Message, Request, Response, cseq, from_address, to_address, top_via
from tccc_desk.sip.via import BRANCH_COOKIE, Via

MAX_FORWARDS = "70"


def with_via(request: Request, flow: Flow, branch: str, user_agent: str) -> Request:
    """Copy of our request with our one Via on top, and Max-Forwards and User-Agent where absent.

    A Via left from an earlier sending is replaced: a user agent's request has exactly one.
    """
    headers = request.headers.without("Via")
    if "Max-Forwards" not in headers:
        headers = headers.push("Max-Forwards", MAX_FORWARDS)
    if user_agent and "User-Agent" not in headers:
        headers = headers.add("User-Agent", user_agent)
    via = f"SIP/2.0/{flow.transport} {host_port(flow.local)};branch={branch};rport"
    return Request(request.method, request.uri, headers.push("Via", via), request.body)


def ack_to(invite: Request, response: Response) -> Request:
    """Make the ACK to a rejection: the INVITE's branch and Route, the response's To (section 17.1.1.3)."""
    return _follow_up(invite, "ACK", without_controls(response.headers.get("To")))


def cancel_of(invite: Request) -> Request:
    """Make the CANCEL of a sent INVITE: everything as there, no body (section 9.1)."""
    return _follow_up(invite, "CANCEL", invite.headers.get("To"))


def _follow_up(invite: Request, method: str, to: str) -> Request:
    number, _ = cseq(invite)
    items = [("Via", invite.headers.get("Via"))]
    items += [("Route", route) for route in invite.headers.all("Route")]
    items.append(("Max-Forwards", MAX_FORWARDS))
    items += [("From", invite.headers.get("From")), ("To", to), ("Call-ID", invite.headers.get("Call-ID"))]
    items.append(("CSeq", f"{number} {method}"))
    items += [("User-Agent", product) for product in invite.headers.all("User-Agent")]
    return Request(method, invite.uri, Headers(items))


def with_source(headers: Headers, flow: Flow) -> Headers:
    """Copy of a received request's fields (or its response's) with received and rport in the top Via.

    `received` where sent-by is not the packet's source (section 18.2.1); both always where the
    sender asked for rport (RFC 3581 section 4). A Via that cannot be read, of a request that
    failed the parse, is left alone.
    """
    values = headers.split("Via")
    try:
        via = Via.parse(values[0] if values else "")
    except RemoteProtocolError:
        return headers
    host, port = flow.remote
    if via.wants_rport:
        via = via.with_parameter("received", host).with_parameter("rport", str(port))
    elif not _same_host(via.host, host):
        via = via.with_parameter("received", host)
    else:
        return headers
    items: list[tuple[str, str]] = []
    for name, value in headers:
        if name != "Via":
            items.append((name, value))
        elif values:
            items += [("Via", str(via)), *(("Via", other) for other in values[1:])]
            values = ()
    return Headers(items)


def client_key(branch: str, method: str) -> str:
    """Id of a client transaction (section 17.1.3)."""
    return f"{branch}/{method}"


def server_key(request: Request, method: str) -> str:
    """Id of the server transaction a request belongs to, read as one of `method` (section 17.2.3).

    Branch, sent-by and method; without the magic cookie (RFC 2543 peers) what such a peer keeps
    the same in repeats, ACK and CANCEL: Request-URI, From tag, Call-ID, CSeq number and top Via.
    """
    via = top_via(request)
    sent_by = f"{via.host.lower()}:{via.port or ''}"
    if via.branch.startswith(BRANCH_COOKIE) and len(via.branch) > len(BRANCH_COOKIE):
        return f"{sent_by}/{via.branch}/{method}"
    number, _ = cseq(request)
    call = f"{request.headers.get('Call-ID')}/{from_address(request).tag}/{number}"
    return f"{sent_by}/{request.uri}/{call}/{via.branch}/{method}"


def accepted_key(request: Request, to_tag: str) -> tuple[str, str, str, int]:
    """Return what the ACK to a 2xx shares with its INVITE: Call-ID, tags, CSeq number (section 13.3.1.4)."""
    from_tag = from_address(request).tag
    return request.headers.get("Call-ID"), from_tag.lower(), to_tag.lower(), cseq(request)[0]


def to_tag(message: Message) -> str:
    """Return the To tag, "" without one."""
    return to_address(message).tag


def _same_host(written: str, source: str) -> bool:
    try:
        return ipaddress.ip_address(written) == ipaddress.ip_address(source)
    except ValueError:
        return written.lower() == source.lower()
