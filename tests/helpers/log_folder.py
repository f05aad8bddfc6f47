"""A folder of the log, filled as an engine would fill it."""

from __future__ import annotations

from pathlib import Path

from tccc_desk.trace.entry import TraceEntry
from tccc_desk.trace.segment_file import SegmentFile


def store(folder: Path, *entries: TraceEntry) -> None:
    """Append entries to the log in `folder`."""
    segment = SegmentFile(folder)
    segment.append(entries)
    segment.close()
