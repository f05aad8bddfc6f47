"""Two messages to compare: one marked before, or the previous of the chosen one's kind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from tccc_desk.trace.book import LogBook
from tccc_desk.trace.entry import TraceEntry
from tccc_desk.trace.query import Position, Query, StoredEntry
from tccc_desk.ui import log_words
from tccc_desk.ui.compare_dialog import CompareDialog
from tccc_desk.ui.inert import inert
from tccc_desk.ui.log_reader import Answer
from tccc_desk.ui.message_text import message_text
from tccc_desk.ui.panel import Connections

if TYPE_CHECKING:
    from tccc_desk.ui.log_panel import LogPanel

LOOKED_AT = 400
"""Messages looked through for the previous of a kind."""


class Comparing(QObject):
    """What is marked stays marked through searches, and through the opening of a capture."""

    def __init__(self, log: LogPanel) -> None:
        super().__init__(log)
        self._log = log
        self._marked: TraceEntry | None = None
        self._ticket = 0
        self._entry: TraceEntry | None = None
        self.dialog: CompareDialog | None = None
        self.connections = Connections()
        self.connections.listen(log.message.compare_wished, self.compare)
        self.connections.listen(log.table.marked, self.mark)

    @property
    def marked(self) -> TraceEntry | None:
        """The message that another will be compared with."""
        return self._marked

    def retire(self) -> None:
        """Hear nothing more."""
        self.connections.undo()
        if self.dialog is not None:
            self.dialog.reject()

    def mark(self) -> None:
        """Mark the message shown; the one that is marked already is no longer."""
        entry = self._log.message.entry
        if entry is None or not entry.raw:
            self._log.say("logroom.compare.no-message")
            return
        if entry == self._marked:
            self._marked = None
            self._log.say("logroom.compare.unmarked")
        else:
            self._marked = entry
            self._log.say("logroom.compare.marked", message=self._name(entry))

    def compare(self) -> None:
        """Compare with the marked message, or with the previous of its kind."""
        entry = self._log.message.entry
        if entry is not None and self._marked is not None and entry != self._marked:
            self._show(self._marked, entry)
        else:
            self.compare_previous()

    def compare_previous(self) -> None:
        """Look for the previous message of the same kind and way, and compare with it."""
        entry, place = self._log.message.entry, self._place()
        if entry is None or place is None or not entry.raw:
            self._log.say("logroom.compare.no-message")
            return
        reader = self._log.reader
        self._entry = entry
        connection = Connections()
        # Listening comes first: the answer may be there before `ask` returns.
        connection.listen(reader.answered, self._answered)
        self._waiting = connection
        self._ticket = reader.ask("compare", lambda book: previous(book, entry, place))

    def _place(self) -> Position | None:
        """Find where the message shown stands: in the table, or in the ladder."""
        entry = self._log.message.entry
        rows = (*self._log.talking.talk.rows, *self._log.model.stored())
        return next((one.position for one in rows if one.entry is entry or one.entry == entry), None)

    def _answered(self, answer: Answer) -> None:
        if answer.ticket != self._ticket:
            return
        self._waiting.undo()
        found: StoredEntry | None = answer.value
        if found is None or self._entry is None:
            self._log.say("logroom.compare.none")
        else:
            self._show(found.entry, self._entry)

    def _show(self, left: TraceEntry, right: TraceEntry) -> None:
        if self.dialog is not None:
            self.dialog.reject()
        lines = [
            [line.text for line in message_text(self._log.masking.mask_raw(one.raw)).lines]
            for one in (left, right)
        ]
        names = (self._name(left), self._name(right))
        self.dialog = CompareDialog(self._log.texts, names, lines[0], lines[1], self._log)
        self.dialog.finished.connect(self._closed)
        self.dialog.show()

    def _closed(self) -> None:
        dialog, self.dialog = self.dialog, None
        if dialog is not None:
            dialog.deleteLater()

    def _name(self, entry: TraceEntry) -> str:
        parts = (
            f"{log_words.day_clock(entry.at)}.{int(entry.at * 1000) % 1000:03d}",
            log_words.what(self._log.texts, entry),
            inert(entry.call_id, 40),
        )
        return self._log.masking.mask("  ".join(part for part in parts if part))


def previous(book: LogBook, entry: TraceEntry, place: Position) -> StoredEntry | None:
    """Find the message before `place` that is of the same kind: in its own call first, then in any."""
    scopes = (
        Query(call_id=entry.call_id, methods=(entry.method,), direction=entry.direction),
        Query(methods=(entry.method,), direction=entry.direction, trunk=entry.trunk),
    )
    for query in scopes:
        rows = book.page(query, before=place, limit=LOOKED_AT)
        for one in reversed(rows):
            if bool(one.entry.status) == bool(entry.status) and not one.entry.retransmission:
                return one
    return None
