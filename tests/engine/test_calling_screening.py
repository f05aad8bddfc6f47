"""Who may call, and what requests outside any dialog are answered; many calls on several trunks."""

from __future__ import annotations

import pytest

from tccc_desk.engine.commands import AnswerCall, ConfigureTrunk, HangUp, PlaceTestCall
from tccc_desk.engine.events import CallAnswered, CallEnded, CallOffered, CallRefused, CommandRefused, Event
from tccc_desk.engine.screening import MAX_REMEMBERED, Screening, allowed
from tccc_desk.sip.flow import Flow
from tccc_desk.sip.headers import Headers
from tccc_desk.sip.message import Message, Request, Response, encode_message, parse_message, response_to
from tests.helpers.far_end import CALLER, LINE, SDP, FarEnd, called, placed, sdp, talking, the_end
from tests.helpers.simulation import DOMAIN, PASSWORD, Desk, World, trunk_named


def open_desk(**changes: object) -> tuple[Desk, FarEnd]:
    desk = Desk(World())
    far = FarEnd(desk)
    desk.configure(transport="udp", **changes)
    desk.connect(transport="UDP")
    return desk, far


def out_of_the_blue(far: FarEnd, method: str, *headers: tuple[str, str], body: bytes = b"") -> Response:
    far.tell(
        method,
        uri="sip:gateway01@192.0.2.10:40000",
        to=f"<sip:gateway01@{DOMAIN}>",
        from_=f"<sip:x@{DOMAIN}>;tag=x",
        call_id="blue",
        headers=headers,
        body=body,
    )
    return far.responses(method)[-1]


@pytest.mark.parametrize(
    ("method", "headers", "status"),
    [
        ("OPTIONS", [], 200),
        ("BYE", [], 481),
        ("UPDATE", [], 481),
        ("INFO", [], 481),
        ("NOTIFY", [], 481),
        ("PRACK", [], 481),
        ("REGISTER", [], 405),
        ("SUBSCRIBE", [], 405),
        ("MESSAGE", [], 405),
        ("PUBLISH", [], 405),
        ("NONSENSE", [], 501),
        ("REFER", [("Refer-To", "<sip:evil@198.51.100.9>")], 603),
        ("REFER", [], 400),
        ("OPTIONS", [("Require", "100rel, timer")], 200),
        ("OPTIONS", [("Require", "100rel, x-a"), ("Require", "timer,x-b")], 420),
        ("OPTIONS", [("Replaces", "x")], 400),
    ],
)
def test_each_request_outside_a_call_has_its_answer(
    method: str, headers: list[tuple[str, str]], status: int
) -> None:
    _, far = open_desk()
    answer = out_of_the_blue(far, method, *headers)
    assert answer.status == status
    if status == 420:
        assert answer.headers.get("Unsupported") == "x-a, x-b"
    if status in {405, 501}:
        assert "INVITE" in answer.headers.get("Allow")
    if method == "OPTIONS" and status == 200:
        assert "timer" in answer.headers.get("Supported")
        assert "application/sdp" in answer.headers.get("Accept")


def test_the_last_hop_may_bring_no_more_forwards() -> None:
    """Max-Forwards bounds forwarding (section 16.3): what arrives with 0 has arrived."""
    desk, far = open_desk()
    request = far.call()
    spent = Request(request.method, request.uri, request.headers.set("Max-Forwards", "0"), request.body)
    fresh = Headers(
        (name, "again" if name == "Call-ID" else value.replace("far1", "far9"))
        for name, value in spent.headers
    )
    far.say(Request(spent.method, spent.uri, fresh, spent.body))
    far.run()
    assert len(desk.said(CallOffered)) == 2


