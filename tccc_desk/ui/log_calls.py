"""The log one row a call or registration: who, when, how long, how it ended."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QGuiApplication

from tccc_desk.trace.export.masked import masked_trunk
from tccc_desk.trace.query import CallRow
from tccc_desk.ui import log_words
from tccc_desk.ui.icons import icon
from tccc_desk.ui.inert import inert
from tccc_desk.ui.ladder_words import Mask
from tccc_desk.ui.texts import Texts
from tccc_desk.ui.theme import colour

Index = QModelIndex | QPersistentModelIndex

START, KIND, CALLER, LINE, LASTED, MESSAGES, ENDED, TRUNK, CALL_ID = range(9)
HEADINGS = ("start", "kind", "caller", "line", "lasted", "messages", "ended", "trunk", "call-id")
ENDINGS = {"good": "mark-proven", "troubled": "notice", "failed": "mark-failed", "open": "mark-unknown"}
ENDING_COLOURS = {"troubled": "wait", "failed": "bad"}
SHOWN_AT_FIRST = frozenset({"start", "kind", "caller", "line", "lasted", "messages", "ended", "trunk"})


class CallsModel(QAbstractTableModel):
    """Rows oldest first. A call seen again replaces its row."""

    shifted = Signal(int)
    """So many rows came in above those that were there."""

    def __init__(self, texts: Texts, mask: Mask) -> None:
        super().__init__()
        self._texts = texts
        self._mask = mask
        self._rows: list[CallRow] = []
        self.from_start = True

    def call(self, row: int) -> CallRow | None:
        """Give the call of a row."""
        return self._rows[row] if 0 <= row < len(self._rows) else None

    def calls(self) -> Sequence[CallRow]:
        """Give what is held."""
        return self._rows

    def row_of(self, call_id: str) -> int:
        """Give the row of a call, -1 where it is not held."""
        return next((row for row, one in enumerate(self._rows) if one.call_id == call_id), -1)

    def show(self, rows: Sequence[CallRow], *, from_start: bool) -> None:
        """Hold these and nothing else."""
        self.beginResetModel()
        self._rows = list(rows)
        self.from_start = from_start
        self.endResetModel()

    def add_older(self, rows: Sequence[CallRow], *, from_start: bool) -> None:
        """Put rows before the first."""
        self.from_start = from_start
        held = {one.call_id for one in self._rows}
        fresh = [one for one in rows if one.call_id not in held]
        if fresh:
            self.beginInsertRows(QModelIndex(), 0, len(fresh) - 1)
            self._rows[:0] = fresh
            self.endInsertRows()
            self.shifted.emit(len(fresh))

    def merge_newest(self, rows: Sequence[CallRow]) -> bool:
        """Take in the newest calls; False where they do not touch what is held, and nothing is changed."""
        places = {(one.call_id, one.segment): row for row, one in enumerate(self._rows)}
        if self._rows and rows and not any((one.call_id, one.segment) in places for one in rows):
            return False
        fresh = []
        for one in rows:
            row = places.get((one.call_id, one.segment))
            if row is None:
                fresh.append(one)
            elif self._rows[row] != one:
                self._rows[row] = one
                self.dataChanged.emit(self.index(row, 0), self.index(row, len(HEADINGS) - 1))
        if fresh:
            first = len(self._rows)
            self.beginInsertRows(QModelIndex(), first, first + len(fresh) - 1)
            self._rows.extend(fresh)
            self.endInsertRows()
        return True

    def forget_words(self) -> None:
        """Say everything anew: what is masked has changed."""
        if self._rows:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self._rows) - 1, len(HEADINGS) - 1))

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008, N802
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008, N802
        return 0 if parent.isValid() else len(HEADINGS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> Any:  # noqa: ANN401, N802
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return self._texts(f"logroom.calls.{HEADINGS[section]}")
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: ANN401
        call, column = self.call(index.row()), index.column()
        if call is None:
            return None
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return self._text(call, column)
        if role == Qt.ItemDataRole.DecorationRole and column == ENDED:
            return icon(ENDINGS[ending(call)])
        if role == Qt.ItemDataRole.ForegroundRole and column == ENDED and ending(call) in ENDING_COLOURS:
            return colour(ENDING_COLOURS[ending(call)], QGuiApplication.palette())
        if role == Qt.ItemDataRole.ToolTipRole and column == ENDED:
            return self._texts(f"logroom.ending.{ending(call)}")
        if role == Qt.ItemDataRole.TextAlignmentRole and column in (LASTED, MESSAGES):
            return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        return None

    def _text(self, call: CallRow, column: int) -> str:
        mask = self._mask
        match column:
            case 0:
                return log_words.day_clock(call.first_at)
            case 1:
                return self._texts(f"logroom.kind.{call.kind}")
            case 2:
                return mask(inert(call.caller, 40))
            case 3:
                return mask(inert(call.callee, 40))
            case 4:
                return lasted(call.last_at - call.first_at)
            case 5:
                return f"{call.messages:,}"
            case 6:
                return self._ended(call)
            case 7:
                return masked_trunk(inert(call.trunk, 40), mask)
            case _:
                return mask(inert(call.call_id, 80))

    def _ended(self, call: CallRow) -> str:
        if call.final_status:
            return f"{call.final_status} {inert(call.final_reason, 40)}"
        return self._texts("logroom.calls.no-answer" if call.problem else "logroom.calls.open")


def ending(call: CallRow) -> str:
    """Name how a call stands: an icon of its own shape each."""
    good = 200 <= call.final_status < 300
    if call.problem:
        return "troubled" if good else "failed"
    return "good" if good else "open"


def lasted(seconds: float) -> str:
    """Show a span of time in the unit that reads best."""
    if seconds < 1.0:
        return f"{max(0.0, seconds) * 1000:.0f} ms"
    if seconds < 60.0:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"
