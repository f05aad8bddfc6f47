"""One segment as a reader sees it: where a time or a row number stands, and the rows that pass a query."""

# ruff: noqa: S608  what is put into these statements is this package's own, values are bound

from __future__ import annotations

import contextlib
import sqlite3
import time
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from tccc_desk.trace import files, matching
from tccc_desk.trace.query import Position, Query
from tccc_desk.trace.schema import SELECT, STEP, VERSION, WAYS, Row

MARK = 1024
"""Entries between two remembered places."""
SLICE, SCAN_SLICE = 20_000, 512
"""Entries looked at between two looks at the clock: by columns, and by their octets."""
CANDIDATES = 32
"""Blocks of the index fetched at once."""
CACHE = "PRAGMA query_only=1; PRAGMA cache_size=-512"


class Found(NamedTuple):
    """A row that passes, or with `row` None: how far was looked when the time was over."""

    key: Position
    row: Row | None


class Span(NamedTuple):
    """What of a segment to look through."""

    low: int
    high: int
    """Entry numbers, both ends included."""
    newest_first: bool
    until: float
    """Monotonic time at which looking ends, wherever it got."""


def connect(path: Path) -> sqlite3.Connection:
    """Open for reading. Where the folder cannot be written, a closed file can still be read."""
    uri = path.absolute().as_uri()
    connection = sqlite3.connect(f"{uri}?mode=ro", uri=True, isolation_level=None, timeout=2.0)
    try:
        connection.executescript(CACHE)
        connection.execute("SELECT 1 FROM sqlite_master").fetchone()
    except sqlite3.OperationalError:
        connection.close()
        connection = sqlite3.connect(f"{uri}?mode=ro&immutable=1", uri=True, isolation_level=None)
        connection.executescript(CACHE)
    except sqlite3.DatabaseError:
        connection.close()
        raise
    return connection


