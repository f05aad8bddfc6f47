from __future__ import annotations

import pytest
from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from tccc_desk.trace.problems import is_problem
from tccc_desk.ui import log_words
from tccc_desk.ui.log_model import SUMMARY, TRIM, WHAT, LogFilter, LogModel
from tccc_desk.ui.log_panel import LogPanel
from tccc_desk.ui.state import DeskState
from tccc_desk.ui.texts import Texts
from tests.helpers.window_script import HOSTILE, NOW, fact, message, placed, traced


@pytest.fixture
def model(state: DeskState, texts: Texts) -> LogModel:
    return LogModel(state, texts, bound=3_000)


@pytest.fixture
def panel(state: DeskState, texts: Texts, qtbot: QtBot) -> LogPanel:
    made = LogPanel(state, texts, bound=3_000)
    qtbot.addWidget(made)
    made.resize(1000, 300)
    made.show()
    return made


def test_a_burst_is_one_insertion(model: LogModel, state: DeskState, qtbot: QtBot) -> None:
    inserted: list[tuple[int, int]] = []
    model.rowsInserted.connect(lambda _, first, last: inserted.append((first, last)))
    with qtbot.waitSignal(model.grown):
        for number in range(200):
            state.take(traced(message(number)))
    assert inserted == [(0, 199)]
    assert state.messages == 200


def test_memory_is_bounded_and_the_newest_stay(model: LogModel) -> None:
    for start in range(0, 9_000, 500):
        model.fill(message(number) for number in range(start, start + 500))
    assert model.rowCount() <= 3_000
    assert model.rowCount() >= 3_000 - TRIM
    newest = model.entry(model.rowCount() - 1)
    assert newest is not None
    assert newest.number == 8_999


def test_trimming_keeps_filtered_rows_right(model: LogModel) -> None:
    model.filter(LogFilter(only_problems=True))
    model.fill(message(number, status=486 if number % 100 == 0 else 200) for number in range(6_000))
    first = model.entry(0)
    assert first is not None
    assert first.number >= 3_000
    assert all(is_problem(one) for row in range(model.rowCount()) if (one := model.entry(row)))


def test_filters(model: LogModel) -> None:
    model.fill(
        [
            message(1),
            message(2, "received", status=401, reason="Unauthorized", raw=b"SIP/2.0 401\r\n\r\n"),
            message(
                3,
                "received",
                status=486,
                reason="Busy Here",
                call_id="k1",
                raw=b"SIP/2.0 486 Busy Here\r\n\r\n",
            ),
            fact(4, remote="203.0.113.7:35090"),
            fact(5, "fact.state", machine="binding"),
        ]
    )

    def shown(wanted: LogFilter) -> list[int]:
        model.filter(wanted)
        return [one.number for row in range(model.rowCount()) if (one := model.entry(row))]

    assert shown(LogFilter()) == [1, 2, 3, 4]
    assert shown(LogFilter(machine_steps=True)) == [1, 2, 3, 4, 5]
    assert shown(LogFilter(only_problems=True)) == [3, 4]
    assert shown(LogFilter(call_id="k1")) == [3]
    assert shown(LogFilter(text="NEEDLE")) == [1]
    assert shown(LogFilter(text="203.0.113.7")) == [4]
    assert shown(LogFilter(text="busy")) == [3]


@pytest.mark.parametrize(("status", "role"), [(401, ""), (407, ""), (180, ""), (200, "good"), (503, "bad")])
def test_401_and_407_are_neutral(status: int, role: str) -> None:
    assert log_words.role(message(1, status=status)) == role


def test_local_facts_say_this_machine(model: LogModel) -> None:
    model.fill([fact(1, remote="203.0.113.7:35090"), fact(2, "fact.never-heard-of")])
    what = model.data(model.index(0, WHAT))
    assert what == "This machine"
    assert model.data(model.index(0, SUMMARY)) == "Connection refused by 203.0.113.7:35090"
    assert model.data(model.index(1, SUMMARY)) == "fact.never-heard-of"


def test_a_request_with_credentials_says_so(texts: Texts) -> None:
    raw = b'REGISTER sip:x SIP/2.0\r\nAuthorization: Digest username="a"\r\nExpires: 120\r\n\r\nExpires: 9'
    assert log_words.summary(texts, message(1, raw=raw)).endswith("(with credentials)  expires 120 s")
    raw = b'SIP/2.0 401 x\r\nWWW-Authenticate: Digest realm="r", nonce="n", algorithm=MD5, qop="auth"\r\n\r\n'
    said = log_words.summary(texts, message(2, "received", status=401, raw=raw))
    assert said == '1 REGISTER  realm="r"  algorithm=MD5  qop="auth"'


