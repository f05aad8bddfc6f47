"""The trunk check: the verdict first, then every stage as it goes, then what was noticed on the way."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from tccc_desk.diagnosis import wording
from tccc_desk.diagnosis.stages import STAGES, Stage, Verdict
from tccc_desk.engine.commands import RunCheck, StopCheck
from tccc_desk.engine.events import CheckFinished, CheckStageChanged, EngineStopped, Event
from tccc_desk.ui.icons import icon
from tccc_desk.ui.inert import inert, plain_label
from tccc_desk.ui.panel import Connections, Submit, named
from tccc_desk.ui.state import DeskState
from tccc_desk.ui.texts import Texts
from tccc_desk.ui.theme import GRID, bold, colour

STAGE, RESULT, TIME = range(3)
WAIT_INBOUND_S = 60.0
STATE_ICONS = {
    "waiting": "mark-unknown",
    "running": "state-working",
    "ok": "mark-proven",
    "warning": "notice",
    "failed": "mark-failed",
    "skipped": "state-off",
}
_ROLES = {"none": "good", "unknown": "wait"}
_LONGEST = 600


class CheckDialog(QDialog):
    """One trunk, one check at a time. It goes on while the window is used; closing it ends it."""

    evidence_wished = Signal(float)
    """Wall clock time of a stage: the log shows what was on the wire then."""
    run_wished = Signal(object)
    """A RunCheck: it needs the trunk's password first."""

    def __init__(
        self,
        state: DeskState,
        texts: Texts,
        submit: Submit,
        *,
        trunk: str,
        numbers: Callable[[], tuple[str, str]],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._texts = texts
        self._submit = submit
        self._trunk = trunk
        self._numbers = numbers
        self._check = ""
        self._seen: dict[Stage, CheckStageChanged] = {}
        self._finished: CheckFinished | None = None
        self.connections = Connections()
        self.setObjectName("check")
        self.setWindowTitle(texts("checkroom.title", trunk=inert(trunk, 40)))
        column = QVBoxLayout(self)
        column.setSpacing(GRID)
        column.addLayout(self._verdict_box())
        column.addWidget(self._make_table(), 1)
        self.findings = plain_label("check.findings")
        column.addWidget(self.findings)
        self.with_call = QCheckBox()
        self.with_wait = QCheckBox(texts("checkroom.with-wait", seconds=f"{WAIT_INBOUND_S:.0f}"))
        named(self.with_wait, "check.with-wait", self.with_wait.text(), texts("checkroom.with-wait-tip"))
        column.addWidget(self.with_call)
        column.addWidget(self.with_wait)
        column.addLayout(self._buttons())
        self.connections.listen(state.arrived, self._arrived)
        self.connections.listen(self.table.activated, self._open_evidence)
        self.resize(760, 620)
        self._name_call()
        self._refresh()

    # -- building

    def _verdict_box(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(GRID)
        self._mark = QLabel()
        self._mark.setObjectName("check.mark")
        row.addWidget(self._mark, 0, Qt.AlignmentFlag.AlignTop)
        words = QVBoxLayout()
        self.said = plain_label("check.said")
        self.said.setFont(bold(self.said.font(), larger=1))
        self.to_do = plain_label("check.do")
        self.about = plain_label("check.about")
        for label in (self.said, self.to_do, self.about):
            words.addWidget(label)
        row.addLayout(words, 1)
        return row

    def _make_table(self) -> QTableWidget:
        table = QTableWidget(len(STAGES), 3)
        named(table, "check.stages", self._texts("checkroom.stages"), self._texts("checkroom.stages-tip"))
        table.setHorizontalHeaderLabels(
            [self._texts(f"checkroom.column.{one}") for one in ("stage", "result", "time")]
        )
        table.verticalHeader().hide()
        table.setShowGrid(False)
        table.setWordWrap(True)
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        table.setTabKeyNavigation(False)
        header = table.horizontalHeader()
        header.setSectionResizeMode(STAGE, QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(RESULT, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(TIME, QHeaderView.ResizeMode.ResizeToContents)
        table.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        for row in range(len(STAGES)):
            for section in range(3):
                table.setItem(row, section, QTableWidgetItem())
        self.table = table
        return table

    def _buttons(self) -> QHBoxLayout:
        row = QHBoxLayout()
        self.run_button = self._button("run", self.run)
        self.anyway_button = self._button("anyway", lambda: self.run(beside_others=True))
        self.stop_button = self._button("stop", self.stop)
        self.copy_button = self._button("copy", self.copy)
        self.close_button = self._button("close", self.reject)
        for button in (self.run_button, self.anyway_button, self.stop_button):
            row.addWidget(button)
        row.addStretch(1)
        for button in (self.copy_button, self.close_button):
            row.addWidget(button)
        return row

    def _button(self, name: str, slot: Callable[[], object]) -> QPushButton:
        button = QPushButton(self._texts(f"checkroom.{name}"))
        button.setAutoDefault(False)
        named(button, f"check.{name}", button.text(), self._texts(f"checkroom.{name}-tip"))
        self.connections.listen(button.clicked, lambda _=False: slot())
        return button

    def _name_call(self) -> None:
        caller, line = self._numbers()
        there = bool(caller and line)
        shown = self._texts("checkroom.with-call", caller=inert(caller, 32), line=inert(line, 32))
        words = shown if there else self._texts("checkroom.with-call-none")
        self.with_call.setText(words)
        self.with_call.setEnabled(there)
        named(self.with_call, "check.with-call", words, self._texts("checkroom.with-call-tip"))

    # -- doing

    @property
    def running(self) -> bool:
        """Whether a check is going on."""
        return bool(self._check) and self._finished is None

    def run(self, *, beside_others: bool = False) -> None:
        """Begin anew."""
        if self.running:
            return
        self._name_call()
        self._seen.clear()
        self._finished = None
        self._check = f"check-{uuid.uuid4().hex[:12]}"
        caller, line = self._numbers() if self.with_call.isChecked() else ("", "")
        self.run_wished.emit(
            RunCheck(
                trunk=self._trunk,
                check=self._check,
                caller=caller,
                line=line,
                wait_inbound_s=WAIT_INBOUND_S if self.with_wait.isChecked() else 0.0,
                beside_others=beside_others,
            )
        )
        self._refresh()

    def stop(self) -> None:
        """End it now; what was seen by then is judged."""
        if self.running:
            self._submit(StopCheck(check=self._check))

    def give_up(self) -> None:
        """Take back a wish that nobody could carry out: no password was given."""
        self._check = ""
        self._refresh()

    def copy(self) -> None:
        """Put everything as text on the clipboard."""
        QGuiApplication.clipboard().setText(self.as_text())

    def as_text(self) -> str:
        """Give what stands here, for a mail or a ticket."""
        lines = [self.said.text(), self.to_do.text(), self.about.text(), ""]
        for row in range(self.table.rowCount()):
            cells = [self._cell(row, section).text() for section in (STAGE, TIME, RESULT)]
            lines.append("\t".join(cells))
        return "\n".join([*lines, "", self.findings.text()]).strip() + "\n"

    def done(self, result: int) -> None:
        """Closing ends a check that is going on."""
        self.stop()
        self.connections.undo()
        super().done(result)

    # -- showing

    def _arrived(self, event: Event) -> None:
        if isinstance(event, CheckStageChanged) and event.check == self._check:
            self._seen[event.stage] = event
            self._show_stage(event.stage)
        elif isinstance(event, CheckFinished) and event.check == self._check:
            self._finished = event
            self._refresh()
        elif isinstance(event, EngineStopped) and self.running:
            self.give_up()

    def _refresh(self) -> None:
        for stage in STAGES:
            self._show_stage(stage)
        finished = self._finished
        if finished is not None:
            self._show_verdict(finished.verdict)
        else:
            word = "running" if self.running else "idle"
            self._mark.setPixmap(icon(STATE_ICONS["running" if self.running else "waiting"]).pixmap(24, 24))
            self.said.setText(self._texts(f"checkroom.{word}", trunk=inert(self._trunk, 40)))
            self.said.setStyleSheet("")
            self.to_do.clear()
            self.about.clear()
        found = finished.findings if finished is not None else ()
        words = [self._inert(wording.sentence(one, self._texts.language)) for one in found]
        self.findings.setText("\n".join(f"• {one}" for one in words))
        self.findings.setVisible(bool(words))
        self.run_button.setEnabled(not self.running)
        self.stop_button.setEnabled(self.running)
        self.copy_button.setEnabled(finished is not None)
        self.anyway_button.setVisible(finished is not None and finished.verdict.id == "in-use")

    def _show_verdict(self, verdict: Verdict) -> None:
        language, texts = self._texts.language, self._texts
        role = _ROLES.get(verdict.side, "bad")
        mark = {"good": "ok", "wait": "warning"}.get(role, "failed")
        self._mark.setPixmap(icon(STATE_ICONS[mark]).pixmap(24, 24))
        self.said.setText(self._inert(wording.said(verdict, language)))
        self.said.setStyleSheet(f"color: {colour(role, self.palette()).name()}")
        self.to_do.setText("→ " + self._inert(wording.to_do(verdict, language)))
        step = verdict.document_step
        parts = [
            texts("checkroom.side", side=texts(f"checkroom.side-of.{verdict.side}")),
            texts("checkroom.step", step=step) if step is not None else "",
            texts("checkroom.confidence", confidence=texts(f"checkroom.confidence-of.{verdict.confidence}")),
        ]
        self.about.setText("   ".join(part for part in parts if part))

    def _show_stage(self, stage: Stage) -> None:
        row, event, language = STAGES.index(stage), self._seen.get(stage), self._texts.language
        state = event.state if event is not None else "waiting"
        said = (
            wording.stage_sentence(event.state, event.finding, event.details, language)
            if event is not None
            else ""
        )
        self._cell(row, STAGE).setIcon(icon(STATE_ICONS[state]))
        self._cell(row, STAGE).setText(wording.stage_name(stage, language))
        self._cell(row, RESULT).setText(self._inert(said))
        took = event is not None and state in ("ok", "warning", "failed")
        self._cell(row, TIME).setText(_took(event.elapsed_ms) if event is not None and took else "")
        word = self._texts(f"check.state.{state}")
        self._cell(row, STAGE).setToolTip(word)
        self._cell(row, STAGE).setData(
            Qt.ItemDataRole.AccessibleTextRole, f"{wording.stage_name(stage, language)}: {word}"
        )

    def _cell(self, row: int, section: int) -> QTableWidgetItem:
        item = self.table.item(row, section)
        assert item is not None
        return item

    def _open_evidence(self) -> None:
        event = self._seen.get(STAGES[self.table.currentRow()])
        if event is not None:
            self.evidence_wished.emit(event.at)

    @staticmethod
    def _inert(words: str) -> str:
        return inert(words, _LONGEST)


def _took(milliseconds: float) -> str:
    return f"{milliseconds:.0f} ms" if milliseconds < 1000 else f"{milliseconds / 1000:.1f} s"