@pytest.mark.parametrize("method", ["INVITE", "OPTIONS"])
def test_a_merged_request_is_refused(method: str) -> None:
    desk, far = open_desk()
    request = far.call() if method == "INVITE" else far.tell(
        method, uri="sip:a@b", to="<sip:a@b>", from_="<sip:c@d>;tag=q", call_id="m"
    )  # fmt: skip
    for branch in ("z9hG4bKother", "z9hG4bKother"):
        via = request.headers.get("Via").split("branch=")[0] + f"branch={branch}"
        far.say(Request(method, request.uri, request.headers.set("Via", via), request.body))
        far.run()
    statuses = [one.status for one in far.responses(method) if one.status > 100]
    assert statuses == [180 if method == "INVITE" else 200, 482, 482]
    assert len(desk.said(CallOffered)) == (method == "INVITE")


def test_our_own_call_that_comes_back_is_a_loop() -> None:
    desk, far = placed()
    via = f"SIP/2.0/TCP 192.0.2.1:35090;branch=z9hG4bKloop, {far.invite.headers.get('Via')}"
    far.say(Request("INVITE", "sip:gateway01@x", far.invite.headers.set("Via", via), far.invite.body))
    far.run()
    assert far.responses("INVITE")[-1].status == 482
    assert not desk.said(CallOffered)


def test_nobody_takes_a_call_over() -> None:
    _, far, _ = talking()
    far.call(call_id="other", headers=[("Replaces", "theirs;to-tag=a;from-tag=b")])
    assert far.responses("INVITE")[-1].status == 603
    far.call(call_id="third", headers=[("Replaces", "nobody;to-tag=a;from-tag=b")])
    assert far.responses("INVITE")[-1].status == 481


def test_what_is_remembered_is_bounded_and_forgotten() -> None:
    screening = Screening()

    def options(number: int, path: str = "a") -> Request:
        items = [
            ("Via", f"SIP/2.0/UDP h;branch=z9hG4bK{path}"),
            ("From", "<sip:a@b>;tag=x"),
            ("To", "<sip:c@d>"),
            ("Call-ID", str(number)),
        ]
        return Request("OPTIONS", "sip:c@d", Headers([*items, ("CSeq", "1 OPTIONS")]))

    assert screening.refusal(options(0), "t", [], 0.0) is None
    assert screening.refusal(options(0, "b"), "t", [], 31.0) == (482, [])
    assert screening.refusal(options(0), "u", [], 31.0) is None  # another trunk is another user agent
    assert screening.refusal(options(0, "b"), "t", [], 33.0) is None
    for number in range(MAX_REMEMBERED + 1):
        screening.refusal(options(number + 1), "t", [], 34.0)
    assert screening.refusal(options(0, "a"), "t", [], 34.0) is None


# Where calls come from


def elsewhere(desk: Desk, host: str, *, trusted: bool, call_id: str = "g") -> tuple[Flow, Request]:
    """An INVITE on another flow of the trunk's socket, as the net would hand it over."""
    assert desk.flow is not None
    flow = Flow(77, "UDP", desk.flow.local, (host, 5060))
    items = [
        ("Via", f"SIP/2.0/UDP {host}:5060;branch=z9hG4bK{call_id}"),
        ("From", f"<sip:{CALLER}@{DOMAIN}>;tag=c"),
        ("To", f"<sip:{LINE}@{DOMAIN}>"),
        ("Call-ID", call_id),
        ("CSeq", "1 INVITE"),
        ("Contact", f"<sip:far@{host}:5060>"),
        SDP,
    ]
    request = Request("INVITE", "sip:gateway01@192.0.2.10:40000", Headers(items), sdp())
    desk.agent.received(encode_message(request), flow, "t", desk.world.now, trusted=trusted)
    return flow, request


