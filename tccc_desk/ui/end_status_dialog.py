"""End statuses of the provider's console: a number or a word finds what we take it to mean."""

from __future__ import annotations

from PySide6.QtWidgets import QApplication, QDialog, QDialogButtonBox, QLineEdit, QVBoxLayout, QWidget

from tccc_desk.trunk.end_status import END_STATUSES, find_status
from tccc_desk.ui.inert import plain_label
from tccc_desk.ui.panel import Connections, named
from tccc_desk.ui.plain_table import PlainTable, Row
from tccc_desk.ui.texts import Texts
from tccc_desk.ui.theme import GRID


class EndStatusDialog(QDialog):
    """An exact number or name comes alone; any other text is looked for in all columns."""

    def __init__(self, texts: Texts, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._texts = texts
        self.connections = Connections()
        self.setObjectName("end-status")
        self.setWindowTitle(texts("gateroom.end-status.title"))
        column = QVBoxLayout(self)
        column.setSpacing(GRID)
        column.addWidget(plain_label("end-status.about", texts("gateroom.end-status.about")))
        self.entered = QLineEdit()
        self.entered.setMaxLength(64)
        self.entered.setClearButtonEnabled(True)
        self.entered.setPlaceholderText(texts("gateroom.end-status.example"))
        named(self.entered, "end-status.entered", texts("gateroom.end-status.entered"))
        column.addWidget(self.entered)
        heads = [texts(f"gateroom.end-status.head-{name}") for name in ("code", "name", "meaning")]
        self.table = PlainTable("end-status.table", texts("gateroom.end-status.title"), heads, (2,))
        self.table.setColumnWidth(0, 70)
        self.table.setColumnWidth(1, 210)
        column.addWidget(self.table, 1)
        self.none = plain_label("end-status.none", texts("gateroom.end-status.none"))
        column.addWidget(self.none)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        copy = buttons.addButton(texts("gateroom.conformance.copy"), QDialogButtonBox.ButtonRole.ActionRole)
        copy.setAutoDefault(False)
        named(copy, "end-status.copy", copy.text())
        column.addWidget(buttons)
        self.connections.listen(buttons.rejected, self.reject)
        self.connections.listen(copy.clicked, self.copy)
        self.connections.listen(self.entered.textChanged, self._look)
        self.resize(620, 520)
        self._look("")

    def _look(self, entered: str) -> None:
        wanted = entered.strip().casefold()
        exact = find_status(entered) if wanted else ()
        rows = [(str(code), name, self._texts(f"end_status.{code}")) for code, name in END_STATUSES.items()]
        if exact:
            rows = [row for row in rows if int(row[0]) in exact]
        elif wanted:
            rows = [row for row in rows if any(wanted in cell.casefold() for cell in row)]
        self.table.fill(Row(row) for row in rows)
        self.none.setVisible(not rows)

    def copy(self) -> None:
        """Put what is shown on the clipboard, and whose reading it is."""
        QApplication.clipboard().setText(
            f"{self._texts('gateroom.end-status.about')}\n\n{self.table.as_text()}"
        )

    def done(self, result: int) -> None:
        self.connections.undo()
        super().done(result)
