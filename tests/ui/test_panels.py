"""Each panel by itself, fed with scripted events; what it wishes for is caught."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from tccc_desk.engine import events as e
from tccc_desk.engine.commands import (
    AnswerCall,
    Command,
    HangUp,
    HoldCall,
    PlaceTestCall,
    RegisterTrunk,
    RejectCall,
    SendDigits,
    UnregisterTrunk,
)
from tccc_desk.ui.banner import Banner
from tccc_desk.ui.call_panel import CallPanel
from tccc_desk.ui.incoming import MAX_CARDS, IncomingCards
from tccc_desk.ui.now_panel import NowPanel
from tccc_desk.ui.state import DeskState
from tccc_desk.ui.strip import Strip
from tccc_desk.ui.texts import Texts
from tccc_desk.ui.trunks_panel import TrunksPanel
from tests.helpers import window_script as script
from tests.helpers.window_script import HOSTILE, NOW

Submit = Callable[[Command], None]


@pytest.fixture
def trunks(state: DeskState, texts: Texts, submit: Submit, qtbot: QtBot) -> TrunksPanel:
    made = TrunksPanel(state, texts, submit)
    qtbot.addWidget(made)
    return made


@pytest.fixture
def call(state: DeskState, texts: Texts, submit: Submit, qtbot: QtBot) -> CallPanel:
    made = CallPanel(state, texts, submit)
    qtbot.addWidget(made)
    made.show()
    return made


@pytest.fixture
def now(state: DeskState, texts: Texts, submit: Submit, qtbot: QtBot) -> NowPanel:
    made = NowPanel(state, texts, submit)
    qtbot.addWidget(made)
    made.show()
    return made


@pytest.fixture
def cards(state: DeskState, texts: Texts, submit: Submit, qtbot: QtBot) -> IncomingCards:
    made = IncomingCards(state, texts, submit, "echo")
    qtbot.addWidget(made)
    return made


def said(panel: object, name: str) -> str:
    label = panel.findChild(QLabel, name)  # type: ignore[attr-defined]
    assert label is not None, name
    return label.text()


def row_text(panel: TrunksPanel, row: int = 0) -> str:
    return str(panel.rows.data(panel.rows.index(row)))


def test_registration_in_words_with_its_countdown(trunks: TrunksPanel, state: DeskState) -> None:
    assert row_text(trunks) == "gateway01\nOff"
    state.take(script.bound())
    assert row_text(trunks) == "gateway01\nRegistered, refresh in 0:45"
    assert said(trunks, "trunks.answer") == "200 OK (said by the server)"
    assert said(trunks, "trunks.expiry") == "Expiry: granted 60 s, asked 120 s"
    state.clock = lambda: NOW + 10
    trunks.rows.tick()
    assert row_text(trunks) == "gateway01\nRegistered, refresh in 0:35"


def test_a_trunk_left_to_calls_only_says_so_in_the_list(trunks: TrunksPanel, state: DeskState) -> None:
    state.call_only.add("gateway01")
    state.note("gateway01")
    assert row_text(trunks) == "gateway01\nCalls only, not registered"


def test_a_local_failure_names_this_machine_and_the_next_try(trunks: TrunksPanel, state: DeskState) -> None:
    state.take(script.failed())
    assert row_text(trunks) == "gateway01\nRetrying in 0:12"
    assert said(trunks, "trunks.answer") == "Connection refused (said by this machine)"
    assert "sip.tccc.qcloud.com:35090" in said(trunks, "trunks.finding")


def test_a_rejection_names_its_code(trunks: TrunksPanel, state: DeskState) -> None:
    state.take(script.refused(status=403, reason="Forbidden"))
    assert row_text(trunks) == "gateway01\nRejected, 403"
    assert said(trunks, "trunks.answer") == "403 Forbidden (said by the server)"


def test_one_button_registers_and_unregisters(
    trunks: TrunksPanel, state: DeskState, sent: list[Command], qtbot: QtBot
) -> None:
    qtbot.mouseClick(trunks._register, Qt.MouseButton.LeftButton)
    state.take(script.bound())
    qtbot.mouseClick(trunks._register, Qt.MouseButton.LeftButton)
    assert sent == [RegisterTrunk(trunk="gateway01"), UnregisterTrunk(trunk="gateway01")]


def test_hostile_contacts_and_reasons_are_inert(trunks: TrunksPanel, state: DeskState) -> None:
    state.take(script.bound(reason=HOSTILE, other_contacts=(HOSTILE,), received=HOSTILE))
    for label in trunks.findChildren(QLabel):
        assert label.textFormat() == Qt.TextFormat.PlainText
        assert not set(label.text()) & set("\u202e\x07\u200b")
        assert len(label.text()) < 500


def test_no_call_before_registration_and_why(call: CallPanel, state: DeskState) -> None:
    assert not call.call_button.isEnabled()
    assert call.why.text() == "Register the trunk first."
    assert call.call_button.toolTip() == call.why.text()
    assert call.hangup_button.toolTip() == "No call is going on."
    state.call_only.add("gateway01")
    state.note("gateway01")
    assert call.call_button.isEnabled()
    state.take(e.EngineStopped(at=NOW, crashed=True))
    assert call.why.text() == "The engine is not running."


def test_enter_places_the_call_with_both_numbers(
    call: CallPanel, state: DeskState, sent: list[Command], qtbot: QtBot
) -> None:
    state.take(script.bound())
    qtbot.keyClick(call.line.box, Qt.Key.Key_Return)
    (command,) = sent
    assert isinstance(command, PlaceTestCall)
    assert (command.caller, command.line) == ("13800138000", "075512345600")
    assert command.play == "tone"
    assert call.why.text() == "A call is going on: hang up first."
    call.place()
    assert len(sent) == 1
    qtbot.waitUntil(call.call_button.isEnabled)


@pytest.mark.parametrize(
    ("line", "word"), [("12ab", "12ab"), ("", ""), ("110", "110"), ("07\r\nVia: x", ""), ("+86120", "")]
)
def test_a_bad_number_is_said_beside_its_field_and_nothing_is_sent(
    call: CallPanel, state: DeskState, sent: list[Command], line: str, word: str
) -> None:
    state.take(script.bound())
    call.line.set_text(line)
    call.place()
    assert sent == []
    assert call.line.notice.isVisible()
    assert word in call.line.notice.text()
    assert not call.caller.notice.isVisible()


def test_a_pasted_number_is_cleaned_and_both_forms_are_shown(call: CallPanel, qtbot: QtBot) -> None:
    edit = call.line.box.lineEdit()
    assert edit is not None
    edit.clear()
    edit.insert("\u202d０755-1234 5600\u202c")
    assert call.line.text == "075512345600"
    assert "→ 075512345600" in call.line.notice.text()
    assert "\u202d" not in call.line.notice.text()


def test_cleaning_leaves_the_cursor_where_one_types(call: CallPanel, qtbot: QtBot) -> None:
    edit = call.line.box.lineEdit()
    assert edit is not None
    call.line.set_text("075512345678")
    edit.setCursorPosition(4)
    qtbot.keyClicks(edit, "-9")
    assert call.line.text == "0755912345678"
    assert edit.cursorPosition() == 5


def test_the_pad_types_then_sends_digits_that_stay_visible(
    call: CallPanel, state: DeskState, sent: list[Command], qtbot: QtBot
) -> None:
    call.line.set_text("")
    call.focus_room()
    for key in ("0", "7", "#"):
        qtbot.mouseClick(call.pad.keys[key], Qt.MouseButton.LeftButton)
    assert call.line.text == "07#"
    state.take(script.placed())
    qtbot.mouseClick(call.pad.keys["1"], Qt.MouseButton.LeftButton)
    assert sent == []
    state.take(script.answered())
    qtbot.mouseClick(call.pad.keys["1"], Qt.MouseButton.LeftButton)
    assert sent == [SendDigits(call="c1", digits="1")]
    state.take(e.DigitsSent(at=NOW, trunk="gateway01", call="c1", digits="1"))
    assert call.digits.text() == "Digits sent: 1"


@pytest.mark.parametrize("at", ["line", "caller", "key"])
def test_in_an_answered_call_digits_of_the_keyboard_are_sent(
    call: CallPanel, state: DeskState, sent: list[Command], qtbot: QtBot, at: str
) -> None:
    state.take(script.placed())
    edit = call.line.box.lineEdit()
    assert edit is not None
    call.line.set_text("0755")
    qtbot.keyClicks(edit, "1")
    assert (call.line.text, sent) == ("07551", [])
    state.take(script.answered())
    where = {"line": edit, "caller": call.caller.box.lineEdit(), "key": call.pad.keys["5"]}[at]
    before = call.caller.text
    for key in "1*#":
        qtbot.keyClicks(where, key)
    assert sent == [SendDigits(call="c1", digits=key) for key in "1*#"]
    assert (call.line.text, call.caller.text) == ("07551", before)
    state.take(script.ended())
    qtbot.keyClicks(edit, "2")
    assert call.line.text == "075512"


def test_digits_and_reasons_do_not_move_the_buttons(call: CallPanel, state: DeskState, qtbot: QtBot) -> None:
    call.resize(360, 420)
    places = []
    for event in (script.bound(), script.placed(), script.answered(), script.ended()):
        state.take(event)
        qtbot.wait(1)
        places.append(call.hangup_button.pos())
    assert len({place.y() for place in places}) == 1


def test_a_hang_up_that_waits_for_the_far_end_is_said(
    call: CallPanel, state: DeskState, sent: list[Command]
) -> None:
    state.take(script.placed())
    call.hang_up()
    call.hang_up()
    assert sent == [HangUp(call="c1")]
    assert not call.hangup_button.isEnabled()
    assert call.why.text() == call.hangup_button.toolTip() == "Hanging up: waiting for the far end's word."
    state.take(script.ended())
    assert "Hanging up" not in call.why.text()


def test_hang_up_needs_a_call(call: CallPanel, state: DeskState, sent: list[Command], qtbot: QtBot) -> None:
    call.hang_up()
    assert sent == []
    state.take(script.placed())
    assert not call.call_button.isEnabled()
    qtbot.mouseClick(call.hangup_button, Qt.MouseButton.LeftButton)
    assert sent == [HangUp(call="c1")]


def test_a_refused_command_is_said_beside_its_field(call: CallPanel, state: DeskState) -> None:
    state.take(
        e.CommandRefused(
            at=NOW, command="PlaceTestCall", field="caller", finding="input.never", trunk="gateway01"
        )
    )
    assert call.caller.notice.text() == "input.never"


def test_a_refused_registration_is_said_in_the_banner(state: DeskState, texts: Texts, qtbot: QtBot) -> None:
    banner = Banner(state, texts)
    qtbot.addWidget(banner)
    state.take(e.CommandRefused(at=NOW, command="RegisterTrunk", field="trunk", finding="finding.never"))
    assert said(banner, "banner.words") == "finding.never"


def test_now_shows_steps_code_and_who_said_it(now: NowPanel, state: DeskState) -> None:
    assert said(now, "now.idle") != ""
    for event in (script.placed(), script.progressed(180)):
        state.take(event)
    assert said(now, "now.step.ringing") == "Ringing"
    assert now.steps.accessibleName() == "Ringing"
    state.take(script.answered())
    state.take(script.measured())
    assert said(now, "now.answer") == "200 OK (said by the server)"
    assert said(now, "now.one-way").startswith("Sound arrives")
    assert "sent 100, received 98, lost 2" in said(now, "now.counters")
    assert said(now, "now.mos") == "Estimated MOS 4.2, good"
    state.take(script.ended())
    assert said(now, "now.answer") == "486 Busy Here (said by the server)"
    assert said(now, "now.end").startswith("Busy (486)")


def test_a_local_end_has_no_sip_code(now: NowPanel, state: DeskState) -> None:
    state.take(script.placed())
    state.take(
        script.ended(outcome="failed", status=0, reason="", said_by="local", fault="silence", finding="")
    )
    assert said(now, "now.answer") == "No answer came (said by this machine)"
    assert said(now, "now.end") == "The call failed."


def test_a_card_shows_hostile_values_inert(cards: IncomingCards, state: DeskState) -> None:
    state.take(
        script.offered(
            to=HOSTILE,
            from_=HOSTILE,
            request_uri=HOSTILE,
            asserted_identity=HOSTILE,
            to_header=HOSTILE,
            from_header=HOSTILE,
            trunk=HOSTILE,
        )
    )
    (card,) = cards.cards.values()
    shown = [label for label in card.findChildren(QLabel) if label.objectName()]
    assert len(shown) >= 6
    for label in shown:
        assert label.textFormat() == Qt.TextFormat.PlainText
        assert not set(label.text()) & set("\u202e\x07\r\n\u200b")
        assert len(label.text()) < 400
    assert "\\u202e" in said(card, "incoming.from")


def test_answer_and_reject_with_the_chosen_values(
    cards: IncomingCards, state: DeskState, sent: list[Command], qtbot: QtBot
) -> None:
    state.take(script.offered("in1"))
    state.take(script.offered("in2"))
    first, second = cards.cards.values()
    first.play.setCurrentIndex(first.play.findData("tone"))
    qtbot.mouseClick(first.answer_button, Qt.MouseButton.LeftButton)
    second.code.setCurrentIndex(second.code.findData(404))
    qtbot.mouseClick(second.reject_button, Qt.MouseButton.LeftButton)
    assert sent == [AnswerCall(call="in1", play="tone"), RejectCall(call="in2", status=404)]
    assert not first.answer_button.isEnabled()
    assert first.waiting.text() == first.reject_button.toolTip() == "Sent; waiting for the server to confirm."
    assert not first.waiting.isHidden()
    state.take(script.ended("in1", incoming=True))
    assert list(cards.cards) == ["in2"]


def test_a_flood_of_calls_is_bounded_and_counted(cards: IncomingCards, state: DeskState) -> None:
    for number in range(MAX_CARDS + 30):
        state.take(script.offered(f"in{number}"))
    assert len(cards.cards) == MAX_CARDS
    assert said(cards, "incoming.more") == "30 more calls are waiting."
    state.take(script.ended("in0", incoming=True))
    assert len(cards.cards) == MAX_CARDS


def test_the_strip_says_what_is_proved_in_words(state: DeskState, texts: Texts, qtbot: QtBot) -> None:
    strip = Strip(state, texts)
    qtbot.addWidget(strip)
    button = strip._buttons["password"]
    assert button.accessibleName() == "Password: not proved yet"
    assert not button.isEnabled()
    state.take(script.challenged())
    state.take(script.bound())
    assert button.accessibleName().startswith("Password: proved at")
    with qtbot.waitSignal(strip.evidence_wished) as evidence:
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert evidence.args == [NOW]


def test_the_banner_says_trouble_and_who_said_it(state: DeskState, texts: Texts, qtbot: QtBot) -> None:
    banner = Banner(state, texts)
    qtbot.addWidget(banner)
    assert not banner.isVisibleTo(None)
    state.take(script.failed())
    assert "said by this machine" in said(banner, "banner.words")
    state.take(script.bound())
    assert not banner.isVisibleTo(None)
    state.take(script.placed())
    state.take(script.ended())
    assert "486 Busy Here (said by the server)" in said(banner, "banner.words")
    state.take(e.EngineStopped(at=NOW, crashed=True))
    assert banner.restart.isVisibleTo(banner)
    with qtbot.waitSignal(banner.restart_wished):
        banner.restart.click()


def test_the_recording_a_dead_engine_left_is_named_until_seen(
    state: DeskState, texts: Texts, now: NowPanel, qtbot: QtBot
) -> None:
    banner = Banner(state, texts)
    qtbot.addWidget(banner)
    state.take(script.placed())
    call = next(iter(state.status.calls))
    file = "/rec/13800138000 075512345600.wav"
    state.take(e.RecordingStarted(at=NOW, trunk="gateway01", call=call, file=file))
    state.take(e.EngineStopped(at=NOW + 5, crashed=True))
    assert file in said(banner, "banner.words")
    assert not now._recording_mark.isVisibleTo(now), "nothing records any more"
    state.take(e.EngineStarted(at=NOW + 6, version="1", pid=2))
    assert said(banner, "banner.words").endswith(f"what was recorded until then is kept: {file}")
    state.take(e.EngineStopped(at=NOW + 7, crashed=True))
    state.take(e.EngineStarted(at=NOW + 8, version="1", pid=3))
    assert file in said(banner, "banner.words"), "it died again before anybody looked"
    state.take(script.placed())
    state.take(e.EngineStopped(at=NOW + 9, crashed=True))
    assert file not in said(banner, "banner.words")


def test_retired_panels_hear_nothing(
    trunks: TrunksPanel, call: CallPanel, now: NowPanel, state: DeskState
) -> None:
    for panel in (trunks, call, now):
        panel.retire()
    state.take(script.bound())
    state.take(script.placed())
    assert said(trunks, "trunks.answer") == ""
    assert not call.hangup_button.isEnabled()
    assert said(now, "now.parties") == ""


def test_an_answered_call_is_held_and_taken_back(
    call: CallPanel, state: DeskState, sent: list[Command]
) -> None:
    assert not call.hold_button.isEnabled()
    assert call.hold_button.toolTip() == "Only an answered call can be held."
    for event in (script.bound(), script.placed(), script.answered()):
        state.take(event)
    call.hold_button.click()
    state.take(e.CallHeld(at=NOW, trunk="gateway01", call="c1", by="us", held=True))
    assert call.hold_button.text() == "Resume"
    assert "On hold, by us." in call.digits.text()
    call.hold_button.click()
    assert sent == [HoldCall(call="c1", held=True), HoldCall(call="c1", held=False)]
    state.take(e.CallHeld(at=NOW, trunk="gateway01", call="c1", by="us", held=False))
    state.take(e.CallHeld(at=NOW, trunk="gateway01", call="c1", by="them", held=True))
    assert "On hold, by the far end." in call.digits.text()
