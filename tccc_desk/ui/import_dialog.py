"""Bring a gateway in: a file or a text of another system, what is in it, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QApplication,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from tccc_desk.interchange.formats import read_configuration
from tccc_desk.interchange.found import ForeignGateway, Found, Imported, Refused
from tccc_desk.ui.configuration_source import Source, holds_something, read_file, read_mime
from tccc_desk.ui.icons import icon
from tccc_desk.ui.inert import inert, plain_label
from tccc_desk.ui.panel import Connections, named
from tccc_desk.ui.plain_table import PlainTable, Row
from tccc_desk.ui.texts import Texts
from tccc_desk.ui.theme import GRID, bold, colour

SEVERITIES = {"error": ("mark-failed", "bad"), "warning": ("mark-warning", "wait"), "info": ("notice", "")}
MAX_SHOWN = 500
ENDINGS = "*.xml *.conf *.json *.txt"


class ImportDialog(QDialog):
    """Accepted with `gateway`. The text that was read is never shown: a password stands in it."""

    def __init__(self, texts: Texts, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._texts = texts
        self._imported = Imported((), ())
        self.gateway: ForeignGateway | None = None
        self.connections = Connections()
        self.setObjectName("import")
        self.setWindowTitle(texts("gateroom.import.title"))
        self.setAcceptDrops(True)
        column = QVBoxLayout(self)
        column.setSpacing(GRID)
        column.addWidget(plain_label("import.about", texts("gateroom.import.about")))
        row = QHBoxLayout()
        self.open_button = self._button("open", self.choose)
        self.paste_button = self._button("paste", self.paste)
        row.addWidget(self.open_button)
        row.addWidget(self.paste_button)
        self.source = plain_label("import.source")
        row.addWidget(self.source, 1)
        column.addLayout(row)
        self.pages = QStackedWidget()
        empty = QLabel(texts("gateroom.import.drop"))
        empty.setObjectName("import.empty")
        empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        empty.setFrameShape(QFrame.Shape.StyledPanel)
        empty.setStyleSheet(f"color: {colour('quiet', self.palette()).name()}")
        self.pages.addWidget(empty)
        self.pages.addWidget(self._read_page())
        column.addWidget(self.pages, 1)
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.buttons.button(QDialogButtonBox.StandardButton.Cancel).setAutoDefault(False)
        self.use = self.buttons.addButton(
            texts("gateroom.import.use"), QDialogButtonBox.ButtonRole.AcceptRole
        )
        self.use.setDefault(True)
        column.addWidget(self.buttons)
        listen = self.connections.listen
        listen(self.buttons.accepted, self.take)
        listen(self.buttons.rejected, self.reject)
        listen(self.gateways.currentRowChanged, self._picked)
        listen(self.gateways.itemActivated, lambda _: self.take())
        listen(QShortcut(QKeySequence(QKeySequence.StandardKey.Paste), self).activated, self.paste)
        self.resize(760, 560)
        self._show(Imported((), ()))

    def _read_page(self) -> QWidget:
        texts, page = self._texts, QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        self.gateways = QListWidget()
        named(self.gateways, "import.gateways", texts("gateroom.import.gateways"))
        self.gateways_label = QLabel(texts("gateroom.import.gateways"))
        self.gateways_label.setFont(bold(self.gateways_label.font()))
        self.gateways_label.setBuddy(self.gateways)
        column.addWidget(self.gateways_label)
        column.addWidget(self.gateways, 1)
        self.count = plain_label("import.count")
        self.count.setFont(bold(self.count.font()))
        column.addWidget(self.count)
        heads = [texts(f"gateroom.import.head-{name}") for name in ("severity", "finding")]
        self.findings = PlainTable("import.findings", texts("gateroom.import.findings"), heads, (1,))
        self.findings.setColumnWidth(0, 110)
        column.addWidget(self.findings, 2)
        return page

    def _button(self, name: str, slot: Callable[[], object]) -> QPushButton:
        button = QPushButton(self._texts(f"gateroom.import.{name}"))
        button.setAutoDefault(False)
        named(button, f"import.{name}", button.text(), self._texts(f"gateroom.import.{name}-tip"))
        self.connections.listen(button.clicked, lambda _=False: slot())
        return button

    def choose(self) -> None:
        """Let the admin choose a file."""
        kinds = (
            f"{self._texts('gateroom.import.kinds')} ({ENDINGS});;{self._texts('gateroom.import.any')} (*)"
        )
        name, _ = QFileDialog.getOpenFileName(self, self._texts("gateroom.import.open"), "", kinds)
        if name:
            self._read(lambda: read_file(Path(name)))

    def paste(self) -> None:
        """Read what is on the clipboard: a copied file or a text."""
        self._read(lambda: read_mime(QApplication.clipboard().mimeData()))

    def read(self, source: Source) -> None:
        """Read what was dropped elsewhere."""
        self._read(lambda: source)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: N802
        if holds_something(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: N802
        mime = event.mimeData()
        self._read(lambda: read_mime(mime))
        event.acceptProposedAction()

    def refuse(self, refused: Refused) -> None:
        """Say why a text cannot be taken."""
        self._show(Imported((), ()))
        self._say(self._texts.finding(refused.finding, refused.details), "bad")

    def _read(self, get: Callable[[], Source]) -> None:
        try:
            source = get()
            imported = read_configuration(source.data)
        except Refused as refused:
            self.refuse(refused)
            return
        count = len(imported.gateways)
        name = inert(source.name, 60) or self._texts("gateroom.import.pasted")
        self._say(self._texts("gateroom.import.read", name=name, count=count), "")
        self._show(imported)

    def _say(self, words: str, role: str) -> None:
        self.source.setText(words)
        self.source.setStyleSheet(f"color: {colour(role, self.palette()).name()}" if role else "")

    def _show(self, imported: Imported) -> None:
        self._imported = imported
        self.pages.setCurrentIndex(1 if imported.gateways else 0)
        self.gateways.clear()
        for gateway in imported.gateways:
            item = QListWidgetItem(icon("state-off"), self._described(gateway))
            self.gateways.addItem(item)
        if imported.gateways:
            self.gateways.setCurrentRow(0)
            self.gateways.setFocus()
        self._picked(self.gateways.currentRow())

    def _described(self, gateway: ForeignGateway) -> str:
        fields = gateway.fields
        secret = "with-password" if gateway.password is not None else "without-password"
        return self._texts(
            "gateroom.import.gateway",
            name=inert(gateway.name, 60) or self._texts("gateroom.import.nameless"),
            account=inert(f"{fields.get('username', '')}@{fields.get('domain', '')}", 90),
            server=inert(fields.get("server", ""), 60) or "-",
            transport=inert(fields.get("transport", ""), 8).upper(),
            password=self._texts(f"gateroom.import.{secret}"),
        )

    def _picked(self, row: int) -> None:
        gateways = self._imported.gateways
        chosen = gateways[row] if 0 <= row < len(gateways) else None
        self.use.setEnabled(chosen is not None)
        tip = "gateroom.import.use-tip" if chosen is not None else "gateroom.import.why-none"
        named(self.use, "import.use", self._texts("gateroom.import.use"), self._texts(tip))
        mine = {"", chosen.name} if chosen is not None else {""}
        found = [one for one in self._imported.findings if one.gateway in mine]
        found.sort(key=lambda one: tuple(SEVERITIES).index(one.severity))
        self.findings.fill(self._row(one) for one in found[:MAX_SHOWN])
        if chosen is None:
            self.count.setText("")
            return
        marks = [one.severity for one in found]
        words = {name: marks.count(name) for name in ("error", "warning", "info")}
        id = "gateroom.import.count" if found else "gateroom.import.clean"
        self.count.setText(
            self._texts(id, errors=words["error"], warnings=words["warning"], infos=words["info"])
        )

    def _row(self, found: Found) -> Row:
        picture, role = SEVERITIES[found.severity]
        word = self._texts(f"gateroom.severity.{found.severity}")
        return Row((word, self._texts.finding(found.id, found.details)), picture, role)

    def take(self) -> None:
        """Go on with the chosen gateway."""
        row = self.gateways.currentRow()
        if 0 <= row < len(self._imported.gateways):
            self.gateway = self._imported.gateways[row]
            self.accept()

    def done(self, result: int) -> None:
        self._imported = Imported((), ())  # its passwords end with the dialog
        self.connections.undo()
        super().done(result)
