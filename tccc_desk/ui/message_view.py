"""One line of the log in full: the raw message in a fixed-width face, to select and copy."""

from __future__ import annotations

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QHBoxLayout,
    QPlainTextEdit,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from tccc_desk.trace.entry import TraceEntry
from tccc_desk.ui import log_words
from tccc_desk.ui.inert import inert, inert_lines, plain_label
from tccc_desk.ui.masking import Masker
from tccc_desk.ui.panel import Panel, named
from tccc_desk.ui.texts import Texts
from tccc_desk.ui.theme import GRID, fixed_font


class MessageView(Panel):
    """Shows control characters escaped; copying gives the message as it was."""

    def __init__(self, texts: Texts, parent: QWidget | None = None) -> None:
        super().__init__("log.detail", parent)
        self._texts = texts
        self._masker = Masker()
        self._entry: TraceEntry | None = None
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GRID // 2)
        row = QHBoxLayout()
        self.heading = plain_label("log.heading")
        self.heading.setWordWrap(False)
        self.heading.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        row.addWidget(self.heading, 1)
        self.copy_button = self._button("copy", row)
        self.copy_masked_button = self._button("copy-masked", row)
        self.listen(self.copy_button.clicked, self.copy)
        self.listen(self.copy_masked_button.clicked, self.copy_masked)
        self.raw = QPlainTextEdit()
        self.raw.setReadOnly(True)
        self.raw.setFont(fixed_font())
        self.raw.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.raw.setPlaceholderText(texts("window.log.message-empty"))
        self.raw.setTabChangesFocus(True)
        named(self.raw, "log.message", texts("window.log.message"))
        column.addLayout(row)
        column.addWidget(self.raw, 1)
        self.show_entry(None)

    def _button(self, name: str, row: QHBoxLayout) -> QToolButton:
        button = QToolButton()
        button.setText(self._texts(f"window.log.{name}"))
        named(button, f"log.{name}", button.text())
        row.addWidget(button)
        return button

    def show_entry(self, entry: TraceEntry | None) -> None:
        """Show an entry, or nothing."""
        self._entry = entry
        for button, name in ((self.copy_button, "copy"), (self.copy_masked_button, "copy-masked")):
            button.setEnabled(entry is not None)
            button.setToolTip(self._texts(f"window.log.{name}-tip" if entry else "window.log.message-empty"))
        self.heading.setText(self._heading(entry) if entry is not None else "")
        self.raw.setPlainText(inert_lines(self._words(entry)) if entry is not None else "")

    def copy(self) -> None:
        """Copy the message as it was on the wire; the digest response is masked at birth."""
        if self._entry is not None:
            QGuiApplication.clipboard().setText(self._words(self._entry))

    def copy_masked(self) -> None:
        """Copy the message with numbers, accounts and addresses replaced by stable pseudonyms."""
        if self._entry is not None:
            QGuiApplication.clipboard().setText(self._masker.mask(self._words(self._entry)))

    def _words(self, entry: TraceEntry) -> str:
        return entry.raw.decode("utf-8", "replace") or log_words.summary(self._texts, entry)

    def _heading(self, entry: TraceEntry) -> str:
        way = entry.direction if entry.kind == "message" else "local"
        parts = [log_words.clock(entry.at), self._texts(f"window.log.way.{way}"), entry.transport.upper()]
        if entry.local and entry.remote:
            arrow = "←" if entry.direction == "received" else "→"
            parts.append(f"{inert(entry.local, 60)} {arrow} {inert(entry.remote, 60)}")
        return "  ".join(part for part in parts if part)
