"""Test calls between two user agents in memory, over links that lose, repeat and reorder."""

from __future__ import annotations

import pytest

from tccc_desk.engine.commands import AnswerCall, HangUp, PlaceTestCall, RejectCall, Shutdown
from tccc_desk.engine.events import CallAnswered, CallEnded, CallOffered, CallProgressed, CommandRefused
from tccc_desk.sip.message import Request, Response, cseq, response_to, to_address
from tests.helpers.simulation import DOMAIN, Desk, Path, Server, World

LINE = "075512345600"
CALLER = "13800138000"


def pair(seed: int = 0, path: Path | None = None, transport: str = "UDP") -> tuple[Desk, Desk]:
    world = World(seed)
    ours = Desk(world, path, address="192.0.2.10")
    theirs = Desk(world, path, address="192.0.2.20")
    ours.peer, theirs.peer = theirs, ours
    for desk in (ours, theirs):
        desk.configure(transport=transport.lower())
        desk.connect(transport=transport)
    return ours, theirs


def place(desk: Desk, **changes: object) -> None:
    fields: dict[str, object] = {"trunk": "t", "call": "c", "caller": CALLER, "line": LINE}
    desk.tell(PlaceTestCall(**(fields | changes)))  # type: ignore[arg-type]


def offered(desk: Desk) -> CallOffered:
    event = desk.last(CallOffered)
    assert isinstance(event, CallOffered)
    return event


def ended(desk: Desk) -> CallEnded:
    events = desk.said(CallEnded)
    assert len(events) == 1
    assert isinstance(events[0], CallEnded)
    return events[0]


def settle(ours: Desk, theirs: Desk, seconds: float = 120) -> None:
    ours.world.run(seconds, [ours, theirs])


def test_a_call_is_answered_and_ended_by_us() -> None:
    ours, theirs = pair()
    place(ours, duration_s=5.0)
    settle(ours, theirs, 0.1)
    card = offered(theirs)
    assert (card.to, card.from_, card.request_uri) == (LINE, CALLER, f"sip:{LINE}@{DOMAIN}")
    assert ours.said(CallProgressed)
    theirs.tell(AnswerCall(call=card.call, play="echo"))
    settle(ours, theirs)
    mine, other = ended(ours), ended(theirs)
    assert (mine.outcome, mine.ended_by, mine.status, mine.said_by) == ("answered", "us", 200, "server")
    assert (other.outcome, other.ended_by) == ("answered", "them")
    assert mine.duration_s == pytest.approx(5.0)
    assert mine.media is not None
    assert mine.media.codec == "PCMA"
    assert ours.media["c"][1].play == "tone"
    assert theirs.media[card.call][1].play == "echo"


def test_the_invite_is_the_documents_step_2() -> None:
    ours, theirs = pair()
    place(ours)
    settle(ours, theirs, 0.1)
    (invite,) = ours.requests("INVITE")
    assert invite.uri == f"sip:{LINE}@{DOMAIN}"
    assert invite.headers.get("To") == f"<sip:{LINE}@{DOMAIN}>"
    assert invite.headers.get("From").startswith(f"<sip:{CALLER}@{DOMAIN}>;tag=")
    for name in (
        "P-Asserted-Identity",
        "P-Preferred-Identity",
        "Remote-Party-ID",
        "Route",
        "Proxy-Authorization",
    ):
        assert name not in invite.headers
    assert invite.headers.get("Contact") == "<sip:gateway01@192.0.2.10:40000>"


@pytest.mark.parametrize(
    ("status", "outcome"),
    [(486, "busy"), (600, "busy"), (480, "rejected"), (603, "rejected"), (503, "rejected")],
)
def test_a_refusal_keeps_its_code_and_speaker(status: int, outcome: str) -> None:
    ours, theirs = pair()
    place(ours)
    settle(ours, theirs, 0.1)
    theirs.tell(RejectCall(call=offered(theirs).call, status=status))
    settle(ours, theirs)
    mine = ended(ours)
    assert (mine.outcome, mine.status, mine.said_by, mine.ended_by) == (outcome, status, "server", "them")
    assert ended(theirs).said_by == "local"


