"""A password field with show and hide; it never leaves its characters where others read them."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QToolButton, QWidget

from tccc_desk.ui.panel import Panel, named
from tccc_desk.ui.texts import Texts
from tccc_desk.ui.theme import GRID


class PasswordField(Panel):
    """Shown characters are hidden again when the field loses its window."""

    def __init__(self, texts: Texts, parent: QWidget | None = None) -> None:
        super().__init__("trunk.password.field", parent)
        self._texts = texts
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GRID // 2)
        self.edit = QLineEdit()
        self.edit.setEchoMode(QLineEdit.EchoMode.Password)
        self.edit.setInputMethodHints(
            Qt.InputMethodHint.ImhSensitiveData
            | Qt.InputMethodHint.ImhNoPredictiveText
            | Qt.InputMethodHint.ImhHiddenText
        )
        self.edit.setMaxLength(256)
        named(self.edit, "trunk.password", texts("window.trunk.password"))
        self._reveal = QToolButton()
        self._reveal.setCheckable(True)
        self._reveal.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        row.addWidget(self.edit, 1)
        row.addWidget(self._reveal)
        self.setFocusProxy(self.edit)
        self.listen(self._reveal.toggled, self._show)
        self._show(shown=False)

    @property
    def text(self) -> str:
        """What was typed."""
        return self.edit.text()

    def clear(self) -> None:
        """Forget what was typed."""
        self.edit.clear()
        self._reveal.setChecked(False)

    def _show(self, shown: bool) -> None:
        mode = QLineEdit.EchoMode.Normal if shown else QLineEdit.EchoMode.Password
        self.edit.setEchoMode(mode)
        word = self._texts("window.trunk.hide" if shown else "window.trunk.show")
        self._reveal.setText(word)
        named(self._reveal, "trunk.password.reveal", word, word)
