"""Two messages side by side, what differs marked by a sign, a ground and the letters themselves."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtGui import QColor, QTextBlockFormat, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QPlainTextEdit,
    QScrollBar,
    QVBoxLayout,
    QWidget,
)

from tccc_desk.ui.inert import plain_label
from tccc_desk.ui.message_differences import Pair, differences
from tccc_desk.ui.panel import Connections, named
from tccc_desk.ui.texts import Texts
from tccc_desk.ui.theme import GRID, colour, fixed_font

SIGNS = {"same": "  ", "changed": "≠ ", "left": "− ", "right": "+ "}


class CompareDialog(QDialog):
    """Both sides scroll together; a box leaves out what is the same."""

    def __init__(
        self,
        texts: Texts,
        headings: tuple[str, str],
        left: Sequence[str],
        right: Sequence[str],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._texts = texts
        self.pairs = differences(left, right)
        self.connections = Connections()
        self.setObjectName("compare")
        self.setWindowTitle(texts("logroom.compare.title"))
        column = QVBoxLayout(self)
        count = sum(pair.kind != "same" for pair in self.pairs)
        id = "logroom.compare.count" if count else "logroom.compare.same"
        self.count = plain_label("compare.count", texts(id, count=count))
        column.addWidget(self.count)
        grid = QGridLayout()
        grid.setSpacing(GRID // 2)
        self.sides = tuple(self._side(grid, at, headings[at]) for at in (0, 1))
        grid.setColumnStretch(0, 1)
        grid.setColumnStretch(1, 1)
        column.addLayout(grid, 1)
        self.only = QCheckBox(texts("logroom.compare.only"))
        named(self.only, "compare.only", self.only.text(), texts("logroom.compare.only-tip"))
        column.addWidget(self.only)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        column.addWidget(buttons)
        self.connections.listen(buttons.rejected, self.reject)
        self.connections.listen(self.only.toggled, self._fill)
        for bar, other in self._bars():
            self.connections.listen(bar.valueChanged, other.setValue)
        self._fill()
        self.resize(1000, 620)

    def _bars(self) -> list[tuple[QScrollBar, QScrollBar]]:
        one, two = self.sides
        down, across = one.verticalScrollBar(), one.horizontalScrollBar()
        down_too, across_too = two.verticalScrollBar(), two.horizontalScrollBar()
        return [(down, down_too), (down_too, down), (across, across_too), (across_too, across)]

    def _side(self, grid: QGridLayout, at: int, heading: str) -> QPlainTextEdit:
        label = plain_label(f"compare.heading-{at}", heading)
        grid.addWidget(label, 0, at)
        side = QPlainTextEdit()
        side.setReadOnly(True)
        side.setFont(fixed_font())
        side.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        side.setTabChangesFocus(True)
        named(side, f"compare.side-{at}", heading)
        grid.addWidget(side, 1, at)
        return side

    def _fill(self) -> None:
        shown = [pair for pair in self.pairs if not self.only.isChecked() or pair.kind != "same"]
        for at, side in enumerate(self.sides):
            side.setPlainText("\n".join(_line(pair, at) for pair in shown))
            cursor = QTextCursor(side.document())
            for number, pair in enumerate(shown):
                if pair.kind != "same":
                    self._mark(cursor, side, number, pair, at)

    def _mark(self, cursor: QTextCursor, side: QPlainTextEdit, number: int, pair: Pair, at: int) -> None:
        block = side.document().findBlockByNumber(number)
        cursor.setPosition(block.position())
        ground = QTextBlockFormat()
        ground.setBackground(self._faint("wait" if pair.kind == "changed" else "local", 36))
        cursor.setBlockFormat(ground)
        for begin, end in pair.right_spans if at else pair.left_spans:
            cursor.setPosition(block.position() + len(SIGNS["changed"]) + begin)
            cursor.setPosition(
                block.position() + len(SIGNS["changed"]) + end, QTextCursor.MoveMode.KeepAnchor
            )
            letters = QTextCharFormat()
            letters.setFontUnderline(True)
            letters.setBackground(self._faint("wait", 90))
            cursor.setCharFormat(letters)

    def _faint(self, role: str, alpha: int) -> QColor:
        made = QColor(colour(role, self.palette()))
        made.setAlpha(alpha)
        return made

    def done(self, result: int) -> None:
        self.connections.undo()
        super().done(result)


def _line(pair: Pair, at: int) -> str:
    words = pair.right if at else pair.left
    missing = pair.kind == ("left" if at else "right")
    return "" if missing else SIGNS[pair.kind] + words