class Shelf:
    """Every method but `close` may raise sqlite3.Error, OSError or ValueError: it cannot be read then."""

    kept = True
    """False where it is only in memory."""

    def __init__(self, folder: Path, name: str) -> None:
        self.name = name
        self._path = files.segment_path(folder, name)
        self._index_path = files.index_path(folder, name)
        self._connection: sqlite3.Connection | None = None
        self._index: sqlite3.Connection | None = None
        self._index_broken = False
        self._seen: tuple[object, ...] = ()
        self._marks: list[float] = []
        self._ranks: list[int] = []
        self.count = 0
        """Entries, numbered from 1."""
        self.rows = 0
        """Of these, no machine steps."""
        self.indexed = 0
        self.first_at = self.last_at = 0.0

    @property
    def connection(self) -> sqlite3.Connection:
        """The segment's file, opened when it is needed."""
        if self._connection is None:
            self._connection = connect(self._path)
        return self._connection

    @property
    def is_open(self) -> bool:
        """True while a file is held open."""
        return self._connection is not None

    def close(self) -> None:
        """Let go of the files; what was seen stays."""
        for connection in (self._connection, self._index):
            if connection is not None:
                with contextlib.suppress(sqlite3.Error):
                    connection.close()
        self._connection = self._index = None

    def look(self) -> bool:
        """See whether there is more; True if so."""
        seen = (*_stamps(self._path), *_stamps(self._index_path))
        if seen == self._seen:
            return False
        self._seen = seen
        (version,) = self.connection.execute("PRAGMA user_version").fetchone()
        if version == 0:
            return False  # made a moment ago, its tables come
        if version != VERSION:
            raise sqlite3.DatabaseError(f"format {version}")
        before = self.count, self.indexed
        self._count_up()
        self._look_at_index()
        return before != (self.count, self.indexed)

    def _count_up(self) -> None:
        last = self.connection.execute(
            "SELECT number,rank,moment FROM entries ORDER BY number DESC LIMIT 1"
        ).fetchone()
        if last is not None:
            self.count, self.rows, self.last_at = last
            for number in range(len(self._marks) * MARK + 1, self.count + 1, MARK):
                moment, rank, kind = self.connection.execute(
                    "SELECT moment,rank,kind FROM entries WHERE number>=? ORDER BY number LIMIT 1", (number,)
                ).fetchone()
                self._marks.append(moment)
                self._ranks.append(rank - (kind != STEP))
            self.first_at = self._marks[0]

    def check(self) -> bool:
        """Read through it. Raises what makes it unreadable; True if only its index was, that is dropped."""
        (said,) = self.connection.execute("PRAGMA quick_check(1)").fetchone()
        if said != "ok":
            raise sqlite3.DatabaseError(said)
        self.connection.execute("SELECT max(number) FROM entries").fetchone()
        if self.indexed:
            try:
                self._index_connection().execute("PRAGMA quick_check(1)").fetchone()
                self._index_connection().execute(
                    "SELECT count(*) FROM blocks WHERE blocks MATCH 'sip'"
                ).fetchone()
            except sqlite3.Error:
                self._index_broken, self.indexed = True, 0
                return True
        return False

    def number_from(self, at: float, *, beyond: bool) -> int:
        """The first entry not before `at` (or, `beyond`, after it); one behind the last if there is none."""
        mark = (bisect_right if beyond else bisect_left)(self._marks, at)
        low = (mark - 1) * MARK + 1 if mark else 1
        row = self.connection.execute(
            f"SELECT number FROM entries WHERE number BETWEEN ? AND ? AND moment{'>' if beyond else '>='}?"
            " ORDER BY number LIMIT 1",
            (low, min(low + MARK, self.count), at),
        ).fetchone()
        return int(row[0]) if row else min(low + MARK, self.count) + 1

    def bound(self, position: Position, *, after: bool) -> int:
        """The number of the first entry at or behind `position`, or with `after` behind it."""
        if position.segment == self.name:
            return position.number + after
        # Of the same moment, the segment with the smaller name comes first.
        return self.number_from(position.at, beyond=position.segment > self.name)

    def rank_before(self, number: int) -> int:
        """How many entries before `number` are no machine steps."""
        row = self.connection.execute(
            "SELECT rank FROM entries WHERE number<? ORDER BY number DESC LIMIT 1", (number,)
        ).fetchone()
        return int(row[0]) if row else 0

    def marks(self) -> Iterator[Position]:
        """Places to search row numbers by."""
        for at, moment in enumerate(self._marks):
            yield Position(moment, self.name, at * MARK + 1)

    def places(self, low: int, *, steps: bool) -> Iterator[Position]:
        """Every place from `low` on, without the entries."""
        where = "" if steps else f" AND kind<>{STEP}"
        for moment, number in self.connection.execute(
            f"SELECT moment,number FROM entries WHERE number>=?{where} ORDER BY number", (low,)
        ):
            yield Position(moment, self.name, number)

    def found(self, query: Query, span: Span, chunk: int) -> Iterator[Found]:
        """Rows that pass, in order, until the span or the time is over."""
        where, values = _condition(query)
        if query.call_id:
            row = self.connection.execute("SELECT id FROM calls WHERE call_id=?", (query.call_id,)).fetchone()
            if row is None:
                return
            where, values = f"{where} AND e.call=?", [*values, row[0]]
        if not query.text:
            direct = query.plain or query.call_id or query.only_problems
            size = span.high - span.low + 1 if direct else SLICE
            yield from self._sliced(where, values, span, size, chunk)
            return
        asked = "" if query.call_id else matching.expression(query.text, query.facts)
        border = min(self.indexed, span.high) if asked else 0
        tail = Span(max(span.low, border + 1), span.high, span.newest_first, span.until)
        head = Span(span.low, border, span.newest_first, span.until)
        for part in (tail, head) if span.newest_first else (head, tail):
            if part.low > part.high:
                continue
            if part is head:
                yield from self._by_index(query, asked, where, values, part)
            else:
                yield from self._scanned(query, where, values, part)

    def _sliced(self, where: str, values: list[object], span: Span, size: int, chunk: int) -> Iterator[Found]:
        order = "DESC" if span.newest_first else "ASC"
        for low, high in _slices(span, size):
            bottom, top = low, high
            while True:
                rows = self.connection.execute(
                    f"{SELECT}WHERE e.number BETWEEN ? AND ?{where} ORDER BY e.number {order} LIMIT {chunk}",
                    (bottom, top, *values),
                ).fetchall()
                for row in rows:
                    yield Found(Position(row[1], self.name, row[0]), row)
                if len(rows) < chunk:
                    break
                bottom, top = (bottom, rows[-1][0] - 1) if span.newest_first else (rows[-1][0] + 1, top)
            if (low if span.newest_first else high) != (
                span.low if span.newest_first else span.high
            ) and time.monotonic() > span.until:
                yield self._so_far(low if span.newest_first else high)
                return

    def _scanned(self, query: Query, where: str, values: list[object], span: Span) -> Iterator[Found]:
        for low, high in _slices(span, SCAN_SLICE):
            yield from self._verified(query, where, values, [(low, high)], span.newest_first)
            if time.monotonic() > span.until:
                yield self._so_far(low if span.newest_first else high)
                return

    def _by_index(
        self, query: Query, asked: str, where: str, values: list[object], span: Span
    ) -> Iterator[Found]:
        order, beyond = ("DESC", "<") if span.newest_first else ("ASC", ">")
        low, high = span.low // matching.BLOCK, span.high // matching.BLOCK
        last = high + 1 if span.newest_first else low - 1
        while True:
            blocks = [
                block
                for (block,) in self._index_connection().execute(
                    f"SELECT rowid FROM blocks WHERE blocks MATCH ? AND rowid BETWEEN ? AND ? "
                    f"AND rowid{beyond}? ORDER BY rowid {order} LIMIT {CANDIDATES}",
                    (asked, low, high, last),
                )
            ]
            ranges = [
                (max(block * matching.BLOCK, span.low), min((block + 1) * matching.BLOCK - 1, span.high))
                for block in blocks
            ]
            yield from self._verified(query, where, values, ranges, span.newest_first)
            if len(blocks) < CANDIDATES:
                return
            last = blocks[-1]
            if time.monotonic() > span.until:
                yield self._so_far(ranges[-1][0] if span.newest_first else ranges[-1][1])
                return

    def _verified(
        self,
        query: Query,
        where: str,
        values: list[object],
        ranges: list[tuple[int, int]],
        newest_first: bool,
    ) -> Iterator[Found]:
        wanted, facts = matching.needle(query.text), frozenset(query.facts)
        for low, high in ranges:
            rows = self.connection.execute(
                f"SELECT e.number,{matching.COLUMNS} FROM entries e "
                "LEFT JOIN raws r ON r.number=e.number LEFT JOIN calls c ON c.id=e.call "
                f"WHERE e.number BETWEEN ? AND ?{where}",
                (low, high, *values),
            )
            hits = [row[0] for row in rows if wanted in matching.document(row[1:]) or row[5] in facts]
            for number in sorted(hits, reverse=newest_first):
                row = self.connection.execute(f"{SELECT}WHERE e.number=?", (number,)).fetchone()
                yield Found(Position(row[1], self.name, number), row)

    def _so_far(self, number: int) -> Found:
        (moment,) = self.connection.execute("SELECT moment FROM entries WHERE number=?", (number,)).fetchone()
        return Found(Position(moment, self.name, number), None)

    def _index_connection(self) -> sqlite3.Connection:
        if self._index is None:
            self._index = connect(self._index_path)
        return self._index

    def _look_at_index(self) -> None:
        """How far the index reaches; an index nobody can read is none, the scan serves instead."""
        self.indexed = 0
        if self._index_broken or not self._index_path.exists():
            return
        with contextlib.suppress(sqlite3.Error, OSError, TypeError, ValueError):
            (upto,) = self._index_connection().execute("SELECT upto FROM progress").fetchone()
            self.indexed = min(int(upto), self.count)
            return
        index, self._index = self._index, None
        if index is not None:
            index.close()


