"""Writes what an engine sees to its segment, on a thread that never holds anybody up.

`put` appends to a bounded queue and returns; the thread opens the file when there is something to
write, and writes what came together. SQLite lets go of the interpreter in every step, so the media
thread of the same process gets its turn between two rows.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections import deque
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from tccc_desk.trace.entry import TraceEntry

if TYPE_CHECKING:
    from tccc_desk.trace.segment_file import SegmentFile

QUEUE_ENTRIES = 100_000
QUEUE_OCTETS = 64 << 20
"""What may wait; beyond, entries are lost, counted, and the gap is written down."""
TOGETHER_S = 0.05
"""What arrives within it is written together: 20 transactions a second at most."""
BATCH = 500
FIRST_S = 0.4
"""Before the file is opened: the first REGISTER leaves before that work begins."""
AGAIN_S = 10.0
"""After a failure, until it is tried again."""
FINISH_S = 2.0


class Listener(Protocol):
    """Who is told, on the writer's own thread."""

    def log_grown(self, segment: str, entries: int, messages: int) -> None:
        """More can be read."""

    def log_failed(self, detail: str, unkept: tuple[TraceEntry, ...], *, first: bool) -> None:
        """These entries could not be stored; `first` says that a trouble begins."""


class SegmentWriter:
    """One for an engine's life. The thread begins with the first entry."""

    def __init__(
        self,
        folder: Path,
        listener: Listener,
        *,
        max_octets: int,
        max_days: int,
        first_s: float = FIRST_S,
        again_s: float = AGAIN_S,
    ) -> None:
        self._folder = folder
        self._listener = listener
        self._max_octets, self._max_days = max_octets, max_days
        self._first_s, self._again_s = first_s, again_s
        self._waiting: deque[TraceEntry] = deque()
        # Two counters each, for each is written by one thread only.
        self._octets_in = self._octets_out = 0
        self._lost = self._lost_said = 0
        self._ended = threading.Event()
        self._came = threading.Event()
        self._thread: threading.Thread | None = None
        self._file: SegmentFile | None = None
        self._failing = False
        self._retry_at = 0.0

    @property
    def failing(self) -> bool:
        """True from a failure until something is stored again."""
        return self._failing

    @property
    def may_store(self) -> bool:
        """False while it is not tried because it failed a moment ago."""
        return not self._failing or time.monotonic() >= self._retry_at

    def put(self, entries: Iterable[TraceEntry]) -> None:
        """Take entries; of one thread, never blocks, never raises."""
        for entry in entries:
            if (
                len(self._waiting) >= QUEUE_ENTRIES
                or self._octets_in - self._octets_out >= QUEUE_OCTETS
                or self._ended.is_set()
            ):
                self._lost += 1
                continue
            self._waiting.append(entry)
            self._octets_in += len(entry.raw)
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="log-writer", daemon=True)
            self._thread.start()
        self._came.set()

    def close(self, within_s: float = FINISH_S) -> None:
        """Write what waits and close the file; a disk that hangs is left behind."""
        self._ended.set()
        self._came.set()
        if self._thread is not None:
            self._thread.join(within_s)

    def _run(self) -> None:
        self._ended.wait(self._first_s)
        while True:
            self._came.wait()
            self._came.clear()
            ended = self._ended.is_set()
            while self._waiting:
                self._write()
            if ended and not self._waiting:
                break
            self._ended.wait(TOGETHER_S)
        if self._file is not None:
            self._file.close()

    def _write(self) -> None:
        """Store what waits now; under load that never ends, it is said meanwhile that there is more."""
        import sqlite3  # noqa: PLC0415  here, so that no start pays for it

        stored = messages = 0
        until = time.monotonic() + TOGETHER_S
        while time.monotonic() < until and (batch := self._take()):
            try:
                file = self._opened()
                file.append(batch)
            except (sqlite3.Error, OSError, ValueError) as error:
                self._fail(batch, _words(error))
                continue
            self._failing = False
            stored += len(batch)
            messages += sum(entry.kind == "message" for entry in batch)
        if stored and self._file is not None:
            self._listener.log_grown(self._file.name, stored, messages)

    def _take(self) -> tuple[TraceEntry, ...]:
        batch: list[TraceEntry] = []
        lost = self._lost
        if lost > self._lost_said:
            batch.append(gap(lost - self._lost_said))
            self._lost_said = lost
        with contextlib.suppress(IndexError):
            while len(batch) < BATCH:
                entry = self._waiting.popleft()
                self._octets_out += len(entry.raw)
                batch.append(entry)
        return tuple(batch)

    def _opened(self) -> SegmentFile:
        from tccc_desk.trace.segment_file import SegmentFile  # noqa: PLC0415

        if self._failing and time.monotonic() < self._retry_at:
            raise _StillFailing
        if self._file is not None and self._file.gone():
            file, self._file = self._file, None
            file.close()
            raise FileNotFoundError(2, "the segment was removed")
        if self._file is None:
            self._file = SegmentFile(
                self._folder,
                max_octets=self._max_octets,
                max_days=self._max_days,
                go_on=not self._failing,
            )
        return self._file

    def _fail(self, batch: tuple[TraceEntry, ...], detail: str) -> None:
        first, self._failing = not self._failing, True
        if detail:
            self._retry_at = time.monotonic() + self._again_s
        file, self._file = self._file, None
        if file is not None:
            file.close()
        self._listener.log_failed(detail, batch, first=first)


class _StillFailing(OSError):
    """No try yet."""


def _words(error: Exception) -> str:
    if isinstance(error, _StillFailing):
        return ""
    return getattr(error, "strerror", None) or str(error) or type(error).__name__


def gap(count: int) -> TraceEntry:
    """The line that says how many are missing here."""
    now = time.time()
    return TraceEntry(
        number=0,
        at=now,
        monotonic=0.0,
        kind="fact",
        direction="local",
        trunk="",
        fact="fact.log-gap",
        details={"count": str(count)},
    )
