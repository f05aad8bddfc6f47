"""An INVITE header by header against the provider's document: one of the log, or a pasted one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import (
    QApplication,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from tccc_desk.diagnosis.conformance import Context, RuleResult, conformance
from tccc_desk.diagnosis.invite import Invite, NoInvite
from tccc_desk.diagnosis.reading import chosen_invite, pasted_entries
from tccc_desk.diagnosis.rule_words import VERDICTS, rule_words, value_words, verdict
from tccc_desk.trace.capture.problem import CaptureProblem
from tccc_desk.trace.entry import TraceEntry
from tccc_desk.trunk.numbers import clean_number
from tccc_desk.ui.inert import inert, plain_label
from tccc_desk.ui.panel import Connections, named
from tccc_desk.ui.plain_table import PlainTable, Row
from tccc_desk.ui.texts import Texts
from tccc_desk.ui.theme import GRID, bold, colour, fixed_font

Step = Literal[2, 3]
LOOKS = {
    "wrong": ("mark-failed", "bad"),
    "advice": ("mark-warning", "wait"),
    "unknown": ("mark-unknown", "quiet"),
    "ok": ("mark-proven", "good"),
}
EXPECTED = ("line", "caller", "domain", "username")
MAX_PASTED = 262_144
"""Characters judged: a call with its answers is a few thousand."""
PAUSE_MS = 300


@dataclass(frozen=True, slots=True)
class Subject:
    """What is compared at first; without messages the dialog asks for a pasted text."""

    entries: tuple[TraceEntry, ...] = ()
    step: Step = 2
    context: Context = field(default_factory=Context)


def _same(words: str) -> str:
    return words


class ConformanceDialog(QDialog):
    """Judged anew whenever the text, the step or an expected value changes."""

    def __init__(
        self,
        texts: Texts,
        subject: Subject,
        parent: QWidget | None = None,
        *,
        mask: Callable[[str], str] = _same,
    ) -> None:
        super().__init__(parent)
        self._texts = texts
        self._mask = mask
        self._entries: Sequence[TraceEntry] = subject.entries
        self.connections = Connections()
        self.setObjectName("conformance")
        self.setWindowTitle(texts("gateroom.conformance.title"))
        column = QVBoxLayout(self)
        column.setSpacing(GRID)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(PAUSE_MS)
        self.connections.listen(self._pause.timeout, self._read)
        self.pasted = QPlainTextEdit()
        self.pasted.setFont(fixed_font())
        self.pasted.setTabChangesFocus(True)
        self.pasted.setMaximumHeight(150)
        self.pasted.setPlaceholderText(texts("gateroom.conformance.paste-here"))
        named(self.pasted, "conformance.pasted", texts("gateroom.conformance.pasted"))
        self.pasted.setVisible(not subject.entries)
        column.addWidget(self.pasted)
        column.addLayout(self._questions(subject))
        self.summary = plain_label("conformance.summary")
        self.summary.setFont(bold(self.summary.font()))
        column.addWidget(self.summary)
        names = ("verdict", "header", "expected", "found", "rule")
        heads = [texts(f"gateroom.conformance.head-{name}") for name in names]
        self.table = PlainTable("conformance.table", texts("gateroom.conformance.table"), heads, (4,))
        for at, width in enumerate((90, 135, 190, 200)):
            self.table.setColumnWidth(at, width)
        column.addWidget(self.table, 1)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        self.copy_button = buttons.addButton(
            texts("gateroom.conformance.copy"), QDialogButtonBox.ButtonRole.ActionRole
        )
        named(
            self.copy_button,
            "conformance.copy",
            self.copy_button.text(),
            texts("gateroom.conformance.copy-tip"),
        )
        column.addWidget(buttons)
        listen = self.connections.listen
        listen(buttons.rejected, self.reject)
        listen(self.copy_button.clicked, self.copy)
        listen(self.pasted.textChanged, self._pause.start)
        self.resize(980, 620)
        self._judge()

    def _questions(self, subject: Subject) -> QGridLayout:
        """Lay out the step and what is known of the trunk; an empty field judges the form alone."""
        grid = QGridLayout()
        grid.setHorizontalSpacing(GRID)
        self.step = QComboBox()
        for number in (2, 3):
            self.step.addItem(self._texts(f"gateroom.conformance.step-{number}"), number)
        self.step.setCurrentIndex(self.step.findData(subject.step))
        named(self.step, "conformance.step", self._texts("gateroom.conformance.step"))
        grid.addWidget(QLabel(self._texts("gateroom.conformance.step")), 0, 0)
        grid.addWidget(self.step, 0, 1, 1, 3)
        self.expected: dict[str, QLineEdit] = {}
        self._labels: dict[str, QLabel] = {}
        for at, name in enumerate(EXPECTED):
            edit = QLineEdit(inert(getattr(subject.context, name), 128))
            edit.setMaxLength(128)
            edit.setPlaceholderText(self._texts("gateroom.conformance.any"))
            named(edit, f"conformance.{name}", "", self._texts("gateroom.conformance.expected-tip"))
            label = QLabel()
            label.setBuddy(edit)
            row, column = 1 + at // 2, 2 * (at % 2)
            grid.addWidget(label, row, column)
            grid.addWidget(edit, row, column + 1)
            self.expected[name], self._labels[name] = edit, label
            self.connections.listen(edit.textChanged, lambda _: self._judge())
        self.connections.listen(self.step.currentIndexChanged, lambda _: self._judge())
        grid.setColumnStretch(1, 1)
        grid.setColumnStretch(3, 1)
        return grid

    def _read(self) -> None:
        """Take up what was pasted."""
        self._entries = ()
        text = self.pasted.toPlainText()[:MAX_PASTED]
        if text.strip():
            try:
                self._entries = pasted_entries(text.encode("utf-8", "replace"))
            except CaptureProblem as problem:
                self._nothing(self._texts.finding(problem.finding, problem.details))
                return
        self._judge()

    def _judge(self) -> None:
        step: Step = 3 if self.step.currentData() == 3 else 2
        for name, label in self._labels.items():
            label.setText(self._texts(f"gateroom.conformance.{name}-{step}"))
            self.expected[name].setAccessibleName(label.text())
        if not self._entries:
            self._nothing("")
            return
        try:
            entry, invite = chosen_invite(self._entries)
        except NoInvite as error:
            detail = f": {inert(self._mask(str(error)))}" if str(error) else ""
            self._nothing(self._texts("gateroom.conformance.no-invite", detail=detail))
            return
        self._show(entry, invite, step)

    def _nothing(self, why: str) -> None:
        self.summary.setText(why)
        self.summary.setStyleSheet(f"color: {colour('bad', self.palette()).name()}")
        self.table.fill(())
        self.copy_button.setEnabled(False)

    def _show(self, entry: TraceEntry, invite: Invite, step: Step) -> None:
        known = {name: edit.text().strip() for name, edit in self.expected.items()}
        context = Context(
            line=clean_number(known["line"]),
            caller=clean_number(known["caller"]),
            domain=known["domain"].casefold(),
            username=known["username"],
        )
        results = sorted(
            conformance(invite, step, context), key=lambda result: VERDICTS.index(verdict(result))
        )
        counts = {one: sum(verdict(result) == one for result in results) for one in VERDICTS}
        self.summary.setText(
            self._texts(
                "gateroom.conformance.summary",
                call_id=inert(self._mask(entry.call_id), 60) or "-",
                **counts,
            )
        )
        role = "bad" if counts["wrong"] else "good"
        self.summary.setStyleSheet(f"color: {colour(role, self.palette()).name()}")
        self.table.fill(self._row(result) for result in results)
        self.copy_button.setEnabled(True)

    def _row(self, result: RuleResult) -> Row:
        found = verdict(result)
        picture, role = LOOKS[found]
        language = self._texts.language
        masked = replace(result, expected=self._shown(result.expected), found=self._shown(result.found))
        cells = (
            self._texts(f"gateroom.verdict.{found}"),
            result.header or self._texts("gateroom.conformance.whole"),
            value_words(masked.expected, language, inert),
            value_words(masked.found, language, inert),
            rule_words(result, language),
        )
        return Row(cells, picture, role)

    def _shown(self, value: str) -> str:
        return value if value.startswith("conformance.value.") else self._mask(value)

    def copy(self) -> None:
        """Put summary and table on the clipboard."""
        QApplication.clipboard().setText(f"{self.summary.text()}\n\n{self.table.as_text()}")

    def done(self, result: int) -> None:
        self._pause.stop()
        self.connections.undo()
        super().done(result)