def test_hostile_messages_are_inert_everywhere(panel: LogPanel, state: DeskState) -> None:
    entry = message(1, method=HOSTILE, reason=HOSTILE, summary=HOSTILE, trunk=HOSTILE, raw=HOSTILE.encode())
    state.take(traced(entry, message(2, status=200, reason=HOSTILE, call_id=HOSTILE)))
    panel.model.flush()
    for row in range(2):
        for column in range(panel.model.columnCount()):
            words = str(panel.model.data(panel.model.index(row, column)))
            assert not set(words) & set("\u202e\x07\r\n\u200b")
            assert len(words) < 400
    panel.table.selectRow(0)
    assert "\u202e" not in panel.message.raw.toPlainText()
    assert "\u202e" not in panel.call.itemText(panel.call.count() - 1)


def test_follow_stops_when_scrolled_up_and_returns(panel: LogPanel, state: DeskState, qtbot: QtBot) -> None:
    def add(first: int) -> None:
        state.take(traced(*(message(number) for number in range(first, first + 100))))
        panel.model.flush()

    add(0)
    bar = panel.table.verticalScrollBar()
    qtbot.waitUntil(lambda: bar.value() == bar.maximum() > 0)
    bar.triggerAction(bar.SliderAction.SliderPageStepSub)
    qtbot.waitUntil(lambda: not panel.follow.isChecked())
    where = bar.value()
    add(100)
    assert bar.value() == where
    panel.table.setFocus()
    qtbot.keyClick(panel.table, Qt.Key.Key_End)
    assert panel.follow.isChecked()
    add(200)
    qtbot.waitUntil(lambda: bar.value() == bar.maximum())


def test_the_keyboard_arrives_at_the_newest_line_and_end_returns_to_it(
    panel: LogPanel, state: DeskState, qtbot: QtBot
) -> None:
    panel.model.fill(message(number) for number in range(300))
    panel.text.setFocus()
    panel.focus_room()
    assert panel.table.currentIndex().row() == 299
    assert panel.follow.isChecked()
    qtbot.keyClick(panel.table, Qt.Key.Key_PageUp)
    assert not panel.follow.isChecked()
    panel.text.setFocus()
    panel.focus_room()
    assert panel.table.currentIndex().row() < 299
    qtbot.keyClick(panel.table, Qt.Key.Key_End)
    assert panel.table.currentIndex().row() == 299
    assert panel.follow.isChecked()


def test_copy_gives_the_wire_and_masked_copy_does_not(
    panel: LogPanel, state: DeskState, qtbot: QtBot
) -> None:
    raw = b"INVITE sip:075512345600@1400000001.tccc.qcloud.com SIP/2.0\r\nVia: SIP/2.0/TCP 192.0.2.10\r\n\r\n"
    state.take(traced(message(1, raw=raw)))
    panel.model.flush()
    panel.table.selectRow(0)
    panel.table.setFocus()
    qtbot.keyClick(panel.table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == raw.decode()
    both = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    qtbot.keyClick(panel.table, Qt.Key.Key_C, both)
    assert "075512345600" not in QGuiApplication.clipboard().text()
    assert "192.0.2.10" not in QGuiApplication.clipboard().text()


def test_evidence_is_shown_whatever_the_filter(panel: LogPanel, state: DeskState) -> None:
    state.take(traced(*(message(number) for number in range(10))))
    panel.model.flush()
    panel.text.setText("nothing like it")
    panel.show_evidence(NOW + 0.004)
    entry = panel.selected_entry()
    assert entry is not None
    assert entry.number == 4
    assert not panel.follow.isChecked()


def test_a_call_is_named_by_its_numbers(panel: LogPanel, state: DeskState) -> None:
    state.take(traced(message(1, method="INVITE", call_id="id-c1")))
    panel.model.flush()
    assert "id-c1" in panel.call.itemText(1)
    state.take(placed())
    assert "075512345600" in panel.call.itemText(1)
    panel.call.setCurrentIndex(1)
    assert panel.model.rowCount() == 1


def test_a_retired_panel_hears_nothing(panel: LogPanel, state: DeskState) -> None:
    panel.retire()
    state.take(traced(message(1)))
    panel.model.flush()
    assert panel.model.rowCount(QModelIndex()) == 0
    assert len(panel.connections) == 0
