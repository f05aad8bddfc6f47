"""The whole log as one timeline: merges the segments of a folder, written by whoever, whenever.

Read-only, for one thread. Nothing is read ahead: a page costs what a page costs, however long the log.
"""

from __future__ import annotations

import heapq
import itertools
import sqlite3
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

from tccc_desk.trace import files
from tccc_desk.trace.call_list import CallList
from tccc_desk.trace.query import CallRow, Position, Query, StoredEntry
from tccc_desk.trace.schema import from_row
from tccc_desk.trace.shelf import Found, Shelf, Span
from tccc_desk.trace.unstored import MemoryShelf, Unstored

BUDGET_S = 0.2
"""A page that must be looked for ends by then, wherever it got; see `LogBook.reached`."""
MAX_OPEN = 48
"""Segments held open at once; more are opened when they are read."""
T = TypeVar("T")


class LogBook:
    """A reader over a folder of segments, its own or an imported capture's.

    Call `refresh` to see what came since. What it gave stays valid: positions compare across
    refreshes, and one whose segment is gone still says a place in time.
    """

    def __init__(self, folder: Path, budget_s: float = BUDGET_S, *, unstored: Unstored | None = None) -> None:
        """Read `folder`, and with it what could not be stored there."""
        self._folder = folder
        self._unstored = unstored or Unstored()
        self._budget_s = budget_s
        self._shelves: dict[str, Shelf] = {}
        self.broken: dict[str, str] = {}
        """Segments that cannot be read, and why: set aside, the others go on."""
        self.reached: Position | None = None
        """Where the last `page` stopped looking because its time was over; go on from there with
        `before` (or `after`). None: it is full, or there is no more."""
        self.refresh()

    def close(self) -> None:
        """Let go of every file."""
        for shelf in self._shelves.values():
            shelf.close()

    def refresh(self) -> bool:
        """See what came and what went; True if anything did."""
        chunks = {chunk.name: chunk for chunk in self._unstored.chunks()}
        names = [*files.names(self._folder), *chunks]
        gone = self._shelves.keys() - set(names)
        for name in gone:
            self._shelves.pop(name).close()
        changed = bool(gone)
        for name in names:
            if name in self.broken:
                continue
            shelf = self._shelves.get(name)
            if shelf is None:
                chunk = chunks.get(name)
                shelf = MemoryShelf(chunk) if chunk is not None else Shelf(self._folder, name)
                self._shelves[name] = shelf
            try:
                changed |= shelf.look()
            except (sqlite3.Error, OSError, ValueError, TypeError) as error:
                self._set_aside(shelf, error)
                changed = True
        self._close_some()
        return changed

    def total(self) -> int:
        """Entries in all, machine steps included."""
        return sum(shelf.count for shelf in self._shelves.values())

    def row_count(self, query: Query) -> int | None:
        """How many entries pass; None where only looking would tell (any filter but times and steps)."""
        if not query.plain:
            return None

        def count() -> int:
            total = 0
            for shelf in self._filled():
                span = self._span(shelf, query, None, None, newest_first=False)
                total += self._rows_before(shelf, query, span.high + 1)
                total -= self._rows_before(shelf, query, span.low)
            return total

        return self._safely(count)

    def page(
        self, query: Query, *, before: Position | None = None, after: Position | None = None, limit: int = 200
    ) -> list[StoredEntry]:
        """Give up to `limit` entries that pass, oldest first.

        Neither bound: the newest. `before`: the newest before it. `after`: the oldest after it. Looking
        for text ends after the budget with what was found so far, then `reached` says where.
        """
        return self._safely(lambda: self._page(query, before, after, limit))

    def page_at(self, row: int, query: Query | None = None, *, limit: int = 200) -> list[StoredEntry]:
        """Give the entries from row number `row` on (from 0, oldest first) of a listing that can be counted.

        Exact, in a few milliseconds anywhere in a million rows. ValueError for a query that
        `row_count` has no number for.
        """
        asked = query or Query()
        if not asked.plain:
            raise ValueError("rows of a filtered listing have no numbers")
        return self._safely(lambda: self._page_at(max(0, row), asked, limit))

    def row_of(self, position: Position, query: Query | None = None) -> int:
        """The row number of `position` in a listing that can be counted: how many rows come before it."""
        asked = query or Query()

        def count() -> int:
            return sum(
                self._rows_before(shelf, asked, shelf.bound(position, after=False))
                - self._rows_before(
                    shelf, asked, self._span(shelf, asked, None, None, newest_first=False).low
                )
                for shelf in self._filled()
            )

        return self._safely(count)

    def calls(
        self,
        *,
        since: float | None = None,
        trunk: str = "",
        text: str = "",
        only_problems: bool = False,
        before: CallRow | None = None,
        limit: int = 200,
    ) -> list[CallRow]:
        """Give calls, registrations and the like, the newest `limit` (before `before`), newest last.

        `text` is looked for in the numbers, the trunk, the Call-ID, the reason, and in the newest messages.
        """

        def listed() -> list[CallRow]:
            hits: tuple[str, ...] = ()
            if text:
                found = self._page(Query(text=text, trunk=trunk), None, None, 500)
                hits = tuple({one.entry.call_id for one in found} - {""})
            wish = CallList(since, trunk, text, hits, only_problems)
            return wish.read(self._filled(), before, limit)

        return self._safely(listed)

    def entries(self, call_id: str, *, limit: int = 5000) -> list[StoredEntry]:
        """Give everything under one Call-ID, machine steps too, oldest first."""
        asked = Query(call_id=call_id, machine_steps=True)
        start = Position(float("-inf"), "", 0)
        return self._safely(lambda: self._page(asked, None, start, limit)) if call_id else []

    def index_progress(self) -> float:
        """How much of the log the index serves, 0 to 1; the rest is found by looking through it."""
        kept = [shelf for shelf in self._shelves.values() if shelf.kept]
        total = sum(shelf.count for shelf in kept)
        return sum(shelf.indexed for shelf in kept) / total if total else 1.0

    def unstored(self) -> int:
        """Entries that are in memory only."""
        return sum(shelf.count for shelf in self._shelves.values() if not shelf.kept)

    def unreadable(self) -> tuple[str, ...]:
        """Names of the segments that cannot be read, those that the upkeep renamed among them."""
        return tuple(sorted({*self.broken, *files.names(self._folder, files.BROKEN)}))

    def _page(
        self, query: Query, before: Position | None, after: Position | None, limit: int
    ) -> list[StoredEntry]:
        self.reached = None
        newest_first = after is None
        page: list[StoredEntry] = []
        clusters = self._clusters()
        for cluster in reversed(clusters) if newest_first else clusters:
            for found in self._merged(cluster, query, before, after, limit):
                if found.row is None:
                    self.reached = found.key
                    break
                page.append(StoredEntry(found.key, from_row(found.row)))
                if len(page) == limit:
                    break
            if self.reached is not None or len(page) == limit:
                break
        return page[::-1] if newest_first else page

    def _merged(
        self, cluster: list[Shelf], query: Query, before: Position | None, after: Position | None, limit: int
    ) -> Iterator[Found]:
        newest_first = after is None
        streams = []
        for shelf in cluster:
            span = self._span(shelf, query, before, after, newest_first=newest_first)
            if span.low <= span.high:
                streams.append(shelf.found(query, span, limit))
        return heapq.merge(*streams, key=lambda found: found.key, reverse=newest_first)

    def _page_at(self, row: int, query: Query, limit: int) -> list[StoredEntry]:
        for cluster in self._clusters():
            spans = [self._span(shelf, query, None, None, newest_first=False) for shelf in cluster]
            skipped = [
                self._rows_before(one, query, span.low) for one, span in zip(cluster, spans, strict=True)
            ]
            count = sum(
                self._rows_before(shelf, query, span.high + 1) - less
                for shelf, span, less in zip(cluster, spans, skipped, strict=True)
            )
            if row >= count:
                row -= count
                continue
            place = self._place(cluster, query, row + sum(skipped))
            return self._page(query, None, place._replace(number=place.number - 1), limit)
        self.reached = None
        return []

    def _place(self, cluster: list[Shelf], query: Query, row: int) -> Position:
        """Where a cluster's row stands: by halves over the marks, then along the rest."""
        marks = list(heapq.merge(*(shelf.marks() for shelf in cluster)))

        def before(mark: Position) -> int:
            return sum(self._rows_before(shelf, query, shelf.bound(mark, after=False)) for shelf in cluster)

        low, high = 0, len(marks) - 1
        while low < high:
            middle = (low + high + 1) // 2
            low, high = (middle, high) if before(marks[middle]) <= row else (low, middle - 1)
        rest = row - before(marks[low])
        places = heapq.merge(
            *(
                shelf.places(shelf.bound(marks[low], after=False), steps=query.machine_steps)
                for shelf in cluster
            )
        )
        return next(itertools.islice(places, rest, None))

    @staticmethod
    def _rows_before(shelf: Shelf, query: Query, number: int) -> int:
        return number - 1 if query.machine_steps else shelf.rank_before(number)

    def _span(
        self,
        shelf: Shelf,
        query: Query,
        before: Position | None,
        after: Position | None,
        *,
        newest_first: bool,
    ) -> Span:
        low, high = 1, shelf.count
        if query.since is not None and query.since > shelf.first_at:
            low = shelf.number_from(query.since, beyond=False)
        if query.until is not None and query.until <= shelf.last_at:
            high = shelf.number_from(query.until, beyond=False) - 1
        if before is not None and before.at <= shelf.last_at:
            high = min(high, shelf.bound(before, after=False) - 1)
        if after is not None and after.at >= shelf.first_at:
            low = max(low, shelf.bound(after, after=True))
        return Span(low, high, newest_first, time.monotonic() + self._budget_s)

    def _filled(self) -> list[Shelf]:
        return [shelf for shelf in self._shelves.values() if shelf.count]

    def _clusters(self) -> list[list[Shelf]]:
        """The segments in order of time, those that overlap together."""
        clusters: list[list[Shelf]] = []
        end = float("-inf")
        for shelf in sorted(self._filled(), key=lambda one: (one.first_at, one.last_at)):
            if clusters and shelf.first_at <= end:
                clusters[-1].append(shelf)
            else:
                clusters.append([shelf])
            end = max(end, shelf.last_at)
        return clusters

    def _safely(self, read: Callable[[], T]) -> T:
        """Read; where a segment turns out unreadable, set it aside and read again without it."""
        while True:
            try:
                result = read()
            except (sqlite3.Error, OSError, ValueError, TypeError) as error:
                if not self._blame(error):
                    raise
            else:
                self._close_some()
                return result

    def _blame(self, error: Exception) -> bool:
        """Find the segment that cannot be read."""
        for shelf in list(self._shelves.values()):
            try:
                if shelf.check():
                    return True
            except (sqlite3.Error, OSError, ValueError, TypeError):
                self._set_aside(shelf, error)
                return True
        return False

    def _set_aside(self, shelf: Shelf, error: Exception) -> None:
        self._shelves.pop(shelf.name, None)
        shelf.close()
        if files.segment_path(self._folder, shelf.name).exists():  # else retention was faster
            self.broken[shelf.name] = str(error) or type(error).__name__

    def _close_some(self) -> None:
        open_ones = [shelf for shelf in self._shelves.values() if shelf.is_open]
        for shelf in open_ones[: max(0, len(open_ones) - MAX_OPEN)]:
            shelf.close()