@pytest.mark.parametrize(("trusted", "came_by"), [(True, "server"), (False, "allowed")])
def test_another_address_of_the_servers_or_an_allowed_one_may_call(trusted: bool, came_by: str) -> None:
    desk, far = open_desk(allowed_sources=("198.51.100.0/24",))
    flow, invite = elsewhere(desk, "198.51.100.7", trusted=trusted)
    card = desk.last(CallOffered)
    assert isinstance(card, CallOffered)
    assert (card.came_by, card.source) == (came_by, "198.51.100.7:5060")
    assert f"fact.from-{came_by}" in [entry.fact for entry in desk.trace]
    desk.tell(AnswerCall(call=card.call))
    ok = desk.sent[-1]
    assert isinstance(ok, Response)
    ack = Request("ACK", invite.uri, invite.headers.set("CSeq", "1 ACK").set("To", ok.headers.get("To")))
    desk.agent.received(encode_message(ack), flow, "t", desk.world.now, trusted=trusted)
    assert desk.said(CallAnswered)
    went: list[Flow] = []
    desk.transmit = lambda flow, data: went.append(flow)  # type: ignore[method-assign,assignment]
    desk.tell(HangUp(call=card.call))
    assert went == [flow]  # the BYE goes where the call came from
    far.run(40)
    assert the_end(desk).outcome == "answered"


def test_a_stranger_is_refused_and_the_admin_told_what_to_do() -> None:
    desk, _ = open_desk(allowed_sources=("203.0.113.5",))
    for number in range(3):
        elsewhere(desk, "198.51.100.7", trusted=False, call_id=f"s{number}")
    refused = desk.said(CallRefused)
    assert [event.count for event in refused] == [1, 2, 3]  # type: ignore[attr-defined]
    last = refused[-1]
    assert isinstance(last, CallRefused)
    assert last.finding == "finding.call.stranger"
    assert last.details == {"source": "198.51.100.7:5060", "address": "198.51.100.7"}
    assert [one.status for one in desk.sent if isinstance(one, Response)] == [403] * 3
    assert not desk.said(CallOffered)


@pytest.mark.parametrize(
    ("host", "sources", "expected"),
    [
        ("192.0.2.1", ("192.0.2.1",), True),
        ("192.0.2.2", ("192.0.2.1",), False),
        ("192.0.2.2", ("192.0.2.0/30",), True),
        ("2001:db8::9", ("192.0.2.0/30", "2001:db8::/32"), True),
        ("not an address", ("192.0.2.0/30",), False),
        ("192.0.2.1", (), False),
    ],
)
def test_allowed_addresses(host: str, sources: tuple[str, ...], expected: bool) -> None:
    assert allowed(host, sources) is expected


# Several calls at once


class Exchange(Desk):
    """A desk whose trunks each have a flow and a server that rings, answers and calls in."""

    def __init__(self) -> None:
        super().__init__(World())
        self.flows: dict[str, Flow] = {}
        self.byes: list[str] = []

    def connect(self, trunk: str = "t", transport: str = "UDP") -> None:
        number = len(self.flows) + 1
        self.flows[trunk] = Flow(number, "UDP", ("192.0.2.10", 40000 + number), ("192.0.2.1", 35090))
        self.agent.flow_opened(trunk, self.flows[trunk], self.world.now)

    def transmit(self, flow: Flow, data: bytes) -> None:
        message = parse_message(data)
        self.sent.append(message)
        trunk = next(name for name, one in self.flows.items() if one == flow)
        if isinstance(message, Request) and message.method in {"INVITE", "BYE", "OPTIONS"}:
            if message.method == "BYE":
                self.byes.append(message.headers.get("Call-ID"))
            contact = [("Contact", "<sip:far@192.0.2.1>"), *([SDP] if message.method == "INVITE" else [])]
            body = sdp() if message.method == "INVITE" else b""
            self.say(trunk, response_to(message, 200, to_tag="far", headers=contact, body=body))
        elif isinstance(message, Response) and message.status == 200 and "Contact" in message.headers:
            kept = [item for item in message.headers if item[0] in {"From", "To", "Call-ID"}]
            via = ("Via", "SIP/2.0/UDP 192.0.2.1:35090;branch=z9hG4bKa" + message.headers.get("Call-ID"))
            self.say(trunk, Request("ACK", "sip:x@192.0.2.10", Headers([via, *kept, ("CSeq", "1 ACK")])))

    def say(self, trunk: str, message: Message) -> None:
        data = encode_message(message)
        self.world.later(0.01, lambda: self.agent.received(data, self.flows[trunk], trunk, self.world.now))

    def call_in(self, trunk: str, call_id: str) -> None:
        items = [
            ("Via", f"SIP/2.0/UDP 192.0.2.1:35090;branch=z9hG4bK{call_id}"),
            ("From", f"<sip:{CALLER}@{DOMAIN}>;tag=c"),
            ("To", f"<sip:{LINE}@{DOMAIN}>"),
            ("Call-ID", call_id),
            ("CSeq", "1 INVITE"),
            ("Contact", "<sip:far@192.0.2.1>"),
            SDP,
        ]
        self.say(trunk, Request("INVITE", "sip:gateway01@192.0.2.10", Headers(items), sdp()))


