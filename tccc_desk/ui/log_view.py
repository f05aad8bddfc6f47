"""The two tables of the log, made: lines of the timeline, and calls."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent

from tccc_desk.ui import log_calls, log_model
from tccc_desk.ui.log_calls import CallsModel
from tccc_desk.ui.log_columns import Columns, Memory
from tccc_desk.ui.log_model import LogModel
from tccc_desk.ui.log_scroll import StretchTable, StretchView, WholeBar
from tccc_desk.ui.panel import Connections
from tccc_desk.ui.texts import Texts

LINE_WIDTHS = {
    "time": "00:00:00.000  ",
    "way": "MM received",
    "what": "407 Proxy Authentic",
    "trunk": "gateway01234",
    "remote": "203.0.113.113:35090",
    "transport": "MTCPM",
    "call-id": "0123456789abcdef0123",
    "size": "M10,000",
}
CALL_WIDTHS = {
    "start": "07-24 00:00:00.000",
    "kind": "Registration",
    "caller": "075512345678",
    "lasted": "0:00:00 M",
    "messages": "Messages",
    "line": "075512345678",
    "trunk": "gateway01234",
    "call-id": "0123456789abcdef0123",
}


class LogTable(StretchTable):
    """A table with the keys of viewers admins know: Enter opens, Space marks, Home and End go all the way."""

    opened = Signal()
    marked = Signal()
    left = Signal()
    """Backspace: back to the list one came from."""
    start_wished = Signal()
    end_wished = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        plain = event.modifiers() in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier)
        signals = {
            Qt.Key.Key_Return: self.opened,
            Qt.Key.Key_Enter: self.opened,
            Qt.Key.Key_Space: self.marked,
            Qt.Key.Key_Backspace: self.left,
            Qt.Key.Key_Home: self.start_wished,
            Qt.Key.Key_End: self.end_wished,
        }
        signal = signals.get(Qt.Key(event.key())) if plain else None
        if signal is not None:
            signal.emit()
        else:
            super().keyPressEvent(event)


@dataclass(frozen=True, slots=True)
class Layout:
    """What one of the two tables is called, and which columns it has."""

    object_name: str
    title: str
    """Text id."""
    place_name: str
    """Object name of its bar."""
    key: str
    """Under which its columns are remembered."""
    headings: tuple[str, ...]
    widths: Mapping[str, str]
    at_first: frozenset[str]
    stretched: str


LINES = Layout(
    object_name="log.table",
    title="window.log.title",
    place_name="log.place",
    key="lines",
    headings=log_model.HEADINGS,
    widths=LINE_WIDTHS,
    at_first=log_model.SHOWN_AT_FIRST,
    stretched="summary",
)
CALLS = Layout(
    object_name="log.calls",
    title="logroom.calls.name",
    place_name="log.calls-place",
    key="calls",
    headings=log_calls.HEADINGS,
    widths=CALL_WIDTHS,
    at_first=log_calls.SHOWN_AT_FIRST,
    stretched="ended",
)


class TableView(QObject):
    """One table, its bar and its columns."""

    def __init__(
        self,
        layout: Layout,
        model: LogModel | CallsModel,
        texts: Texts,
        memory: Memory,
        connections: Connections,
    ) -> None:
        super().__init__()
        self.table = LogTable(layout.object_name, texts(layout.title))
        self.table.setModel(model)
        self.bar = WholeBar(layout.place_name, texts("logroom.place"), self.table)
        self.view = StretchView(self.table, self.bar)
        self.columns = Columns(
            self.table,
            texts,
            memory,
            key=layout.key,
            names=layout.headings,
            widths=layout.widths,
            at_first=layout.at_first,
            stretched=layout.stretched,
            connections=connections,
        )
        connections.listen(self.table.doubleClicked, lambda _: self.table.opened.emit())
        self.table.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        """A table with no line chosen would go to its oldest one as the keyboard comes: go to the newest."""
        if event.type() == QEvent.Type.FocusIn:
            choose_last_if_none(self.table)
        return super().eventFilter(watched, event)


def choose_last_if_none(table: StretchTable) -> None:
    """Choose the newest row where none is chosen."""
    last = table.model().rowCount() - 1
    if last >= 0 and not table.currentIndex().isValid():
        table.selectRow(last)
