"""The message as it was on the wire, coloured by what each line is; the cursor's line is told."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFont,
    QPalette,
    QSyntaxHighlighter,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
)
from PySide6.QtWidgets import QPlainTextEdit, QTextEdit

from tccc_desk.ui.message_text import MessageText, ShownLine
from tccc_desk.ui.panel import named
from tccc_desk.ui.texts import Texts
from tccc_desk.ui.theme import colour, fixed_font

STARS = 8
"""So many '*' in a row stand for a digest response that was masked."""


class Highlighter(QSyntaxHighlighter):
    """Faces and colours by kind of line; the words themselves stay as they are."""

    def __init__(self, document: QTextDocument, palette: QPalette) -> None:
        super().__init__(document)
        self._palette = palette
        self.lines: tuple[ShownLine, ...] = ()

    def highlightBlock(self, text: str) -> None:  # noqa: N802
        """Colour one line."""
        number = self.currentBlock().blockNumber()
        if number >= len(self.lines):
            return
        line = self.lines[number]
        match line.kind:
            case "start":
                self.setFormat(0, len(text), self._format("", strong=True))
            case "header":
                self.setFormat(0, line.name, self._format("wait"))
            case "sdp":
                self.setFormat(0, 2, self._format("good"))
            case "hex" | "note":
                self.setFormat(0, len(text), self._format("quiet"))
            case _:
                pass
        at = text.find("*" * STARS)
        if at >= 0 and line.kind == "header":
            end = at
            while end < len(text) and text[end] == "*":
                end += 1
            self.setFormat(at, end - at, self._format("quiet"))

    def _format(self, role: str, *, strong: bool = False) -> QTextCharFormat:
        made = QTextCharFormat()
        if role:
            made.setForeground(colour(role, self._palette))
        if strong:
            made.setFontWeight(QFont.Weight.Bold)
        return made


class RawView(QPlainTextEdit):
    """Read only. `line_chosen` gives the number of the shown line the cursor went to."""

    line_chosen = Signal(int)

    def __init__(self, texts: Texts) -> None:
        super().__init__()
        self.setReadOnly(True)
        self.setFont(fixed_font())
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.setPlaceholderText(texts("window.log.message-empty"))
        self.setTabChangesFocus(True)
        # A read-only text shows no cursor; here the cursor asks what its line means.
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        named(self, "log.message", texts("window.log.message"), texts("logroom.message.tip"))
        self._highlighter = Highlighter(self.document(), self.palette())
        self._quiet = False
        self.cursorPositionChanged.connect(self._moved)

    def show_message(self, shown: MessageText) -> None:
        """Show another message, the cursor in its first line."""
        self._quiet = True
        self._highlighter.lines = shown.lines
        self.setPlainText(shown.text)
        self._quiet = False
        self._mark()

    def choose(self, number: int) -> None:
        """Put the cursor into a line, without saying so."""
        block = self.document().findBlockByNumber(number)
        if block.isValid():
            self._quiet = True
            self.setTextCursor(QTextCursor(block))
            self._quiet = False
            self._mark()

    def line(self) -> int:
        """Give the number of the line the cursor is in."""
        return self.textCursor().blockNumber()

    def _moved(self) -> None:
        if not self._quiet:
            self._mark()
            self.line_chosen.emit(self.line())

    def _mark(self) -> None:
        """Let the whole line stand out that the sentence below speaks of."""
        selection = QTextEdit.ExtraSelection()
        ground = QColor(self.palette().color(QPalette.ColorRole.Highlight))
        ground.setAlpha(45)
        selection.format.setBackground(ground)
        selection.format.setProperty(int(QTextCharFormat.Property.FullWidthSelection), True)
        cursor = self.textCursor()
        cursor.clearSelection()
        selection.cursor = cursor
        self.setExtraSelections([selection] if self._highlighter.lines else [])
