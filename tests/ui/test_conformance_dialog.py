"""The document's rules on an INVITE of the log and on a pasted one, in the window."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from tccc_desk.diagnosis.conformance import Context
from tccc_desk.texts.catalogue import LANGUAGES, Language
from tccc_desk.ui import log_judging
from tccc_desk.ui.conformance_dialog import MAX_PASTED, ConformanceDialog, Subject
from tccc_desk.ui.log_panel import LogPanel
from tccc_desk.ui.state import DeskState
from tccc_desk.ui.texts import Texts
from tests.diagnosis.test_conformance import DOMAIN, STEP_2, STEP_3
from tests.helpers import window_script as script
from tests.helpers.log_folder import store
from tests.helpers.trace_entries import step_two_call

WRONG = STEP_2.replace("From: <sip:13800138000@", "From: <sip:gateway01@")


@pytest.fixture
def dialog(texts: Texts, qtbot: QtBot) -> ConformanceDialog:
    made = ConformanceDialog(texts, Subject())
    qtbot.addWidget(made)
    made.show()
    return made


def paste(dialog: ConformanceDialog, text: str) -> None:
    dialog.pasted.setPlainText(text)
    dialog._pause.stop()
    dialog._read()


def first_row(dialog: ConformanceDialog) -> list[str]:
    return [dialog.table.item(0, column).text() for column in range(5)]


def test_a_pasted_invite_is_judged_by_itself_after_a_moment(dialog: ConformanceDialog, qtbot: QtBot) -> None:
    assert not dialog.copy_button.isEnabled()
    dialog.pasted.setPlainText(WRONG)
    qtbot.waitUntil(lambda: dialog.table.rowCount() > 0)
    verdict, header, expected, found, rule = first_row(dialog)
    assert (verdict, header, expected, found) == ("Wrong", "From", "a number", "gateway01")
    assert "not the registration account" in rule
    assert not dialog.table.item(0, 0).icon().isNull()
    assert dialog.summary.text().startswith("Wrong: 1 ·")


def test_what_is_expected_can_be_said(dialog: ConformanceDialog) -> None:
    paste(dialog, STEP_2)
    assert dialog.summary.text().startswith("Wrong: 0 ·")
    dialog.expected["line"].setText("(0755) 8376-5567")
    assert dialog.summary.text().startswith("Wrong: 2 ·")
    assert first_row(dialog)[2:4] == ["075583765567", "075583765566"]
    dialog.expected["line"].setText("0755 8376 5566")
    dialog.expected["domain"].setText(DOMAIN.upper())
    assert dialog.summary.text().startswith("Wrong: 0 ·")


def test_step_3_asks_other_questions(dialog: ConformanceDialog) -> None:
    paste(dialog, STEP_3)
    dialog.step.setCurrentIndex(1)
    assert dialog._labels["line"].text() == "Number to dial"
    assert dialog.summary.text().startswith("Wrong: 0 ·")


def test_the_table_is_copied_as_text(dialog: ConformanceDialog) -> None:
    paste(dialog, WRONG)
    dialog.copy()
    lines = QApplication.clipboard().text().splitlines()
    assert lines[0] == dialog.summary.text()
    assert lines[2] == "Verdict\tHeader\tExpected\tFound\tRule"
    assert lines[3].startswith("Wrong\tFrom\ta number\tgateway01\t")
    assert "0123456789abcdef0123456789abcdef" not in QApplication.clipboard().text()
    QApplication.clipboard().clear()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "text",
    [
        "hello",
        STEP_2.replace("INVITE", "OPTIONS"),
        "INVITE sip:x SIP/2.0\r\n" + "A: b\r\n" * 20_000,
        "\x00" * 100,
        "\n" * (MAX_PASTED + 10),
    ],
)
def test_what_cannot_be_judged_is_said_in_a_sentence(qtbot: QtBot, language: Language, text: str) -> None:
    dialog = ConformanceDialog(Texts(language), Subject())
    qtbot.addWidget(dialog)
    paste(dialog, WRONG)
    paste(dialog, text)
    assert not dialog.copy_button.isEnabled()
    assert dialog.table.rowCount() == 0
    assert "trace." not in dialog.summary.text()
    assert bool(dialog.summary.text()) == bool(text.strip())


def test_hostile_values_are_inert(dialog: ConformanceDialog) -> None:
    hostile = STEP_2.replace("sip:13800138000@", "sip:<b>1\u202e@").replace(
        "Call-ID: c1", "Call-ID: <i>\u202e"
    )
    paste(dialog, hostile)
    said = dialog.table.as_text() + dialog.summary.text()
    assert "\u202e" not in said


@pytest.fixture
def panel(state: DeskState, texts: Texts, qtbot: QtBot, tmp_path: Path) -> Iterator[LogPanel]:
    folder = tmp_path / "log"
    store(folder, *step_two_call())
    made = LogPanel(state, texts, folder, {})
    qtbot.addWidget(made)
    made.resize(1200, 700)
    made.show()
    qtbot.waitUntil(lambda: made.model.rowCount() == len(step_two_call()))
    yield made
    made.retire()


def choose(panel: LogPanel, qtbot: QtBot, start: bytes) -> None:
    for row in range(panel.model.rowCount()):
        entry = panel.model.entry(row)
        if entry is not None and entry.raw.startswith(start):
            panel.table.selectRow(row)
            qtbot.waitUntil(lambda wanted=entry.call_id: panel.talking.talk.call_id == wanted)
            return
    raise AssertionError(start)


def test_the_chosen_invite_or_the_call_of_an_answer_is_judged(
    panel: LogPanel, state: DeskState, qtbot: QtBot
) -> None:
    choose(panel, qtbot, b"INVITE ")
    subject = log_judging.subject_of(panel, state)
    assert subject is not None
    assert (len(subject.entries), subject.step) == (1, 2)
    choose(panel, qtbot, b"SIP/2.0 407")
    log_judging.judge_selected(panel, state)
    dialog = panel.findChild(ConformanceDialog)
    assert dialog.isVisible()
    assert "Proxy-Authorization" in dialog.table.as_text()
    assert not dialog.pasted.isVisible()
    dialog.reject()


def test_masking_holds_in_the_table(panel: LogPanel, state: DeskState, qtbot: QtBot) -> None:
    choose(panel, qtbot, b"INVITE ")
    panel.masking.switch(True)
    log_judging.judge_selected(panel, state)
    dialog = panel.findChild(ConformanceDialog)
    assert "13800138000" not in dialog.table.as_text()
    dialog.reject()


def test_nothing_chosen_is_said(state: DeskState, texts: Texts, qtbot: QtBot, tmp_path: Path) -> None:
    panel = LogPanel(state, texts, tmp_path / "none", {})
    qtbot.addWidget(panel)
    said: list[str] = []
    panel.said.connect(lambda name, _: said.append(name))
    log_judging.judge_selected(panel, state)
    assert said == ["gateroom.conformance.choose"]
    log_judging.judge_pasted(panel)
    panel.findChild(ConformanceDialog).reject()
    panel.retire()


def test_what_we_know_of_our_own_call_is_expected(panel: LogPanel, state: DeskState, qtbot: QtBot) -> None:
    choose(panel, qtbot, b"INVITE ")
    entry = panel.selected_entry()
    assert entry is not None
    state.set_trunks((msgspec.structs.replace(script.TRUNK, name=entry.trunk),))
    state.take(msgspec.structs.replace(script.placed(), trunk=entry.trunk, call_id=entry.call_id))
    known = log_judging.subject_of(panel, state)
    assert known is not None
    assert known.context == Context(
        line="075512345600", caller="13800138000", domain=script.TRUNK.domain, username="gateway01"
    )


@pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
def test_the_right_mouse_button_opens_a_menu(panel: LogPanel, state: DeskState, qtbot: QtBot) -> None:
    log_judging.add_context_menu(panel, state)
    choose(panel, qtbot, b"INVITE ")
    panel.table.customContextMenuRequested.emit(QPoint(5, 5))
    menu = panel.findChild(QMenu, "log.menu")
    assert [action.text() for action in menu.actions()][-1] == "Compare with the &document…"
    menu.actions()[-1].trigger()
    menu.close()
    panel.findChild(ConformanceDialog).reject()
