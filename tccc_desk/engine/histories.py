"""Quality over time of the calls going on, for the line each leaves in the log."""

from __future__ import annotations

from tccc_desk.engine.events import MediaReport, QualityHistory
from tccc_desk.trace.sound_record import SoundRecord


class Histories:
    """Fed with what is measured; a call's history is given once, at its end. Times are wall clock."""

    def __init__(self) -> None:
        self._calls: dict[str, tuple[float, QualityHistory]] = {}

    def add(self, call: str, report: MediaReport, at: float) -> None:
        """Take a measurement of a call; the first one begins its history."""
        if call not in self._calls:
            self._calls[call] = (at - report.ptime_ms * report.sent / 1000, QualityHistory())
        began, history = self._calls[call]
        history.add(at - began, report)

    def record(self, call: str, final: MediaReport, at: float) -> SoundRecord:
        """Give what a call leaves behind, with its last measurement."""
        self.add(call, final, at)
        began, history = self._calls.pop(call)
        return SoundRecord(final, history.points(), began, at)
