"""Paints a ladder: for the screen, a page of paper and a picture alike."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPalette, QPen, QPolygonF

from tccc_desk.trace.ladder import Arrow, Band, Ladder, Note
from tccc_desk.ui.ladder_layout import GAP, Layout
from tccc_desk.ui.ladder_words import LadderWords
from tccc_desk.ui.theme import GRID, bold, colour

TONE_COLOURS = {"good": "good", "redirect": "wait", "bad": "bad", "provisional": "quiet"}
HEAD = 8.0
"""Length of an arrow's head in pixels."""


@dataclass(frozen=True, slots=True)
class LadderPainter:
    """Knows the ladder, its places and its words; holds no state of a view."""

    ladder: Ladder
    layout: Layout
    words: LadderWords
    palette: QPalette
    font: QFont

    def heading(self, painter: QPainter) -> None:
        """Paint the names and addresses of the columns."""
        layout = self.layout
        self._fill(painter, QRectF(0, 0, layout.width, layout.heading), QPalette.ColorRole.AlternateBase)
        # The outermost names have only their own side's room beyond the last column.
        width = min(
            layout.distance - GAP, 2 * (layout.width - layout.columns[-1]) - GAP if layout.columns else 0
        )
        for column, x in zip(self.ladder.columns, layout.columns, strict=True):
            name, address = self.words.column(column)
            painter.setPen(self._ink())
            box = QRectF(x - width / 2, GAP, width, layout.line)
            painter.setFont(bold(self.font))
            self._text(painter, box, name)
            painter.setFont(self.font)
            self._text(painter, box.translated(0, layout.line), address)

    def rows(self, painter: QPainter, rows: Iterable[int], current: int = -1) -> None:
        """Paint rows with their stretch of the columns; `current` is marked."""
        shown = list(rows)
        if not shown:
            return
        layout = self.layout
        above, below = layout.top(shown[0]), layout.bottom(shown[-1])
        if current in shown:
            top = layout.top(current)
            box = QRectF(0, top, layout.width, layout.bottom(current) - top)
            painter.fillRect(box, self._faint(self.palette.color(QPalette.ColorRole.Highlight), 60))
            painter.setPen(QPen(self.palette.color(QPalette.ColorRole.Highlight), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(box.adjusted(1, 1, -1, -1))
        self._sound(painter, above, below)
        painter.setPen(QPen(colour("quiet", self.palette), 1))
        for x in layout.columns:
            painter.drawLine(QLineF(x, above, x, below))
        painter.setFont(self.font)
        for number in shown:
            row = layout.rows[number]
            if isinstance(row, Arrow):
                self._arrow(painter, row)
            elif isinstance(row, Note):
                self._note(painter, row)
            else:
                self._band(painter, row)

    def _sound(self, painter: QPainter, above: float, below: float) -> None:
        """Shade the columns between which sound may go, as long as it does."""
        shade = self._faint(colour("good", self.palette), 22)
        for band in self.ladder.bands:
            top = max(above, self.layout.top(band.row))
            bottom = min(below, self.layout.bottom(band.until_row))
            if bottom > top and band.source != band.target:
                left, right = sorted((self.layout.columns[band.source], self.layout.columns[band.target]))
                painter.fillRect(QRectF(left, top, right - left, bottom - top), shade)

    def _arrow(self, painter: QPainter, arrow: Arrow) -> None:
        layout, words = self.layout, self.words
        top = layout.top(arrow.row)
        ink = self._tone(arrow)
        self._time(painter, top, words.clock(arrow.at), words.delta(arrow.delta))
        begin, end = layout.columns[arrow.source], layout.columns[arrow.target]
        y = top + layout.line + GAP
        painter.setPen(self._pen(arrow, ink))
        painter.setBrush(ink)
        if begin == end:
            end = begin + layout.distance // 3
            painter.drawArc(QRectF(begin - GRID, y - GRID, 2 * GRID, 2 * GRID), 16 * 90, -16 * 180)
        else:
            self._line(painter, QPointF(begin, y), QPointF(end, y))
        left, right = min(begin, end), max(begin, end)
        box = QRectF(left + GAP, top + 1, right - left - 2 * GAP, layout.line)
        painter.setPen(ink)
        label = words.arrow(arrow)
        if QFontMetrics(self.font).horizontalAdvance(label) > box.width():
            label = words.arrow(arrow, short=True)
        self._text(painter, box, label)
        below = words.below(arrow)
        if below:
            painter.setPen(colour("bad" if arrow.fate else "local", self.palette))
            # What is under the line may be longer than the line: it gets the room beside it.
            free = QRectF(layout.gutter, y + GAP, layout.width - layout.gutter, layout.line)
            wanted = QFontMetrics(self.font).horizontalAdvance(below)
            middle = min(max((left + right) / 2, free.left() + wanted / 2), free.right() - wanted / 2)
            width = min(float(wanted), free.width())
            place = QRectF(max(free.left(), middle - width / 2), free.top(), width + 2, free.height())
            self._text(painter, place, below, ground=True)

    def _note(self, painter: QPainter, note: Note) -> None:
        layout = self.layout
        top = layout.top(note.row)
        self._time(painter, top, self.words.clock(note.at), "")
        x = layout.columns[note.column] if layout.columns else layout.gutter
        painter.setPen(colour("bad" if note.problem else "local", self.palette))
        painter.setBrush(painter.pen().color())
        side = GRID - 1
        middle = top + layout.line / 2 + GAP / 2
        painter.drawEllipse(QRectF(x - side / 2, middle - side / 2, side, side))
        room = QRectF(x + GRID, top + GAP / 2, layout.width - x - GRID, layout.line)
        sign = "! " if note.problem else ""
        self._text(painter, room, sign + self.words.note(note), middle=False, ground=True)

    def _band(self, painter: QPainter, band: Band) -> None:
        layout = self.layout
        top = layout.top(band.row) + GAP / 2
        left, right = sorted((layout.columns[band.source], layout.columns[band.target]))
        if left == right:
            right = left + layout.distance
        height = 2 * layout.line
        ink = self._quality(band)
        box = QRectF(left + 2, top, right - left - 4, height)
        painter.setBrush(self._faint(ink, 50))
        pen = QPen(ink, 1)
        pen.setStyle(Qt.PenStyle.DashLine if band.packets is None else Qt.PenStyle.SolidLine)
        painter.setPen(pen)
        painter.drawRect(box)
        painter.setPen(QPen(ink, 2))
        painter.setBrush(ink)
        y = box.bottom() - layout.line / 2
        ends = QPointF(layout.columns[band.source], y), QPointF(layout.columns[band.target], y)
        if band.source != band.target:
            self._line(painter, *ends)
            if band.both_ways:
                self._line(painter, ends[1], ends[0])
        painter.setPen(self._ink())
        self._text(
            painter, QRectF(box.left() + GAP, top, box.width() - 2 * GAP, layout.line), self.words.band(band)
        )

    def _time(self, painter: QPainter, top: float, clock: str, delta: str) -> None:
        box = QRectF(GRID, top + 1, self.layout.gutter - GRID, self.layout.line)
        painter.setPen(self._ink())
        self._text(painter, box, clock, middle=False)
        painter.setPen(colour("quiet", self.palette))
        self._text(painter, box.translated(0, self.layout.line), delta, middle=False)

    def _line(self, painter: QPainter, begin: QPointF, end: QPointF) -> None:
        forward = 1.0 if end.x() > begin.x() else -1.0
        painter.drawLine(QLineF(begin, QPointF(end.x() - forward * HEAD, end.y())))
        back = end.x() - forward * HEAD
        points = [end, QPointF(back, end.y() - HEAD / 2), QPointF(back, end.y() + HEAD / 2)]
        painter.save()
        painter.setPen(Qt.PenStyle.NoPen)
        painter.drawPolygon(QPolygonF(points))
        painter.restore()

    def _text(
        self, painter: QPainter, box: QRectF, words: str, *, middle: bool = True, ground: bool = False
    ) -> None:
        shown = painter.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, int(box.width()) + 1)
        flags = Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine
        flags |= Qt.AlignmentFlag.AlignHCenter if middle else Qt.AlignmentFlag.AlignLeft
        if ground:
            taken = painter.boundingRect(box, flags, shown)
            self._fill(painter, taken.adjusted(-2, 0, 2, 0), QPalette.ColorRole.Base)
        painter.drawText(box, flags, shown)

    def _fill(self, painter: QPainter, box: QRectF, role: QPalette.ColorRole) -> None:
        painter.fillRect(box, self.palette.color(role))

    def _pen(self, arrow: Arrow, ink: QColor) -> QPen:
        pen = QPen(ink, 2 if not arrow.status else 1.5)
        if arrow.tone == "provisional":
            pen.setStyle(Qt.PenStyle.DashLine)
        return pen

    def _tone(self, arrow: Arrow) -> QColor:
        role = "bad" if arrow.fate else TONE_COLOURS.get(arrow.tone, "")
        return colour(role, self.palette) if role else self._ink()

    def _quality(self, band: Band) -> QColor:
        if band.packets is None:
            return colour("quiet", self.palette)
        if band.packets == 0 or (band.mos is not None and band.mos < 3.1):
            return colour("bad", self.palette)
        return colour("wait" if band.mos is not None and band.mos < 3.6 else "good", self.palette)

    def _ink(self) -> QColor:
        return self.palette.color(QPalette.ColorRole.Text)

    @staticmethod
    def _faint(ink: QColor, alpha: int) -> QColor:
        made = QColor(ink)
        made.setAlpha(alpha)
        return made
