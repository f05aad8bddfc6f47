"""The messages as text, in the form suppliers know from sngrep, with zone and transport added."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, tzinfo
from typing import BinaryIO

from tccc_desk.trace.entry import TraceEntry
from tccc_desk.trace.export.pcap import Written
from tccc_desk.trace.ladder_columns import ends

UNKNOWN = "0.0.0.0:0"


def when(at: float, zone: tzinfo | None = None) -> str:
    """Write a time as ISO 8601 with microseconds and zone (the system's where None)."""
    try:
        return datetime.fromtimestamp(at, UTC).astimezone(zone).isoformat(timespec="microseconds")
    except (OverflowError, ValueError, OSError):  # a capture may claim any year
        return datetime.fromtimestamp(0, UTC).isoformat(timespec="microseconds")


def heading(entry: TraceEntry, zone: tzinfo | None = None) -> str:
    """Give the line above a message: time, who to whom, over what."""
    source, target = ends(entry)
    line = f"{when(entry.at, zone)} {source or UNKNOWN} -> {target or UNKNOWN}"
    return f"{line} {entry.transport}" if entry.transport else line


def write_text(entries: Iterable[TraceEntry], stream: BinaryIO, zone: tzinfo | None = None) -> Written:
    """Write every message, its octets as they were, CR LF included."""
    count = 0
    for entry in entries:
        if entry.kind == "message":
            stream.write(heading(entry, zone).encode() + b"\n" + entry.raw + b"\n\n")
            count += 1
    return Written(messages=count)
