"""A scripted far end of one call in simulated time: says what it is told, keeps what it heard."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from tccc_desk.engine.commands import AnswerCall, PlaceTestCall
from tccc_desk.engine.events import CallEnded, CallOffered
from tccc_desk.sdp.negotiate import make_offer
from tccc_desk.sip.headers import Headers
from tccc_desk.sip.message import Message, Request, Response, encode_message, parse_message, response_to
from tests.helpers.simulation import DOMAIN, Desk, World

LINE = "075512345600"
CALLER = "13800138000"
SDP = ("Content-Type", "application/sdp")
THERE = "192.0.2.1"

Fields = Iterable[tuple[str, str]]
Rule = Callable[[Request], Response | None]


def sdp(host: str = THERE, port: int = 4000, direction: str = "sendrecv", version: int = 1) -> bytes:
    """A plain PCMA description."""
    offer = make_offer(host, port, ("PCMA",), session_id=5, version=version)
    return offer.replace(b"a=sendrecv", f"a={direction}".encode())


class FarEnd:
    """The other end of a desk's link. `rules` answer requests by method; the rest gets a plain 200."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.heard: list[Message] = []
        self.rules: dict[str, Rule] = {}
        self._cseq = 100
        self._branch = 0
        desk.peer = self

    def hears(self, data: bytes, now: float) -> None:
        message = parse_message(data)
        self.heard.append(message)
        if not isinstance(message, Request) or (
            message.method in {"ACK", "INVITE"} and not self._rule(message)
        ):
            return
        rule = self._rule(message)
        answer = rule(message) if rule else response_to(message, 200)
        if answer is not None:
            self.say(answer)

    def _rule(self, request: Request) -> Rule | None:
        return self.rules.get(request.method)

    def say(self, message: Message) -> None:
        data = encode_message(message)
        self.desk.world.later(0.01, lambda: self.desk.hears(data, self.desk.world.now))

    def run(self, seconds: float = 0.1) -> None:
        self.desk.world.run(seconds, [self.desk])

    def requests(self, method: str) -> list[Request]:
        return [one for one in self.heard if isinstance(one, Request) and one.method == method]

    def responses(self, method: str) -> list[Response]:
        """Answers to what we asked, by method, in order."""
        return [
            one
            for one in self.heard
            if isinstance(one, Response) and one.headers.get("CSeq").split()[1] == method
        ]

    @property
    def invite(self) -> Request:
        return self.requests("INVITE")[-1]

    def reply(self, status: int, *, tag: str = "far", headers: Fields = (), body: bytes = b"") -> None:
        """Answer the last INVITE."""
        fields = [("Contact", f"<sip:{tag}@{THERE}:35090>"), *headers, *([SDP] if body else [])]
        self.say(response_to(self.invite, status, to_tag=tag, headers=fields, body=body))
        self.run(0.05)

    def ask(
        self,
        method: str,
        *,
        tag: str = "far",
        headers: Fields = (),
        body: bytes = b"",
        number: int | None = None,
    ) -> Request:
        """Send a request inside the dialog of a call the desk placed."""
        invite = self.invite
        ours = invite.headers
        return self.tell(
            method,
            uri=ours.get("Contact").strip("<>"),
            to=ours.get("From"),
            from_=f"{ours.get('To').split(';tag')[0]};tag={tag}",
            call_id=ours.get("Call-ID"),
            headers=headers,
            body=body,
            number=number,
        )

    def ask_as_caller(self, method: str, *, headers: Fields = (), body: bytes = b"") -> Request:
        """Send a request inside the dialog of a call the desk was offered."""
        first = next(one for one in self.responses("INVITE") if ";tag=" in one.headers.get("To"))
        return self.tell(
            method,
            uri="sip:gateway01@192.0.2.10:40000",
            to=first.headers.get("To"),
            from_=first.headers.get("From"),
            call_id=first.headers.get("Call-ID"),
            headers=headers,
            body=body,
        )

    def call(self, *, headers: Fields = (), body: bytes | None = None, call_id: str = "theirs") -> Request:
        """Place a call to the desk, step 3 of the document."""
        return self.tell(
            "INVITE",
            uri="sip:gateway01@192.0.2.10:40000",
            to=f"<sip:{LINE}@{DOMAIN}>",
            from_=f"<sip:{CALLER}@{DOMAIN}>;tag=caller",
            call_id=call_id,
            headers=headers,
            body=sdp() if body is None else body,
        )

    def tell(
        self,
        method: str,
        *,
        uri: str,
        to: str,
        from_: str,
        call_id: str,
        headers: Fields = (),
        body: bytes = b"",
        number: int | None = None,
    ) -> Request:
        if number is None:
            self._cseq += method != "ACK"
            number = self._cseq
        self._branch += 1
        fields = list(headers)
        if body and not any(name == "Content-Type" for name, _ in fields):
            fields.append(SDP)
        transport = self.desk.flow.transport if self.desk.flow is not None else "TCP"
        request = Request(
            method,
            uri,
            Headers(
                [
                    ("Via", f"SIP/2.0/{transport} {THERE}:35090;branch=z9hG4bKfar{self._branch}"),
                    ("Max-Forwards", "70"),
                    ("From", from_),
                    ("To", to),
                    ("Call-ID", call_id),
                    ("CSeq", f"{number} {method}"),
                    ("Contact", f"<sip:far@{THERE}:35090>"),
                    *fields,
                ]
            ),
            body,
        )
        self.say(request)
        self.run(0.05)
        return request


