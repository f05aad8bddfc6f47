"""Inside an answered call: hold and resume, glare, UPDATE, session timers, and every other request."""

from __future__ import annotations

import pytest

from tccc_desk.engine.commands import AnswerCall, HangUp, HoldCall, PlaceTestCall
from tccc_desk.engine.events import CallHeld, CallOffered, CommandRefused, DigitReceived
from tccc_desk.engine.session_table import TABLE, Input, State
from tccc_desk.sip.message import Request, Response, cseq, response_to
from tests.helpers.far_end import (
    CALLER,
    LINE,
    SDP,
    THERE,
    FarEnd,
    agreeing,
    answered,
    called,
    sdp,
    talking,
    the_end,
)
from tests.helpers.simulation import Desk, Path, World

TIMER = ("Supported", "timer")
UPDATES = ("Allow", "INVITE, ACK, BYE, UPDATE")


def holds(desk: Desk) -> list[tuple[str, bool]]:
    return [(event.by, event.held) for event in desk.said(CallHeld)]  # type: ignore[attr-defined]


def direction(desk: Desk) -> str:
    return desk.media["c"][0].direction


def test_the_table_is_total() -> None:
    assert set(TABLE) == {(state, given) for state in State for given in Input}


def test_we_hold_and_resume() -> None:
    desk, far = answered()
    desk.tell(HoldCall(call="c", held=True))
    far.run()
    first, hold = far.requests("INVITE")
    assert b"a=sendonly" in hold.body
    assert b"o=- " + first.body.split(b"o=- ")[1].split()[0] + b" 2 " in hold.body
    assert hold.headers.get("Call-ID") == first.headers.get("Call-ID")
    assert len(far.requests("ACK")) == 2
    assert cseq(far.requests("ACK")[1])[0] == cseq(hold)[0]
    assert (holds(desk), direction(desk)) == ([("us", True)], "sendonly")
    desk.tell(HoldCall(call="c", held=False))
    far.run()
    assert b"a=sendrecv" in far.invite.body
    assert (holds(desk), direction(desk)) == ([("us", True), ("us", False)], "sendrecv")


def test_a_repeated_2xx_to_our_hold_is_acknowledged_again() -> None:
    desk, far = answered()
    desk.tell(HoldCall(call="c", held=True))
    far.run()
    far.say(agreeing(far.invite))
    far.run()
    assert [cseq(ack)[0] for ack in far.requests("ACK")] == [1, 2, 2]


@pytest.mark.parametrize("held", [True, False])
def test_hold_without_a_call_to_hold_is_refused(held: bool) -> None:
    desk, _, call = called()
    desk.tell(HoldCall(call=call, held=held))
    assert desk.last(CommandRefused).finding == "finding.command.wrong-state"  # type: ignore[attr-defined]


def test_a_refused_hold_leaves_the_call_as_it_was() -> None:
    desk, far = answered()
    far.rules["INVITE"] = lambda request: response_to(request, 488)
    desk.tell(HoldCall(call="c", held=True))
    far.run()
    refused = desk.last(CommandRefused)
    assert isinstance(refused, CommandRefused)
    assert (refused.finding, refused.details["status"]) == ("finding.call.hold-refused", "488")
    assert (holds(desk), direction(desk)) == ([], "sendrecv")
    far.rules["INVITE"] = agreeing
    desk.tell(HoldCall(call="c", held=True))
    far.run()
    assert holds(desk) == [("us", True)]


@pytest.mark.parametrize("status", [408, 481, 0])
def test_a_change_that_finds_no_call_ends_ours(status: int) -> None:
    desk, far = answered()
    far.rules["INVITE"] = lambda request: response_to(request, status) if status else None
    desk.tell(HoldCall(call="c", held=True))
    far.run(40)
    assert the_end(desk).finding == "finding.call.dialog-lost"
    assert (the_end(desk).outcome, the_end(desk).ended_by) == ("answered", "us")
    assert len(far.requests("BYE")) == 1


