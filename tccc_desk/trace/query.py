"""What one asks the log for, and what it gives."""

from __future__ import annotations

from typing import Literal, NamedTuple

import msgspec

from tccc_desk.trace.entry import TraceEntry

CallKind = Literal["call", "registration", "options", "other"]


class Position(NamedTuple):
    """Where an entry stands in the one timeline; positions of a log are totally ordered.

    `at` never runs backwards within a segment, also where the wall clock was set back: it may
    then differ from the entry's own time.
    """

    at: float
    segment: str
    number: int


class StoredEntry(msgspec.Struct, frozen=True):
    """An entry and its place. `entry.number` counts within the segment."""

    position: Position
    entry: TraceEntry


class Query(msgspec.Struct, frozen=True, kw_only=True):
    """What to show; empty values let everything pass but machine steps."""

    text: str = ""
    """Literal, not by words; case does not matter. Searched in messages as they were on the wire, in
    trunk names, addresses, and the values of facts."""
    facts: tuple[str, ...] = ()
    """Ids of facts that `text` finds as well: those whose sentence, in the reader's language, holds it."""
    methods: tuple[str, ...] = ()
    """Methods of requests and of the requests that responses answer."""
    status_classes: tuple[int, ...] = ()
    """1 to 6."""
    call_id: str = ""
    trunk: str = ""
    direction: str = ""
    only_problems: bool = False
    machine_steps: bool = False
    since: float | None = None
    """Wall clock, seconds, included."""
    until: float | None = None
    """Wall clock, seconds, excluded."""

    @property
    def plain(self) -> bool:
        """True where nothing but time and machine steps decides: such a listing can be counted."""
        return not (
            self.text
            or self.methods
            or self.status_classes
            or self.call_id
            or self.trunk
            or self.direction
            or self.only_problems
        )


class CallRow(msgspec.Struct, frozen=True, kw_only=True):
    """Everything under one Call-ID, in one line."""

    call_id: str
    kind: CallKind
    trunk: str
    first_at: float
    last_at: float
    caller: str
    """User part of From in the first message, shown inert by the faces."""
    callee: str
    """User part of To in the first message."""
    messages: int
    final_status: int
    """Of the final response that decided; 0 where none came."""
    final_reason: str
    problem: bool
    segment: str
    """The segment of its newest entry."""
