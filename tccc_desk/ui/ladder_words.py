"""What a ladder says beside its lines: names of columns, times, marks, the quality of sound."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tccc_desk.texts.catalogue import ids
from tccc_desk.trace.ladder import Arrow, Band, Column, Note
from tccc_desk.ui import log_words
from tccc_desk.ui.inert import inert
from tccc_desk.ui.texts import Texts

Mask = Callable[[str], str]
"""Puts pseudonyms in the place of numbers, names and addresses, or changes nothing."""

SIGNS = {
    "request": "",
    "provisional": "",
    "good": "✓ ",
    "challenge": "? ",
    "redirect": "↪ ",
    "bad": "✕ ",
}
"""Before the label: what an arrow's colour says, for eyes that do not see it."""
MOS_GRADES = ((4.3, "excellent"), (4.0, "good"), (3.6, "fair"), (3.1, "poor"), (0.0, "bad"))


@dataclass(frozen=True, slots=True)
class LadderWords:
    """Words in one language, masked or not. Everything from the wire comes out inert."""

    texts: Texts
    mask: Mask

    def column(self, column: Column) -> tuple[str, str]:
        """Give the name of a column and its address."""
        address = self.mask(inert(column.address, 60))
        more = len(column.addresses) - 1
        if more > 0:
            address = self.texts("logroom.ladder.more-addresses", address=address, count=more)
        return self.texts(f"trace.role.{column.role}"), address

    def clock(self, at: float) -> str:
        """Local time to the millisecond."""
        return log_words.clock(at)

    def delta(self, seconds: float | None) -> str:
        """Time since the arrow before, in the unit that reads best."""
        if seconds is None:
            return ""
        if abs(seconds) < 1.0:
            return f"+{seconds * 1000:.0f} ms"
        return f"+{seconds:.2f} s" if seconds < 100 else f"+{seconds:.0f} s"

    def arrow(self, arrow: Arrow, *, short: bool = False) -> str:
        """Say what stands over an arrow; `short` leaves out the request that a response answers."""
        label = SIGNS[arrow.tone] + self.mask(inert(arrow.label, 60))
        if arrow.status and arrow.cseq is not None and not short:
            label += f"  ({arrow.cseq} {inert(arrow.method, 16)})"
        if arrow.repeats:
            label += "  " + self.texts("logroom.ladder.repeated", count=len(arrow.repeats))
        return label

    def below(self, arrow: Arrow) -> str:
        """Say what stands under an arrow: session changes, credentials, what never came."""
        parts = [self._mark(mark.id, dict(mark.values)) for mark in arrow.marks if mark.id in ids("explain")]
        if arrow.fate:
            parts.append(self.texts(f"logroom.ladder.{arrow.fate}"))
        return "  ·  ".join(parts)

    def _mark(self, id: str, values: dict[str, str]) -> str:
        return self.mask(self.texts.finding(id, values))

    def note(self, note: Note) -> str:
        """Say a local fact."""
        return self.mask(self.texts.finding(note.id, dict(note.values)))

    def band(self, band: Band) -> str:
        """Say what is known of the sound: its codec alone, or its quality as well."""
        texts = self.texts
        if band.packets is None:
            return texts("logroom.ladder.agreed", codec=inert(band.codec, 32))
        parts = [texts("logroom.ladder.sound", codec=inert(band.codec, 32), count=f"{band.packets:,}")]
        if band.lost is not None:
            parts.append(texts("logroom.ladder.lost", count=f"{band.lost:,}"))
        if band.jitter_ms is not None:
            parts.append(texts("logroom.ladder.jitter", ms=f"{band.jitter_ms:.1f}"))
        if band.mos is not None:
            parts.append(f"MOS {band.mos:.1f} {texts(f'logroom.mos.{mos_grade(band.mos)}')}")
        return "  ".join(parts)

    def spoken(self, row: Arrow | Note | Band, columns: tuple[Column, ...]) -> str:
        """Say a whole row in one sentence, for a screen reader and a tooltip."""
        if isinstance(row, Note):
            return f"{self.clock(row.at)}  {self.note(row)}"
        ends = (
            self._end(columns[row.source], row.source_address),
            self._end(columns[row.target], row.target_address),
        )
        if isinstance(row, Band):
            joint = "↔" if row.both_ways else "→"
            return f"{ends[0]} {joint} {ends[1]}  {self.band(row)}"
        parts = (self.clock(row.at), f"{ends[0]} → {ends[1]}", self.arrow(row), self.below(row))
        return "  ".join(part for part in parts if part)

    def _end(self, column: Column, address: str) -> str:
        return self.mask(inert(address, 60)) or self.column(column)[0]


def mos_grade(mos: float) -> str:
    """Name the grade of a mean opinion score."""
    return next(name for least, name in MOS_GRADES if mos >= least or least == 0.0)
