"""Keeps what the window is told of the signalling, so that the log is there at the next start."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Qt, Signal

from tccc_desk.trace.entry import TraceEntry
from tccc_desk.trace.segment import SegmentWriter
from tccc_desk.ui.state import DeskState

MAX_OCTETS = 1 << 30
MAX_DAYS = 30


class LogKeeper(QObject):
    """Writes every line that reaches the window on the segment's own thread; the window reads the folder."""

    _trouble = Signal(str)

    def __init__(self, state: DeskState, folder: Path, say: Callable[..., None]) -> None:
        super().__init__()
        self.folder = folder
        self._say = say
        self._writer = SegmentWriter(folder, self, max_octets=MAX_OCTETS, max_days=MAX_DAYS, first_s=0.0)
        state.traced.connect(self._writer.put)
        # The writer reports on its own thread.
        self._trouble.connect(self._said, Qt.ConnectionType.QueuedConnection)

    def close(self) -> None:
        """Write what waits."""
        self._writer.close()

    def log_grown(self, segment: str, entries: int, messages: int) -> None:
        """Nothing to do: the window looks for itself."""

    def log_failed(self, detail: str, unkept: tuple[TraceEntry, ...], *, first: bool) -> None:  # noqa: ARG002
        """Say once that the log cannot be kept; calls go on."""
        if first:
            self._trouble.emit(detail)

    def _said(self, detail: str) -> None:
        self._say("logroom.not-kept", reason=detail)


def passing_folder() -> tempfile.TemporaryDirectory[str]:
    """Make a folder for a log that is not kept: of practice."""
    return tempfile.TemporaryDirectory(prefix="tccc-desk-log-")