def test_hanging_up_while_it_rings_is_a_cancel() -> None:
    ours, theirs = pair()
    place(ours)
    settle(ours, theirs, 0.1)
    ours.tell(HangUp(call="c"))
    settle(ours, theirs)
    assert (ended(ours).outcome, ended(ours).status, ended(ours).ended_by) == ("cancelled", 0, "us")
    assert (ended(theirs).outcome, ended(theirs).ended_by) == ("cancelled", "them")
    assert len(ours.requests("CANCEL")) == 1


def test_ringing_for_ever_is_no_answer_said_by_this_machine() -> None:
    ours, theirs = pair()
    place(ours, ring_timeout_s=3.0)
    settle(ours, theirs)
    mine = ended(ours)
    assert (mine.outcome, mine.status, mine.said_by) == ("no_answer", 0, "local")
    assert mine.pdd_ms is not None


def test_cancel_and_answer_crossing_leave_no_call_behind() -> None:
    """RFC 3261 section 9.1: a 2xx after our CANCEL is acknowledged, then ended."""
    ours, theirs = pair()
    place(ours)
    settle(ours, theirs, 0.1)
    theirs.tell(AnswerCall(call=offered(theirs).call))
    ours.tell(HangUp(call="c"))
    settle(ours, theirs)
    assert ended(ours).outcome == "cancelled"
    assert ended(theirs).outcome == "answered"
    assert len(ours.requests("BYE")) == 1


def test_hanging_up_before_the_ack_of_our_answer_is_our_doing() -> None:
    ours, theirs = pair()
    place(ours)
    settle(ours, theirs, 0.1)
    card = offered(theirs).call
    theirs.tell(AnswerCall(call=card))
    theirs.tell(HangUp(call=card))
    settle(ours, theirs)
    mine = ended(theirs)
    assert (mine.outcome, mine.ended_by, mine.said_by) == ("cancelled", "us", "local")
    assert mine.finding == "finding.call.cancelled"
    assert ended(ours).ended_by == "them"


def test_bye_crossing_bye_ends_both() -> None:
    ours, theirs = pair()
    place(ours)
    settle(ours, theirs, 0.1)
    card = offered(theirs).call
    theirs.tell(AnswerCall(call=card))
    settle(ours, theirs, 0.1)
    ours.tell(HangUp(call="c"))
    theirs.tell(HangUp(call=card))
    settle(ours, theirs)
    assert {ended(ours).outcome, ended(theirs).outcome} == {"answered"}


@pytest.mark.parametrize("seed", range(25))
def test_a_bad_network_leaves_one_end_each_and_nothing_behind(seed: int) -> None:
    ours, theirs = pair(seed, Path(lost=0.25, repeated=0.2, reordered=0.3))
    place(ours, duration_s=2.0)
    settle(ours, theirs, 20)
    if theirs.said(CallOffered):
        theirs.tell(AnswerCall(call=offered(theirs).call))
    settle(ours, theirs, 200)
    assert len(ours.said(CallEnded)) == 1
    assert len(theirs.said(CallEnded)) == len(theirs.said(CallOffered))
    for desk in (ours, theirs):
        desk.tell(Shutdown())
    settle(ours, theirs, 70)
    assert ours.agent.finished
    assert theirs.agent.finished


def challenging(request: Request, status: int = 200, nonce: str = "n") -> list[Response]:
    """A server that asks once, then answers an INVITE with `status` and all else with 200."""
    if request.method == "INVITE" and "Proxy-Authorization" not in request.headers:
        value = f'Digest realm="{DOMAIN}", nonce="{nonce}", qop="auth"'
        return [response_to(request, 407, to_tag="s", headers=[("Proxy-Authenticate", value)])]
    contact = [("Contact", "<sip:line@192.0.2.1:35090>")]
    return [response_to(request, status if request.method == "INVITE" else 200, to_tag="s", headers=contact)]


def test_407_is_answered_in_a_new_transaction_of_the_same_call() -> None:
    desk = Desk(World())
    server = Server(desk, lambda request: challenging(request, 486))
    desk.configure()
    place(desk)
    desk.world.run(5, [desk])
    first, second = desk.requests("INVITE")
    assert "Proxy-Authorization" not in first.headers
    assert f'uri="sip:{LINE}@{DOMAIN}"' in second.headers.get("Proxy-Authorization")
    assert first.headers.get("Call-ID") == second.headers.get("Call-ID")
    assert first.headers.get("From") == second.headers.get("From")
    assert cseq(second)[0] == cseq(first)[0] + 1
    assert first.headers.get("Via") != second.headers.get("Via")
    acks = [one for one in server.heard if isinstance(one, Request) and one.method == "ACK"]
    assert [one.headers.get("Via") for one in acks] == [first.headers.get("Via"), second.headers.get("Via")]


