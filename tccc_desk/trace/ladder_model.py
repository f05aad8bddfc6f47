"""A ladder diagram as values: who takes part, what went between them, in rows from top to bottom."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Role = Literal["us", "server", "media", "host", "others"]
"""us: this program. server: who it signals with. media: an address that only sends or takes sound.
host: a machine in somebody else's capture, where none is us. others: what was too much for a column."""

Tone = Literal["request", "provisional", "good", "challenge", "redirect", "bad"]
"""What colour an arrow may take. 401 and 407 are `challenge`: an ordinary step, drawn neutral."""

Fate = Literal["", "unanswered", "unacknowledged"]
"""unanswered: a request without any response in this log. unacknowledged: a final answer to INVITE
without ACK. Both only say what this log holds."""


@dataclass(frozen=True, slots=True)
class Mark:
    """Something about a message that a reader looks for. `id` is `explain.mark.<what>`; see `texts`."""

    id: str
    values: Mapping[str, str] = field(default_factory=dict)
    """Wire text: hostile, made inert by whoever shows it."""


@dataclass(frozen=True, slots=True)
class Column:
    """A vertical line. `explain.column.<role>` names it; the address tells several of a role apart."""

    role: Role
    addresses: tuple[str, ...] = ()
    """host:port as seen on the wire, most used first, at most four."""

    @property
    def address(self) -> str:
        return self.addresses[0] if self.addresses else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrow:
    """A message. `row` orders arrows, notes and bands among each other, from 0 downwards."""

    row: int
    entry: int
    """Index of its message in the entries the ladder was made of."""
    number: int
    """`TraceEntry.number` of its message."""
    source: int
    target: int
    """Column indexes. They may be equal where both ends fell into `others`."""
    at: float
    delta: float | None
    """Seconds since the arrow above it, None for the first."""
    label: str
    """"INVITE" or "200 OK": wire text, bounded."""
    method: str
    status: int
    cseq: int | None
    tone: Tone
    transport: str = ""
    source_address: str = ""
    target_address: str = ""
    octets: int = 0
    repeats: tuple[int, ...] = ()
    """Entry indexes of its retransmissions, folded into this arrow."""
    last_at: float = 0.0
    """When the last repeat came; equals `at` without one."""
    fate: Fate = ""
    marks: tuple[Mark, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A local fact, beside our own line: refused, timed out, resolved. `id` is the text, `fact.<what>`."""

    row: int
    entry: int
    number: int
    column: int
    at: float
    id: str
    values: Mapping[str, str] = field(default_factory=dict)
    problem: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaFlow:
    """One direction of sound that was measured: by our own call or from a capture's RTP packets."""

    source: str
    target: str
    """host:port. "" as ours where only theirs is known."""
    sent_by_us: bool | None = None
    """None in somebody else's capture."""
    codec: str = ""
    started_at: float | None = None
    ended_at: float | None = None
    packets: int | None = None
    lost: int | None = None
    jitter_ms: float | None = None
    mos: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """Sound between two columns, from row `row` to row `until_row`.

    `packets` None: agreed in the session descriptions, not measured.
    """

    row: int
    until_row: int
    source: int
    target: int
    both_ways: bool
    """True for what was only agreed: no direction is known to flow."""
    codec: str
    source_address: str = ""
    target_address: str = ""
    packets: int | None = None
    lost: int | None = None
    jitter_ms: float | None = None
    mos: float | None = None


@dataclass(frozen=True, slots=True)
class Ladder:
    columns: tuple[Column, ...] = ()
    arrows: tuple[Arrow, ...] = ()
    bands: tuple[Band, ...] = ()
    notes: tuple[Note, ...] = ()
    omitted: int = 0
    """Entries left out at the end, where there were more than a diagram can show."""

    @property
    def rows(self) -> tuple[Arrow | Note | Band, ...]:
        """Everything from top to bottom, one a row."""
        return tuple(sorted((*self.arrows, *self.notes, *self.bands), key=lambda item: item.row))
