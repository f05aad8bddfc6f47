"""A sound level: a bar and the number, never the bar alone."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QWidget

from tccc_desk.ui.texts import Texts
from tccc_desk.ui.theme import GRID, colour

FLOOR_DBOV = -60.0


class _Bar(QWidget):
    def __init__(self) -> None:
        super().__init__()
        self.part = 0.0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(80, GRID + 2)

    def paintEvent(self, _: QPaintEvent) -> None:  # noqa: N802
        painter = QPainter(self)
        palette = self.palette()
        painter.fillRect(self.rect(), palette.color(palette.ColorRole.Midlight))
        lit = self.rect()
        lit.setWidth(round(lit.width() * self.part))
        painter.fillRect(lit, colour("good", palette))
        painter.end()


class LevelBar(QWidget):
    """Name, bar from -60 to 0 dBov, and the level in words."""

    def __init__(
        self, name: str, title: str, texts: Texts, title_width: int, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self._texts = texts
        self._title = title
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GRID)
        self._bar = _Bar()
        self._words = QLabel()
        self._words.setMinimumWidth(self.fontMetrics().horizontalAdvance("-60.0 dBov "))
        label = QLabel(title)
        label.setMinimumWidth(title_width)
        row.addWidget(label)
        row.addWidget(self._bar, 1)
        row.addWidget(self._words)
        self.show_level(None)

    def show_level(self, dbov: float | None) -> None:
        """Show a level in dBov; None is no measurement, below the floor is silence."""
        if dbov is None:
            words, part = self._texts("window.now.level-none"), 0.0
        elif dbov <= FLOOR_DBOV:
            words, part = self._texts("window.now.level-silence"), 0.0
        else:
            words, part = f"{dbov:.0f} dBov", min(1.0, 1.0 - dbov / FLOOR_DBOV)
        self._words.setText(words)
        self.setAccessibleName(f"{self._title}: {words}")
        if part != self._bar.part:
            self._bar.part = part
            self._bar.update()
