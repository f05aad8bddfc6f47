"""What the log is searched by: one line always there, and a second one on demand."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QCheckBox, QComboBox, QHBoxLayout, QLineEdit, QToolButton, QWidget

from tccc_desk.trace.query import Query
from tccc_desk.ui.panel import Panel, named
from tccc_desk.ui.texts import Texts
from tccc_desk.ui.theme import GRID

FILTER_DELAY_MS = 150
MAX_TEXT = 200
METHODS = (
    "REGISTER",
    "INVITE",
    "ACK",
    "BYE",
    "CANCEL",
    "OPTIONS",
    "INFO",
    "UPDATE",
    "PRACK",
    "REFER",
    "NOTIFY",
)
CLASSES: dict[str, tuple[int, ...]] = {
    "1xx": (1,),
    "2xx": (2,),
    "3xx": (3,),
    "4xx": (4,),
    "5xx": (5,),
    "6xx": (6,),
    "failures": (3, 4, 5, 6),
}
DIRECTIONS = ("sent", "received", "local")


class FilterField(QLineEdit):
    """Escape clears it, and only an empty one lets Escape through to the window's own meaning."""

    left = Signal()
    """Enter or the down key: the admin goes to what was found."""

    def event(self, event: QEvent) -> bool:
        over = isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride
        if over and isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape and self.text():
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if event.key() == Qt.Key.Key_Escape and self.text():
            self.clear()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Down):
            self.left.emit()
        else:
            super().keyPressEvent(event)


