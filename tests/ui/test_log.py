from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tccc_desk.ui import log_words
from tccc_desk.ui.log_model import HELD, SUMMARY, TIME, TRUNK, WHAT
from tccc_desk.ui.log_panel import LogPanel
from tccc_desk.ui.state import DeskState
from tccc_desk.ui.texts import Texts
from tests.helpers.log_folder import store
from tests.helpers.window_script import HOSTILE, NOW, fact, message

Open = Callable[..., LogPanel]


@pytest.fixture
def open_panel(state: DeskState, texts: Texts, qtbot: QtBot, tmp_path: Path) -> Iterator[Open]:
    made: list[LogPanel] = []

    def open_it(memory: dict[str, str] | None = None) -> LogPanel:
        panel = LogPanel(state, texts, tmp_path, {} if memory is None else memory)
        qtbot.addWidget(panel)
        panel.resize(1100, 400)
        panel.show()
        made.append(panel)
        return panel

    yield open_it
    for panel in made:
        panel.retire()


@pytest.fixture
def panel(open_panel: Open) -> LogPanel:
    return open_panel()


def numbers(panel: LogPanel) -> list[int]:
    return [round((one.at - NOW) * 1000) for one in panel.model.entries()]


def shows(qtbot: QtBot, panel: LogPanel, *wanted: int) -> None:
    qtbot.waitUntil(lambda: numbers(panel) == list(wanted))


def test_the_log_of_earlier_runs_is_there_at_start(open_panel: Open, tmp_path: Path, qtbot: QtBot) -> None:
    store(tmp_path, *(message(number) for number in range(1, 4)))
    shows(qtbot, open_panel(), 1, 2, 3)


def test_what_another_engine_writes_appears(panel: LogPanel, tmp_path: Path, qtbot: QtBot) -> None:
    store(tmp_path, message(1))
    shows(qtbot, panel, 1)
    store(tmp_path, message(2), message(3))
    shows(qtbot, panel, 1, 2, 3)


def test_only_a_stretch_is_held_however_long_the_log(open_panel: Open, tmp_path: Path, qtbot: QtBot) -> None:
    store(tmp_path, *(message(number) for number in range(1, 9_001)))
    panel = open_panel()
    qtbot.waitUntil(lambda: panel.model.rowCount() > 0)
    assert numbers(panel)[-1] == 9_000
    for share, about in ((0.5, 4_500), (0.1, 900), (0.0, 1), (0.9, 8_100)):
        panel.timeline.jump(share)
        qtbot.waitUntil(lambda about=about: about in numbers(panel) and not panel.reader.busy("page"))
        assert panel.model.rowCount() <= HELD
        top = panel.model.entry(panel.table.first_shown())
        assert top is not None
        assert abs(round((top.at - NOW) * 1000) - about) < 40
    panel.timeline.to_end()
    qtbot.waitUntil(lambda: numbers(panel)[-1] == 9_000)
    assert panel.follow.isChecked()


def test_scrolling_reads_on_and_what_is_seen_stays_in_place(
    open_panel: Open, tmp_path: Path, qtbot: QtBot
) -> None:
    store(tmp_path, *(message(number) for number in range(1, 4_001)))
    panel = open_panel()
    qtbot.waitUntil(lambda: panel.model.rowCount() >= 300 and not panel.reader.busy("page"))
    seen = 4_000
    panel.table.setFocus()
    for _ in range(150):
        top = panel.model.entry(panel.table.first_shown())
        assert top is not None
        now = round((top.at - NOW) * 1000)
        assert seen - 60 < now <= seen
        seen = now
        qtbot.keyClick(panel.table, Qt.Key.Key_PageUp)
        QApplication.processEvents()
        qtbot.waitUntil(lambda: not panel.reader.busy("page"))
        QApplication.processEvents()
        if seen == 1:
            break
    held = numbers(panel)
    assert held == list(range(held[0], held[0] + len(held)))
    assert len(held) <= HELD


def test_filters(panel: LogPanel, tmp_path: Path, qtbot: QtBot) -> None:
    busy = b"SIP/2.0 486 Busy Here\r\n\r\n"
    store(
        tmp_path,
        message(1),
        message(2, "received", status=401, reason="Unauthorized", raw=b"SIP/2.0 401\r\n\r\n"),
        message(3, "received", method="INVITE", status=486, reason="Busy Here", call_id="k1", raw=busy),
        fact(4, remote="203.0.113.7:35090"),
        fact(5, "fact.state", machine="binding"),
    )
    shows(qtbot, panel, 1, 2, 3, 4)
    panel.machines.setChecked(True)
    shows(qtbot, panel, 1, 2, 3, 4, 5)
    panel.filters.clear()
    panel.problems.setChecked(True)
    shows(qtbot, panel, 3, 4)
    panel.filters.clear()
    panel.filters.choose_call("k1", "words")
    shows(qtbot, panel, 3)
    panel.filters.clear()
    panel.filters.method.setCurrentText("INVITE")
    shows(qtbot, panel, 3)
    panel.filters.clear()
    panel.filters.status.setCurrentIndex(panel.filters.status.findData("4xx"))
    shows(qtbot, panel, 2, 3)
    panel.filters.clear()
    panel.filters.direction.setCurrentIndex(panel.filters.direction.findData("local"))
    shows(qtbot, panel, 4)
    panel.filters.clear()
    for words, found in (("NEEDLE", 1), ("203.0.113.7", 4), ("connection refused", 4)):
        panel.text.setText(words)
        shows(qtbot, panel, found)
    panel.text.setText("nothing like it")
    shows(qtbot, panel)
    assert "nothing found" in panel.words.label.text()


