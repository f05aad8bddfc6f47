"""The engine's hand on the stored log: entries go to the writer, and its news come back as events."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from tccc_desk.engine.commands import ConfigureLog
from tccc_desk.engine.events import Event, LogFailed, LogGrown, Traced
from tccc_desk.trace.entry import TraceEntry
from tccc_desk.trace.segment import SegmentWriter


class Keeping:
    """`post` says an event from the writer's thread, in the loop's own time."""

    def __init__(self, post: Callable[[Event], None]) -> None:
        self._post = post
        self._writer: SegmentWriter | None = None
        self._traced = True

    def configure(self, command: ConfigureLog) -> None:
        """Keep the log there from now on; no folder ends the keeping."""
        self.close()
        self._writer, self._traced = None, True
        if command.folder:
            self._traced = command.traced
            self._writer = SegmentWriter(
                Path(command.folder), self, max_octets=command.max_octets, max_days=command.max_days
            )

    def take(self, entries: tuple[TraceEntry, ...]) -> bool:
        """Keep entries; True where the face has to be handed them, too."""
        if self._writer is None:
            return True
        self._writer.put(entries)
        return self._traced

    def close(self) -> None:
        """Write what waits."""
        if self._writer is not None:
            self._writer.close()

    def log_grown(self, segment: str, entries: int, messages: int) -> None:
        """Called on the writer's thread."""
        self._post(LogGrown(at=time.time(), segment=segment, entries=entries, messages=messages))

    def log_failed(self, detail: str, unkept: tuple[TraceEntry, ...], *, first: bool) -> None:
        """Called on the writer's thread."""
        if first:
            self._post(LogFailed(at=time.time(), detail=detail))
        if not self._traced:
            self._post(Traced(at=time.time(), entries=unkept))
