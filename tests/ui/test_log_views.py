"""Calls, ladder, message, comparison, captures and hand over, on real logs."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from PySide6.QtCore import QMimeData, QPoint, Qt, QUrl
from PySide6.QtWidgets import QDialog
from pytestqt.qtbot import QtBot

from tccc_desk.trace.ladder import Arrow
from tccc_desk.ui.handing_work import HandOver
from tccc_desk.ui.handover_dialog import HandOverDialog
from tccc_desk.ui.ladder_save import NotSaved, save
from tccc_desk.ui.log_panel import LogPanel
from tccc_desk.ui.message_differences import differences
from tccc_desk.ui.message_text import message_text
from tccc_desk.ui.state import DeskState
from tccc_desk.ui.texts import Texts
from tests.helpers.log_folder import store
from tests.helpers.trace_entries import step_two_call
from tests.helpers.window_script import TRUNK

CALL = step_two_call()
CANARY = "C4nary-password"


@pytest.fixture
def panel(state: DeskState, texts: Texts, qtbot: QtBot, tmp_path: Path) -> Iterator[LogPanel]:
    folder = tmp_path / "log"
    store(folder, *CALL)
    made = LogPanel(state, texts, folder, {}, desk=HandOver(passwords=lambda: (CANARY,)))
    qtbot.addWidget(made)
    made.resize(1200, 700)
    made.show()
    qtbot.waitUntil(lambda: made.model.rowCount() == len(CALL) and made.calls_model.rowCount() > 0)
    yield made
    made.retire()


def select(panel: LogPanel, qtbot: QtBot, start: bytes) -> None:
    """Choose the last line whose message starts so, and wait for its ladder."""
    for row in reversed(range(panel.model.rowCount())):
        entry = panel.model.entry(row)
        if entry is not None and entry.raw.startswith(start):
            panel.table.selectRow(row)
            qtbot.waitUntil(lambda wanted=entry.call_id: panel.talking.talk.call_id == wanted)
            return
    raise AssertionError(start)


def test_a_call_is_one_row_and_enter_opens_it(panel: LogPanel, qtbot: QtBot) -> None:
    panel.by_call.setChecked(True)
    panel.focus_room()
    call = panel.calls_model.call(panel.calls.table.currentIndex().row())
    assert call is not None
    assert call.kind == "call"
    qtbot.keyClick(panel.calls.table, Qt.Key.Key_Return)
    assert not panel.by_call.isChecked()
    assert panel.call.currentData() == call.call_id
    qtbot.waitUntil(lambda: panel.talking.talk.call_id == call.call_id)
    assert panel.tabs.currentWidget() is panel.ladder
    qtbot.keyClick(panel.table, Qt.Key.Key_Backspace)
    assert panel.by_call.isChecked()
    assert not panel.call.currentData()


def test_an_arrow_leads_to_its_message(panel: LogPanel, qtbot: QtBot) -> None:
    select(panel, qtbot, b"INVITE ")
    panel.focus_ladder()
    view = panel.ladder.view
    arrows = [(at, row) for at, row in enumerate(view.layout_.rows) if isinstance(row, Arrow)]
    at, arrow = arrows[1]
    y = view.layout_.heading + (view.layout_.top(at) + view.layout_.bottom(at)) // 2
    qtbot.mouseClick(
        view.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(300, y - view.verticalScrollBar().value())
    )
    shown = panel.message.entry
    assert shown is not None
    assert (shown.method, shown.status) == (arrow.method, arrow.status)
    assert arrow.label in view.accessibleDescription()
    before = view.current
    qtbot.keyClick(view, Qt.Key.Key_Down)
    assert view.current == before + 1
    qtbot.keyClick(view, Qt.Key.Key_Return)
    assert panel.tabs.currentWidget() is panel.message


def test_the_ladder_zooms_fits_and_is_saved(panel: LogPanel, qtbot: QtBot, tmp_path: Path) -> None:
    select(panel, qtbot, b"INVITE ")
    view = panel.ladder.view
    view.zoom_in()
    assert view.zoom > 1
    view.fit()
    assert view.zoom <= 1
    for ending, start in (("svg", b"<?xml"), ("png", b"\x89PNG"), ("pdf", b"%PDF")):
        file = tmp_path / f"ladder.{ending}"
        save(view, file)
        assert file.read_bytes().startswith(start)
    with pytest.raises(NotSaved):
        save(view, tmp_path / "no-such-folder" / "x.svg")


def test_the_ladder_grows_with_its_call(panel: LogPanel, qtbot: QtBot) -> None:
    select(panel, qtbot, b"INVITE ")
    count = len(panel.ladder.view.ladder.arrows)
    last = CALL[-1]
    import msgspec

    store(
        panel.folder,
        msgspec.structs.replace(
            last, method="INFO", cseq=77, at=last.at + 1, raw=b"INFO sip:x SIP/2.0\r\n\r\n", status=0
        ),
    )
    qtbot.waitUntil(lambda: len(panel.ladder.view.ladder.arrows) == count + 1)


def test_a_line_of_the_message_is_told(panel: LogPanel, qtbot: QtBot) -> None:
    select(panel, qtbot, b"INVITE ")
    panel.focus_message()
    raw = panel.message.raw
    said = {}
    for _ in range(raw.blockCount()):
        said[raw.textCursor().block().text().partition(":")[0]] = panel.message.meaning.text()
        qtbot.keyClick(raw, Qt.Key.Key_Down)
    assert "caller number" in said["From"]
    assert said["Max-Forwards"].startswith(("As expected", "Unusual", "Wrong", "Note"))
    panel.message.by_field.setChecked(True)
    assert panel.message.fields.topLevelItemCount() >= 3


def test_octets_that_are_no_text_are_shown_in_hex() -> None:
    shown = message_text(b"INFO sip:x SIP/2.0\r\nContent-Length: 4\r\n\r\n\x00\xff\x01A")
    assert [line.kind for line in shown.lines] == ["start", "header", "blank", "hex"]
    assert "00 ff 01 41" in shown.lines[-1].text
    assert message_text(b"\x00" * 40).lines[0].kind == "hex"
    assert message_text(b"A: 1\r\nX: \xff\r\n").lines[1].text == "X: \\xff"


def test_messages_are_compared_line_by_line() -> None:
    left = ["INVITE sip:1@x SIP/2.0", "Via: a;branch=1", "CSeq: 1 INVITE", "Old: 1"]
    right = ["INVITE sip:1@x SIP/2.0", "Via: a;branch=2", "CSeq: 2 INVITE", "New: 1"]
    pairs = differences(left, right)
    assert [pair.kind for pair in pairs] == ["same", "changed", "changed", "left", "right"]
    assert pairs[1].left[slice(*pairs[1].left_spans[0])] == "1"


def test_a_retry_is_compared_with_what_came_before(panel: LogPanel, qtbot: QtBot) -> None:
    select(panel, qtbot, b"INVITE ")
    panel.comparing.compare_previous()
    qtbot.waitUntil(lambda: panel.comparing.dialog is not None)
    dialog = panel.comparing.dialog
    assert dialog is not None
    assert any("Proxy-Authorization" in pair.right for pair in dialog.pairs if pair.kind == "right")
    dialog.only.setChecked(True)
    assert "≠ CSeq" in dialog.sides[1].toPlainText()
    dialog.reject()
    panel.table.selectRow(0)
    panel.comparing.mark()
    assert panel.comparing.marked is not None


def handover(panel: LogPanel) -> HandOverDialog:
    panel.hand_over()
    dialog = panel.findChildren(HandOverDialog)[-1]
    assert isinstance(dialog, QDialog)
    return dialog


def test_a_bundle_is_shown_before_it_is_saved(panel: LogPanel, qtbot: QtBot, tmp_path: Path) -> None:
    select(panel, qtbot, b"INVITE ")
    dialog = handover(panel)
    assert not dialog.save_button.isEnabled()
    assert dialog.save_button.toolTip()
    dialog.make_preview()
    qtbot.waitUntil(lambda: dialog.preview.members.count() > 5)
    assert "none found" in dialog.words.text()
    assert "signalling.txt" in dialog.preview.content.toPlainText()
    file = tmp_path / "bundle.zip"
    dialog.save_to(file)
    qtbot.waitUntil(lambda: "Saved" in dialog.words.text())
    with zipfile.ZipFile(file) as archive:
        assert "signalling.pcap" in archive.namelist()
        entry = panel.message.entry
        assert entry is not None
        assert entry.remote.rpartition(":")[0].encode() not in archive.read("signalling.txt")
    dialog.reject()


def test_a_bundle_with_a_secret_is_not_saved(panel: LogPanel, qtbot: QtBot) -> None:
    import msgspec

    leaking = msgspec.structs.replace(CALL[0], at=CALL[-1].at + 2, raw=CALL[0].raw + CANARY.encode())
    store(panel.folder, leaking)
    select(panel, qtbot, b"INVITE ")
    dialog = handover(panel)
    dialog.make_preview()
    qtbot.waitUntil(lambda: dialog.preview.members.count() > 5)
    assert "a secret is in it" in dialog.words.text()
    assert CANARY not in dialog.words.text()
    assert not dialog.save_button.isEnabled()
    dialog.reject()


def test_a_capture_is_opened_read_only_and_closed(panel: LogPanel, qtbot: QtBot, tmp_path: Path) -> None:
    select(panel, qtbot, b"INVITE ")
    dialog = handover(panel)
    dialog.format.setCurrentIndex(dialog.format.findData("pcap"))
    dialog.mask_box.setChecked(False)
    file = tmp_path / "call.pcap"
    dialog.save_to(file)
    qtbot.waitUntil(lambda: "Saved" in dialog.words.text())
    dialog.reject()
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(file))])
    with qtbot.waitSignal(panel.capturing.ended, timeout=15_000):
        assert panel.capturing.take(data)
    assert "call.pcap" in panel.banner.words.text()
    assert "read-only" in panel.banner.words.text()
    qtbot.waitUntil(lambda: panel.model.rowCount() > 0)
    folder = panel.shown_folder
    panel.capturing.close()
    qtbot.waitUntil(lambda: panel.model.rowCount() == len(CALL))
    assert not panel.banner.isVisible()
    assert not folder.exists()


def test_a_refused_capture_is_one_sentence_and_our_log_is_back(
    panel: LogPanel, qtbot: QtBot, tmp_path: Path
) -> None:
    file = tmp_path / "noise.pcap"
    file.write_bytes(b"\xd4\xc3\xb2\xa1" + b"\xff" * 400)
    panel.capturing.open(file)
    qtbot.waitUntil(lambda: not panel.capturing.active, timeout=15_000)
    assert panel.banner.words.text().endswith(".")
    assert "Traceback" not in panel.banner.words.text()
    qtbot.waitUntil(lambda: panel.model.rowCount() == len(CALL))


def test_pasted_text_is_read(panel: LogPanel, qtbot: QtBot) -> None:
    words = "\n".join(
        [
            "2026-01-01 10:00:00.000000 192.0.2.1:5060 -> 192.0.2.2:5060",
            CALL[0].raw.decode().replace("\r\n", "\n"),
        ]
    )
    data = QMimeData()
    data.setText(words)
    with qtbot.waitSignal(panel.capturing.ended, timeout=15_000):
        assert panel.capturing.take(data)
    assert panel.capturing.active
    panel.capturing.close()
    empty = QMimeData()
    assert not panel.capturing.take(empty)


def test_a_line_is_judged_by_the_trunk_it_belongs_to(panel: LogPanel, qtbot: QtBot) -> None:
    select(panel, qtbot, b"INVITE ")
    entry = panel.message.entry
    assert entry is not None
    own = msgspec.structs.replace(TRUNK, domain="1400000009.tccc.qcloud.com")

    def verdicts() -> set[str]:
        return {one.verdict for one in panel.message._meanings if one is not None}

    panel.message.trunk_of = lambda _: None
    panel.message.show_entry(entry)
    assert "wrong" not in verdicts()
    panel.message.trunk_of = lambda _: own
    panel.message.show_entry(entry)
    assert "wrong" in verdicts()
