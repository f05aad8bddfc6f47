"""The signalling log as a table: bounded, filled in batches, filtered without a proxy."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication

from tccc_desk.trace.entry import TraceEntry
from tccc_desk.trace.problems import is_machine_step, is_problem
from tccc_desk.ui import log_words
from tccc_desk.ui.icons import icon
from tccc_desk.ui.inert import inert
from tccc_desk.ui.panel import Connections
from tccc_desk.ui.state import DeskState
from tccc_desk.ui.texts import Texts
from tccc_desk.ui.theme import colour

Index = QModelIndex | QPersistentModelIndex

TIME, WAY, WHAT, SUMMARY, TRUNK = range(5)
HEADINGS = ("time", "way", "what", "summary", "trunk")
BATCH_MS = 50
TRIM = 1_000
"""Entries dropped at once when the bound is reached: dropping one by one would repaint for each."""


@dataclass(frozen=True, slots=True)
class LogFilter:
    """What the log shows. Empty values let everything pass but machine steps."""

    text: str = ""
    call_id: str = ""
    only_problems: bool = False
    machine_steps: bool = False

    def passes(self, entry: TraceEntry, texts: Texts) -> bool:
        """Tell whether `entry` is in. A message is searched as it was on the wire, a fact by its words."""
        if self.call_id and entry.call_id != self.call_id:
            return False
        if self.only_problems and not is_problem(entry):
            return False
        if not self.machine_steps and is_machine_step(entry):
            return False
        if not self.text:
            return True
        needle = self.text.casefold()
        if needle in entry.trunk.casefold():
            return True
        if entry.kind == "message" and entry.raw:
            return needle.encode() in entry.raw.lower()
        return needle in log_words.summary(texts, entry).casefold()


class LogModel(QAbstractTableModel):
    """Holds at most `bound` entries; rows are those that pass the filter, oldest first."""

    grown = Signal()
    """Rows were added at the end."""
    new_call = Signal(str)

    def __init__(self, state: DeskState, texts: Texts, bound: int) -> None:
        super().__init__()
        self._texts = texts
        self._bound = max(TRIM * 2, bound)
        self._entries: list[TraceEntry] = []
        self._rows: list[TraceEntry] = []
        self._waiting: list[TraceEntry] = []
        self._calls: dict[str, None] = {}
        self._filter = LogFilter()
        self.connections = Connections()
        self.connections.listen(state.traced, self._take)
        self._batch = QTimer(self)
        self._batch.setSingleShot(True)
        self._batch.setInterval(BATCH_MS)
        self.connections.listen(self._batch.timeout, self.flush)

    def entries(self) -> tuple[TraceEntry, ...]:
        """Give everything held, filtered or not."""
        return (*self._entries, *self._waiting)

    def entry(self, row: int) -> TraceEntry | None:
        """Give the entry of a row."""
        return self._rows[row] if 0 <= row < len(self._rows) else None

    def row_at(self, at: float) -> int:
        """Give the last row not after wall clock time `at`; -1 where there is none."""
        row = -1
        for number, entry in enumerate(self._rows):
            if entry.at > at + 0.001:
                break
            row = number
        return row

    def fill(self, entries: Iterable[TraceEntry]) -> None:
        """Take over what an earlier model held, as after a change of language."""
        self._waiting.extend(entries)
        self.flush()

    def filter(self, wanted: LogFilter) -> None:
        """Show only what passes."""
        self.flush()
        self.beginResetModel()
        self._filter = wanted
        self._rows = self._passing(self._entries)
        self.endResetModel()

    def clear(self) -> None:
        """Forget every entry."""
        self.beginResetModel()
        for held in (self._entries, self._rows, self._waiting):
            held.clear()
        self._calls.clear()
        self.endResetModel()

    def flush(self) -> None:
        """Append what waits, in one go."""
        batch, self._waiting = self._waiting, []
        if not batch:
            return
        self._entries.extend(batch)
        for entry in batch:
            if entry.call_id and entry.call_id not in self._calls:
                self._calls[entry.call_id] = None
                self.new_call.emit(entry.call_id)
        passing = self._passing(batch)
        if passing:
            first = len(self._rows)
            self.beginInsertRows(QModelIndex(), first, first + len(passing) - 1)
            self._rows.extend(passing)
            self.endInsertRows()
        self._trim()
        if passing:
            self.grown.emit()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008, N802
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008, N802
        return 0 if parent.isValid() else len(HEADINGS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> Any:  # noqa: ANN401, N802
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return self._texts(f"window.log.column.{HEADINGS[section]}")
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: ANN401
        entry = self.entry(index.row())
        if entry is None:
            return None
        column = index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(entry, column)
        if role == Qt.ItemDataRole.DecorationRole and column == WAY:
            return icon(f"way-{entry.direction if entry.kind == 'message' else 'local'}")
        if role == Qt.ItemDataRole.ForegroundRole and column in (WHAT, SUMMARY):
            meaning = log_words.role(entry)
            if meaning and (column == WHAT or entry.kind != "message"):
                return colour(meaning, QGuiApplication.palette())
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return self._text(entry, column)
        return None

    def _text(self, entry: TraceEntry, column: int) -> str:
        if column == TIME:
            return log_words.clock(entry.at)
        if column == WAY:
            return self._texts(f"window.log.way.{entry.direction if entry.kind == 'message' else 'local'}")
        if column == WHAT:
            return log_words.what(self._texts, entry)
        if column == SUMMARY:
            return log_words.summary(self._texts, entry)
        return inert(entry.trunk, 40)

    def _passing(self, entries: Sequence[TraceEntry]) -> list[TraceEntry]:
        return [one for one in entries if self._filter.passes(one, self._texts)]

    def _trim(self) -> None:
        if len(self._entries) <= self._bound:
            return
        count = len(self._entries) - self._bound + TRIM
        oldest = self._entries[min(count, len(self._entries) - 1)]
        del self._entries[:count]
        gone = next((row for row, one in enumerate(self._rows) if one is oldest), None)
        if gone is None:
            gone = sum(one.at < oldest.at for one in self._rows)
        if gone:
            self.beginRemoveRows(QModelIndex(), 0, gone - 1)
            del self._rows[:gone]
            self.endRemoveRows()

    def _take(self, entries: tuple[TraceEntry, ...]) -> None:
        self._waiting.extend(entries)
        if not self._batch.isActive():
            self._batch.start()