@pytest.mark.parametrize(
    ("wanted", "ours", "held"),
    [("sendonly", "recvonly", True), ("inactive", "inactive", True), ("recvonly", "sendonly", False)],
)
def test_they_hold_and_resume(wanted: str, ours: str, held: bool) -> None:
    desk, far = answered()
    far.ask("INVITE", body=sdp(direction=wanted, version=2))
    accepted = far.responses("INVITE")[-1]
    assert accepted.status == 200
    assert f"a={ours}".encode() in accepted.body
    assert accepted.headers.get("Contact")
    assert direction(desk) == ours
    assert holds(desk) == ([("them", True)] if held else [])
    far.ask("ACK", number=101)
    far.ask("INVITE", body=sdp(version=3))
    assert direction(desk) == "sendrecv"
    assert holds(desk) == ([("them", True), ("them", False)] if held else [])


def test_hold_by_the_old_way_of_no_address() -> None:
    desk, far = answered()
    far.ask("INVITE", body=sdp("0.0.0.0", version=2))
    assert holds(desk) == [("them", True)]


def test_both_hold_and_each_resumes_for_itself() -> None:
    desk, far = answered()
    desk.tell(HoldCall(call="c", held=True))
    far.run()
    far.ask("INVITE", body=sdp(direction="sendonly", version=3))
    assert b"a=inactive" in far.responses("INVITE")[-1].body
    assert holds(desk) == [("us", True), ("them", True)]
    far.ask("ACK", number=101)
    far.ask("INVITE", body=sdp(version=4))
    assert b"a=sendonly" in far.responses("INVITE")[-1].body  # our own hold stands
    assert holds(desk)[-1] == ("them", False)


def test_a_late_offer_in_a_call_is_answered_by_their_ack() -> None:
    desk, far = answered()
    far.ask("INVITE")
    ours = far.responses("INVITE")[-1]
    assert b"m=audio 20000" in ours.body
    far.ask("ACK", number=101, body=sdp("192.0.2.77", version=2))
    assert desk.media["c"][0].remote_host == "192.0.2.77"
    far.ask("INVITE", body=sdp(version=3))
    assert far.responses("INVITE")[-1].status == 200


def test_an_offer_while_ours_waits_for_their_ack_is_glare() -> None:
    _, far = answered()
    far.ask("INVITE")
    far.ask("UPDATE", body=sdp())
    far.ask("INVITE", body=sdp())
    assert far.responses("UPDATE")[-1].status == 491
    assert far.responses("INVITE")[-1].status == 491


def test_an_ack_that_answers_nothing_ends_the_call() -> None:
    desk, far = answered()
    far.ask("INVITE")
    far.ask("ACK", number=101)
    far.run(1)
    assert the_end(desk).finding == "finding.call.bad-answer"


@pytest.mark.parametrize(("caller", "least", "most"), [(True, 2.1, 4.0), (False, 0.0, 2.0)])
def test_glare_is_waited_out_and_tried_again(caller: bool, least: float, most: float) -> None:
    """RFC 3261 section 14.1: who chose the Call-ID waits longer."""
    desk, far, call = (*answered(), "c") if caller else talking()
    tries: list[float] = []

    def meeting(request: Request) -> Response:
        tries.append(desk.world.now)
        return response_to(request, 491) if len(tries) == 1 else agreeing(request)

    far.rules["INVITE"] = meeting
    desk.tell(HoldCall(call=call, held=True))
    far.run(5)
    assert len(tries) == 2
    assert least <= tries[1] - tries[0] <= most + 0.1
    assert holds(desk) == [("us", True)]


def test_their_offer_meets_our_open_one() -> None:
    desk, far = answered()
    far.rules["INVITE"] = lambda _: None
    desk.tell(HoldCall(call="c", held=True))
    far.run()
    far.ask("INVITE", body=sdp(version=2))
    far.ask("UPDATE", body=sdp(version=2))
    far.ask("UPDATE")
    assert far.responses("INVITE")[-1].status == 491
    assert [one.status for one in far.responses("UPDATE")] == [491, 200]