def test_a_refused_password_is_tried_once_in_a_call() -> None:
    def answers(request: Request) -> list[Response]:
        value = f'Digest realm="{DOMAIN}", nonce="{cseq(request)[0]}", qop="auth"'
        return [response_to(request, 407, headers=[("Proxy-Authenticate", value)])]

    desk = Desk(World())
    Server(desk, answers)
    desk.configure()
    place(desk)
    desk.world.run(60, [desk])
    assert len(desk.requests("INVITE")) == 2
    assert (ended(desk).outcome, ended(desk).status, ended(desk).finding) == (
        "rejected",
        407,
        "finding.call.credentials",
    )


def test_407_then_silence_over_udp_names_the_large_packet() -> None:
    def answers(request: Request) -> list[Response]:
        return [] if "Proxy-Authorization" in request.headers else challenging(request)

    desk = Desk(World())
    Server(desk, answers)
    desk.configure(transport="udp")
    place(desk)
    desk.world.run(60, [desk])
    assert (ended(desk).outcome, ended(desk).fault, ended(desk).status) == ("failed", "silence", 0)
    assert ended(desk).finding == "finding.call.large-udp"


def test_a_second_fork_is_acknowledged_and_ended() -> None:
    def answers(request: Request) -> list[Response]:
        if request.method != "INVITE":
            return [response_to(request, 200)]
        sdp = (
            b"v=0\r\no=- 1 1 IN IP4 192.0.2.9\r\ns=-\r\nc=IN IP4 192.0.2.9\r\nt=0 0\r\n"
            b"m=audio 4000 RTP/AVP 8\r\n"
        )
        forks = [
            response_to(
                request,
                200,
                to_tag=tag,
                headers=[("Contact", f"<sip:{tag}@192.0.2.9>"), ("Content-Type", "application/sdp")],
                body=sdp,
            )
            for tag in ("one", "two")
        ]
        return [*forks, forks[0]]

    desk = Desk(World())
    Server(desk, answers)
    desk.configure()
    place(desk)
    desk.world.run(1, [desk])
    assert len(desk.said(CallAnswered)) == 1
    byes = desk.requests("BYE")
    assert [to_address(one).tag for one in byes] == ["two"]
    assert [to_address(one).tag for one in desk.requests("ACK")] == ["one", "two", "one"]


def test_no_media_port_is_our_own_fault_and_said_so() -> None:
    desk = Desk(World())
    desk.media_ports = False
    desk.configure()
    place(desk)
    desk.world.run(1, [desk])
    assert (ended(desk).outcome, ended(desk).said_by, ended(desk).finding) == (
        "failed",
        "local",
        "finding.call.no-media-port",
    )


def test_a_call_to_a_closed_port_fails_at_once() -> None:
    desk = Desk(World())
    desk.reachable = False
    desk.configure()
    place(desk)
    desk.world.run(1, [desk])
    assert (ended(desk).outcome, ended(desk).fault, ended(desk).finding) == (
        "failed",
        "refused",
        "finding.path.refused",
    )


@pytest.mark.parametrize(
    ("changes", "finding"),
    [
        ({"trunk": "other"}, "finding.command.unknown-trunk"),
        ({"call": ""}, "finding.command.call-exists"),
        ({"call": "x" * 65}, "finding.command.call-exists"),
        ({"dtmf": "12z"}, "finding.command.bad-digits"),
        ({"ring_timeout_s": float("nan")}, "finding.command.bad-value"),
        ({"duration_s": -1.0}, "finding.command.bad-value"),
        ({"duration_s": float("nan")}, "finding.command.bad-value"),
    ],
)
def test_a_senseless_command_is_refused_and_nothing_sent(changes: dict[str, object], finding: str) -> None:
    desk = Desk(World())
    desk.configure()
    place(desk, **changes)
    desk.world.run(1, [desk])
    refused = desk.last(CommandRefused)
    assert isinstance(refused, CommandRefused)
    assert refused.finding == finding
    assert not desk.sent
