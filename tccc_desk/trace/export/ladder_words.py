"""What stands at the parts of a ladder, in words; texts of the marks are those of the window."""

from __future__ import annotations

from datetime import UTC, datetime

from tccc_desk.texts.catalogue import Language, ids, text
from tccc_desk.trace.export.inert import inert
from tccc_desk.trace.ladder_model import Arrow, Band, Column, Note


def clock(at: float) -> str:
    """Show local time to the millisecond."""
    moment = datetime.fromtimestamp(min(max(at, 0.0), 4e9), UTC).astimezone()
    return f"{moment:%H:%M:%S}.{moment.microsecond // 1000:03d}"


def day(at: float) -> str:
    """Show the local date."""
    return datetime.fromtimestamp(min(max(at, 0.0), 4e9), UTC).astimezone().date().isoformat()


def role_words(column: Column, language: Language) -> str:
    """Name what a column stands for."""
    return text(f"trace.role.{column.role}", language)


def column_words(column: Column, language: Language) -> str:
    """Name a column with its address; a machine of somebody else's capture by the address alone."""
    address = inert(column.address, 64)
    if column.role == "host" and address:
        return address
    return f"{role_words(column, language)} {address}".strip()


def mark_words(arrow: Arrow, language: Language) -> tuple[str, ...]:
    """Say what is marked at an arrow: repeats, offers, changes, what was never answered."""
    said = []
    if arrow.repeats:
        said.append(text("trace.mark.repeats", language, count=len(arrow.repeats)))
    for mark in arrow.marks:
        known = mark.id in ids(mark.id.partition(".")[0])
        said.append(text(mark.id, language, **mark.values) if known else " ".join(mark.values.values()))
    if arrow.fate:
        said.append(text(f"trace.mark.{arrow.fate}", language))
    return tuple(f"[{inert(one, 80)}]" for one in said if one)


def band_words(band: Band, language: Language) -> str:
    """Say what sound went or was agreed."""
    codec = inert(band.codec, 32) or "RTP"
    if band.packets is None:
        return text("trace.band.agreed", language, codec=codec)
    words = text("trace.band.measured", language, codec=codec, packets=band.packets, lost=band.lost or 0)
    if band.jitter_ms is not None:
        words += ", " + text("trace.band.jitter", language, jitter=f"{band.jitter_ms:.1f}")
    if band.mos is not None:
        words += f", MOS {band.mos:.1f}"
    return words


def note_words(note: Note, language: Language) -> str:
    """Say a local fact."""
    if note.id in ids(note.id.partition(".")[0]):
        return inert(text(note.id, language, **note.values), 200)
    return inert(note.id, 60)
