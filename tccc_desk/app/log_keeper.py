"""The window's part in the stored log: where it is, its upkeep, and what the engine cannot write itself.

The engine's process writes what it sees. What reaches the window instead, that the engine died or what
it could not store, is written here, on a thread; what cannot be stored here either stays in memory,
where the room reads it, until it can.
"""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Qt, Signal

from tccc_desk.engine.commands import ConfigureLog
from tccc_desk.engine.events import Event, LogGrown
from tccc_desk.store.options import Options
from tccc_desk.trace import files, indexing
from tccc_desk.trace.entry import TraceEntry
from tccc_desk.trace.segment import AGAIN_S, SegmentWriter
from tccc_desk.trace.unstored import Unstored
from tccc_desk.ui.state import DeskState

PASSING = "tccc-desk-log-"
"""Begins the names of folders that are forgotten."""
LEFT_S = 3_600.0
"""Seconds without a change after which such a folder was left behind by a crash, unless somebody holds it."""
END_S = 1.0
"""What the upkeep has to end by itself."""


class LogKeeper(QObject):
    """One for the window's life."""

    _trouble = Signal(str)

    def __init__(
        self,
        state: DeskState,
        folder: Path,
        options: Options,
        say: Callable[..., None],
        *,
        passing: bool = False,
        again_s: float = AGAIN_S,
    ) -> None:
        """Keep the log in `folder`; `passing` (practice, or at the admin's wish) forgets it in the end."""
        super().__init__()
        forgotten = passing or not options.get("keep_log")
        if forgotten:
            _remove_leftovers()
        self._passing = tempfile.TemporaryDirectory(prefix=PASSING) if forgotten else None
        self.folder = Path(self._passing.name) if self._passing is not None else folder
        self.unstored = Unstored()
        self._octets = int(options.get("log_max_megabytes")) << 20
        self._days = int(options.get("log_max_days"))
        self._say = say
        self._upkeep: subprocess.Popen[bytes] | None = None
        self._writer = SegmentWriter(
            self.folder, self, max_octets=self._octets, max_days=self._days, first_s=0.0, again_s=again_s
        )
        state.traced.connect(self._writer.put)
        state.arrived.connect(self._arrived)
        # The writer reports on its own thread.
        self._trouble.connect(self._said, Qt.ConnectionType.QueuedConnection)

    def command(self) -> ConfigureLog:
        """Give what an engine that has just begun is told."""
        return ConfigureLog(
            folder=str(self.folder), max_octets=self._octets, max_days=self._days, traced=False
        )

    def start(self) -> None:
        """Start the upkeep; without it nothing is indexed or removed, and all is found by looking."""
        if self._upkeep is None:
            with contextlib.suppress(OSError):
                self._upkeep = indexing.start(self.folder, self._octets, self._days)

    @property
    def upkeep_pid(self) -> int:
        """The upkeep's process; 0 where there is none."""
        return self._upkeep.pid if self._upkeep is not None else 0

    def close(self) -> None:
        """Write what waits, end the upkeep, forget what is not kept."""
        if held := self.unstored.take():
            self._writer.put(held)
        self._writer.close()
        upkeep, self._upkeep = self._upkeep, None
        if upkeep is not None:
            if upkeep.stdin is not None:
                upkeep.stdin.close()
            try:
                upkeep.wait(END_S)
            except subprocess.TimeoutExpired:
                upkeep.kill()  # in the middle of an index, which goes on from there the next time
                upkeep.wait()
        if self._passing is not None:
            with contextlib.suppress(OSError):
                self._passing.cleanup()

    def log_grown(self, segment: str, entries: int, messages: int) -> None:
        """Nothing to do: the room looks for itself."""

    def log_failed(self, detail: str, unkept: tuple[TraceEntry, ...], *, first: bool) -> None:
        """Hold what the disk does not take, and say so once for each trouble. On the writer's thread."""
        self.unstored.put(unkept)
        if first:
            self._trouble.emit(detail)

    def _said(self, detail: str) -> None:
        self._say("logroom.not-kept", reason=detail)

    def _arrived(self, event: Event) -> None:
        # The disk takes the engine's lines again: it may take those that had to wait.
        if isinstance(event, LogGrown) and self._writer.may_store and (held := self.unstored.take()):
            self._writer.put(held)


def _remove_leftovers() -> None:
    """Remove logs that were to be forgotten and whose window died before it could."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PASSING}*"):
        with contextlib.suppress(OSError):
            newest = max(path.lstat().st_mtime for path in (folder, *folder.iterdir()))
            if folder.is_symlink() or newest > time.time() - LEFT_S:
                continue
            hold = files.Hold.take(folder / indexing.LOCK)  # a window's upkeep has it
            if hold is not None:
                shutil.rmtree(folder, ignore_errors=True)
                hold.release()
