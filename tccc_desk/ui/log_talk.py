"""What one call or registration exchanged around a moment, and its ladder: asked off the window's thread."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tccc_desk.trace.book import LogBook
from tccc_desk.trace.entry import TraceEntry
from tccc_desk.trace.ladder import Ladder, MediaFlow, ladder
from tccc_desk.trace.ladder_sound import media_flows
from tccc_desk.trace.problems import PROBLEM_FACTS
from tccc_desk.trace.query import Position, Query, StoredEntry

REACH = 400
"""Messages before and after the chosen one. A registration goes on for months under one Call-ID."""


@dataclass(frozen=True, slots=True)
class Talk:
    """Messages of one Call-ID, oldest first."""

    call_id: str
    rows: tuple[StoredEntry, ...]
    ladder: Ladder

    @property
    def entries(self) -> tuple[TraceEntry, ...]:
        """The messages without their places."""
        return tuple(one.entry for one in self.rows)

    def index(self, place: Position) -> int:
        """Give the index of a place, -1 where it is not among them."""
        return next((at for at, one in enumerate(self.rows) if one.position == place), -1)


def talk(
    book: LogBook, call_id: str, around: Position | None, media: Sequence[MediaFlow], *, capture: bool
) -> Talk:
    """Read what was exchanged under a Call-ID, nearest to `around`, and draw it."""
    query = Query(call_id=call_id)
    if around is None:
        rows = book.page(query, limit=2 * REACH)
    else:
        before = book.page(query, before=around._replace(number=around.number + 1), limit=REACH)
        rows = [*before, *book.page(query, after=around, limit=REACH)]
    entries = [one.entry for one in rows]
    drawn = ladder(entries, media or media_flows(entries), capture=capture, problems=PROBLEM_FACTS)
    return Talk(call_id, tuple(rows), drawn)
