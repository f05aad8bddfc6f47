"""A stretch of the log as a table: the rows near what is seen, whatever the log's length."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QGuiApplication

from tccc_desk.trace.entry import TraceEntry
from tccc_desk.trace.export.masked import masked_trunk
from tccc_desk.trace.query import Position, StoredEntry
from tccc_desk.ui import log_words
from tccc_desk.ui.icons import icon
from tccc_desk.ui.inert import inert
from tccc_desk.ui.ladder_words import Mask
from tccc_desk.ui.log_pages import Stretch
from tccc_desk.ui.texts import Texts
from tccc_desk.ui.theme import colour

Index = QModelIndex | QPersistentModelIndex

TIME, WAY, WHAT, SUMMARY, TRUNK, REMOTE, TRANSPORT, CALL_ID, SIZE = range(9)
HEADINGS = ("time", "way", "what", "summary", "trunk", "remote", "transport", "call-id", "size")
SHOWN_AT_FIRST = frozenset({"time", "way", "what", "summary", "trunk"})
HELD = 3_000
"""Rows held at most; the far end of the stretch is let go when it grows beyond."""


class LogModel(QAbstractTableModel):
    """Rows oldest first, in the order of their positions, none twice."""

    shifted = Signal(int)
    """So many rows came in above those that were there; negative: went away above them."""

    def __init__(self, texts: Texts, mask: Mask) -> None:
        super().__init__()
        self._texts = texts
        self._mask = mask
        self._rows: list[StoredEntry] = []
        self._said: dict[Position, tuple[str, ...]] = {}
        self.low: Position | None = None
        """Where to go on reading towards the start; None: there is nothing before the first row."""
        self.high: Position | None = None
        """Where to go on reading towards the end; None: there was nothing after the last row."""
        self.ranks = (0, 0)
        """Lines of the whole log before the first and before the last row."""
        self.size = 0
        """Lines of the whole log."""

    def share(self, row: int) -> float:
        """Give where in the whole log a row lies, 0 to 1: by counting where rows are all there is."""
        last = len(self._rows) - 1
        if last < 1 or self.size < 1 or not 0 <= row <= last:
            return self.ranks[0] / self.size if self.size else 0.0
        first_at, last_at = self._rows[0].position.at, self._rows[-1].position.at
        part = row / last
        if self.ranks[1] - self.ranks[0] != last and last_at > first_at:
            part = (self._rows[row].position.at - first_at) / (last_at - first_at)
        return min(1.0, (self.ranks[0] + part * (self.ranks[1] - self.ranks[0])) / self.size)

    def entry(self, row: int) -> TraceEntry | None:
        """Give the entry of a row."""
        return self._rows[row].entry if 0 <= row < len(self._rows) else None

    def position(self, row: int) -> Position | None:
        """Give the place of a row in the log."""
        return self._rows[row].position if 0 <= row < len(self._rows) else None

    def row_of(self, position: Position) -> int:
        """Give the row of a place, -1 where it is not held."""
        for row in range(len(self._rows) - 1, -1, -1):
            found = self._rows[row].position
            if found == position:
                return row
            if found.at < position.at:
                break
        return -1

    def row_at(self, at: float) -> int:
        """Give the last row not after wall clock time `at`; -1 where there is none."""
        row = -1
        for number, one in enumerate(self._rows):
            if one.position.at > at + 0.001:
                break
            row = number
        return row

    def entries(self) -> tuple[TraceEntry, ...]:
        """Give what is held."""
        return tuple(one.entry for one in self._rows)

    def stored(self) -> tuple[StoredEntry, ...]:
        """Give what is held, with its places."""
        return tuple(self._rows)

    def show(self, stretch: Stretch) -> None:
        """Hold this stretch and nothing else."""
        self.beginResetModel()
        self._rows = list(stretch.rows)
        self._said.clear()
        self.low, self.high = stretch.low, stretch.high
        self.ranks, self.size = (stretch.low_rank, stretch.high_rank), stretch.size
        self.endResetModel()

    def add_older(self, stretch: Stretch) -> None:
        """Put a page before the first row."""
        self.low = stretch.low
        self.ranks, self.size = (stretch.low_rank, self.ranks[1]), stretch.size
        rows = stretch.rows
        if rows:
            self.beginInsertRows(QModelIndex(), 0, len(rows) - 1)
            self._rows[:0] = rows
            self.endInsertRows()
            self.shifted.emit(len(rows))
        excess = len(self._rows) - HELD
        if excess > 0:
            self._remove(HELD, HELD + excess)
            self.high = self._rows[-1].position
            self.ranks = (self.ranks[0], max(self.ranks[0], self.ranks[1] - excess))

    def add_newer(self, stretch: Stretch) -> None:
        """Put a page after the last row."""
        self.high = stretch.high
        self.ranks = (self.ranks[0], max(self.ranks[1], stretch.high_rank))
        self.size = max(self.size, stretch.size)
        self._append(stretch.rows)
        excess = len(self._rows) - HELD
        if excess > 0:
            self._remove(0, excess)
            self.low = self._rows[0].position
            self.ranks = (min(self.ranks[1], self.ranks[0] + excess), self.ranks[1])
            self.shifted.emit(-excess)

    def merge(self, stretch: Stretch) -> None:
        """Take in rows of which nothing is missing up to the log's end.

        Another engine's lines may come a moment late: they go to their place, not to the end.
        """
        rows = stretch.rows
        if not self._rows:
            self._append(rows)
            self.ranks, self.size = (stretch.low_rank, stretch.high_rank), stretch.size
            self.high = None
            return
        known = {one.position for one in self._rows[-len(rows) - HELD // 10 :]}
        last = self._rows[-1].position
        fresh = [one for one in rows if one.position not in known]
        for one in fresh:
            if one.position < last:
                self._insert(one)
        after = [one for one in fresh if one.position > last]
        self.add_newer(replace(stretch, rows=after, high=None))

    def forget_words(self) -> None:
        """Say everything anew: what is masked has changed."""
        self._said.clear()
        if self._rows:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self._rows) - 1, len(HEADINGS) - 1))

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008, N802
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008, N802
        return 0 if parent.isValid() else len(HEADINGS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> Any:  # noqa: ANN401, N802
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return heading(self._texts, HEADINGS[section])
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: ANN401
        row, column = index.row(), index.column()
        if not 0 <= row < len(self._rows):
            return None
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return self._words(self._rows[row])[column]
        entry = self._rows[row].entry
        if role == Qt.ItemDataRole.DecorationRole and column == WAY:
            return icon(f"way-{entry.direction if entry.kind == 'message' else 'local'}")
        if role == Qt.ItemDataRole.ForegroundRole and column in (WHAT, SUMMARY):
            meaning = log_words.role(entry)
            if meaning and (column == WHAT or entry.kind != "message"):
                return colour(meaning, QGuiApplication.palette())
        if role == Qt.ItemDataRole.TextAlignmentRole and column == SIZE:
            return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        return None

    def _words(self, stored: StoredEntry) -> tuple[str, ...]:
        said = self._said.get(stored.position)
        if said is None:
            said = self._said[stored.position] = self._say(stored.entry)
        return said

    def _say(self, entry: TraceEntry) -> tuple[str, ...]:
        texts, mask = self._texts, self._mask
        return (
            log_words.clock(entry.at),
            texts(f"window.log.way.{entry.direction if entry.kind == 'message' else 'local'}"),
            log_words.what(texts, entry),
            mask(log_words.summary(texts, entry)),
            masked_trunk(inert(entry.trunk, 40), mask),
            mask(inert(entry.remote, 60)),
            inert(entry.transport, 8).upper(),
            mask(inert(entry.call_id, 80)),
            f"{len(entry.raw):,}" if entry.raw else "",
        )

    def _append(self, rows: Sequence[StoredEntry]) -> None:
        if rows:
            first = len(self._rows)
            self.beginInsertRows(QModelIndex(), first, first + len(rows) - 1)
            self._rows.extend(rows)
            self.endInsertRows()

    def _insert(self, one: StoredEntry) -> None:
        row = len(self._rows)
        while row and self._rows[row - 1].position > one.position:
            row -= 1
        self.beginInsertRows(QModelIndex(), row, row)
        self._rows.insert(row, one)
        self.endInsertRows()

    def _remove(self, first: int, after: int) -> None:
        self.beginRemoveRows(QModelIndex(), first, after - 1)
        for one in self._rows[first:after]:
            self._said.pop(one.position, None)
        del self._rows[first:after]
        self.endRemoveRows()


def heading(texts: Texts, name: str) -> str:
    """Name a column of the log."""
    if name in SHOWN_AT_FIRST:
        return texts(f"window.log.column.{name}")
    return texts(f"logroom.column.{name}")
