"""Keeps the list of calls current, and reads older ones as the admin scrolls up."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal

from tccc_desk.trace.book import LogBook
from tccc_desk.trace.query import CallRow, Query
from tccc_desk.ui.log_calls import CallsModel
from tccc_desk.ui.log_reader import Answer, Lane, LogReader
from tccc_desk.ui.log_scroll import NEAR, StretchTable, WholeBar
from tccc_desk.ui.panel import Connections

PAGE = 200
HELD = 20_000
"""Calls listed at most. Who looks for an older one types what it is about."""


@dataclass(frozen=True, slots=True)
class CallsPage:
    """Calls, oldest first; `older` tells that they come before those that are held."""

    rows: list[CallRow]
    older: bool
    from_start: bool


class Grouped(QObject):
    """Between one reader, one model and one table of calls."""

    arrived = Signal()

    def __init__(self, reader: LogReader, model: CallsModel, table: StretchTable, bar: WholeBar) -> None:
        super().__init__()
        self.reader = reader
        self.model = model
        self.table = table
        self.bar = bar
        self.query = Query()
        self.following = True
        self._tickets: set[int] = set()
        self._fresh = True
        self.connections = Connections()
        listen = self.connections.listen
        listen(reader.answered, self._answered)
        listen(model.shifted, table.keep_place)
        listen(table.scrolled, self._scrolled)
        listen(table.moved, self._moved)

    def close(self) -> None:
        """Ask nothing more."""
        self.connections.undo()

    def search(self, query: Query) -> None:
        """Show the newest calls that pass. Of a query, what is said of calls counts."""
        self.query = query
        self._fresh = True
        self._ask(None)

    def refresh(self) -> None:
        """Look for what is new."""
        if not self.reader.busy("calls"):
            self._ask(None)

    def to_end(self) -> None:
        """Go to the newest call."""
        self.following = True
        self.table.selectRow(self.model.rowCount() - 1)
        self.table.scrollToBottom()

    def to_start(self) -> None:
        """Go to the oldest call held; older ones come by themselves."""
        self.following = False
        self.table.selectRow(0)
        self.table.scrollToTop()

    def _ask(self, before: CallRow | None) -> None:
        query = self.query
        lane: Lane = "calls"

        def question(book: LogBook) -> CallsPage:
            rows = book.calls(
                trunk=query.trunk,
                text=query.text,
                only_problems=query.only_problems,
                before=before,
                limit=PAGE,
            )
            return CallsPage(rows, before is not None, len(rows) < PAGE)

        self._tickets = {self.reader.ask(lane, question)}

    def _answered(self, answer: Answer) -> None:
        if answer.ticket not in self._tickets or not isinstance(answer.value, CallsPage):
            return
        page = answer.value
        if page.older:
            self.model.add_older(page.rows, from_start=page.from_start)
        elif self._fresh or not self.model.merge_newest(page.rows):
            self._fresh = False
            chosen = self.model.call(self.table.currentIndex().row())
            self.model.show(page.rows, from_start=page.from_start)
            row = self.model.row_of(chosen.call_id) if chosen is not None else -1
            if row >= 0:
                self.table.selectRow(row)
            self.table.scrollToBottom()
        if self.following and not page.older:
            self.table.scrollToBottom()
        self._stand()
        self.arrived.emit()

    def _scrolled(self) -> None:
        first = self.model.call(0)
        wanted = not self.model.from_start and self.model.rowCount() < HELD
        if wanted and first is not None and self.table.first_shown() < NEAR and not self.reader.busy("calls"):
            self._ask(first)
        self._stand()

    def _moved(self) -> None:
        bar = self.table.verticalScrollBar()
        self.following = bar.value() >= bar.maximum()

    def _stand(self) -> None:
        self.table.updateGeometries()
        self.bar.mirror()
