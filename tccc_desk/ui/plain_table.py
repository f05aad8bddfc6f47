"""A table to read: an icon and a word in the first column, sentences that wrap, copied as text."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QAbstractItemView, QApplication, QHeaderView, QTableWidget, QTableWidgetItem

from tccc_desk.ui.icons import icon
from tccc_desk.ui.panel import named
from tccc_desk.ui.theme import colour


@dataclass(frozen=True, slots=True)
class Row:
    """One row, its words already inert. `role` colours the first cell, which says the same in a word."""

    cells: tuple[str, ...]
    icon: str = ""
    role: str = ""


class PlainTable(QTableWidget):
    """Cells and their tooltips are text, never markup."""

    def __init__(self, name: str, accessible: str, heads: Sequence[str], stretch: Sequence[int]) -> None:
        super().__init__(0, len(heads))
        named(self, name, accessible)
        self._heads = tuple(heads)
        self.setHorizontalHeaderLabels(list(heads))
        self.verticalHeader().hide()
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setTabKeyNavigation(False)
        self.setWordWrap(True)
        self.setShowGrid(False)
        self.setAlternatingRowColors(True)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        for column in range(len(heads)):
            mode = QHeaderView.ResizeMode.Stretch if column in stretch else QHeaderView.ResizeMode.Interactive
            header.setSectionResizeMode(column, mode)
        # A sentence wraps elsewhere in a column of another width, which is settled only after the event.
        self._settled = QTimer(self)
        self._settled.setSingleShot(True)
        self._settled.setInterval(0)
        self._settled.timeout.connect(self.resizeRowsToContents)
        header.sectionResized.connect(self._settled.start)

    def fill(self, rows: Iterable[Row]) -> None:
        """Show these rows instead of those before."""
        listed = list(rows)
        self.setRowCount(len(listed))
        for number, row in enumerate(listed):
            for column, words in enumerate(row.cells):
                item = QTableWidgetItem(words)
                item.setToolTip(f"<p>{html.escape(words)}</p>")  # a long value is cut in its cell
                item.setTextAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
                if column == 0 and row.icon:
                    item.setIcon(icon(row.icon))
                if column == 0 and row.role:
                    item.setForeground(colour(row.role, self.palette()))
                self.setItem(number, column, item)
        self._settled.start()

    def as_text(self) -> str:
        """Give heads and rows with tabs between the cells: it pastes into a mail and into a sheet."""
        lines = ["\t".join(self._heads)]
        for number in range(self.rowCount()):
            cells = (self.item(number, column) for column in range(self.columnCount()))
            lines.append("\t".join(cell.text() if cell is not None else "" for cell in cells))
        return "\n".join(lines) + "\n"

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if event.matches(QKeySequence.StandardKey.Copy):
            rows = sorted({index.row() for index in self.selectedIndexes()})
            lines = self.as_text().splitlines()
            QApplication.clipboard().setText("\n".join(lines[row + 1] for row in rows))
            return
        super().keyPressEvent(event)
