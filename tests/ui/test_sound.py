"""Sound in the window: what is sent, listening, recording, devices, and quality over time."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QHelpEvent
from PySide6.QtWidgets import QApplication, QFileDialog, QLabel, QToolTip
from pytestqt.qtbot import QtBot

from tccc_desk.app.recordings import Recordings
from tccc_desk.engine import events as e
from tccc_desk.engine.commands import (
    AnswerCall,
    ChangeSource,
    Command,
    ConfigureSound,
    ListDevices,
    PlaceTestCall,
    RecordCall,
    TestSound,
)
from tccc_desk.engine.status import CallStatus, Phase
from tccc_desk.rtp.history import QualityPoint
from tccc_desk.rtp.report import LoopProof
from tccc_desk.sound.devices_wire import DEVICE
from tccc_desk.sound.faults import RECORDING
from tccc_desk.store.paths import folders
from tccc_desk.ui.call_panel import CallPanel
from tccc_desk.ui.call_words import recording_words
from tccc_desk.ui.incoming import IncomingCards
from tccc_desk.ui.now_panel import NowPanel
from tccc_desk.ui.quality_strip import QualityStrip
from tccc_desk.ui.sound_dialog import SoundDialog
from tccc_desk.ui.state import DeskState
from tccc_desk.ui.texts import Texts
from tests.helpers import window_script as script
from tests.helpers.window_script import HOSTILE, NOW

Submit = Callable[[Command], None]
MICROPHONE = e.SoundDevice(id="mic-1", name="Headset", default=True)
SPEAKER = e.SoundDevice(id="spk-1", name="Loud\u202ebox")


@pytest.fixture
def call(state: DeskState, texts: Texts, submit: Submit, qtbot: QtBot) -> CallPanel:
    made = CallPanel(state, texts, submit, recording_file=lambda caller, line: f"/rec/{caller} {line}.wav")
    qtbot.addWidget(made)
    made.show()
    made.fill("13800138000", "075512345600")
    state.take(script.bound())
    return made


@pytest.fixture
def now(state: DeskState, texts: Texts, submit: Submit, qtbot: QtBot) -> NowPanel:
    made = NowPanel(state, texts, submit)
    qtbot.addWidget(made)
    made.show()
    return made


def answered(state: DeskState) -> None:
    for event in (script.placed(), script.answered()):
        state.take(event)


def choose(call: CallPanel, source: str) -> None:
    play = call.sound.play
    play.setCurrentIndex(play.findData(source))
    play.activated.emit(play.currentIndex())


def measured(at: float, **media: object) -> e.MediaMeasured:
    report = e.MediaReport(**media)  # type: ignore[arg-type]
    return e.MediaMeasured(at=NOW + at, trunk="gateway01", call="c1", media=report)


def said(panel: NowPanel, name: str) -> str:
    label = panel.findChild(QLabel, f"now.{name}")
    assert isinstance(label, QLabel)
    return label.text()


def test_a_call_begins_with_what_is_chosen(call: CallPanel, sent: list[Command], qtbot: QtBot) -> None:
    choose(call, "sweep")
    qtbot.mouseClick(call.sound.listen_button, Qt.MouseButton.LeftButton)
    qtbot.mouseClick(call.sound.record_button, Qt.MouseButton.LeftButton)
    call.place()
    placed = sent[-1]
    assert isinstance(placed, PlaceTestCall)
    assert (placed.play, placed.listen) == ("sweep", True)
    assert placed.record_file == "/rec/13800138000 075512345600.wav"


def test_in_a_call_every_change_counts_at_once(
    call: CallPanel, state: DeskState, sent: list[Command], qtbot: QtBot
) -> None:
    answered(state)
    choose(call, "microphone")
    assert sent[-1] == ChangeSource(call="c1", play="microphone", listen=False)
    qtbot.mouseClick(call.sound.listen_button, Qt.MouseButton.LeftButton)
    assert sent[-1] == ChangeSource(call="c1", play="microphone", listen=True)


def test_a_file_is_asked_for_and_named(
    call: CallPanel, state: DeskState, sent: list[Command], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    answered(state)
    picked = [(str(tmp_path / "long greeting of the company.wav"), ""), ("", "")]
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: picked.pop(0))
    choose(call, "file")
    assert sent[-1] == ChangeSource(
        call="c1", play="file", play_file=str(tmp_path / "long greeting of the company.wav"), listen=False
    )
    assert call.sound.play.currentText() == "File long greeting of the com…"
    choose(call, "tone")
    before = len(sent)
    choose(call, "file")  # cancelled: the sound before goes on
    assert (call.sound.play.source, call.sound.play.file, len(sent)) == ("tone", "", before)


def test_recording_is_begun_seen_and_ended(
    call: CallPanel, now: NowPanel, state: DeskState, sent: list[Command], qtbot: QtBot
) -> None:
    answered(state)
    qtbot.mouseClick(call.sound.record_button, Qt.MouseButton.LeftButton)
    file = "/rec/13800138000 075512345600.wav"
    assert sent[-1] == RecordCall(call="c1", file=file)
    assert not call.sound.record_button.isChecked()  # nothing records until the engine says so
    state.take(e.RecordingStarted(at=NOW, trunk="gateway01", call="c1", file=file))
    state.clock = lambda: NOW + 65
    now._tick()
    assert call.sound.record_button.isChecked()
    assert call.sound.record_button.accessibleName() == "Stop recording"
    assert said(now, "recording") == f"Recording 1:05: {file}"
    assert now._recording_mark.isVisible()
    qtbot.mouseClick(call.sound.record_button, Qt.MouseButton.LeftButton)
    assert sent[-1] == RecordCall(call="c1", file="")
    state.take(e.RecordingEnded(at=NOW, trunk="gateway01", call="c1", file=file, seconds=66.0))
    assert said(now, "recording") == f"Recorded 1:06: {file}"
    assert not now._recording_mark.isVisible()


def test_a_call_is_answered_with_microphone_and_speaker(
    state: DeskState, texts: Texts, submit: Submit, sent: list[Command], qtbot: QtBot
) -> None:
    cards = IncomingCards(state, texts, submit, "echo")
    qtbot.addWidget(cards)
    state.take(script.offered())
    card = cards.cards["in1"]
    card.play.setCurrentIndex(card.play.findData("microphone"))
    qtbot.mouseClick(card.listen_button, Qt.MouseButton.LeftButton)
    card.answer()
    assert sent == [AnswerCall(call="in1", play="microphone", listen=True)]


def test_the_room_shows_what_a_call_was_answered_with_and_changes_only_what_is_changed(
    call: CallPanel, now: NowPanel, state: DeskState, sent: list[Command], qtbot: QtBot
) -> None:
    choose(call, "sweep")
    now.cards.answered.connect(call.sound.follow)
    state.take(script.offered())
    card = now.cards.cards["in1"]
    card.play.setCurrentIndex(card.play.findData("silence"))
    card.answer()
    assert call.sound.play.source == "sweep", "it is not answered yet"
    state.take(script.answered("in1"))
    assert call.sound.play.source == "silence"
    qtbot.mouseClick(call.sound.listen_button, Qt.MouseButton.LeftButton)
    assert sent[-1] == ChangeSource(call="in1", play="silence", listen=True)
    choose(call, "sweep")
    assert sent[-1] == ChangeSource(call="in1", play="sweep", listen=True)
    choose(call, "echo")
    state.take(script.ended("in1", incoming=True, outcome="answered", finding=""))
    assert (call.sound.play.source, call.sound.listen_button.isChecked()) == ("sweep", False)
    for name in ("in2", "in3"):
        state.take(script.offered(name))
        now.cards.cards[name].answer()
        state.take(script.answered(name))
        assert call.sound.play.source == "echo"
    for name in ("in2", "in3"):
        state.take(script.ended(name, incoming=True, outcome="answered", finding=""))
    assert call.sound.play.source == "sweep"
    call.place()
    assert isinstance(sent[-1], PlaceTestCall)
    assert sent[-1].play == "sweep"


def test_no_microphone_no_choice_of_it_and_why(call: CallPanel, state: DeskState) -> None:
    state.take(e.DevicesListed(at=NOW, fault="no-device"))
    state.take(script.bound())
    item = call.sound.play.model().item(call.sound.play.findData("microphone"))  # type: ignore[attr-defined]
    assert (item.isEnabled(), item.toolTip()) == (False, "No microphone was found.")
    state.take(e.DevicesListed(at=NOW, microphones=(MICROPHONE,)))
    state.take(script.bound())
    assert item.isEnabled()


def test_the_deaf_direction_is_named_with_its_cause(now: NowPanel, state: DeskState) -> None:
    answered(state)
    state.take(measured(1, one_way="they_hear_nothing", cause="microphone-silent", sent=50, received=50))
    assert said(now, "one-way").startswith("One-way audio: they hear nothing of us. Our microphone gives")
    state.take(measured(1.5, one_way="we_hear_nothing", cause="nothing-arrives", sent=75, received=1050))
    assert "ended: 1,050 packets" in said(now, "one-way")
    state.take(measured(1.7, one_way="unknown", cause="inactive"))
    assert said(now, "one-way").startswith("No sound was agreed on")
    state.take(
        measured(
            2,
            one_way="none",
            received=99,
            loop=LoopProof(delay_ms=41.6, attenuation_db=-0.04, returned_percent=98.0),
        )
    )
    assert said(now, "loop") == "Loop proved: 98 % of what we sent came back after 42 ms, 0 dB weaker."
    state.take(
        measured(3, one_way="none", received=99, late=2, concealed=3, foreign=5, playout_delay_ms=61.0)
    )
    assert said(now, "details").splitlines() == [
        "Jitter buffer 61 ms",
        "Late 2, reordered 0, repeated 0, concealed 3",
        "Not taken: 5 from strangers, 0 malformed, 0 in a flood",
    ]


def test_the_strip_has_room_for_its_longest_words(now: NowPanel, state: DeskState, qtbot: QtBot) -> None:
    answered(state)
    state.take(measured(1, sent=50, received=50, level_sent_dbov=-127.0, level_received_dbov=-127.0))
    words = now.quality._words("level", -1)
    assert words == "us silent, them silent"
    assert now.quality.fontMetrics().horizontalAdvance(words) < now.quality._value_width()


@pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
def test_quality_over_time_is_drawn_said_and_stays_after_the_call(
    now: NowPanel, state: DeskState, qtbot: QtBot
) -> None:
    answered(state)
    for second in range(1, 40):
        lost = 5 if second >= 20 else 0
        state.take(
            measured(0.4 + second, sent=50 * second, received=50 * second - lost, lost=lost, jitter_ms=3.0)
        )
    state.take(script.ended(outcome="answered", finding=""))
    strip = now.quality
    assert strip.isVisible()
    assert strip.accessibleName() == "Quality over time: Loss 0.0 %; Jitter 3 ms; Level, dBov us –, them –"
    points = state.quality("c1")
    assert [point.lost for point in points if point.lost] == [5]
    strip.resize(500, strip.sizeHint().height())
    middle = QPoint(strip.width() // 2, 10)
    QApplication.sendEvent(strip, QHelpEvent(QHelpEvent.Type.ToolTip, middle, strip.mapToGlobal(middle)))
    assert "after the sound began" in QToolTip.text()
    assert "Loss: " in QToolTip.text()


def test_nothing_measured_is_said_and_draws(texts: Texts, qtbot: QtBot) -> None:
    strip = QualityStrip(texts)
    qtbot.addWidget(strip)
    strip.resize(300, 90)
    assert strip.accessibleName() == "Quality over time: nothing measured yet"
    empty = strip.grab().toImage()
    nothing = QualityPoint(
        at_s=1.0, sent=0, received=0, lost=0, jitter_ms=None, level_sent_dbov=None, level_received_dbov=None
    )
    strip.show_points((nothing,))
    assert strip.grab().toImage() != empty


@pytest.fixture
def dialog(state: DeskState, texts: Texts, submit: Submit, qtbot: QtBot) -> SoundDialog:
    made = SoundDialog(
        state, texts, submit, current=ConfigureSound(port_low=16384, port_high=16484), keep=submit
    )
    qtbot.addWidget(made)
    made.show()
    return made


def test_devices_come_and_go_while_the_choice_stays(
    dialog: SoundDialog, state: DeskState, sent: list[Command]
) -> None:
    assert sent == [ListDevices()]
    assert not dialog.microphone.isEnabled()
    state.take(e.DevicesListed(at=NOW, microphones=(MICROPHONE,), speakers=(SPEAKER,)))
    assert dialog.microphone.itemText(0) == "The system's default (Headset)"
    assert dialog.speaker.itemText(1) == "Loud\\u202ebox"
    dialog.microphone.setCurrentIndex(1)
    dialog.microphone.activated.emit(1)
    assert sent[-1] == ConfigureSound(microphone="mic-1", port_low=16384, port_high=16484)
    state.take(
        e.DevicesListed(at=NOW, speakers=(SPEAKER,), microphones=(e.SoundDevice(id="m2", name=HOSTILE),))
    )
    assert dialog.microphone.currentText() == "Headset (not plugged in now)"
    assert dialog.microphone.currentData() == "mic-1"


def test_the_loop_is_tried_and_ends_with_the_dialog(
    dialog: SoundDialog, state: DeskState, sent: list[Command], qtbot: QtBot
) -> None:
    qtbot.mouseClick(dialog.test_button, Qt.MouseButton.LeftButton)
    assert sent[-1] == TestSound(on=True)
    state.take(e.SoundTested(at=NOW, input_dbov=-20.0, output_dbov=-22.0))
    assert dialog.level_in.accessibleName() == "Microphone: -20 dBov"
    assert dialog.level_out.accessibleName() == "Speaker: -22 dBov"
    dialog.reject()
    assert sent[-1] == TestSound(on=False)


def test_a_device_that_goes_keeps_its_name_and_is_said_without_holes(
    state: DeskState, texts: Texts, submit: Submit, qtbot: QtBot
) -> None:
    chosen = ConfigureSound(microphone="mic-1")
    dialog = SoundDialog(state, texts, submit, current=chosen, keep=lambda _: None)
    qtbot.addWidget(dialog)
    other = e.SoundDevice(id="mic-2", name="Studio", default=True)
    state.take(e.DevicesListed(at=NOW, microphones=(MICROPHONE, other), speakers=()))
    state.take(e.DevicesListed(at=NOW, microphones=(other,), speakers=()))
    assert dialog.microphone.currentText() == "Headset (not plugged in now)"
    assert dialog.microphone.currentData() == "mic-1"
    state.take(e.SoundTested(at=NOW, fault="unplugged", detail="Headset"))
    assert dialog.trouble.text().endswith("silence until it is back. Headset")
    state.take(e.SoundTested(at=NOW, fault="server-hangs"))
    assert dialog.trouble.text().endswith("silence until it does.")


def test_a_long_sentence_about_devices_squeezes_no_field(
    state: DeskState, texts: Texts, submit: Submit, qtbot: QtBot
) -> None:
    dialog = SoundDialog(state, texts, submit, current=ConfigureSound(), keep=lambda _: None)
    qtbot.addWidget(dialog)
    dialog.show()
    state.take(e.DevicesListed(at=NOW, fault="no-permission", detail="x " * 200))
    QApplication.processEvents()
    assert dialog.microphone.height() >= dialog.microphone.sizeHint().height()
    assert dialog.trouble.height() >= dialog.trouble.heightForWidth(dialog.trouble.width())


def test_recordings_get_names_no_file_system_minds(tmp_path: Path) -> None:
    recordings = Recordings(folders({"TCCC_DESK_HOME": str(tmp_path)}), clock=lambda: NOW)
    first = recordings.name("13800138000", "../../075512345600\u202e")
    assert first.parent == tmp_path / "data" / "recordings"
    assert first.name.endswith(" 13800138000 _.._075512345600_.wav")
    assert first.parent.stat().st_mode & 0o777 == 0o700
    first.touch()
    assert recordings.name("13800138000", "../../075512345600\u202e").stem == f"{first.stem} (2)"


def test_every_fault_of_devices_and_recordings_has_its_sentence() -> None:
    texts = Texts("en")
    for fault in RECORDING:
        call = CallStatus(
            call="c",
            trunk="t",
            incoming=False,
            phase=Phase.ENDED,
            started_at=NOW,
            recorded=(
                e.RecordingEnded(at=NOW, trunk="t", call="c", file="/a.wav", seconds=1.0, fault=fault),
            ),
        )
        assert fault not in recording_words(texts, call, NOW)
    for finding in (*DEVICE, "sound.device.in-call"):
        assert texts.finding(finding, {"detail": "x"}) != finding
