"""The ladder on the screen: scrolled, zoomed, walked by keyboard; a row chosen shows its message."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import (
    QFont,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QToolTip, QWidget

from tccc_desk.trace.ladder import Arrow, Ladder, Note
from tccc_desk.ui.ladder_layout import Layout
from tccc_desk.ui.ladder_paint import LadderPainter
from tccc_desk.ui.ladder_words import LadderWords
from tccc_desk.ui.panel import named

LEAST_ZOOM, MOST_ZOOM, ZOOM_STEP = 0.3, 3.0, 1.2


class LadderView(QAbstractScrollArea):
    """Paints only the rows in sight; the heading stays on top."""

    chosen = Signal(int)
    """The index of the entry of the row that was gone to."""
    opened = Signal(int)
    """Enter or a double click."""
    zoomed = Signal()

    def __init__(self, words: LadderWords, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words = words
        self._ladder = Ladder()
        self._zoom = 1.0
        self._current = -1
        self.layout_ = Layout(self._ladder, self.font(), 0)
        named(self, "ladder.view", words.texts("logroom.ladder.name"), words.texts("logroom.ladder.tip"))
        self.setToolTip("")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(QSize(200, 80))
        self.viewport().setBackgroundRole(QPalette.ColorRole.Base)
        self.viewport().setAutoFillBackground(True)

    @property
    def ladder(self) -> Ladder:
        """What is shown."""
        return self._ladder

    @property
    def zoom(self) -> float:
        """1.0 is the size of other text."""
        return self._zoom

    @property
    def current(self) -> int:
        """The row gone to, -1 for none."""
        return self._current

    def show_ladder(self, ladder: Ladder, *, keep: bool) -> None:
        """Show a ladder; `keep` is for one that has only grown."""
        at_end = self.verticalScrollBar().value() == self.verticalScrollBar().maximum()
        self._ladder = ladder
        if not keep:
            self._current = -1
        self._arrange()
        bar = self.verticalScrollBar()
        if not keep:
            bar.setValue(0)
        elif at_end and self._current < 0:
            bar.setValue(bar.maximum())
        self._describe()

    def painter(
        self, width: int, palette: QPalette | None = None, font: QFont | None = None
    ) -> LadderPainter:
        """Make what paints this ladder elsewhere, `width` pixels wide if it can be."""
        face = font or self.font()
        layout = Layout(self._ladder, face, width)
        return LadderPainter(self._ladder, layout, self._words, palette or self.palette(), face)

    def go_to_entry(self, entry: int) -> None:
        """Mark the row of an entry, without saying so."""
        for number, row in enumerate(self.layout_.rows):
            if isinstance(row, Arrow | Note) and (row.entry == entry or entry in getattr(row, "repeats", ())):
                self._current = number
                self._reveal()
                return

    def set_zoom(self, zoom: float) -> None:
        """Zoom about the middle of what is shown."""
        zoom = min(MOST_ZOOM, max(LEAST_ZOOM, zoom))
        bar = self.verticalScrollBar()
        middle = (bar.value() + self._room() / 2) / self._zoom
        self._zoom = zoom
        self._arrange()
        bar.setValue(round(middle * zoom - self._room() / 2))
        self.zoomed.emit()

    def zoom_in(self) -> None:
        """One step nearer."""
        self.set_zoom(self._zoom * ZOOM_STEP)

    def zoom_out(self) -> None:
        """One step away."""
        self.set_zoom(self._zoom / ZOOM_STEP)

    def fit(self) -> None:
        """Show the whole ladder, as large as it can be."""
        whole = Layout(self._ladder, self.font(), 0)
        if whole.height and whole.width:
            size = self.viewport().size()
            self.set_zoom(
                min(1.0, size.width() / whole.width, size.height() / (whole.height + whole.heading))
            )

    def _arrange(self) -> None:
        size = self.viewport().size()
        self.layout_ = Layout(self._ladder, self.font(), round(size.width() / self._zoom))
        across, down = self.horizontalScrollBar(), self.verticalScrollBar()
        across.setRange(0, max(0, round(self.layout_.width * self._zoom) - size.width()))
        across.setPageStep(size.width())
        across.setSingleStep(self.layout_.line)
        down.setRange(0, max(0, round(self.layout_.height * self._zoom) - self._room()))
        down.setPageStep(max(1, self._room()))
        down.setSingleStep(round(2 * self.layout_.line * self._zoom))
        self.viewport().update()

    def _room(self) -> int:
        """Height that is left for rows, in pixels of the screen."""
        return self.viewport().height() - round(self.layout_.heading * self._zoom)

    def paintEvent(self, _: QPaintEvent) -> None:  # noqa: N802
        painter = QPainter(self.viewport())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        layout = self.layout_
        if not layout.rows:
            painter.setPen(self.palette().color(QPalette.ColorRole.PlaceholderText))
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(self.viewport().rect(), flags, self._words.texts("logroom.ladder.empty"))
            return
        drawing = LadderPainter(self._ladder, layout, self._words, self.palette(), self.font())
        across, down = self.horizontalScrollBar().value(), self.verticalScrollBar().value()
        painter.scale(self._zoom, self._zoom)
        painter.translate(-across / self._zoom, layout.heading - down / self._zoom)
        first = down / self._zoom
        shown = layout.shown(first, first + self._room() / self._zoom)
        drawing.rows(painter, shown, self._current)
        painter.translate(0, down / self._zoom - layout.heading)
        drawing.heading(painter)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        super().resizeEvent(event)
        self._arrange()

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.PaletteChange):
            self._arrange()

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            steps = event.angleDelta().y() / 120
            self.set_zoom(self._zoom * ZOOM_STEP**steps)
            event.accept()
            return
        super().wheelEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        if event.button() == Qt.MouseButton.LeftButton:
            self._choose(self._row_under(event.position().toPoint()))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        if event.button() == Qt.MouseButton.LeftButton and self._row_under(event.position().toPoint()) >= 0:
            self._open()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        page = max(1, self._room() // max(1, round(3 * self.layout_.line * self._zoom)))
        last = len(self.layout_.rows) - 1
        moves = {
            Qt.Key.Key_Up: self._current - 1,
            Qt.Key.Key_Down: self._current + 1,
            Qt.Key.Key_PageUp: self._current - page,
            Qt.Key.Key_PageDown: self._current + page,
            Qt.Key.Key_Home: 0,
            Qt.Key.Key_End: last,
        }
        key = Qt.Key(event.key())
        if key in moves and last >= 0:
            self._choose(min(last, max(0, moves[key])))
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._open()
        elif event.text() in ("+", "="):
            self.zoom_in()
        elif event.text() == "-":
            self.zoom_out()
        elif event.text() == "0":
            self.set_zoom(1.0)
        else:
            super().keyPressEvent(event)

    def viewportEvent(self, event: QEvent) -> bool:  # noqa: N802
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            row = self._row_under(event.pos())
            QToolTip.showText(event.globalPos(), self._spoken(row) if row >= 0 else "", self, QRect())
            return True
        return super().viewportEvent(event)

    def _row_under(self, point: QPoint) -> int:
        heading = self.layout_.heading * self._zoom
        if point.y() < heading:
            return -1
        return self.layout_.row_at((point.y() - heading + self.verticalScrollBar().value()) / self._zoom)

    def _choose(self, row: int) -> None:
        if row < 0:
            return
        self._current = row
        self._reveal()
        self._describe()
        shown = self.layout_.rows[row]
        if isinstance(shown, Arrow | Note):
            self.chosen.emit(shown.entry)

    def _open(self) -> None:
        if 0 <= self._current < len(self.layout_.rows):
            shown = self.layout_.rows[self._current]
            if isinstance(shown, Arrow | Note):
                self.opened.emit(shown.entry)

    def _reveal(self) -> None:
        layout, bar, zoom = self.layout_, self.verticalScrollBar(), self._zoom
        top, bottom = layout.top(self._current) * zoom, layout.bottom(self._current) * zoom
        if top < bar.value():
            bar.setValue(round(top))
        elif bottom > bar.value() + self._room():
            bar.setValue(round(bottom) - self._room())
        self.viewport().update()

    def _spoken(self, row: int) -> str:
        return self._words.spoken(self.layout_.rows[row], self._ladder.columns)

    def _describe(self) -> None:
        known = 0 <= self._current < len(self.layout_.rows)
        self.setAccessibleDescription(self._spoken(self._current) if known else "")
