"""Digits in a call: by RTP events, by SIP INFO, by tones; received by any, told once."""

from __future__ import annotations

import pytest

from tccc_desk.engine.commands import PlaceTestCall, SendDigits
from tccc_desk.engine.digits import SAME_KEY_S, ReceivedDigits, chosen
from tccc_desk.engine.events import CommandRefused, DigitReceived, DigitsSent, SoundNoticed
from tccc_desk.engine.info_digits import MAX_WAITING
from tccc_desk.sip.message import Response, response_to
from tests.helpers.far_end import CALLER, LINE, SDP, FarEnd, sdp, the_end
from tests.helpers.simulation import Desk, World

PLAIN = (
    sdp()
    .replace(b"a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-16\r\n", b"")
    .replace(b" 101\r\n", b"\r\n")
)
ALLOWS = ("Allow", "INVITE, ACK, BYE, INFO")


def talking(
    method: str = "auto", *, events: bool = True, info: bool = True, dtmf: str = ""
) -> tuple[Desk, FarEnd]:
    desk = Desk(World())
    far = FarEnd(desk)
    desk.configure(dtmf=method)
    desk.tell(PlaceTestCall(trunk="t", call="c", caller=CALLER, line=LINE, dtmf=dtmf))
    far.run()
    far.reply(200, headers=[ALLOWS] if info else [], body=sdp() if events else PLAIN)
    return desk, far


def bodies(far: FarEnd) -> list[tuple[str, bytes]]:
    return [(one.headers.get("Content-Type"), one.body) for one in far.requests("INFO")]


def sent(desk: Desk) -> list[tuple[str, str]]:
    return [(event.digits, event.method) for event in desk.said(DigitsSent)]  # type: ignore[attr-defined]


def test_the_description_without_events_has_none() -> None:
    assert b"telephone-event" in sdp()
    assert b"telephone-event" not in PLAIN
    assert b"101" not in PLAIN


@pytest.mark.parametrize(
    ("method", "events", "info", "way"),
    [
        ("auto", True, True, "rfc4733"),
        ("auto", False, True, "info"),
        ("auto", False, False, "inband"),
        ("inband", True, True, "inband"),
        ("info", True, False, "info"),
        ("info-dtmf", True, True, "info-dtmf"),
        ("rfc4733", True, False, "rfc4733"),
    ],
)
def test_the_method_of_a_trunk_and_what_auto_makes_of_the_answer(
    method: str, events: bool, info: bool, way: str
) -> None:
    assert chosen(method, events_agreed=events, takes_info=info) == way  # type: ignore[arg-type]
    desk, far = talking(method, events=events, info=info)
    desk.tell(SendDigits(call="c", digits="5"))
    far.run()
    assert sent(desk) == [("5", way)]
    assert desk.digits == ([("5", way == "inband")] if way in {"rfc4733", "inband"} else [])
    assert desk.tones is (method == "inband" or (method == "auto" and not events))


@pytest.mark.parametrize(
    ("method", "content", "body"),
    [
        ("info", "application/dtmf-relay", b"Signal=5\r\nDuration=160\r\n"),
        ("info-dtmf", "application/dtmf", b"5"),
    ],
)
def test_both_content_types(method: str, content: str, body: bytes) -> None:
    desk, far = talking(method)
    desk.tell(SendDigits(call="c", digits="5"))
    far.run()
    assert bodies(far) == [(content, body)]


def test_the_command_may_name_another_method_than_the_trunk() -> None:
    desk, far = talking("rfc4733")
    desk.tell(SendDigits(call="c", digits="#", method="info-dtmf"))
    far.run()
    assert bodies(far) == [("application/dtmf", b"#")]


def test_the_next_info_waits_for_the_answer_to_the_one_before() -> None:
    desk, far = talking("info")
    held: list[Response] = []
    far.rules["INFO"] = lambda request: held.append(response_to(request, 200))
    desk.tell(SendDigits(call="c", digits="12"))
    far.run(3.0)
    assert {body for _, body in bodies(far)} == {b"Signal=1\r\nDuration=160\r\n"}
    assert sent(desk) == []
    far.say(held[0])
    far.run()
    assert [body[7:8] for _, body in bodies(far)][-1] == b"2"
    assert sent(desk) == [("1", "info")]


def test_digits_come_no_faster_than_tones_could_and_a_comma_waits() -> None:
    desk, far = talking("info-dtmf")
    times: list[float] = []
    far.rules["INFO"] = lambda request: times.append(desk.world.now) or response_to(request, 200)
    desk.tell(SendDigits(call="c", digits="1a,2"))
    far.run(5.0)
    assert [body for _, body in bodies(far)] == [b"1", b"A", b"2"]
    assert times[1] - times[0] >= 0.25
    assert times[2] - times[1] >= 2.0
    assert the_media_after_the_end(desk, far) == "1A2"


def the_media_after_the_end(desk: Desk, far: FarEnd) -> str:
    far.ask("BYE")
    media = the_end(desk).media
    assert media is not None
    return media.dtmf_sent


