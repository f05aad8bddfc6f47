"""A dialog (RFC 3261 section 12) as a value: every change gives a new one.

In-dialog requests carry the remote target and the route set; where they are sent is the caller's
choice, and this product always sends them over the flow the dialog was made on.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from tccc_desk.sip.address import Address
from tccc_desk.sip.errors import RemoteProtocolError
from tccc_desk.sip.grammar import without_controls
from tccc_desk.sip.headers import Headers
from tccc_desk.sip.message import Message, Request, Response, cseq, from_address, to_address
from tccc_desk.sip.uri import Uri

TARGET_REFRESH = frozenset(("INVITE", "UPDATE", "SUBSCRIBE", "NOTIFY", "REFER"))
"""Methods whose Contact replaces the remote target (section 12.2, RFC 3311, 6665, 3515)."""
_WITHOUT_CONTACT = frozenset(("ACK", "BYE", "CANCEL", "INFO", "MESSAGE", "PRACK"))
"""Methods that need no Contact or may have none (table 2 and the extensions)."""


@dataclass(frozen=True, slots=True)
class Dialog:
    """Dialog state (section 12.1). Call-IDs compare octet by octet (20.8), tags without case (7.3.1)."""

    call_id: str
    local_tag: str
    remote_tag: str
    """Empty with RFC 2543 peers, which give none (section 12.1.1)."""
    local: Address
    """Our From in requests, without its tag."""
    remote: Address
    remote_target: str
    """Request-URI of our requests unless the first route is strict."""
    route_set: tuple[str, ...]
    """Route values, the next hop first."""
    local_cseq: int
    """Number of our last request; 0 before the first one of a UAS."""
    remote_cseq: int | None
    secure: bool

    @classmethod
    def from_response(cls, request: Request, response: Response) -> Dialog:
        """Make the UAC's dialog from a 101 to 299 of `request` (section 12.1.2).

        A Contact that is missing or no sip URI leaves the request's own target; a Record-Route
        value that is no address is left out.
        """
        local, remote = from_address(request), to_address(response)
        return cls(
            call_id=request.headers.get("Call-ID"),
            local_tag=local.tag,
            remote_tag=remote.tag,
            local=local.with_tag(""),
            remote=remote.with_tag(""),
            remote_target=_target(response, request.uri),
            route_set=tuple(reversed(_routes(response))),
            local_cseq=cseq(request)[0],
            remote_cseq=None,
            secure=request.uri.lower().startswith("sips:"),
        )

    @classmethod
    def from_request(cls, request: Request, local_tag: str) -> Dialog:
        """Make the UAS's dialog from a request and the To tag of our response (section 12.1.1).

        A missing Contact leaves the URI of From.
        """
        local, remote = to_address(request), from_address(request)
        return cls(
            call_id=request.headers.get("Call-ID"),
            local_tag=local_tag,
            remote_tag=remote.tag,
            local=local.with_tag(""),
            remote=remote.with_tag(""),
            remote_target=_target(request, str(_request_uri(remote.uri))),
            route_set=_routes(request),
            local_cseq=0,
            remote_cseq=cseq(request)[0],
            secure=request.uri.lower().startswith("sips:"),
        )

    def request(
        self,
        method: str,
        *,
        contact: str,
        headers: Iterable[tuple[str, str]] = (),
        body: bytes = b"",
        content_type: str = "",
        cseq: int | None = None,
    ) -> tuple[Dialog, Request]:
        """Make a request inside the dialog (section 12.2.1.1); returns the dialog after it, too.

        The CSeq number is the next one, or `cseq`; an ACK takes the last one (its INVITE's) unless
        `cseq` says otherwise, and changes nothing. `contact` is a whole Contact value, written
        where the method has one. Via and Max-Forwards are the endpoint's.
        """
        follows = method in {"ACK", "CANCEL"}
        number = cseq if cseq is not None else self.local_cseq + (0 if follows else 1)
        uri, routes = self._routing()
        items = [("Route", route) for route in routes]
        items += [
            ("From", _clean(self.local.with_tag(self.local_tag))),
            ("To", _clean(self.remote.with_tag(self.remote_tag))),
            ("Call-ID", self.call_id),
            ("CSeq", f"{number} {method}"),
        ]
        if contact and method not in _WITHOUT_CONTACT:
            items.append(("Contact", contact))
        items += headers
        if content_type:
            items.append(("Content-Type", content_type))
        after = self if follows else replace(self, local_cseq=max(self.local_cseq, number))
        return after, Request(method, uri, Headers(items), body)

    def accepts(self, request: Request) -> Literal["ok", "stale"]:
        """Judge the order of a request from the peer: "stale" deserves a 500 (section 12.2.2).

        ACK and CANCEL bear their INVITE's number and are never stale.
        """
        number, method = cseq(request)
        if self.remote_cseq is None or method in {"ACK", "CANCEL"}:
            return "ok"
        return "stale" if number < self.remote_cseq else "ok"

    def refreshed(self, message: Message) -> Dialog:
        """Return the dialog after an accepted request of the peer's or a 2xx to one of ours.

        The remote target follows the Contact of target refresh requests and of the 2xx to them
        (sections 12.2.1.2 and 12.2.2); a request's number becomes the remote one.
        """
        number, method = cseq(message)
        target = self.remote_target
        if method in TARGET_REFRESH:
            target = _target(message, target)
        if isinstance(message, Response):
            return replace(self, remote_target=target) if 200 <= message.status < 300 else self
        if method in {"ACK", "CANCEL"}:
            return self
        return replace(self, remote_target=target, remote_cseq=max(number, self.remote_cseq or 0))

    def confirmed(self, response: Response) -> Dialog:
        """Return an early dialog as the 2xx to its INVITE leaves it: route set and target anew (13.2.2.4)."""
        return replace(
            self,
            remote_target=_target(response, self.remote_target),
            route_set=tuple(reversed(_routes(response))),
        )

    def matches(self, message: Message) -> bool:
        """Tell whether a request from the peer, or a response to us, belongs here (section 12)."""
        if message.headers.get("Call-ID") != self.call_id:
            return False
        tags = from_address(message).tag.lower(), to_address(message).tag.lower()
        local, remote = self.local_tag.lower(), self.remote_tag.lower()
        return tags == ((local, remote) if isinstance(message, Response) else (remote, local))

    def _routing(self) -> tuple[str, tuple[str, ...]]:
        """Request-URI and Route values: loose, or with a strict first hop in the URI (section 12.2.1.1)."""
        if not self.route_set:
            return self.remote_target, ()
        first = Address.parse(self.route_set[0]).uri
        if first.parameter("lr") is not None:
            return self.remote_target, self.route_set
        return str(_request_uri(first)), (*self.route_set[1:], f"<{self.remote_target}>")


def _target(message: Message, otherwise: str) -> str:
    contacts = message.headers.split("Contact")
    try:
        uri = Address.parse(contacts[0]).uri if contacts else None
    except RemoteProtocolError:
        uri = None
    if uri is None or uri.scheme not in {"sip", "sips"}:
        return otherwise
    return str(_request_uri(uri))


def _request_uri(uri: Uri) -> Uri:
    """Copy without what a Request-URI may not hold: headers and the method parameter (section 19.1.1)."""
    kept = tuple(item for item in uri.parameters if item[0].lower() != "method")
    return replace(uri, parameters=kept, headers="")


def _routes(message: Message) -> tuple[str, ...]:
    routes = []
    for value in message.headers.split("Record-Route"):
        try:
            routes.append(_clean(Address.parse(value)))
        except RemoteProtocolError:
            continue
    return tuple(routes)


def _clean(address: Address) -> str:
    return without_controls(str(address))
