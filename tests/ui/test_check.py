"""The trunk check in the window: verdict first, stages as they go, evidence one key away."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from tccc_desk.diagnosis.stages import STAGES, Found, Stage, StageState, Verdict
from tccc_desk.engine import events as e
from tccc_desk.engine.commands import Command, RunCheck, StopCheck
from tccc_desk.ui.check_dialog import CheckDialog
from tccc_desk.ui.state import DeskState
from tccc_desk.ui.strip import Strip
from tccc_desk.ui.texts import Texts
from tests.helpers import window_script as script
from tests.helpers.window_script import HOSTILE, NOW

Submit = Callable[[Command], None]


@pytest.fixture
def wished() -> list[RunCheck]:
    return []


@pytest.fixture
def dialog(
    state: DeskState, texts: Texts, submit: Submit, qtbot: QtBot, wished: list[RunCheck]
) -> CheckDialog:
    made = CheckDialog(
        state, texts, submit, trunk="gateway01", numbers=lambda: ("13800138000", "075512345600")
    )
    qtbot.addWidget(made)
    made.run_wished.connect(wished.append)
    made.show()
    return made


def stage(check: str, stage: Stage, state: StageState, **values: object) -> e.CheckStageChanged:
    filled = {"at": NOW + 3, "finding": "" if state == "running" else "check.input.ok", **values}
    return e.CheckStageChanged(trunk="gateway01", check=check, stage=stage, state=state, **filled)  # type: ignore[arg-type]


def finished(check: str, id: str = "credentials", **details: str) -> e.CheckFinished:
    verdict = Verdict(id=id, side="configuration", document_step=1, confidence="likely", details=details)
    if id in ("registered", "in-use"):
        verdict = Verdict(id=id, side="none", document_step=None, confidence="certain", details=details)
    return e.CheckFinished(at=NOW + 4, trunk="gateway01", check=check, verdict=verdict)


def cell(dialog: CheckDialog, row: int, section: int) -> str:
    return dialog._cell(row, section).text()


def test_one_click_runs_and_every_stage_is_seen(
    dialog: CheckDialog, state: DeskState, wished: list[RunCheck]
) -> None:
    dialog.run()
    (command,) = wished
    assert (command.trunk, command.caller, command.wait_inbound_s) == ("gateway01", "", 0.0)
    assert dialog.said.text() == "Checking gateway01…"
    state.take(stage(command.check, "input", "running"))
    assert cell(dialog, 0, 0) == "What was entered"
    state.take(stage(command.check, "input", "ok", elapsed_ms=12.0))
    assert (cell(dialog, 0, 1), cell(dialog, 0, 2)) == ("What was entered can be used.", "12 ms")
    state.take(stage("another check", "name", "failed"))
    assert cell(dialog, STAGES.index("name"), 1) == ""
    assert not dialog.run_button.isEnabled()


def test_the_verdict_comes_first_with_whose_fault_and_how_sure(
    dialog: CheckDialog, state: DeskState, wished: list[RunCheck]
) -> None:
    dialog.run()
    state.take(finished(wished[0].check))
    assert dialog.said.text()
    assert dialog.to_do.text().startswith("→ ")
    assert dialog.about.text() == "Whose: what was entered   Step 1 of the document   How sure: likely"
    assert dialog.run_button.isEnabled()
    dialog.copy()
    copied = QGuiApplication.clipboard().text()
    assert copied.startswith(dialog.said.text())
    assert "What was entered" in copied


def test_calls_are_made_only_when_asked_for(
    dialog: CheckDialog, state: DeskState, wished: list[RunCheck], qtbot: QtBot
) -> None:
    assert dialog.with_call.text() == "Also place a test call (step 2): 13800138000 to 075512345600"
    dialog.with_call.setChecked(True)
    dialog.with_wait.setChecked(True)
    qtbot.mouseClick(dialog.run_button, Qt.MouseButton.LeftButton)
    assert (wished[0].caller, wished[0].line) == ("13800138000", "075512345600")
    assert wished[0].wait_inbound_s == 60.0


def test_an_account_in_use_may_be_registered_anyway(
    dialog: CheckDialog, state: DeskState, wished: list[RunCheck], qtbot: QtBot
) -> None:
    dialog.run()
    assert not dialog.anyway_button.isVisible()
    state.take(finished(wished[0].check, "in-use"))
    assert dialog.anyway_button.isVisible()
    qtbot.mouseClick(dialog.anyway_button, Qt.MouseButton.LeftButton)
    assert wished[1].beside_others


def test_stopping_and_closing_end_it(
    dialog: CheckDialog, state: DeskState, wished: list[RunCheck], sent: list[Command], qtbot: QtBot
) -> None:
    dialog.run()
    qtbot.mouseClick(dialog.stop_button, Qt.MouseButton.LeftButton)
    assert sent == [StopCheck(check=wished[0].check)]
    dialog.reject()
    assert len(sent) == 2


def test_a_dead_engine_or_a_missing_password_ends_the_waiting(
    dialog: CheckDialog, state: DeskState, wished: list[RunCheck]
) -> None:
    dialog.run()
    dialog.give_up()
    assert dialog.run_button.isEnabled()
    dialog.run()
    state.take(e.EngineStopped(at=NOW, crashed=True))
    assert (len(wished), dialog.running) == (2, False)


def test_enter_on_a_stage_shows_its_evidence(
    dialog: CheckDialog, state: DeskState, wished: list[RunCheck], qtbot: QtBot
) -> None:
    dialog.run()
    state.take(stage(wished[0].check, "input", "ok"))
    dialog.table.setCurrentCell(0, 0)
    with qtbot.waitSignal(dialog.evidence_wished) as shown:
        dialog.table.activated.emit(dialog.table.currentIndex())
    assert shown.args == [NOW + 3]


def test_hostile_details_are_inert(dialog: CheckDialog, state: DeskState, wished: list[RunCheck]) -> None:
    dialog.run()
    details = {"server": HOSTILE, "addresses": HOSTILE}
    state.take(stage(wished[0].check, "name", "ok", finding="check.name.ok", details=details))
    found = Found(id="check.name.ok", severity="info", confidence="certain", details=details)
    verdict = Verdict(id="registered", side="none", document_step=None, confidence="certain", details=details)
    state.take(
        e.CheckFinished(at=NOW, trunk="gateway01", check=wished[0].check, verdict=verdict, findings=(found,))
    )
    shown = dialog.as_text()
    assert not set(shown) & set("\u202e\x07\u200b")
    assert len(shown) < 5_000


def test_the_strip_says_why_nothing_can_be_checked(state: DeskState, texts: Texts, qtbot: QtBot) -> None:
    strip = Strip(state, texts)
    qtbot.addWidget(strip)
    assert strip.check_button.isEnabled()
    state.set_trunks(())
    assert (strip.check_button.isEnabled(), strip.check_button.toolTip()) == (False, "Add a trunk first.")
    state.set_trunks((script.TRUNK,))
    state.take(e.EngineStopped(at=NOW, crashed=True))
    assert strip.check_button.toolTip() == "The engine is not running."
