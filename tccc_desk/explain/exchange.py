"""A request and what was answered to it, collected from the log by CSeq."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from tccc_desk.trace.entry import TraceEntry


@dataclass(slots=True)
class Exchange:
    """One request of one side, its repeats and its answers. ACK is an exchange of its own."""

    request: TraceEntry | None = None
    repeats: list[TraceEntry] = field(default_factory=list)
    answers: list[TraceEntry] = field(default_factory=list)
    answer_repeats: list[TraceEntry] = field(default_factory=list)
    """Repeats of its final answer."""
    timed_out: bool = False

    @property
    def final(self) -> TraceEntry | None:
        """The first final answer."""
        return next((one for one in self.answers if one.status >= 200), None)


def exchanges(entries: Sequence[TraceEntry]) -> tuple[Exchange, ...]:
    """Collect the exchanges, in the order they began."""
    found: dict[tuple[str, str, str, int | None], Exchange] = {}
    for entry in entries:
        if entry.kind != "message":
            if entry.fact == "fact.timeout":
                _timed_out(found, entry)
            continue
        asked_by = entry.direction
        if entry.status:
            asked_by = "received" if entry.direction == "sent" else "sent"
        exchange = found.setdefault((entry.call_id, asked_by, entry.method, entry.cseq), Exchange())
        if not entry.status:
            if exchange.request is None and not entry.retransmission:
                exchange.request = entry
            else:
                exchange.repeats.append(entry)
        elif entry.retransmission:
            if entry.status >= 200:
                exchange.answer_repeats.append(entry)
        else:
            exchange.answers.append(entry)
    return tuple(found.values())


def _timed_out(found: dict[tuple[str, str, str, int | None], Exchange], fact: TraceEntry) -> None:
    method = fact.details.get("method", "")
    for key, exchange in reversed(found.items()):
        if key[2] == method and key[1] == "sent":
            exchange.timed_out = True
            return
