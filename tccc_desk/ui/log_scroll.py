"""A table that shows a stretch of something longer, and the bar that goes through all of it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QWheelEvent
from PySide6.QtWidgets import QAbstractItemView, QHBoxLayout, QHeaderView, QScrollBar, QTableView, QWidget

from tccc_desk.ui.panel import named

NEAR = 60
"""Rows from the edge of the stretch at which more is asked for."""
WHOLE = 10_000
"""Steps of the bar over the whole log, where the stretch is only a part of it."""


class StretchTable(QTableView):
    """Says when its edge comes near and when the admin moved it; keeps its place when rows come in above."""

    moved = Signal()
    """By wheel, key or bar: by the admin and nobody else."""
    scrolled = Signal()
    """By whatever."""

    def __init__(self, name: str, accessible: str) -> None:
        super().__init__()
        named(self, name, accessible)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerItem)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + 6)
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        header.setSectionsMovable(False)

    def keep_place(self, rows: int) -> None:
        """Follow rows that came in above (or went, where negative): what is seen stays where it is."""
        self.updateGeometries()
        bar = self.verticalScrollBar()
        bar.setValue(bar.value() + rows)

    def first_shown(self) -> int:
        """Give the uppermost row in sight."""
        return max(0, self.rowAt(0))

    def last_shown(self) -> int:
        """Give the lowest row in sight."""
        row = self.rowAt(self.viewport().height() - 1)
        model = self.model()
        return row if row >= 0 else model.rowCount() - 1

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802
        super().wheelEvent(event)
        self.moved.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        super().keyPressEvent(event)
        if event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown):
            self.moved.emit()

    def scrollContentsBy(self, dx: int, dy: int) -> None:  # noqa: N802
        super().scrollContentsBy(dx, dy)
        self.scrolled.emit()


class WholeBar(QScrollBar):
    """Goes through the whole log: by rows while the stretch is all of it, else by shares of the whole."""

    wished = Signal(float)
    """Where the admin wants to be, 0 to 1."""

    def __init__(self, name: str, accessible: str, table: StretchTable) -> None:
        super().__init__(Qt.Orientation.Vertical)
        named(self, name, accessible)
        self._table = table
        self._mirror = True
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.actionTriggered.connect(self._soon)

    def mirror(self) -> None:
        """Be the table's own bar."""
        inner = self._table.verticalScrollBar()
        self._mirror = True
        self.setRange(inner.minimum(), inner.maximum())
        self.setPageStep(inner.pageStep())
        self.setSingleStep(1)
        if not self.isSliderDown():
            self.setValue(inner.value())

    def stand(self, share: float) -> None:
        """Stand at a share of the whole, unless the admin holds it."""
        self._mirror = False
        self.setRange(0, WHOLE)
        self.setPageStep(WHOLE // 50)
        self.setSingleStep(1)
        if not self.isSliderDown():
            self.setValue(round(share * WHOLE))

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802
        self._table.wheelEvent(event)

    def _soon(self, action: int) -> None:
        # The bar reports the action before it moves: look where it stands afterwards.
        QTimer.singleShot(0, self, lambda: self._act(QScrollBar.SliderAction(action)))

    def _act(self, action: QScrollBar.SliderAction) -> None:
        inner = self._table.verticalScrollBar()
        if self._mirror:
            inner.setValue(self.value())
            self._table.moved.emit()
        elif action is QScrollBar.SliderAction.SliderMove:
            self.wished.emit(self.value() / WHOLE)
        else:
            # A click beside the handle or on an arrow goes on from what is seen.
            inner.triggerAction(action)
            self._table.moved.emit()


class StretchView(QWidget):
    """The table with its bar beside it."""

    def __init__(self, table: StretchTable, bar: WholeBar) -> None:
        super().__init__()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(table, 1)
        row.addWidget(bar)
        self.table = table
        self.bar = bar
        table.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        if event.type() == QEvent.Type.Resize:
            self.table.scrolled.emit()
        return super().eventFilter(watched, event)