def test_escape_clears_the_filter_and_enter_goes_to_what_was_found(
    panel: LogPanel, tmp_path: Path, qtbot: QtBot
) -> None:
    store(tmp_path, message(1), message(2, method="INVITE", raw=b"INVITE sip:x SIP/2.0\r\n\r\n"))
    shows(qtbot, panel, 1, 2)
    panel.focus_filter()
    qtbot.keyClicks(panel.text, "invite")
    shows(qtbot, panel, 2)
    qtbot.keyClick(panel.text, Qt.Key.Key_Return)
    assert panel.table.hasFocus()
    panel.focus_filter()
    qtbot.keyClick(panel.text, Qt.Key.Key_Escape)
    assert panel.text.text() == ""
    shows(qtbot, panel, 1, 2)


@pytest.mark.parametrize(("status", "role"), [(401, ""), (407, ""), (180, ""), (200, "good"), (503, "bad")])
def test_401_and_407_are_neutral(status: int, role: str) -> None:
    assert log_words.role(message(1, status=status)) == role


def test_local_facts_say_this_machine(panel: LogPanel, tmp_path: Path, qtbot: QtBot) -> None:
    store(tmp_path, fact(1, remote="203.0.113.7:35090"), fact(2, "fact.never-heard-of"))
    shows(qtbot, panel, 1, 2)
    model = panel.model
    assert model.data(model.index(0, WHAT)) == "This machine"
    assert model.data(model.index(0, SUMMARY)) == "Connection refused by 203.0.113.7:35090"
    assert model.data(model.index(1, SUMMARY)) == "fact.never-heard-of"


def test_a_request_with_credentials_says_so(texts: Texts) -> None:
    raw = b'REGISTER sip:x SIP/2.0\r\nAuthorization: Digest username="a"\r\nExpires: 120\r\n\r\nExpires: 9'
    assert log_words.summary(texts, message(1, raw=raw)).endswith("(with credentials)  expires 120 s")
    raw = b'SIP/2.0 401 x\r\nWWW-Authenticate: Digest realm="r", nonce="n", algorithm=MD5, qop="auth"\r\n\r\n'
    said = log_words.summary(texts, message(2, "received", status=401, raw=raw))
    assert said == '1 REGISTER  realm="r"  algorithm=MD5  qop="auth"'


def test_hostile_messages_are_inert_everywhere(panel: LogPanel, tmp_path: Path, qtbot: QtBot) -> None:
    entry = message(1, method=HOSTILE, reason=HOSTILE, summary=HOSTILE, trunk=HOSTILE, raw=HOSTILE.encode())
    store(tmp_path, entry, message(2, status=200, reason=HOSTILE, call_id=HOSTILE, remote=HOSTILE))
    shows(qtbot, panel, 1, 2)
    qtbot.waitUntil(lambda: panel.calls_model.rowCount() > 0)
    for model in (panel.model, panel.calls_model):
        for row in range(model.rowCount()):
            for column in range(model.columnCount()):
                words = str(model.data(model.index(row, column)))
                assert not set(words) & set("\u202e\x07\r\n\u200b")
                assert len(words) < 400
    for row in range(2):
        panel.table.selectRow(row)
        assert "\u202e" not in panel.message.raw.toPlainText()
        assert "\u202e" not in panel.message.heading.words
    qtbot.waitUntil(lambda: panel.call.count() > 1)
    assert "\u202e" not in panel.call.itemText(panel.call.count() - 1)


def test_follow_stops_when_scrolled_up_and_returns(panel: LogPanel, tmp_path: Path, qtbot: QtBot) -> None:
    def add(first: int) -> None:
        store(tmp_path, *(message(number) for number in range(first, first + 100)))

    add(1)
    bar = panel.table.verticalScrollBar()
    qtbot.waitUntil(lambda: bar.value() == bar.maximum() > 0)
    panel.table.setFocus()
    qtbot.keyClick(panel.table, Qt.Key.Key_PageUp)
    assert not panel.follow.isChecked()
    top = panel.table.first_shown()
    total = panel.words.label.text()
    add(101)
    qtbot.waitUntil(lambda: panel.words.label.text() != total)
    assert panel.table.first_shown() == top
    qtbot.keyClick(panel.table, Qt.Key.Key_End)
    assert panel.follow.isChecked()
    qtbot.waitUntil(lambda: numbers(panel)[-1] == 200 and bar.value() == bar.maximum())
    add(201)
    qtbot.waitUntil(lambda: numbers(panel)[-1] == 300 and bar.value() == bar.maximum())