@pytest.mark.parametrize("seed", range(12))
def test_two_desks_that_hold_at_once_both_hold_in_the_end(seed: int) -> None:
    world = World(seed)
    path = Path(lost=0.1, repeated=0.1, reordered=0.2)
    ours, theirs = Desk(world, path), Desk(world, path, address="192.0.2.20")
    ours.peer, theirs.peer = theirs, ours
    ours.jitter, theirs.jitter = world.chance.random, world.chance.random  # type: ignore[method-assign]
    for desk in (ours, theirs):
        desk.configure(transport="udp")
        desk.connect(transport="UDP")
    ours.tell(PlaceTestCall(trunk="t", call="c", caller=CALLER, line=LINE))
    world.run(10, [ours, theirs])
    card = theirs.last(CallOffered)
    assert isinstance(card, CallOffered)
    theirs.tell(AnswerCall(call=card.call))
    world.run(10, [ours, theirs])
    ours.tell(HoldCall(call="c", held=True))
    theirs.tell(HoldCall(call=card.call, held=True))
    world.run(60, [ours, theirs])
    for desk in (ours, theirs):
        assert set(holds(desk)) == {("us", True), ("them", True)}
    assert ours.media["c"][0].direction == theirs.media[card.call][0].direction == "inactive"
    ours.tell(HangUp(call="c"))
    world.run(60, [ours, theirs])
    assert the_end(ours).outcome == the_end(theirs).outcome == "answered"


def test_update_moves_the_sound_and_the_target() -> None:
    desk, far = answered()
    far.ask("UPDATE", body=sdp("192.0.2.66", version=2))
    answer = far.responses("UPDATE")[-1]
    assert answer.status == 200
    assert answer.body
    assert desk.media["c"][0].remote_host == "192.0.2.66"
    desk.tell(HangUp(call="c"))
    far.run()
    assert far.requests("BYE")[0].uri == f"sip:far@{THERE}:35090"


@pytest.mark.parametrize(
    ("body", "content", "status"),
    [
        (b"junk", SDP, 400),
        (sdp().replace(b"AVP 8", b"AVP 9").replace(b":8 PCMA", b":9 G722"), SDP, 488),
        (b"x", ("Content-Type", "a/b"), 415),
    ],
)
@pytest.mark.parametrize("method", ["INVITE", "UPDATE"])
def test_an_offer_we_cannot_take_changes_nothing(
    method: str, body: bytes, content: tuple[str, str], status: int
) -> None:
    desk, far = answered()
    before = desk.media["c"]
    far.ask(method, body=body, headers=[content])
    assert far.responses(method)[-1].status == status
    assert desk.media["c"] == before
    far.ask("OPTIONS")
    assert far.responses("OPTIONS")[-1].status == 200


def test_an_update_before_the_answer_waits() -> None:
    """RFC 3311 section 5.2: their offer is unanswered yet."""
    _, far, _ = called()
    far.ask_as_caller("UPDATE", body=sdp(version=2))
    refused = far.responses("UPDATE")[-1]
    assert refused.status == 500
    assert 0 <= int(refused.headers.get("Retry-After")) <= 10
    far.ask_as_caller("UPDATE")
    assert far.responses("UPDATE")[-1].status == 200


# Session timers


def granted(who: str, seconds: int = 100) -> list[tuple[str, str]]:
    return [("Session-Expires", f"{seconds};refresher={who}"), ("Require", "timer"), UPDATES]


def test_we_refresh_by_update_at_half_the_interval() -> None:
    desk, far = answered(granted("uac"))
    far.rules["UPDATE"] = lambda request: response_to(request, 200, headers=granted("uac"))
    far.run(49)
    assert not far.requests("UPDATE")
    far.run(300)
    updates = far.requests("UPDATE")
    assert len(updates) in {6, 7}
    assert updates[0].headers.get("Session-Expires") == "100;refresher=uac"
    assert "timer" in updates[0].headers.get("Supported")
    assert not updates[0].body
    assert not desk.said(CallHeld)
    desk.tell(HangUp(call="c"))
    far.run(200)
    assert len(far.requests("BYE")) == 1
    assert len(far.requests("UPDATE")) == len(updates)


