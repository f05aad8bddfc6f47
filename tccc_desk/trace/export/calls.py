"""Calls gathered from messages: what one line of a table says about each."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import msgspec

from tccc_desk.trace.entry import TraceEntry

MAX_CALLS = 200_000

_FIELD = re.compile(rb"(?im)^(from|f|to|t)[ \t]*:[ \t]*([^\r\n]{0,1000})")
_USER = re.compile(rb"(?i)(?:sips?:|tel:)([^@>;\s?]{1,255})(?=[@>;\s?]|$)")
_CAUSE = re.compile(
    rb"(?im)^reason[ \t]*:[^\r\n]{0,500}?Q\.850[^\r\n]{0,200}?;[ \t]*cause[ \t]*=[ \t]*([0-9]{1,3})"
)


class Call(msgspec.Struct, kw_only=True):
    """One call as its messages tell it. Times are seconds; None where it did not come to that."""

    call_id: str
    started_at: float
    sent: bool
    """The INVITE went out from here."""
    caller: str
    callee: str
    messages: int = 0
    ringing_after: float | None = None
    """INVITE to the first 180 or 183: the post-dial delay."""
    answered_after: float | None = None
    ended_at: float | None = None
    status: int = 0
    """Final status of the INVITE; 401 and 407 only where nothing followed them."""
    reason: str = ""
    q850: int | None = None

    @property
    def duration(self) -> float | None:
        """Seconds from the answer to the BYE."""
        if self.answered_after is None or self.ended_at is None:
            return None
        return max(0.0, self.ended_at - self.started_at - self.answered_after)


class Calls:
    """Takes entries in the order of time."""

    def __init__(self) -> None:
        self._calls: dict[str, Call] = {}

    def add(self, entry: TraceEntry) -> None:
        """Take one entry; only messages of dialogs that began with INVITE count."""
        if entry.kind != "message" or not entry.call_id:
            return
        call = self._calls.get(entry.call_id)
        if call is None:
            if entry.method != "INVITE" or entry.status or len(self._calls) >= MAX_CALLS:
                return
            caller, callee = parties(entry.raw)
            call = self._calls[entry.call_id] = Call(
                call_id=entry.call_id,
                started_at=entry.at,
                sent=entry.direction == "sent",
                caller=caller,
                callee=callee,
            )
        call.messages += 1
        if entry.method == "INVITE" and entry.status >= 100:
            self._answer(call, entry)
        elif entry.method == "BYE" and not entry.status and call.ended_at is None:
            call.ended_at = entry.at
        found = _CAUSE.search(entry.raw.partition(b"\r\n\r\n")[0]) if b"Q.850" in entry.raw else None
        if found and call.q850 is None:
            call.q850 = int(found[1])

    def _answer(self, call: Call, entry: TraceEntry) -> None:
        if entry.status < 200:
            if entry.status in (180, 183) and call.ringing_after is None:
                call.ringing_after = entry.at - call.started_at
        elif call.answered_after is None:  # a re-INVITE's answer changes nothing of the first
            call.status, call.reason = entry.status, entry.reason
            if entry.status < 300:
                call.answered_after = entry.at - call.started_at

    def __iter__(self) -> Iterator[Call]:
        return iter(self._calls.values())


def calls_of(entries: Iterable[TraceEntry]) -> list[Call]:
    """Give the calls in `entries`, oldest first."""
    calls = Calls()
    for entry in entries:
        calls.add(entry)
    return list(calls)


def parties(raw: bytes) -> tuple[str, str]:
    """Give the numbers (or names) of From and To, "" where there is none."""
    found = {"f": "", "t": ""}
    for name, value in _FIELD.findall(raw.partition(b"\r\n\r\n")[0]):
        user = _USER.search(value)
        key = name[:1].lower().decode("ascii")
        if user and not found[key]:
            found[key] = user[1].decode("utf-8", "replace")
    return found["f"], found["t"]
