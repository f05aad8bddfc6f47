"""Entries that could not be stored, held in memory so that they can be read like the others meanwhile.

One thread puts them, books of other threads read them: each book makes shelves of its own of the chunks.
"""

from __future__ import annotations

import contextlib
import itertools
import sqlite3
import threading
from collections.abc import Iterable
from pathlib import Path

from tccc_desk.trace.entry import TraceEntry
from tccc_desk.trace.schema import TABLES
from tccc_desk.trace.segment_file import Rows
from tccc_desk.trace.shelf import Shelf

CHUNK_ENTRIES, CHUNK_OCTETS = 5_000, 8 << 20
CHUNKS = 4
"""Held at most; then the oldest is let go."""


class Chunk:
    """Entries that were put one after the other; it only grows."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.entries: list[TraceEntry] = []
        self.octets = 0

    @property
    def full(self) -> bool:
        """True where the next entry belongs to another chunk."""
        return len(self.entries) >= CHUNK_ENTRIES or self.octets >= CHUNK_OCTETS


class Unstored:
    """Bounded; every method may be called by any thread."""

    def __init__(self) -> None:
        self._chunks: tuple[Chunk, ...] = ()
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()

    def put(self, entries: Iterable[TraceEntry]) -> None:
        """Hold entries."""
        with self._lock:
            for entry in entries:
                if not self._chunks or self._chunks[-1].full:
                    # No file of the log has such a name.
                    fresh = Chunk(f"~{next(self._numbers):09d}")
                    self._chunks = (*self._chunks, fresh)[-CHUNKS:]
                self._chunks[-1].entries.append(entry)
                self._chunks[-1].octets += len(entry.raw)

    def chunks(self) -> tuple[Chunk, ...]:
        """Give what is held, oldest first."""
        return self._chunks

    def take(self) -> tuple[TraceEntry, ...]:
        """Hold nothing any more; gives what was held, oldest first."""
        with self._lock:
            chunks, self._chunks = self._chunks, ()
        return tuple(itertools.chain.from_iterable(chunk.entries for chunk in chunks))


class MemoryShelf(Shelf):
    """A chunk as a segment without a file. Made, read and closed by one thread."""

    kept = False

    def __init__(self, chunk: Chunk) -> None:
        super().__init__(Path(), chunk.name)
        self._chunk = chunk
        self._memory = sqlite3.connect(":memory:", isolation_level=None)
        self._memory.executescript(f"BEGIN;{TABLES}COMMIT;")
        self._rows = Rows(self._memory)

    @property
    def connection(self) -> sqlite3.Connection:
        """The tables in memory."""
        return self._memory

    def close(self) -> None:
        """Let go of the memory."""
        with contextlib.suppress(sqlite3.Error):
            self._memory.close()

    def look(self) -> bool:
        """Take over what was put since."""
        fresh = self._chunk.entries[self.count :]
        if fresh:
            self._rows.append(fresh)
            self._count_up()
        return bool(fresh)
