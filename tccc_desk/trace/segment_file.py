"""One segment while it is written: begun or gone on with, appended to, closed. Blocks; for any one thread.

An engine goes on with a segment that another left behind while that is small and young: so a command
run by cron each minute makes one file a day and not a thousand.
"""

from __future__ import annotations

import contextlib
import sqlite3
import time
from collections.abc import Sequence
from pathlib import Path

from tccc_desk.trace import files
from tccc_desk.trace.entry import TraceEntry
from tccc_desk.trace.ledger import Ledger
from tccc_desk.trace.schema import (
    INSERT,
    INSERT_RAW,
    MAX_RAW,
    STEP,
    TABLES,
    VERSION,
    Row,
    insert,
    storable,
    to_row,
)

SHARES = 16
"""A segment ends at this share of the log's size limit, and of its age limit, but not before a day."""
SMALLEST, LARGEST = 1 << 20, 128 << 20
"""Octets of a segment, whatever the limit."""
LOOKED_AT = 8
"""Newest segments that are tried to go on with."""
DAY_S = 86_400.0


class Rows:
    """Appends entries to the tables of a connection, numbers going on from what is there."""

    def __init__(self, connection: sqlite3.Connection, ledger: Ledger | None = None) -> None:
        """Begin with the calls `ledger` knows of a segment before. May raise sqlite3.Error."""
        self._connection = connection
        self._ledger = ledger or Ledger()
        last = connection.execute(
            "SELECT number,rank,moment FROM entries ORDER BY number DESC LIMIT 1"
        ).fetchone()
        number, rank, moment = last or (0, 0, 0.0)
        self._number, self._rank, self.moment = int(number), int(rank), float(moment)
        self._ledger.open(connection)

    def append(self, entries: Sequence[TraceEntry]) -> None:
        """Store entries in one transaction. May raise sqlite3.Error."""
        connection = self._connection
        number, rank, moment = self._number, self._rank, self.moment
        rows: list[Row] = []
        raws: list[tuple[int, bytes]] = []
        for entry in entries:
            number += 1
            moment = max(moment, entry.at)
            row = to_row(entry, number, moment, rank, self._ledger.take(entry))
            if row[3] != STEP:
                rank += 1
                row = (number, moment, rank, *row[3:])
            rows.append(row)
            if entry.raw:
                raws.append((number, entry.raw[:MAX_RAW]))
        with connection:
            connection.execute("BEGIN")
            try:
                insert(connection, INSERT, rows)
            except (UnicodeEncodeError, OverflowError):  # half characters, numbers of more than 64 bits
                connection.rollback()
                connection.execute("BEGIN")
                insert(connection, INSERT, [storable(row) for row in rows])
            insert(connection, INSERT_RAW, raws)
            self._ledger.write()
        self._number, self._rank, self.moment = number, rank, moment


class SegmentFile:
    """Open for appending. Every method but `close` may raise sqlite3.Error or OSError."""

    def __init__(
        self, folder: Path, *, max_octets: int = 1 << 30, max_days: int = 30, go_on: bool = True
    ) -> None:
        self._folder = folder
        self._octets_bound = min(max(max_octets // SHARES, SMALLEST), LARGEST)
        self._span_s = max(DAY_S, max_days * DAY_S / SHARES)
        self._connection: sqlite3.Connection | None = None
        self._ledger = Ledger()
        self._rows: Rows | None = None
        self._hold: files.Hold | None = None
        self._inode = 0
        self._began = 0.0
        self.name = ""
        files.make_folder(folder)
        if not (go_on and any(self._try(name) for name in files.names(folder)[: -LOOKED_AT - 1 : -1])):
            self._begin()

    def append(self, entries: Sequence[TraceEntry]) -> None:
        """Store entries in one transaction; a full segment ends and another begins."""
        if self._full():
            self._end()
            self._begin()
        if self._rows is None:
            raise sqlite3.OperationalError("the segment is closed")
        self._rows.append(entries)

    def gone(self) -> bool:
        """Tell whether somebody removed the file under us: what is appended would be lost."""
        try:
            return files.segment_path(self._folder, self.name).stat().st_ino != self._inode
        except OSError:
            return True

    def close(self) -> None:
        """Fold the write-ahead log in and give the segment free."""
        self._end()

    def _full(self) -> bool:
        path = files.segment_path(self._folder, self.name)
        return path.stat().st_size >= self._octets_bound or self._began + self._span_s < time.time()

    def _begin(self) -> None:
        name = files.new_name()
        hold = files.hold_segment(self._folder, name)
        if hold is None:
            raise OSError(f"segment {name} is held")
        try:
            files.create_private(files.segment_path(self._folder, name))
            self._open(name, hold)
        except BaseException:
            self._drop()
            hold.release()
            raise

    def _try(self, name: str) -> bool:
        """Go on with a segment nobody writes, if it is fit for it."""
        hold = None
        with contextlib.suppress(sqlite3.Error, OSError, TypeError):
            path = files.segment_path(self._folder, name)
            if path.stat().st_size >= self._octets_bound:
                return False
            hold = files.hold_segment(self._folder, name)
            if hold is None:
                return False
            self._open(name, hold)
            if not self._full():
                return True
        self._drop()
        if hold is not None:
            hold.release()
        return False

    def _open(self, name: str, hold: files.Hold) -> None:
        path = files.segment_path(self._folder, name)
        self._connection = connection = sqlite3.connect(
            f"{path.absolute().as_uri()}?mode=rw",
            uri=True,
            isolation_level=None,
            timeout=5.0,
            check_same_thread=False,  # handed from who opens to who writes, never used by two
        )
        # NORMAL: a power cut may cost the last seconds, never the file (SQLite on WAL).
        connection.executescript(
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-1024"
        )
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if version == 0:
            connection.executescript(f"BEGIN;{TABLES}PRAGMA user_version={VERSION};COMMIT;")
        elif version != VERSION:
            raise sqlite3.DatabaseError(f"format {version}")
        rows = Rows(connection, self._ledger)
        first = connection.execute("SELECT moment FROM entries ORDER BY number LIMIT 1").fetchone()
        now = time.time()
        self._began = first[0] if first else now
        if rows.moment > now + DAY_S:  # a clock that ran ahead must not stamp our time on what comes
            raise sqlite3.DatabaseError("of another time")
        self._inode = path.stat().st_ino
        self.name, self._hold, self._rows = name, hold, rows

    def _drop(self) -> None:
        connection, self._connection, self._hold, self._rows = self._connection, None, None, None
        if connection is not None:
            with contextlib.suppress(sqlite3.Error):
                connection.close()

    def _end(self) -> None:
        hold = self._hold
        self._drop()
        if hold is not None:
            hold.release()