def test_the_keyboard_arrives_at_the_newest_line_and_goes_all_the_way(
    panel: LogPanel, tmp_path: Path, qtbot: QtBot
) -> None:
    store(tmp_path, *(message(number) for number in range(1, 201)))
    qtbot.waitUntil(lambda: panel.model.rowCount() == 200)
    panel.text.setFocus()
    panel.focus_room()
    assert panel.table.currentIndex().row() == 199
    assert panel.follow.isChecked()
    qtbot.keyClick(panel.table, Qt.Key.Key_Home)
    assert panel.table.currentIndex().row() == 0
    assert not panel.follow.isChecked()
    qtbot.keyClick(panel.table, Qt.Key.Key_End)
    assert panel.table.currentIndex().row() == 199
    assert panel.follow.isChecked()


def test_copy_gives_the_wire_and_masked_copy_does_not(panel: LogPanel, tmp_path: Path, qtbot: QtBot) -> None:
    raw = b"INVITE sip:075512345600@1400000001.tccc.qcloud.com SIP/2.0\r\nVia: SIP/2.0/TCP 192.0.2.10\r\n\r\n"
    store(tmp_path, message(1, raw=raw))
    shows(qtbot, panel, 1)
    panel.table.selectRow(0)
    panel.message.copy()
    assert QGuiApplication.clipboard().text() == raw.decode()
    panel.message.copy_masked()
    masked = QGuiApplication.clipboard().text()
    assert "075512345600" not in masked
    assert "192.0.2.10" not in masked
    panel.mask_switch.setChecked(True)
    panel.message.copy()
    assert QGuiApplication.clipboard().text() == masked


def test_the_masking_switch_masks_everything_shown(panel: LogPanel, tmp_path: Path, qtbot: QtBot) -> None:
    number, address = "075512345600", "198.51.100.77"
    head = f"INVITE sip:{number}@1400000001.tccc.qcloud.com SIP/2.0"
    raw = f"{head}\r\nVia: SIP/2.0/TCP {address}\r\nFrom: <sip:{number}@x>\r\nTo: <sip:{number}@x>\r\n\r\n"
    store(
        tmp_path,
        message(
            1, method="INVITE", summary=head, raw=raw.encode(), remote=f"{address}:5060", local="192.0.2.1:1"
        ),
    )
    shows(qtbot, panel, 1)
    qtbot.waitUntil(lambda: panel.calls_model.rowCount() == 1)
    panel.table.selectRow(0)
    qtbot.waitUntil(lambda: bool(panel.ladder.view.ladder.rows))

    def shown() -> str:
        parts = [panel.message.raw.toPlainText(), panel.message.heading.words]
        for model in (panel.model, panel.calls_model):
            parts += [str(model.data(model.index(0, column))) for column in range(model.columnCount())]
        view = panel.ladder.view
        parts += [view._spoken(row) for row in range(len(view.layout_.rows))]
        parts += [word for column in view.ladder.columns for word in view._words.column(column)]
        return "\n".join(parts)

    assert number in shown()
    assert address in shown()
    panel.mask_switch.setChecked(True)
    assert number not in shown()
    assert address not in shown()


def test_evidence_is_shown_whatever_the_filter(panel: LogPanel, tmp_path: Path, qtbot: QtBot) -> None:
    store(tmp_path, *(message(number) for number in range(10)))
    qtbot.waitUntil(lambda: panel.model.rowCount() == 10)
    panel.text.setText("nothing like it")
    qtbot.waitUntil(lambda: panel.model.rowCount() == 0)
    panel.show_evidence(NOW + 0.004)
    qtbot.waitUntil(lambda: panel.selected_entry() is not None)
    entry = panel.selected_entry()
    assert entry is not None
    assert round((entry.at - NOW) * 1000) == 4
    assert not panel.follow.isChecked()


def test_columns_are_chosen_and_remembered(open_panel: Open) -> None:
    memory: dict[str, str] = {}
    panel = open_panel(memory)
    assert panel.table.isColumnHidden(TRUNK)
    menu = panel.lines.columns.menu()
    actions = {action.objectName(): action for action in menu.actions()}
    assert not actions["log.column.summary"].isEnabled()
    actions["log.column.time"].setChecked(False)
    actions["log.column.remote"].setChecked(True)
    other = open_panel(memory)
    assert other.table.isColumnHidden(TIME)
    assert not other.table.isColumnHidden(5)


def test_a_log_that_cannot_be_read_is_said(open_panel: Open, tmp_path: Path, qtbot: QtBot) -> None:
    (tmp_path / "20260101-000000-000-1-abcdef.segment").write_bytes(b"no database" * 100)
    store(tmp_path, message(1))
    shows(qtbot, open_panel(), 1)


def test_a_retired_panel_hears_nothing(panel: LogPanel, tmp_path: Path) -> None:
    panel.retire()
    store(tmp_path, message(1))
    assert panel.model.rowCount() == 0
    assert len(panel.connections) == 0
    assert not panel.reader._thread.is_alive()
