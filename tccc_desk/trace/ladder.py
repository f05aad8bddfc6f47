"""From log entries of one call or registration to its ladder diagram. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tccc_desk.trace.entry import TraceEntry
from tccc_desk.trace.ladder_model import Arrow, Band, Column, Ladder, Mark, MediaFlow, Note

__all__ = ("Arrow", "Band", "Column", "Ladder", "Mark", "MediaFlow", "Note", "ladder")


def ladder(
    entries: Sequence[TraceEntry],
    media: Iterable[MediaFlow] = (),
    *,
    capture: bool = False,
    machine_steps: bool = False,
) -> Ladder:
    """Draw `entries` (oldest first) as a ladder.

    `capture` True: somebody else's capture, one column a host and none is "us". `machine_steps`
    True keeps the transitions of our state machines as notes.
    """
    del entries, media, capture, machine_steps
    return Ladder()
