"""Hand a trunk to another system: its form, a preview, copied or saved; the password only when asked for."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QMimeData, Signal
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QComboBox,
    QDialogButtonBox,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from tccc_desk.interchange.formats import WRITERS
from tccc_desk.interchange.slug import slug
from tccc_desk.trunk.profile import Trunk
from tccc_desk.ui.inert import inert, inert_lines, plain_label
from tccc_desk.ui.panel import named
from tccc_desk.ui.texts import Texts
from tccc_desk.ui.theme import GRID, colour, fixed_font
from tccc_desk.ui.written_dialog import WrittenDialog

ENDINGS = {
    "profile": "json",
    "freeswitch": "xml",
    "asterisk": "conf",
    "kamailio": "sql",
    "opensips": "sql",
    "yeastar": "txt",
    "grandstream": "txt",
}
FIRST = "freeswitch"


class ExportDialog(WrittenDialog):
    """Whoever opens it answers `password_wished` by `give_password` or `no_password`."""

    password_wished = Signal()

    def __init__(self, texts: Texts, trunk: Trunk, parent: QWidget | None = None) -> None:
        super().__init__("export", texts("gateroom.export.title", trunk=inert(trunk.name, 60)), texts, parent)
        self._trunk = trunk
        self._password: str | None = None
        self._written = ""
        column = QVBoxLayout(self)
        column.setSpacing(GRID)
        row = QHBoxLayout()
        label = QLabel(texts("gateroom.export.format"))
        self.format = QComboBox()
        for name in WRITERS:
            self.format.addItem(texts(f"gateroom.format.{name}"), name)
        self.format.setCurrentIndex(self.format.findData(FIRST))
        named(self.format, "export.format", label.text())
        label.setBuddy(self.format)
        row.addWidget(label)
        row.addWidget(self.format, 1)
        column.addLayout(row)
        self.with_password = QCheckBox(texts("gateroom.export.with-password"))
        column.addWidget(self.with_password)
        self.warning = plain_label("export.warning")
        self.warning.hide()
        column.addWidget(self.warning)
        self.preview = QPlainTextEdit()
        self.preview.setReadOnly(True)
        self.preview.setFont(fixed_font())
        self.preview.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.preview.setTabChangesFocus(True)
        named(self.preview, "export.preview", texts("gateroom.export.preview"))
        column.addWidget(self.preview, 1)
        column.addWidget(self.said)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.button(QDialogButtonBox.StandardButton.Close).setAutoDefault(False)
        self._takers = (
            self._button(buttons, "copy", self.copy),
            self._button(buttons, "save", self.save_as),
        )
        self._takers[1].setDefault(True)
        column.addWidget(buttons)
        listen = self.connections.listen
        listen(buttons.rejected, self.reject)
        listen(self.format.currentIndexChanged, lambda _: self._chosen())
        listen(self.with_password.toggled, self._opted)
        self.resize(820, 600)
        self._chosen()

    def _button(self, box: QDialogButtonBox, name: str, slot: Callable[[], object]) -> QPushButton:
        button = box.addButton(self._texts(f"gateroom.export.{name}"), QDialogButtonBox.ButtonRole.ActionRole)
        named(button, f"export.{name}", button.text(), self._texts(f"gateroom.export.{name}-tip"))
        self.connections.listen(button.clicked, lambda _=False: slot())
        return button

    @property
    def chosen(self) -> str:
        """The format, as `WRITERS` names it."""
        return str(self.format.currentData())

    def give_password(self, password: str) -> None:
        """Take the password, if it is still wished for."""
        if self.with_password.isChecked():
            self._password = password
            self._say("")
            self._write()

    def no_password(self, why: str) -> None:
        """Say why there is none."""
        self.with_password.setChecked(False)
        self._say(why, bad=True)

    def _chosen(self) -> None:
        allowed = self.chosen != "profile"
        self.with_password.setEnabled(allowed)
        tip = "gateroom.export.with-password-tip" if allowed else "gateroom.export.never"
        named(self.with_password, "export.with-password", self.with_password.text(), self._texts(tip))
        if not allowed:
            self.with_password.setChecked(False)
        self._write()

    def _opted(self, on: bool) -> None:
        self._password = None
        self._say(self._texts("gateroom.export.asking") if on else "")
        self._write()
        if on:
            self.password_wished.emit()

    def _write(self) -> None:
        self._written = WRITERS[self.chosen](self._trunk, self._texts, self._password)
        self.preview.setPlainText(inert_lines(self._written))
        shown = self._password is not None
        for button in self._takers:  # what is wished for is not in it yet
            button.setEnabled(shown or not self.with_password.isChecked())
        id = "gateroom.export.warning-hash" if self.chosen == "kamailio" else "gateroom.export.warning"
        words = self._texts(id)
        if self.chosen == "freeswitch" and "${" in (self._password or ""):
            words += " " + self._texts("gateroom.export.warning-expanded")
        self.warning.setText(self._texts("gateroom.number.warning", words=words) if shown else "")
        self.warning.setStyleSheet(f"color: {colour('wait', self.palette()).name()}")
        self.warning.setVisible(shown)

    def copy(self) -> None:
        """Put the text on the clipboard; with a password in it, clipboard histories are asked to skip it."""
        data = QMimeData()
        data.setText(self._written)
        if self._password is not None:
            data.setData("x-kde-passwordManagerHint", b"secret")
        QApplication.clipboard().setMimeData(data)
        self._say(self._texts("gateroom.export.copied"))

    def _file_name(self) -> str:
        return f"{slug(self._trunk.name)}-{self.chosen}.{ENDINGS[self.chosen]}"

    def _octets(self) -> bytes:
        return self._written.encode("utf-8", "replace")

    def done(self, result: int) -> None:
        self._password, self._written = None, ""
        self.preview.clear()
        super().done(result)
