"""The room of trunks: the list, what is known of the selected one, and its few buttons."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QModelIndex, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QGridLayout,
    QLabel,
    QListView,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from tccc_desk.engine.commands import RegisterTrunk, UnregisterTrunk
from tccc_desk.engine.status import Registration
from tccc_desk.interchange.found import Refused
from tccc_desk.ui.configuration_source import holds_something, read_mime
from tccc_desk.ui.inert import inert, plain_label
from tccc_desk.ui.panel import Panel, Submit, named
from tccc_desk.ui.state import DeskState
from tccc_desk.ui.texts import Texts
from tccc_desk.ui.theme import GRID
from tccc_desk.ui.trunk_rows import TrunkRows
from tccc_desk.ui.trunk_words import answer_words, expiry_words, seen_from_outside
from tccc_desk.ui.value_label import ValueLabel

_BUSY = (Registration.REGISTERING, Registration.VERIFYING)
_ON = (Registration.REGISTERED, Registration.RETRYING)


class TrunksPanel(Panel):
    """Emits wishes about the store; registering goes through `submit`."""

    add_wished = Signal()
    edit_wished = Signal(str)
    remove_wished = Signal(str)
    import_wished = Signal(object)
    """Of nothing yet, of a dropped `Source`, or of one that was `Refused`."""
    export_wished = Signal(str)

    def __init__(self, state: DeskState, texts: Texts, submit: Submit, parent: QWidget | None = None) -> None:
        super().__init__("trunks", parent)
        self.setAcceptDrops(True)
        self._state = state
        self._texts = texts
        self._submit = submit
        self.rows = TrunkRows(state, texts)
        column = QVBoxLayout(self)
        column.setContentsMargins(GRID, GRID, GRID, GRID)
        column.setSpacing(GRID)
        self.list = QListView()
        named(self.list, "trunks.list", texts("window.trunks.title"))
        self.list.setModel(self.rows)
        self.list.setIconSize(QSize(20, 20))
        self.list.setUniformItemSizes(True)
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.list.setMinimumHeight(72)
        column.addWidget(self.list, 2)
        column.addWidget(self._details(), 3)
        column.addLayout(self._buttons())
        self.listen(self.list.selectionModel().currentChanged, self._picked)
        self.listen(self.rows.modelReset, self._show_selection)
        self.listen(state.selected, self._show_selection)
        self.listen(state.trunk_changed, self._refresh)
        self.listen(state.trunks_changed, self._refresh)
        self.listen(state.engine_changed, self._refresh)
        self._second = QTimer(self)
        self._second.setInterval(1000)
        self.listen(self._second.timeout, self.rows.tick)
        self._second.start()
        self._show_selection()

    def retire(self) -> None:
        self._second.stop()
        self.rows.connections.undo()
        super().retire()

    def _details(self) -> QScrollArea:
        area = QScrollArea()
        area.setObjectName("trunks.details")
        area.setWidgetResizable(True)
        area.setFrameShape(QScrollArea.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        inner = QWidget()
        box = QVBoxLayout(inner)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(GRID // 2)
        self._lines: dict[str, QLabel] = {
            name: plain_label(f"trunks.{name}") for name in ("answer", "finding", "expiry")
        }
        for name in ("account", "server", "address", "others"):
            self._lines[name] = ValueLabel(f"trunks.{name}")
        self._lines["note"] = plain_label("trunks.note")
        for label in self._lines.values():
            box.addWidget(label)
        box.addStretch(1)
        area.setWidget(inner)
        return area

    def _buttons(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setSpacing(GRID // 2)
        self._register = self._button("register", self._toggle)
        self._add = self._button("add", self.add_wished.emit)
        self._edit = self._button("edit", lambda: self.edit_wished.emit(self._state.current))
        self._remove = self._button("remove", lambda: self.remove_wished.emit(self._state.current))
        words = self._texts
        self._import = self._made(
            "import", self.bring_in, words("gateroom.import.button"), words("gateroom.import.button-tip")
        )
        self._export = self._made(
            "export", self.hand_out, words("gateroom.export.button"), words("gateroom.export.button-tip")
        )
        grid.addWidget(self._register, 0, 0, 1, 6)
        for column, button in enumerate((self._add, self._edit, self._remove)):
            grid.addWidget(button, 1, 2 * column, 1, 2)
        grid.addWidget(self._import, 2, 0, 1, 3)
        grid.addWidget(self._export, 2, 3, 1, 3)
        return grid

    def bring_in(self) -> None:
        """Ask for a configuration of another system."""
        self.import_wished.emit(None)

    def hand_out(self) -> None:
        """Write the selected trunk for another system."""
        if self._state.current:
            self.export_wished.emit(self._state.current)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: N802
        if holds_something(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: N802
        event.acceptProposedAction()
        try:
            self.import_wished.emit(read_mime(event.mimeData()))
        except Refused as refused:
            self.import_wished.emit(refused)

    def _button(self, name: str, slot: Callable[[], object]) -> QPushButton:
        words = self._texts
        return self._made(name, slot, words(f"window.trunks.{name}"), words(f"window.trunks.{name}-tip"))

    def _made(self, name: str, slot: Callable[[], object], words: str, tip: str) -> QPushButton:
        button = QPushButton(words)
        button.setAutoDefault(False)
        named(button, f"trunks.{name}", words, tip)
        self.listen(button.clicked, lambda _=False: slot())
        return button

    def focus_room(self) -> None:
        """Take the keyboard."""
        self.list.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def register_again(self) -> None:
        """Register or refresh the selected trunk now (Ctrl+R)."""
        if self._state.current and self._state.status.running:
            self._submit(RegisterTrunk(trunk=self._state.current))

    def _toggle(self) -> None:
        name = self._state.current
        state = self._state.status.trunk(name).registration
        on = state in _ON or state in _BUSY
        self._submit(UnregisterTrunk(trunk=name) if on else RegisterTrunk(trunk=name))

    def _picked(self, current: QModelIndex) -> None:
        if current.isValid() and current.row() < len(self._state.trunks):
            self._state.select(self._state.trunks[current.row()].name)
        self._refresh()

    def _show_selection(self, _: str = "") -> None:
        row = self.rows.row_of(self._state.current)
        if row >= 0 and self.list.currentIndex().row() != row:
            self.list.setCurrentIndex(self.rows.index(row))
        self._refresh()

    def _refresh(self, _: str = "") -> None:
        texts, trunk = self._texts, self._state.trunk()
        self._edit.setEnabled(trunk is not None)
        self._remove.setEnabled(trunk is not None)
        self._export.setEnabled(trunk is not None)
        running = self._state.status.running
        self._register.setEnabled(trunk is not None and running)
        shown = dict.fromkeys(self._lines, "")
        state = Registration.OFF
        if trunk is None:
            shown["note"] = texts("window.trunks.empty")
        else:
            status = self._state.trunk_status()
            state = status.registration
            id, values = self._state.noted(trunk.name)
            shown["note"] = texts(id, **values) if id else ""
            if status.answer is not None:
                shown["answer"] = answer_words(texts, status.answer)
                shown["finding"] = texts.finding(status.answer.finding, status.answer.details)
            shown["expiry"] = expiry_words(texts, status)
            shown["account"] = texts("window.trunks.account", account=f"{trunk.username}@{trunk.domain}")
            shown["server"] = _server_words(texts, trunk.server, trunk.port, trunk.transport)
            shown["address"] = seen_from_outside(texts, status)
            if status.other_contacts:
                shown["others"] = texts(
                    "window.trunks.others",
                    contacts=", ".join(inert(one, 80) for one in status.other_contacts),
                )
        on = state in _ON or state in _BUSY
        key = "unregister" if on else "register"
        self._register.setText(texts(f"window.trunks.{key}"))
        tip = texts(f"window.trunks.{key}-tip") if running else texts("window.call.why.engine")
        named(self._register, "trunks.register", texts(f"window.trunks.{key}"), tip)
        for name, label in self._lines.items():
            if label.text() != shown[name]:
                label.setText(shown[name])
            label.setVisible(bool(shown[name]))


def _server_words(texts: Texts, host: str, port: int | None, transport: str) -> str:
    address = f"{host}:{port}" if port else host
    return texts("window.trunks.server", address=address, transport=transport.upper())
