"""What a call's sound measured, as one line of the log: read back, it draws the call's record."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import msgspec

from tccc_desk.rtp.history import QualityPoint, joined
from tccc_desk.rtp.report import Measurement
from tccc_desk.trace.entry import TraceEntry

FACT = "fact.media"
MOST_POINTS = 120
"""Of quality over time in one line: enough for a picture, little enough for a log."""
_MOST_OCTETS = 65_536


@dataclass(frozen=True, slots=True)
class SoundRecord:
    """One call's sound from `started_at` to `ended_at`, wall clock seconds."""

    media: Measurement
    points: tuple[QualityPoint, ...]
    started_at: float
    ended_at: float


def record_details(record: SoundRecord) -> dict[str, str]:
    """Give the details of the log's line: what its sentence says, and the whole as JSON."""
    media = record.media
    thinned = replace(record, points=_thinned(record.points))
    return {
        "codec": media.codec,
        "remote": media.remote,
        "sent": str(media.sent),
        "received": str(media.received),
        "lost": str(media.lost),
        "jitter": f"{media.jitter_ms:.1f}",
        "mos": "-" if media.mos is None else f"{media.mos:.1f}",
        "one_way": media.one_way,
        "cause": media.cause,
        "record": msgspec.json.encode(thinned).decode(),
    }


def read_record(entry: TraceEntry) -> SoundRecord | None:
    """Give the record a line holds; None for every other line, and for one that cannot be read."""
    if entry.fact != FACT:
        return None
    text = entry.details.get("record", "")
    if not text or len(text) > _MOST_OCTETS:
        return None
    try:
        return msgspec.json.decode(text, type=SoundRecord)
    except (msgspec.DecodeError, RecursionError, UnicodeEncodeError):
        return None


def sound_records(entries: Iterable[TraceEntry]) -> tuple[SoundRecord, ...]:
    """Give every record among `entries`."""
    return tuple(record for entry in entries if (record := read_record(entry)) is not None)


def _thinned(points: Sequence[QualityPoint]) -> tuple[QualityPoint, ...]:
    kept = list(points)
    while len(kept) > MOST_POINTS:
        rest = kept[-1:] if len(kept) % 2 else []
        kept = [joined(first, second) for first, second in zip(kept[::2], kept[1::2], strict=False)] + rest
    return tuple(kept)