class FilterBar(Panel):
    """The second line of the filters; the first line's widgets are made here and placed by the panel."""

    changed = Signal()

    def __init__(self, texts: Texts, parent: QWidget | None = None) -> None:
        super().__init__("log.filters", parent)
        self._texts = texts
        self.text = FilterField()
        self.text.setClearButtonEnabled(True)
        self.text.setMaxLength(MAX_TEXT)
        self.text.setPlaceholderText(texts("window.log.filter-example"))
        self.problems = QCheckBox(texts("window.log.problems"))
        self.machines = QCheckBox(texts("window.log.machines"))
        named(self.text, "log.filter", texts("window.log.filter"), texts("window.log.filter-tip"))
        named(self.problems, "log.problems", texts("window.log.problems"), texts("window.log.problems-tip"))
        named(self.machines, "log.machines", texts("window.log.machines"), texts("window.log.machines-tip"))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GRID)
        self.call = self._choice(row, "log.call", texts("window.log.call"), texts("window.log.call-tip"))
        self.call.addItem(texts("window.log.all-calls"), "")
        self.method = self._list(row, "method", [(one, one) for one in METHODS])
        self.status = self._list(row, "status", [(texts(f"logroom.status.{one}"), one) for one in CLASSES])
        self.direction = self._list(
            row, "direction", [(texts(f"window.log.way.{one}"), one) for one in DIRECTIONS]
        )
        self.trunk = self._list(row, "trunk", [])
        row.addWidget(self.machines)
        row.addStretch(1)
        self.reset = QToolButton()
        self.reset.setText(texts("logroom.filter.reset"))
        named(self.reset, "log.reset", self.reset.text(), texts("logroom.filter.reset-tip"))
        row.addWidget(self.reset)
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(FILTER_DELAY_MS)
        self.listen(self._later.timeout, self.changed.emit)
        self.listen(self.text.textChanged, self._wait)
        self.listen(self.text.returnPressed, self._at_once)
        for box in (self.problems, self.machines):
            self.listen(box.toggled, self._at_once)
        for choice in self.choices():
            self.listen(choice.currentIndexChanged, self._at_once)
        self.listen(self.reset.clicked, self.clear)

    def retire(self) -> None:
        self._later.stop()
        super().retire()

    def choices(self) -> tuple[QComboBox, ...]:
        """Give the choices of the second line."""
        return (self.call, self.method, self.status, self.direction, self.trunk)

    def query(self) -> Query:
        """Give what the log is searched by now."""
        method, status = self.method.currentData(), self.status.currentData()
        return Query(
            text=self.text.text().strip(),
            methods=(method,) if method else (),
            status_classes=CLASSES.get(status or "", ()),
            call_id=self.call.currentData() or "",
            trunk=self.trunk.currentData() or "",
            direction=self.direction.currentData() or "",
            only_problems=self.problems.isChecked(),
            machine_steps=self.machines.isChecked(),
        )

    def more_set(self) -> bool:
        """Tell whether the second line keeps anything back or lets more in."""
        return self.machines.isChecked() or any(one.currentIndex() > 0 for one in self.choices())

    def by_call(self, on: bool) -> None:
        """Offer what a list of calls can be searched by, or a list of messages."""
        for widget in (self.call, self.method, self.status, self.direction, self.machines):
            widget.setEnabled(not on)

    def clear(self) -> None:
        """Search for nothing in particular."""
        widgets = (self.text, self.problems, self.machines, *self.choices())
        blocked = [(one, one.blockSignals(True)) for one in widgets]
        self.text.clear()
        self.problems.setChecked(False)
        self.machines.setChecked(False)
        for choice in self.choices():
            choice.setCurrentIndex(0)
        for one, before in blocked:
            one.blockSignals(before)
        self._at_once()

    def take_over(self, other: FilterBar) -> None:
        """Look for the same as another bar."""
        self.text.setText(other.text.text())
        self.problems.setChecked(other.problems.isChecked())
        self.machines.setChecked(other.machines.isChecked())
        self.choose_call(other.call.currentData() or "", other.call.currentText())
        for mine, theirs in zip(self.choices()[1:], other.choices()[1:], strict=True):
            mine.setCurrentIndex(max(0, mine.findData(theirs.currentData())))

    def choose_call(self, call_id: str, words: str) -> None:
        """Show one call only; an empty Call-ID shows all."""
        if call_id and self.call.findData(call_id) < 0:
            self.call.insertItem(1, words, call_id)
        self.call.setCurrentIndex(max(0, self.call.findData(call_id)))

    def list_calls(self, calls: Iterable[tuple[str, str]]) -> None:
        """Offer these calls (words, Call-ID), newest first; the chosen one stays."""
        self._fill(self.call, calls)

    def list_trunks(self, trunks: Sequence[str]) -> None:
        """Offer these trunks; the choice shows where there is one to make."""
        self._fill(self.trunk, ((one, one) for one in trunks))
        self.trunk.setVisible(len(trunks) > 1)

    def _fill(self, choice: QComboBox, items: Iterable[tuple[str, str]]) -> None:
        chosen, words = choice.currentData(), choice.currentText()
        before = choice.blockSignals(True)
        while choice.count() > 1:
            choice.removeItem(1)
        for shown, data in items:
            choice.addItem(shown, data)
        if chosen and choice.findData(chosen) < 0:
            choice.insertItem(1, words, chosen)
        choice.setCurrentIndex(max(0, choice.findData(chosen)) if chosen else 0)
        choice.blockSignals(before)

    def _list(self, row: QHBoxLayout, name: str, items: Iterable[tuple[str, str]]) -> QComboBox:
        texts = self._texts
        choice = self._choice(
            row, f"log.{name}", texts(f"logroom.filter.{name}"), texts(f"logroom.filter.{name}-tip")
        )
        choice.addItem(texts(f"logroom.filter.{name}-all"), "")
        for words, data in items:
            choice.addItem(words, data)
        return choice

    @staticmethod
    def _choice(row: QHBoxLayout, name: str, accessible: str, tip: str) -> QComboBox:
        choice = QComboBox()
        choice.setMinimumContentsLength(8 if name != "log.call" else 18)
        choice.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        named(choice, name, accessible, tip)
        row.addWidget(choice)
        return choice

    def _wait(self, _: str) -> None:
        self._later.start()

    def _at_once(self, *_: object) -> None:
        self._later.stop()
        self.changed.emit()