@pytest.mark.parametrize("knows_update", [True, False])
def test_we_refresh_by_invite_where_they_take_no_update(knows_update: bool) -> None:
    headers = granted("uac") if knows_update else granted("uac")[:2]
    _, far = answered(headers)
    far.rules["UPDATE"] = lambda request: response_to(request, 405)
    far.rules["INVITE"] = lambda request: agreeing(request, *granted("uac"))
    far.run(55)
    first, refresh = far.requests("INVITE")
    assert len(far.requests("UPDATE")) == knows_update
    assert refresh.body == first.body  # nothing changed, not even the version


@pytest.mark.parametrize("status", [481, 408, 403, 500, 0])
def test_a_refresh_that_fails_ends_the_call(status: int) -> None:
    desk, far = answered(granted("uac"))
    far.rules["UPDATE"] = lambda request: response_to(request, status) if status else None
    far.run(100)
    assert the_end(desk).finding in {"finding.call.refresh-failed", "finding.call.session-expired"}
    assert len(far.requests("BYE")) == 1


def test_a_refresh_too_often_for_them_is_asked_for_less_often() -> None:
    _, far = answered(granted("uac"))
    far.rules["UPDATE"] = lambda request: (
        response_to(request, 422, headers=[("Min-SE", "400")])
        if "Min-SE" not in request.headers
        else response_to(request, 200, headers=granted("uac", 400))
    )
    far.run(140)
    _, second = far.requests("UPDATE")
    assert second.headers.get("Session-Expires") == "400;refresher=uac"
    assert second.headers.get("Min-SE") == "400"


def test_they_refresh_and_when_they_do_not_we_end_it() -> None:
    desk, far = answered(granted("uas", 120))
    far.run(50)
    far.ask("UPDATE", headers=[TIMER, ("Session-Expires", "120;refresher=uac")])
    answer = far.responses("UPDATE")[-1]
    assert (answer.status, answer.headers.get("Session-Expires")) == (200, "120;refresher=uac")
    assert answer.headers.get("Require") == "timer"
    far.run(80)
    assert not far.requests("BYE")
    far.run(10)  # 120 - 32 s after the refresh
    assert len(far.requests("BYE")) == 1
    assert the_end(desk).finding == "finding.call.session-expired"
    assert the_end(desk).details == {"seconds": "120"}


def test_no_far_end_can_have_us_refresh_in_a_frenzy() -> None:
    _, far = answered(granted("uac", 1))
    far.rules["UPDATE"] = lambda request: response_to(request, 200, headers=granted("uac", 0))
    far.run(600)
    assert len(far.requests("UPDATE")) <= 14


@pytest.mark.parametrize(
    ("headers", "shown", "required"),
    [
        ([TIMER, ("Session-Expires", "120")], "120;refresher=uac", "timer"),
        ([TIMER, ("Session-Expires", "120;refresher=uas")], "120;refresher=uas", ""),
        ([("Session-Expires", "120")], "120;refresher=uas", ""),
        ([("Session-Expires", "20")], "90;refresher=uas", ""),
        ([TIMER], "", ""),
    ],
)
def test_the_answer_says_who_refreshes(headers: list[tuple[str, str]], shown: str, required: str) -> None:
    _, far, _ = talking(headers)
    accepted = far.responses("INVITE")[-1]
    assert accepted.headers.get("Session-Expires") == shown
    assert accepted.headers.get("Require") == required
    assert "timer" in accepted.headers.get("Supported")


def test_as_the_called_one_we_refresh_when_asked_to() -> None:
    _, far, _ = talking([TIMER, UPDATES, ("Session-Expires", "120;refresher=uas")])
    far.run(61)
    (update,) = far.requests("UPDATE")
    assert update.headers.get("Session-Expires") == "120;refresher=uac"


@pytest.mark.parametrize("inside", [True, False])
def test_an_interval_below_ours_is_refused(inside: bool) -> None:
    headers = [TIMER, ("Session-Expires", "60")]
    if inside:
        _, far = answered()
        far.ask("UPDATE", headers=headers)
        refused = far.responses("UPDATE")[-1]
    else:
        desk = Desk(World())
        desk.configure()
        desk.connect()
        far = FarEnd(desk)
        far.call(headers=headers)
        refused = far.responses("INVITE")[-1]
    assert (refused.status, refused.headers.get("Min-SE")) == (422, "90")


