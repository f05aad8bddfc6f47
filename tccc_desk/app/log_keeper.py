"""The window's part in the stored log: its folder, its upkeep, and what the engine cannot tell of itself."""

from __future__ import annotations

import contextlib
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Qt, Signal

from tccc_desk.engine.commands import ConfigureLog
from tccc_desk.store.options import Options
from tccc_desk.trace import indexing
from tccc_desk.trace.entry import TraceEntry
from tccc_desk.trace.segment import SegmentWriter
from tccc_desk.ui.state import DeskState

END_S = 2.0


class LogKeeper(QObject):
    """The engine writes what it sees; here is written what reaches the window otherwise: that it died."""

    _trouble = Signal(str)

    def __init__(
        self, state: DeskState, folder: Path, options: Options, say: Callable[..., None], *, passing: bool
    ) -> None:
        """Keep the log in `folder`; `passing` (practice, or at the admin's wish) forgets it in the end."""
        super().__init__()
        self._passing = (
            tempfile.TemporaryDirectory(prefix="tccc-desk-log-")
            if passing or not options.get("keep_log")
            else None
        )
        self.folder = Path(self._passing.name) if self._passing is not None else folder
        self._octets = int(options.get("log_max_megabytes")) << 20
        self._days = int(options.get("log_max_days"))
        self._say = say
        self._upkeep: subprocess.Popen[bytes] | None = None
        self._writer = SegmentWriter(
            self.folder, self, max_octets=self._octets, max_days=self._days, first_s=0.0
        )
        state.traced.connect(self._put)
        # The writer reports on its own thread.
        self._trouble.connect(self.say_failed, Qt.ConnectionType.QueuedConnection)

    def command(self) -> ConfigureLog:
        """What an engine that has just begun is told."""
        return ConfigureLog(
            folder=str(self.folder), max_octets=self._octets, max_days=self._days, traced=False
        )

    def start(self) -> None:
        """Start indexing and removing, in a process of its own; without it, all is found by looking."""
        if self._upkeep is None and self._passing is None:
            with contextlib.suppress(OSError):
                self._upkeep = indexing.start(self.folder, self._octets, self._days)

    def close(self) -> None:
        """Write what waits, end the upkeep, forget what is not kept."""
        self._writer.close()
        upkeep, self._upkeep = self._upkeep, None
        if upkeep is not None:
            if upkeep.stdin is not None:
                upkeep.stdin.close()
            try:
                upkeep.wait(END_S)
            except subprocess.TimeoutExpired:
                upkeep.kill()
                upkeep.wait()
        if self._passing is not None:
            self._passing.cleanup()

    def log_grown(self, segment: str, entries: int, messages: int) -> None:
        """Nothing to do: the window looks for itself."""

    def log_failed(self, detail: str, unkept: tuple[TraceEntry, ...], *, first: bool) -> None:  # noqa: ARG002
        """Say once that the log cannot be kept; calls go on."""
        if first:
            self._trouble.emit(detail)

    def say_failed(self, detail: str) -> None:
        """Say that lines are lost."""
        self._say("logroom.not-kept", reason=detail)

    def _put(self, entries: tuple[TraceEntry, ...]) -> None:
        if entries:
            self._writer.put(entries)
