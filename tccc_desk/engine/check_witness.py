"""What a check reads from the log as it is written: evidence numbers, answers, what was rewritten."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field

from tccc_desk.diagnosis.answers import Answer, Rewritten, behind_nat, compare, read_answer
from tccc_desk.diagnosis.stages import Stage
from tccc_desk.trace.entry import TraceEntry

MAX_EVIDENCE = 40
"""Log numbers kept for one stage."""
MAX_REQUESTS = 256
"""Requests remembered to be compared with what comes back."""
_NAMING = frozenset({"fact.resolved", "fact.dns-failed", "fact.dns"})


@dataclass(slots=True)
class _Asked:
    raw: bytes
    at: float
    answers: list[Answer] = field(default_factory=list)


class Witness:
    """Takes the entries of one check's trunk and probes."""

    def __init__(self) -> None:
        self.evidence: dict[Stage, list[int]] = {}
        self.rewritten: dict[str, Rewritten] = {}
        """By header."""
        self.nat: str = ""
        """Where the server saw us, where that is not where we are."""
        self.compared = 0
        """Answers whose echo of our request could be compared."""
        self.edge: list[Answer] = []
        """Written by the server itself: challenges, and answers to OPTIONS."""
        self.repeats = 0
        self.garbage = False
        self._asked: OrderedDict[tuple[str, int | None, str], _Asked] = OrderedDict()

    def take(self, entry: TraceEntry, stage: Stage) -> None:
        """Read one entry, seen while `stage` ran."""
        if entry.kind == "transition":
            return
        place: Stage = "name" if entry.fact in _NAMING else stage
        numbers = self.evidence.setdefault(place, [])
        if len(numbers) < MAX_EVIDENCE:
            numbers.append(entry.number)
        if entry.kind == "message":
            self._message(entry)

    def answers(self, call_id: str) -> tuple[Answer, ...]:
        """What answered the last request of a Call-ID."""
        for (asked, _, _), one in reversed(self._asked.items()):
            if asked == call_id:
                return tuple(one.answers)
        return ()

    def last_asked(self, call_id: str) -> float | None:
        """When the last request of a Call-ID left; None if none did."""
        for (asked, _, _), one in reversed(self._asked.items()):
            if asked == call_id:
                return one.at
        return None

    def asked(self, call_id: str) -> int:
        """How many requests of a Call-ID left, repeats not counted."""
        return sum(asked == call_id for asked, _, _ in self._asked)

    def last_of(self, method: str) -> tuple[Answer, ...]:
        """What answered the last request of a method."""
        for (_, _, asked), one in reversed(self._asked.items()):
            if asked == method:
                return tuple(one.answers)
        return ()

    def _message(self, entry: TraceEntry) -> None:
        key = (entry.call_id, entry.cseq, entry.method)
        if entry.direction == "sent":
            if entry.status == 0 and entry.method not in {"ACK", "CANCEL"}:
                self._sent(entry, key)
            return
        if not entry.method:
            self.garbage = True
            return
        asked = self._asked.get(key)
        if entry.status == 0 or asked is None:
            return
        answer = read_answer(entry.raw, (entry.monotonic - asked.at) * 1000)
        if answer is None:
            return
        asked.answers.append(answer)
        if answer.status in {401, 407} or entry.method == "OPTIONS":
            self.edge.append(answer)
        self.compared += 1
        for change in compare(asked.raw, entry.raw):
            self.rewritten.setdefault(change.header, change)
        self.nat = self.nat or behind_nat(entry.raw, entry.local)

    def _sent(self, entry: TraceEntry, key: tuple[str, int | None, str]) -> None:
        if entry.retransmission:
            self.repeats += 1
            return
        self._asked[key] = _Asked(entry.raw, entry.monotonic)
        if len(self._asked) > MAX_REQUESTS:
            self._asked.popitem(last=False)
