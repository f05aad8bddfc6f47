"""A label of one line: what does not fit is cut with an ellipsis and stands whole in its tooltip."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget


class OneLine(QLabel):
    """Keeps its height when it is empty, so that nothing below it moves."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.words = ""
        """The whole text."""
        self.setObjectName(name)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def say(self, words: str) -> None:
        """Show `words`, already inert."""
        self.words = words
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        super().resizeEvent(event)
        self._fit()

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(40, self.fontMetrics().height())

    minimumSizeHint = sizeHint  # noqa: N815

    def _fit(self) -> None:
        cut = self.fontMetrics().elidedText(self.words, Qt.TextElideMode.ElideRight, max(1, self.width()))
        self.setText(cut)
        self.setToolTip(self.words if cut != self.words else "")
        self.setAccessibleName(self.words)
