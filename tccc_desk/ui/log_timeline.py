"""Keeps the stretch of the log that the table holds where the admin looks, and follows the end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from tccc_desk.trace.book import LogBook
from tccc_desk.trace.query import Position, Query
from tccc_desk.ui import log_pages
from tccc_desk.ui.log_model import LogModel
from tccc_desk.ui.log_pages import Stretch
from tccc_desk.ui.log_reader import Answer, LogReader
from tccc_desk.ui.log_scroll import NEAR, StretchTable, WholeBar
from tccc_desk.ui.panel import Connections

POLL_MS = 150
LATE_S = 1.0
"""Another engine's lines may reach its file so much later than ours."""


@dataclass(frozen=True, slots=True)
class BookState:
    """What the book is like now."""

    grew: bool
    total: int
    indexed: float
    last: Position | None
    """Where its newest entry stands."""
    unstored: int = 0
    """Entries that are in memory only."""
    unreadable: tuple[str, ...] = ()
    """Parts that are broken."""


class Timeline(QObject):
    """Between one reader, one model and one table."""

    arrived = Signal()
    """The stretch shown is another."""
    followed = Signal(bool)
    state_known = Signal(object)
    """A BookState."""
    failed = Signal(str)
    """The log could not be read, in the disk's own words; empty when it can be again."""

    def __init__(self, reader: LogReader, model: LogModel, table: StretchTable, bar: WholeBar) -> None:
        super().__init__()
        self.reader = reader
        self.model = model
        self.table = table
        self.bar = bar
        self.query = Query()
        self.following = True
        self._opened = False
        self._wanted: Position | float | None = None
        """What to choose when the page that holds it has come."""
        self._scanned = log_pages.START
        """Everything up to here was searched already."""
        self._until = log_pages.START
        self._last: Position | None = None
        self._asked: dict[str, tuple[int, str]] = {}
        """Of each lane, the question that counts: an older answer may be on its way still."""
        self._fault = ""
        self._turning = False
        self.connections = Connections()
        listen = self.connections.listen
        listen(reader.answered, self._answered)
        listen(model.shifted, table.keep_place)
        listen(table.scrolled, self._scrolled)
        listen(table.moved, self._moved)
        listen(bar.wished, self.jump)
        self._poll = QTimer(self)
        self._poll.setInterval(POLL_MS)
        listen(self._poll.timeout, self.poll)
        self._poll.start()
        self.poll()

    def close(self) -> None:
        """Ask nothing more."""
        self._poll.stop()
        self.connections.undo()

    def search(self, query: Query, *, keep: Position | float | None = None) -> None:
        """Show what passes `query`: around `keep` where that is given, else its newest."""
        self.query = query
        self._opened = False
        self._wanted = keep
        if keep is None:
            self._ask("page", "newest", lambda book: log_pages.newest(book, query))
        else:
            place = keep if isinstance(keep, Position) else Position(keep, "", 0)
            self._ask("page", "around", lambda book: log_pages.around(book, query, place))

    def go_to(self, at: float) -> None:
        """Show the line of a moment, and choose it."""
        self.follow(False)
        self.search(self.query, keep=at)

    def jump(self, share: float) -> None:
        """Show what lies at a share of the whole log."""
        query = self.query
        if share >= 1.0:
            self._ask("page", "newest", lambda book: log_pages.newest(book, query))
        elif share <= 0.0:
            self._ask("page", "oldest", lambda book: log_pages.oldest(book, query))
        else:
            self.follow(False)
            self._ask("page", "jump", lambda book: log_pages.at_share(book, query, share))

    def to_start(self) -> None:
        """Go to the oldest line."""
        self.follow(False)
        if self.model.low is None:
            self.table.scrollToTop()
            self.table.selectRow(0)
        else:
            self._wanted = float("-inf")
            self.jump(0.0)

    def to_end(self) -> None:
        """Go to the newest line and follow."""
        self.follow(True)
        if self.model.high is None:
            self.table.selectRow(self.model.rowCount() - 1)
            self.table.scrollToBottom()
        else:
            self._wanted = float("inf")
            self.jump(1.0)

    def follow(self, on: bool) -> None:
        """Keep the newest line in sight, or no longer."""
        if on == self.following:
            return
        self.following = on
        self.followed.emit(on)
        if on and self.model.high is None:
            self.table.scrollToBottom()
        elif on:
            self.jump(1.0)

    def poll(self) -> None:
        """Look whether the log has grown, unless the last look is still under way."""
        if not self.reader.busy("state"):
            self._ask("state", "state", self._look)

    def _look(self, book: LogBook) -> BookState:
        grew = book.refresh()
        newest = book.page(Query(machine_steps=True), limit=1)
        last = newest[-1].position if newest else None
        return BookState(grew, book.total(), book.index_progress(), last, book.unstored(), book.unreadable())

    def _ask(self, lane: Any, purpose: str, question: Any) -> None:  # noqa: ANN401
        self._asked[lane] = (self.reader.ask(lane, question), purpose)

    def _answered(self, answer: Answer) -> None:
        ticket, purpose = self._asked.get(answer.lane, (0, ""))
        if ticket != answer.ticket:
            return
        if answer.fault != self._fault:
            self._fault = answer.fault
            self.failed.emit(answer.fault)
        if answer.fault:
            return
        value = answer.value
        if isinstance(value, BookState):
            self._state(value)
        elif isinstance(value, Stretch):
            self._page(purpose, value)

    def _state(self, state: BookState) -> None:
        self._last = state.last
        self.state_known.emit(state)
        if not state.grew or not self._opened or self.reader.busy("page"):
            return
        model = self.model
        at_end = model.high is None and self.table.last_shown() >= model.rowCount() - 2
        if not (self.following or at_end):
            # Nothing that is seen changes: the new lines are read when the admin comes to them.
            model.high = model.high or model.position(model.rowCount() - 1) or self._scanned
        elif model.high is None and state.last is not None and not self.reader.busy("tail"):
            query, self._until = self.query, state.last
            since = self._scanned._replace(at=self._scanned.at - LATE_S, number=-1)
            self._ask("tail", "tail", lambda book: log_pages.tail(book, query, since))
        self._stand()

    def _page(self, purpose: str, stretch: Stretch) -> None:
        # Rows that come in above move the table twice; only where it stands in the end counts.
        self._turning = True
        if purpose == "older":
            self.model.add_older(stretch)
        elif purpose == "newer":
            self.model.add_newer(stretch)
            self._seen_to_end()
        elif purpose == "tail":
            self._tail(stretch)
        else:
            self._fresh(purpose, stretch)
        self._turning = False
        self._scrolled()
        self.arrived.emit()

    def _seen_to_end(self) -> None:
        if self.model.high is None and self._last is not None:
            self._scanned = self._last

    def _tail(self, stretch: Stretch) -> None:
        last = self.model.position(self.model.rowCount() - 1)
        rows = stretch.rows
        self._scanned = self._until
        if stretch.low is None or (last is not None and bool(rows) and rows[0].position <= last):
            self.model.merge(stretch)
        elif self.following:
            self.model.show(stretch)
        else:
            self.model.high = last
        if self.following:
            self.table.scrollToBottom()

    def _fresh(self, purpose: str, stretch: Stretch) -> None:
        """Show another stretch: at its end, its start, or the moment that was asked for."""
        model, table = self.model, self.table
        self._opened = True
        model.show(stretch)
        self._seen_to_end()
        wanted, self._wanted = self._wanted, None
        row = self._row(wanted) if wanted is not None else -1
        if purpose == "newest":
            table.scrollToBottom()
        elif purpose == "oldest":
            table.scrollToTop()
        else:
            middle = row if row >= 0 else min(log_pages.PAGE, model.rowCount() - 1)
            where = (
                table.ScrollHint.PositionAtCenter if purpose == "around" else table.ScrollHint.PositionAtTop
            )
            table.scrollTo(model.index(middle, 0), where)
        if row >= 0:
            table.selectRow(row)

    def _row(self, wanted: Position | float) -> int:
        if isinstance(wanted, Position):
            return self.model.row_of(wanted)
        if wanted == float("-inf"):
            return 0 if self.model.rowCount() else -1
        return self.model.row_at(wanted)

    def _scrolled(self) -> None:
        """Ask for more where the edge of the stretch comes near."""
        if self._turning:
            return
        model, table, query = self.model, self.table, self.query
        low, high = model.low, model.high
        if self._opened and not self.reader.busy("page"):
            if low is not None and table.first_shown() < NEAR:
                self._ask("page", "older", lambda book: log_pages.older(book, query, low))
            elif high is not None and table.last_shown() >= model.rowCount() - NEAR:
                self._ask("page", "newer", lambda book: log_pages.newer(book, query, high))
        self._stand()

    def _moved(self) -> None:
        bar = self.table.verticalScrollBar()
        self.follow(self.model.high is None and bar.value() >= bar.maximum())

    def _stand(self) -> None:
        """Let the bar say where in the log we are."""
        model, inner = self.model, self.table.verticalScrollBar()
        if model.low is None and model.high is None:
            self.bar.mirror()
        elif model.high is None and inner.value() >= inner.maximum():
            self.bar.stand(1.0)
        else:
            self.bar.stand(model.share(self.table.first_shown()))
