"""The timers of RFC 3261 table 4 and RFC 6026 as data, and the agenda that orders them.

A timer is a name with an absolute due time; nothing here reads a clock.
"""

from __future__ import annotations

import heapq
from enum import Enum

T1 = 0.5
"""Round-trip estimate, seconds (RFC 3261 section 17.1.1.1)."""
T2 = 4.0
"""Longest interval between repeats of a non-INVITE request or an INVITE response."""
T4 = 5.0
"""Longest time a message stays in the network."""
TRYING_AFTER = 0.2
"""An INVITE not answered by then gets a 100 (RFC 3261 section 17.2.1)."""


class Timer(Enum):
    """Timers by their letters; the two without a letter are named for what they do."""

    A = "A"
    B = "B"
    D = "D"
    E = "E"
    F = "F"
    G = "G"
    H = "H"
    I = "I"  # noqa: E741  the RFC's letter
    J = "J"
    K = "K"
    L = "L"
    M = "M"
    TRYING = "100"
    """Send 100 Trying (section 17.2.1)."""
    SUCCESS = "2xx"
    """Repeat a 2xx to INVITE until its ACK comes (section 13.3.1.4)."""


_FIRST = {
    Timer.A: T1,
    Timer.B: 64 * T1,
    Timer.D: 64 * T1,
    Timer.E: T1,
    Timer.F: 64 * T1,
    Timer.G: T1,
    Timer.H: 64 * T1,
    Timer.I: T4,
    Timer.J: 64 * T1,
    Timer.K: T4,
    Timer.L: 64 * T1,
    Timer.M: 64 * T1,
    Timer.TRYING: TRYING_AFTER,
    Timer.SUCCESS: T1,
}
_REPEATS = frozenset((Timer.A, Timer.E, Timer.G))
_WAITS = frozenset((Timer.D, Timer.I, Timer.J, Timer.K))


def first_interval(timer: Timer, *, reliable: bool) -> float | None:
    """Seconds until `timer` first fires; None when a reliable flow makes it needless, 0 for at once.

    The 2xx is repeated on reliable flows too: a hop behind the next one may be UDP.
    """
    if reliable and timer in _REPEATS:
        return None
    if reliable and timer in _WAITS:
        return 0.0
    return _FIRST[timer]


def next_interval(timer: Timer, last: float) -> float:
    """Return the interval after `last` for a repeating timer: doubled, and except for A never above T2."""
    doubled = 2 * last
    return doubled if timer is Timer.A else min(doubled, T2)


class Agenda:
    """Due times of many owners' timers. Equal due times fire in order of name."""

    def __init__(self) -> None:
        self._due: dict[tuple[str, Timer], float] = {}
        self._heap: list[tuple[float, str, str, Timer]] = []

    def __len__(self) -> int:
        return len(self._due)

    def start(self, owner: str, timer: Timer, due: float) -> None:
        """Start or restart a timer."""
        self._due[owner, timer] = due
        heapq.heappush(self._heap, (due, timer.value, owner, timer))
        if len(self._heap) > 64 + 4 * len(self._due):
            self._rebuild()

    def stop(self, owner: str, timer: Timer) -> None:
        """Stop a timer; nothing happens when it does not run."""
        self._due.pop((owner, timer), None)

    def forget(self, owner: str) -> None:
        """Stop every timer of `owner`."""
        for timer in Timer:
            self._due.pop((owner, timer), None)

    def running(self, owner: str) -> dict[Timer, float]:
        """Return the timers of `owner` and when they are due."""
        return {timer: self._due[owner, timer] for timer in Timer if (owner, timer) in self._due}

    def deadline(self) -> float | None:
        """When the next timer is due, None when none runs."""
        while self._heap:
            due, _, owner, timer = self._heap[0]
            if self._due.get((owner, timer)) == due:
                return due
            heapq.heappop(self._heap)
        return None

    def take(self, now: float) -> tuple[str, Timer] | None:
        """Remove and return the first timer due by `now`, None when none is."""
        due = self.deadline()
        if due is None or due > now:
            return None
        _, _, owner, timer = heapq.heappop(self._heap)
        del self._due[owner, timer]
        return owner, timer

    def _rebuild(self) -> None:
        """Drop stopped timers from the heap, so that it stays in proportion to those running."""
        self._heap = [(due, timer.value, owner, timer) for (owner, timer), due in self._due.items()]
        heapq.heapify(self._heap)