# Other requests


@pytest.mark.parametrize(
    ("method", "headers", "body", "status"),
    [
        ("OPTIONS", [], b"", 200),
        ("INFO", [], b"", 200),
        ("INFO", [("Content-Type", "application/dtmf-relay")], b"Signal=5\r\nDuration=160\r\n", 200),
        ("INFO", [("Content-Type", "application/dtmf-relay")], b"Signal=flash\r\n", 400),
        ("INFO", [("Content-Type", "text/plain")], b"5", 415),
        ("INFO", [("Info-Package", "x")], b"", 469),
        ("REFER", [("Refer-To", "<sip:evil@198.51.100.9>")], b"", 603),
        ("REFER", [("Refer-To", "<sip:a@b>"), ("Refer-To", "<sip:c@d>")], b"", 400),
        ("REFER", [], b"", 400),
        ("NOTIFY", [("Event", "x")], b"", 481),
        ("MESSAGE", [("Content-Type", "text/plain")], b"hi", 405),
        ("SUBSCRIBE", [("Event", "x")], b"", 405),
        ("PUBLISH", [("Event", "x")], b"", 405),
        ("PRACK", [("RAck", "1 1 INVITE")], b"", 481),
        ("NONSENSE", [], b"", 501),
        ("INFO", [("Require", "x-none, 100rel, y-none")], b"", 420),
        ("INVITE", [("Replaces", "x;to-tag=a;from-tag=b")], sdp(), 400),
    ],
)
def test_each_request_in_a_call_has_its_answer(
    method: str, headers: list[tuple[str, str]], body: bytes, status: int
) -> None:
    desk, far = answered()
    far.ask(method, headers=headers, body=body)
    answer = far.responses(method)[-1]
    assert answer.status == status
    if status in {405, 501}:
        assert "UPDATE" in answer.headers.get("Allow")
    if status == 420:
        assert answer.headers.get("Unsupported") == "x-none, y-none"
    if status == 415:
        assert "application/dtmf-relay" in answer.headers.get("Accept")
    assert len(far.requests("INVITE")) == 1  # nothing was followed
    desk.tell(HangUp(call="c"))
    far.run(1)
    assert the_end(desk).outcome == "answered"


@pytest.mark.parametrize(
    ("content", "body", "digit"),
    [
        ("application/dtmf-relay", b"Signal=5\r\nDuration=160", "5"),
        ("application/dtmf-relay; x=y", b"Signal= *\nDuration=160", "*"),
        ("application/dtmf-relay", b"Signal=11\r\n", "#"),
        ("application/DTMF", b"d", "D"),
    ],
)
def test_a_digit_by_info_is_a_digit(content: str, body: bytes, digit: str) -> None:
    desk, far = answered()
    far.ask("INFO", headers=[("Content-Type", content)], body=body)
    assert [event.digit for event in desk.said(DigitReceived)] == [digit]  # type: ignore[attr-defined]


def test_a_change_after_our_bye_finds_no_call() -> None:
    desk, far = answered()
    far.rules["BYE"] = lambda _: None
    desk.tell(HangUp(call="c"))
    far.run()
    far.ask("INVITE", body=sdp(version=2))
    assert far.responses("INVITE")[-1].status == 481


def test_an_old_number_is_refused() -> None:
    _, far = answered()
    far.ask("OPTIONS", number=200)
    far.ask("INFO", number=150)
    assert far.responses("INFO")[-1].status == 500


def test_the_sound_stops_with_the_bye_not_with_its_answer() -> None:
    """RFC 3261 section 15.1.1: no more media once the BYE is sent."""
    desk, far = answered()
    far.rules["BYE"] = lambda request: None
    desk.tell(HangUp(call="c"))
    far.run(0.1)
    assert len(far.requests("BYE")) == 1
    assert "c" in desk.closed_media
    far.run(40)
    assert the_end(desk).media is not None
