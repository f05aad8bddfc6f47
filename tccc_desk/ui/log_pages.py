"""A stretch of the log as questions to its book: the newest, around a place, older, newer."""

from __future__ import annotations

from dataclasses import dataclass, replace

from tccc_desk.trace.book import LogBook
from tccc_desk.trace.query import Position, Query, StoredEntry

PAGE = 300
"""Rows asked for at a time; more than a tall screen shows."""
START = Position(float("-inf"), "", -1)
TAIL_ROUNDS = 5


@dataclass(frozen=True, slots=True)
class Stretch:
    """Rows in the log's order. `low` and `high` are where to go on from before and after them.

    None: the log has nothing more there. A search may end without rows before it is through: the
    next question goes on from there.
    """

    rows: list[StoredEntry]
    low: Position | None
    high: Position | None
    low_rank: int = 0
    """How many lines of the whole log come before the first row."""
    high_rank: int = 0
    size: int = 0
    """Lines of the whole log."""


def newest(book: LogBook, query: Query) -> Stretch:
    """Give the last page."""
    rows = book.page(query, limit=PAGE)
    return _ranked(book, query, Stretch(rows, _before(book, rows), None))


def oldest(book: LogBook, query: Query) -> Stretch:
    """Give the first page."""
    rows = book.page(query, after=START, limit=PAGE)
    return _ranked(book, query, Stretch(rows, None, _after(book, rows)))


def around(book: LogBook, query: Query, place: Position) -> Stretch:
    """Give a page before a place and one from it on."""
    before = book.page(query, before=place, limit=PAGE)
    low = _before(book, before)
    after = book.page(query, after=place._replace(number=place.number - 1), limit=PAGE)
    return _ranked(book, query, Stretch([*before, *after], low, _after(book, after)))


def at_share(book: LogBook, query: Query, share: float) -> Stretch:
    """Give what lies about a share (0 to 1) of the whole log."""
    base = Query(machine_steps=query.machine_steps)
    found = book.page_at(int(share * (book.row_count(base) or 0)), base, limit=1)
    return around(book, query, found[0].position) if found else newest(book, query)


def older(book: LogBook, query: Query, than: Position) -> Stretch:
    """Give the page before a place."""
    rows = book.page(query, before=than, limit=PAGE)
    return _ranked(book, query, Stretch(rows, _before(book, rows), None))


def newer(book: LogBook, query: Query, than: Position) -> Stretch:
    """Give the page after a place."""
    rows = book.page(query, after=than, limit=PAGE)
    return _ranked(book, query, Stretch(rows, None, _after(book, rows)))


def tail(book: LogBook, query: Query, since: Position) -> Stretch:
    """Give what came after a place up to the end; the newest page alone where that is more.

    `low` is None where nothing between the place and the first row is missing.
    """
    rows: list[StoredEntry] = []
    place = since
    for _ in range(TAIL_ROUNDS):
        rows += book.page(query, after=place, limit=PAGE)
        if book.reached is None or len(rows) >= PAGE:
            break
        place = book.reached
    if len(rows) < PAGE and book.reached is None:
        return _ranked(book, query, Stretch(rows, None, None))
    return newest(book, query)


def _before(book: LogBook, rows: list[StoredEntry]) -> Position | None:
    """Where to go on towards the start, after a page was read."""
    if book.reached is not None:
        return book.reached
    return rows[0].position if len(rows) >= PAGE else None


def _after(book: LogBook, rows: list[StoredEntry]) -> Position | None:
    if book.reached is not None:
        return book.reached
    return rows[-1].position if len(rows) >= PAGE else None


def _ranked(book: LogBook, query: Query, stretch: Stretch) -> Stretch:
    """Say where in the whole log the rows lie."""
    base = Query(machine_steps=query.machine_steps)
    size = book.row_count(base) or 0
    if not stretch.rows:
        low = book.row_of(stretch.low, base) if stretch.low else 0
        return replace(stretch, low_rank=low, high_rank=low, size=size)
    first, last = stretch.rows[0].position, stretch.rows[-1].position
    return replace(stretch, low_rank=book.row_of(first, base), high_rank=book.row_of(last, base), size=size)