def _slices(span: Span, size: int) -> Iterator[tuple[int, int]]:
    if span.newest_first:
        for high in range(span.high, span.low - 1, -size):
            yield max(span.low, high - size + 1), high
    else:
        for low in range(span.low, span.high + 1, size):
            yield low, min(span.high, low + size - 1)


def _stamps(path: Path) -> tuple[object, ...]:
    stamps: list[object] = []
    for beside in ("", "-wal"):
        try:
            stat = path.with_name(path.name + beside).stat()
        except OSError:
            stamps.append(None)
        else:
            stamps.append((stat.st_size, stat.st_mtime_ns, stat.st_ino))
    return tuple(stamps)


def _condition(query: Query) -> tuple[str, list[object]]:
    parts: list[str] = []
    values: list[object] = []
    if not query.machine_steps:
        parts.append(f"e.kind<>{STEP}")
    if query.methods:
        parts.append(f"e.method IN ({','.join('?' * len(query.methods))})")
        values.extend(query.methods)
    if query.status_classes:
        parts.append(f"e.status/100 IN ({','.join('?' * len(query.status_classes))})")
        values.extend(query.status_classes)
    if query.trunk:
        parts.append("e.trunk=?")
        values.append(query.trunk)
    if query.direction:
        parts.append("e.direction=?")
        values.append(next((at for at, way in enumerate(WAYS) if way == query.direction), -1))
    if query.only_problems:
        parts.append("e.problem")
    return "".join(f" AND {part}" for part in parts), values
