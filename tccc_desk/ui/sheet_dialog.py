"""A text to hand to somebody else: read here in either language, copied, or saved as a new private file."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import (
    QApplication,
    QComboBox,
    QDialogButtonBox,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from tccc_desk.texts.catalogue import LANGUAGES, Language
from tccc_desk.ui.inert import inert_lines
from tccc_desk.ui.panel import named
from tccc_desk.ui.texts import Texts
from tccc_desk.ui.theme import GRID, fixed_font
from tccc_desk.ui.written_dialog import WrittenDialog

Write = Callable[[Language], str]


class SheetDialog(WrittenDialog):
    """Says that it works until `show_sheet` gives it what to write."""

    def __init__(self, texts: Texts, title: str, file: str, parent: QWidget | None = None) -> None:
        super().__init__("sheet", title, texts, parent)
        self._file = file
        self._make: Write = lambda _: ""
        column = QVBoxLayout(self)
        column.setSpacing(GRID)
        row = QHBoxLayout()
        label = QLabel(texts("gateroom.sheet.language"))
        self.language = QComboBox()
        for one in LANGUAGES:
            self.language.addItem(texts(f"gateroom.sheet.language-{one}"), one)
        self.language.setCurrentIndex(self.language.findData(texts.language))
        named(self.language, "sheet.language", label.text())
        label.setBuddy(self.language)
        row.addWidget(label)
        row.addWidget(self.language)
        row.addStretch(1)
        column.addLayout(row)
        self.sheet = QPlainTextEdit()
        self.sheet.setReadOnly(True)
        self.sheet.setFont(fixed_font())
        self.sheet.setTabChangesFocus(True)
        self.sheet.setPlaceholderText(texts("gateroom.sheet.working"))
        named(self.sheet, "sheet.text", title)
        column.addWidget(self.sheet, 1)
        column.addWidget(self.said)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.button(QDialogButtonBox.StandardButton.Close).setAutoDefault(False)
        self._copy = self._button(buttons, "copy", self.copy)
        self._save = self._button(buttons, "save", self.save_as)
        self._save.setDefault(True)
        column.addWidget(buttons)
        self.connections.listen(buttons.rejected, self.reject)
        self.connections.listen(self.language.currentIndexChanged, lambda _: self._write())
        self.resize(820, 620)
        self._write()

    def _button(self, box: QDialogButtonBox, name: str, slot: Callable[[], object]) -> QPushButton:
        button = box.addButton(self._texts(f"gateroom.export.{name}"), QDialogButtonBox.ButtonRole.ActionRole)
        named(button, f"sheet.{name}", button.text(), self._texts(f"gateroom.export.{name}-tip"))
        self.connections.listen(button.clicked, lambda _=False: slot())
        return button

    def show_sheet(self, make: Write) -> None:
        """Show what `make` writes in the chosen language."""
        self._make = make
        self._write()

    @property
    def _written(self) -> str:
        return self._make("zh" if self.language.currentData() == "zh" else "en")

    def _write(self) -> None:
        written = inert_lines(self._written)
        self.sheet.setPlainText(written)
        for button in (self._copy, self._save):
            button.setEnabled(bool(written))

    def copy(self) -> None:
        """Put the text on the clipboard."""
        QApplication.clipboard().setText(self._written)
        self._say(self._texts("gateroom.export.copied"))

    def _file_name(self) -> str:
        return self._file

    def _octets(self) -> bytes:
        # With a mark, or Notepad of Chinese Windows takes it for GBK.
        return self._written.encode("utf-8-sig", "replace")
