"""Entries made from messages somebody else captured."""

from __future__ import annotations

from collections import OrderedDict
from typing import NamedTuple

from tccc_desk.sip.wire import printable
from tccc_desk.trace.capture.recognise import glance
from tccc_desk.trace.entry import Direction, TraceEntry
from tccc_desk.trace.recorder import SUMMARY_LENGTH
from tccc_desk.trace.redact import masked

MAX_REMEMBERED = 20_000
REPEAT_S = 33.0
"""Within timer B or F (RFC 3261 section 17.1) the same octets over UDP are a retransmission."""


class Hop(NamedTuple):
    """From whom to whom a message went, seen from the side taken for ours."""

    direction: Direction
    transport: str
    local: str
    """host:port, "" where nobody knows."""
    remote: str


class Rows:
    """Makes and numbers entries, marks retransmissions, masks digest responses."""

    def __init__(self) -> None:
        self._batch: list[TraceEntry] = []
        self._seen: OrderedDict[tuple[Hop, int], tuple[float, int]] = OrderedDict()
        self.messages = 0
        self.unreadable = 0

    def drain(self) -> list[TraceEntry]:
        """Give the entries since the last call."""
        batch, self._batch = self._batch, []
        return batch

    def add(self, at: float, hop: Hop, raw: bytes, fault: str) -> None:
        """Add one message; `fault` is a text id where it is known to be damaged."""
        seen = glance(raw)
        fault = fault or seen.fault
        self.messages += 1
        self.unreadable += bool(fault)
        summary = seen.first_line[:SUMMARY_LENGTH]
        self._batch.append(
            TraceEntry(
                number=self.messages,
                at=at,
                monotonic=at,
                kind="message",
                direction=hop.direction,
                trunk="",
                transport=hop.transport,
                local=hop.local,
                remote=hop.remote,
                method=_safe(seen.method),
                status=seen.status,
                reason=_safe(seen.reason),
                call_id=_safe(seen.call_id),
                cseq=seen.cseq,
                summary=_safe(summary),
                details={"unreadable": fault} if fault else {},
                retransmission=self._repeats(at, hop, raw) if hop.transport == "UDP" else 0,
                raw=masked(raw),
            )
        )

    def _repeats(self, at: float, hop: Hop, raw: bytes) -> int:
        key = (hop, hash(raw))
        before = self._seen.pop(key, None)
        count = before[1] + 1 if before and at - before[0] <= REPEAT_S else 0
        self._seen[key] = (at, count)
        if len(self._seen) > MAX_REMEMBERED:
            self._seen.popitem(last=False)
        return count


def _safe(text: str) -> str:
    return text if text.isascii() and len(text) < 256 else printable(text)
