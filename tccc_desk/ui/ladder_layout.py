"""Where everything of a ladder stands: columns across, rows down. Geometry only, no painting."""

from __future__ import annotations

from bisect import bisect_right
from itertools import accumulate

from PySide6.QtGui import QFont, QFontMetrics

from tccc_desk.trace.ladder import Arrow, Band, Ladder, Note
from tccc_desk.ui.theme import GRID

Row = Arrow | Note | Band

GAP = GRID // 2
LEAST_DISTANCE = 22
"""Between columns, in widths of an average character: a label with its CSeq has to fit."""
MOST_DISTANCE = 60


class Layout:
    """Pixels at zoom 1, from the upper left of the first row; the heading has a height of its own."""

    def __init__(self, ladder: Ladder, font: QFont, width: int) -> None:
        metrics = QFontMetrics(font)
        self.line = metrics.height()
        character = metrics.averageCharWidth()
        self.gutter = metrics.horizontalAdvance("00:00:00.000") + 2 * GRID
        self.heading = 2 * self.line + 2 * GAP
        self.rows: tuple[Row, ...] = ladder.rows
        count = len(ladder.columns)
        side = LEAST_DISTANCE * character * 5 // 8
        room = width - self.gutter - 2 * side
        distance = room // (count - 1) if count > 1 else 0
        self.distance = max(LEAST_DISTANCE * character, min(distance, MOST_DISTANCE * character))
        self.columns = tuple(self.gutter + side + self.distance * number for number in range(count))
        self.width = (self.columns[-1] if self.columns else self.gutter) + side
        self._tops = (0, *accumulate(self._height(row) for row in self.rows))
        self.height = self._tops[-1]

    def top(self, row: int) -> int:
        """Give the upper edge of a row."""
        return self._tops[row]

    def bottom(self, row: int) -> int:
        """Give the lower edge of a row."""
        return self._tops[row + 1]

    def row_at(self, y: float) -> int:
        """Give the row at a height, -1 where there is none."""
        if not 0 <= y < self.height:
            return -1
        return bisect_right(self._tops, y) - 1

    def shown(self, above: float, below: float) -> range:
        """Give the rows that touch the stretch between two heights."""
        first = max(0, bisect_right(self._tops, above) - 1)
        last = min(len(self.rows), bisect_right(self._tops, below))
        return range(first, last)

    def pages(self, height: int) -> list[tuple[int, int]]:
        """Cut the rows into pages no higher than `height`; a row is never cut in two."""
        found: list[tuple[int, int]] = []
        first = 0
        for row in range(len(self.rows)):
            if self.bottom(row) - self.top(first) > height and row > first:
                found.append((first, row))
                first = row
        return [*found, (first, len(self.rows))]

    def _height(self, row: Row) -> int:
        if isinstance(row, Note):
            return self.line + GAP
        if isinstance(row, Band):
            return 2 * self.line + GAP
        below = self.line if row.marks or row.fate else 0
        return self.line + GAP + max(self.line, GRID) + below