def by_trunk(events: list[Event]) -> list[tuple[str, str]]:
    return sorted((event.trunk, event.call) for event in events)  # type: ignore[union-attr]


def test_ten_calls_both_ways_on_three_trunks_at_once() -> None:
    desk = Exchange()
    trunks = ("east", "west", "north")
    for name in trunks:
        desk.tell(ConfigureTrunk(trunk=trunk_named(name, transport="udp"), password=PASSWORD))
    outgoing = {f"out{number}": trunks[number % 3] for number in range(6)}
    for call, trunk in outgoing.items():
        desk.tell(PlaceTestCall(trunk=trunk, call=call, caller=CALLER, line=LINE, duration_s=10))
    desk.world.run(0.1, [desk])
    for number in range(4):
        desk.call_in(trunks[number % 3], f"in{number}")
    desk.world.run(0.1, [desk])
    cards = {event.call: event.trunk for event in desk.said(CallOffered)}  # type: ignore[attr-defined]
    assert sorted(cards.values()) == ["east", "east", "north", "west"]
    for call in cards:
        desk.tell(AnswerCall(call=call, duration_s=10))
    desk.world.run(1, [desk])
    everyone = sorted((trunk, call) for call, trunk in (outgoing | cards).items())
    assert by_trunk(desk.said(CallAnswered)) == everyone
    desk.world.run(60, [desk])
    assert by_trunk(desk.said(CallEnded)) == everyone
    assert {event.outcome for event in desk.said(CallEnded)} == {"answered"}  # type: ignore[attr-defined]
    assert len(desk.byes) == len(set(desk.byes)) == 10


def test_the_hundred_and_first_call_is_refused_before_anything_is_sent() -> None:
    desk = Exchange()
    desk.tell(ConfigureTrunk(trunk=trunk_named("east", transport="udp"), password=PASSWORD))
    for number in range(101):
        desk.tell(PlaceTestCall(trunk="east", call=str(number), caller=CALLER, line=LINE))
    desk.world.run(0.1, [desk])
    refused = desk.last(CommandRefused)
    assert isinstance(refused, CommandRefused)
    assert (refused.finding, refused.call) == ("finding.command.too-many-calls", "100")
    assert len(desk.said(CallAnswered)) == 100


def test_a_call_that_nobody_takes_is_refused_in_the_end() -> None:
    desk, far, _ = called()
    far.run(200)
    assert far.responses("INVITE")[-1].status == 480
    assert the_end(desk).ended_by == "us"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (sdp().replace(b"AVP 8", b"AVP 18").replace(b":8 PCMA", b":18 G729"), 488),
        (sdp().replace(b"RTP/AVP", b"RTP/SAVP"), 488),
        (b"junk", 400),
    ],
)
def test_a_call_whose_offer_cannot_be_answered_is_refused_and_told(body: bytes, status: int) -> None:
    desk, far, call = called(body=body)
    assert [answer.status for answer in far.responses("INVITE")] == [status]
    assert desk.last(CallOffered).to == LINE  # type: ignore[attr-defined]
    end = the_end(desk)
    assert (end.call, end.outcome, end.status, end.said_by) == (call, "failed", status, "local")
    assert (end.finding, end.ended_by, end.media) == ("finding.call.unfit-offer", "us", None)
    assert desk.closed_media
    desk.tell(AnswerCall(call=call))
    assert len(far.responses("INVITE")) == 1
