"""Events about the signalling log. `engine.events` gives them with all others."""

from __future__ import annotations

import msgspec

from tccc_desk.trace.entry import TraceEntry


class Traced(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Entries of the signalling log, in the order they happened."""

    at: float
    entries: tuple[TraceEntry, ...]


class LogGrown(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The stored log has more to read; at most 20 a second. After `LogFailed`: it is kept again."""

    at: float
    segment: str
    entries: int
    """Since the last one."""
    messages: int
    """Of these, messages."""


class LogFailed(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Entries cannot be stored; said once for each trouble. They come by `Traced` until `LogGrown`."""

    at: float
    detail: str
    finding: str = "finding.log.failed"


class TraceDropped(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The face lagged: this many measurements (or, in a flood, batches of log entries) were not delivered.

    Call events always are.
    """

    at: float
    measurements: int
