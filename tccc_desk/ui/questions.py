"""Questions the desk asks before something another device or the admin would miss."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from tccc_desk.ui.inert import inert, plain_label
from tccc_desk.ui.panel import Connections, named
from tccc_desk.ui.password_field import PasswordField
from tccc_desk.ui.texts import Texts
from tccc_desk.ui.theme import GRID, bold, fixed_font

Choice = Literal["register", "call-only", "cancel"]
MAX_CONTACTS = 50


class OthersDialog(QDialog):
    """Another device holds the account: registering may take its calls."""

    def __init__(
        self, texts: Texts, trunk: str, contacts: Sequence[str] | None, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.choice: Choice = "cancel"
        self.connections = Connections()
        self.setObjectName("others")
        self.setWindowTitle(texts("window.others.title"))
        self.setMinimumWidth(480)
        column = QVBoxLayout(self)
        column.setSpacing(GRID)
        id = "window.others.head" if contacts is not None else "window.others.head-unknown"
        contacts = contacts or ()
        head = plain_label("others.head", texts(id, trunk=inert(trunk, 60), count=len(contacts)))
        head.setFont(bold(head.font(), larger=1))
        column.addWidget(head)
        column.addWidget(plain_label("others.words", texts("window.others.words")))
        shown = QPlainTextEdit("\n".join(inert(one, 200) for one in contacts[:MAX_CONTACTS]))
        shown.setReadOnly(True)
        shown.setFont(fixed_font())
        shown.setTabChangesFocus(True)
        shown.setMaximumHeight(110)
        named(shown, "others.contacts", texts("window.others.contacts"))
        column.addWidget(shown)
        shown.setVisible(bool(contacts))
        buttons = QDialogButtonBox()
        self._button(texts, buttons, "call-only", QDialogButtonBox.ButtonRole.AcceptRole).setDefault(True)
        self._button(texts, buttons, "register", QDialogButtonBox.ButtonRole.DestructiveRole)
        self._button(texts, buttons, "cancel", QDialogButtonBox.ButtonRole.RejectRole)
        column.addWidget(buttons)
        self.resize(560, self.sizeHint().height())

    def _button(
        self, texts: Texts, box: QDialogButtonBox, choice: Choice, role: QDialogButtonBox.ButtonRole
    ) -> QPushButton:
        button = box.addButton(texts(f"window.others.{choice}"), role)
        named(button, f"others.{choice}", button.text(), texts(f"window.others.{choice}-tip"))
        self.connections.listen(button.clicked, lambda: self._choose(choice))
        return button

    def _choose(self, choice: Choice) -> None:
        self.choice = choice
        self.accept() if choice != "cancel" else self.reject()

    def done(self, result: int) -> None:
        self.connections.undo()
        super().done(result)


class PasswordDialog(QDialog):
    """The keyring gave no password: ask for it."""

    def __init__(self, texts: Texts, trunk: str, why: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.connections = Connections()
        self.setObjectName("password")
        self.setWindowTitle(texts("window.password.title"))
        self.setMinimumWidth(420)
        column = QVBoxLayout(self)
        column.setSpacing(GRID)
        column.addWidget(
            plain_label("password.words", texts("window.password.words", trunk=inert(trunk, 60)))
        )
        column.addWidget(plain_label("password.why", why))
        self.field = PasswordField(texts)
        column.addWidget(self.field)
        buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel
        )
        column.addWidget(buttons)
        self.connections.listen(buttons.accepted, self.accept)
        self.connections.listen(buttons.rejected, self.reject)
        self.field.edit.setFocus(Qt.FocusReason.OtherFocusReason)

    def done(self, result: int) -> None:
        self.connections.undo()
        super().done(result)