def placed(transport: str = "tcp", **changes: object) -> tuple[Desk, FarEnd]:
    """A desk whose INVITE is out."""
    desk = Desk(World())
    far = FarEnd(desk)
    desk.configure(transport=transport)
    fields: dict[str, object] = {"trunk": "t", "call": "c", "caller": CALLER, "line": LINE}
    desk.tell(PlaceTestCall(**(fields | changes)))  # type: ignore[arg-type]
    far.run()
    return desk, far


def answered(headers: Fields = (), **changes: object) -> tuple[Desk, FarEnd]:
    """A desk in a call it placed. A re-INVITE of its own is answered in kind."""
    desk, far = placed(**changes)  # type: ignore[arg-type]
    far.reply(200, headers=headers, body=sdp())
    far.rules["INVITE"] = agreeing
    return desk, far


def agreeing(request: Request, *headers: tuple[str, str]) -> Response:
    """200 to a re-INVITE, its direction taken as it is."""
    turned = "recvonly" if b"a=sendonly" in request.body else "sendrecv"
    fields = [("Contact", f"<sip:far@{THERE}:35090>"), SDP, *headers]
    return response_to(request, 200, headers=fields, body=sdp(direction=turned, version=2))


def called(**changes: object) -> tuple[Desk, FarEnd, str]:
    """A desk with an incoming call on its card; its handle."""
    desk = Desk(World())
    far = FarEnd(desk)
    desk.configure()
    desk.connect()
    far.call(**changes)  # type: ignore[arg-type]
    card = desk.last(CallOffered)
    assert isinstance(card, CallOffered)
    return desk, far, card.call


def talking(headers: Fields = ()) -> tuple[Desk, FarEnd, str]:
    """A desk in a call it was offered."""
    desk, far, call = called(headers=headers)
    desk.tell(AnswerCall(call=call))
    far.run()
    invite = 101
    far.tell(
        "ACK",
        uri="sip:gateway01@192.0.2.10:40000",
        to=far.responses("INVITE")[-1].headers.get("To"),
        from_=far.responses("INVITE")[-1].headers.get("From"),
        call_id="theirs",
        number=invite,
    )
    return desk, far, call


def the_end(desk: Desk) -> CallEnded:
    """The one end of the desk's one call."""
    (event,) = desk.said(CallEnded)
    assert isinstance(event, CallEnded)
    return event
