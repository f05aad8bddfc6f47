"""What an answer shows of whoever wrote it, and what a message lost or gained on its way."""

from __future__ import annotations

from dataclasses import dataclass

from tccc_desk.sip.errors import ProtocolError
from tccc_desk.sip.flow import host_port
from tccc_desk.sip.message import Message, Response, parse_message, to_address, top_via
from tccc_desk.sip.wire import printable


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One response as it arrived."""

    status: int
    reason: str = ""
    after_ms: float = 0.0
    """Since the request it answers was sent."""
    software: str = ""
    """Server, or User-Agent where there is none."""
    to_tag: str = ""
    routed: bool = False
    """It has Record-Route: a proxy stands between its writer and us."""
    warning: str = ""
    contact: str = ""

    @property
    def line(self) -> str:
        """Status and reason as one says them."""
        return f"{self.status} {self.reason}".strip()


def read_answer(raw: bytes, after_ms: float) -> Answer | None:
    """Read a response; None for anything else, such as octets that are no SIP."""
    message = _parsed(raw)
    return answer_of(message, after_ms) if isinstance(message, Response) else None


def answer_of(message: Response, after_ms: float) -> Answer:
    """What a response shows; its text is made printable and bounded."""
    try:
        tag = to_address(message).tag
    except ProtocolError:
        tag = ""
    headers = message.headers
    return Answer(
        status=message.status,
        reason=printable(message.reason)[:80],
        after_ms=after_ms,
        software=printable(headers.get("Server") or headers.get("User-Agent"))[:80],
        to_tag=printable(tag),
        routed="Record-Route" in headers,
        warning=printable(headers.get("Warning"))[:160],
        contact=printable(headers.get("Contact"))[:160],
    )


@dataclass(frozen=True, slots=True)
class Rewritten:
    """One thing that came back otherwise than it was sent."""

    header: str
    sent: str
    back: str


def compare(sent: bytes, back: bytes) -> tuple[Rewritten, ...]:
    """Our request and the answer to it: what a device on the way changed of what a server copies.

    RFC 3261 section 8.2.6.2 has a server copy Via, From, To, Call-ID and CSeq as they came. Its additions
    `received` and the value of `rport` (RFC 3581) are what plain NAT looks like, and never count.
    """
    request, response = _parsed(sent), _parsed(back)
    if request is None or response is None:
        return ()
    changes = []
    try:
        ours, theirs = top_via(request), top_via(response)
    except ProtocolError:
        return ()
    for header, before, after in (
        ("Via", host_port((ours.host, ours.port or 0)), host_port((theirs.host, theirs.port or 0))),
        ("Via branch", ours.parameter("branch") or "", theirs.parameter("branch") or ""),
        ("Call-ID", request.headers.get("Call-ID"), response.headers.get("Call-ID")),
        ("From", _user_and_host(request, "From"), _user_and_host(response, "From")),
        ("To", _user_and_host(request, "To"), _user_and_host(response, "To")),
    ):
        if before.casefold() != after.casefold():
            changes.append(Rewritten(header, printable(before)[:120], printable(after)[:120]))
    return tuple(changes)


def behind_nat(back: bytes, local: str) -> str:
    """Where the server saw us (RFC 3581), as host:port, if that is not `local`; else ""."""
    message = _parsed(back)
    if not isinstance(message, Response):
        return ""
    try:
        via = top_via(message)
    except ProtocolError:
        return ""
    if not via.received and via.rport is None:
        return ""
    host, _, port = local.rpartition(":")
    seen_host, seen_port = via.received or host.strip("[]"), via.rport or int(port or 0)
    seen = host_port((seen_host, seen_port))
    return "" if seen == local else printable(seen)


def _user_and_host(message: Message, name: str) -> str:
    """The part a server copies; its tag is not, nor the way it is written."""
    value = message.headers.get(name)
    inner = value[value.find("<") + 1 : value.find(">")] if "<" in value else value.partition(";")[0]
    return inner.strip()


def _parsed(raw: bytes) -> Message | None:
    try:
        return parse_message(raw)
    except ProtocolError:
        return None
