"""The sound of our own calls, as the ladder draws it."""

from __future__ import annotations

from collections.abc import Iterable

from tccc_desk.trace.entry import TraceEntry
from tccc_desk.trace.ladder import MediaFlow, measured
from tccc_desk.trace.sound_record import sound_records


def media_flows(entries: Iterable[TraceEntry]) -> tuple[MediaFlow, ...]:
    """Give both directions of every record of sound among `entries`."""
    return tuple(
        flow
        for record in sound_records(entries)
        for flow in measured(record.media, started_at=record.started_at, ended_at=record.ended_at)
    )