@pytest.mark.parametrize("status", [405, 415, 481, 501])
def test_a_refused_digit_is_said_and_ends_the_rest(status: int) -> None:
    desk, far = talking("info")
    far.rules["INFO"] = lambda request: response_to(request, status)
    desk.tell(SendDigits(call="c", digits="7,89"))
    far.run(5.0)
    (said,) = desk.said(SoundNoticed)
    assert isinstance(said, SoundNoticed)
    assert said.finding == "finding.sound.info-refused"
    assert (said.details["digit"], said.details["status"], said.details["left"]) == ("7", str(status), "2")
    assert (len(far.requests("INFO")), sent(desk)) == (1, [])
    assert not far.requests("BYE")
    far.rules["INFO"] = lambda request: response_to(request, 200)
    desk.tell(SendDigits(call="c", digits="1"))
    far.run()
    assert sent(desk) == [("1", "info")]


def test_an_info_nobody_answers_is_said() -> None:
    desk, far = talking("info")
    far.rules["INFO"] = lambda request: None
    desk.tell(SendDigits(call="c", digits="7"))
    far.run(40.0)
    assert [event.finding for event in desk.said(SoundNoticed)] == ["finding.sound.info-unanswered"]  # type: ignore[attr-defined]


def test_nothing_is_sent_after_the_end() -> None:
    desk, far = talking("info")
    desk.tell(SendDigits(call="c", digits=",5"))
    far.run()
    far.ask("BYE")
    far.run(5.0)
    assert far.requests("INFO") == []


def test_events_that_were_not_agreed_are_refused_before_anything_is_sent() -> None:
    desk, _ = talking("rfc4733", events=False)
    desk.tell(SendDigits(call="c", digits="5"))
    refused = desk.last(CommandRefused)
    assert isinstance(refused, CommandRefused)
    assert refused.finding == "finding.command.no-telephone-event"
    assert (desk.digits, sent(desk)) == ([], [])


def test_digits_of_the_call_itself_that_cannot_be_sent_are_said() -> None:
    desk, _ = talking("rfc4733", events=False, dtmf="12")
    assert [event.finding for event in desk.said(SoundNoticed)] == ["finding.sound.digits-unsent"]  # type: ignore[attr-defined]


def test_digits_of_the_call_itself_follow_the_trunks_method() -> None:
    desk, far = talking("info", dtmf="1")
    far.run(1.0)
    assert sent(desk) == [("1", "info")]


def test_too_many_digits() -> None:
    desk, _ = talking("info")
    for _ in range(3):
        desk.tell(SendDigits(call="c", digits="1" * (MAX_WAITING // 2)))
    refused = desk.last(CommandRefused)
    assert isinstance(refused, CommandRefused)
    assert (refused.finding, refused.field) == ("finding.command.too-many-digits", "digits")


def received(desk: Desk) -> list[tuple[str, str]]:
    return [(event.digit, event.method) for event in desk.said(DigitReceived)]  # type: ignore[attr-defined]


def test_a_key_that_comes_by_two_methods_is_told_once() -> None:
    desk, far = talking()
    desk.agent.digit_heard("c", "5", "rfc4733", desk.world.now)
    far.run(0.2)
    desk.agent.digit_heard("c", "5", "inband", desk.world.now)
    far.ask("INFO", headers=[("Content-Type", "application/dtmf")], body=b"5")
    far.run(SAME_KEY_S)
    far.ask("INFO", headers=[("Content-Type", "application/dtmf")], body=b"5")
    assert received(desk) == [("5", "rfc4733"), ("5", "info")]
    far.ask("BYE", headers=[SDP])
    media = the_end(desk).media
    assert media is not None
    assert media.dtmf_received == "55"


def test_two_presses_of_a_key_by_two_methods_are_two() -> None:
    digits = ReceivedDigits()
    told = [
        digits.take("5", method, at)
        for method, at in [("rfc4733", 0.0), ("inband", 0.1), ("rfc4733", 0.3), ("inband", 0.4)]
    ]
    assert told == [True, False, True, False]
    assert digits.take("5", "rfc4733", 0.5)
    assert digits.take("6", "inband", 0.5)
    assert digits.digits == "5556"


def test_a_digit_for_a_call_that_is_gone_is_nobodys() -> None:
    desk, far = talking()
    far.ask("BYE")
    desk.agent.digit_heard("c", "5", "rfc4733", desk.world.now)
    assert received(desk) == []


@pytest.mark.parametrize(("method", "unsent"), [("rfc4733", "#A"), ("inband", "#A"), ("info", "#A")])
def test_digits_that_still_wait_when_the_call_ends_are_named(method: str, unsent: str) -> None:
    desk, far = talking(method)
    desk.digits_go = 2
    desk.tell(SendDigits(call="c", digits="12,"))
    desk.tell(SendDigits(call="c", digits="#a"))
    far.run(1.0)
    far.ask("BYE")
    (said,) = desk.said(SoundNoticed)
    assert (said.finding, said.details) == ("finding.sound.digits-cut", {"digits": unsent})  # type: ignore[attr-defined]
    assert desk.events.index(said) < desk.events.index(the_end(desk)), "the window still shows the call"


@pytest.mark.parametrize("method", ["rfc4733", "inband", "info"])
def test_digits_that_all_went_out_are_no_news_at_the_end(method: str) -> None:
    desk, far = talking(method)
    desk.tell(SendDigits(call="c", digits="1,2"))
    far.run(5.0)
    far.ask("BYE")
    assert not desk.said(SoundNoticed)
    assert the_end(desk).media
