"""How long to keep packets so that late ones still come in time, learnt from how they come."""

from __future__ import annotations

SHORTEST = 160
"""20 ms, in samples."""
LONGEST = 1600
"""200 ms."""
_FIRST = 320
_BIN = 80
_BINS = LONGEST // _BIN + 1
_WINDOW = 128
"""Packets after which the older half of what is known is forgotten."""
_REVIEW = 16
_YOUNG = 25
_MISSED = 0.01
"""The share of packets that may be later than we wait for."""


class PlayoutDelay:
    """A histogram of transit times over the last 128 to 256 packets; all values are samples.

    A transit time is arrival minus timestamp, so only differences between two mean anything. The
    least of the window is the path's own time, `base`; `target` is what 99 of 100 packets need
    beyond it, and 10 ms for the grid of our own frames. Two half windows instead of one sliding:
    a packet then costs a few additions.
    """

    def __init__(self) -> None:
        self.base = 0.0
        self.target = _FIRST
        self._known = 0
        self._counts = [0] * _BINS
        self._older = [0] * _BINS
        self._least = self._least_older = float("inf")

    @property
    def known(self) -> bool:
        """Whether any packet came."""
        return self._known > 0

    @property
    def desired(self) -> float:
        """Play the sample of timestamp t when t + `desired` have passed."""
        return self.base + self.target

    def add(self, transit: float) -> None:
        """Learn the transit time of a packet."""
        if not self._known:
            self.base = self._least = transit
        elif transit < self._least:
            self._least = transit
            if transit < self.base:
                self._rebase(transit)
        self._known += 1
        late = transit - self.base
        self._counts[min(_BINS - 1, int(late / _BIN))] += 1
        if self._known % _WINDOW == 0:
            self._turn()
        if self._known % _REVIEW == 0 or late > self.target:
            self._review()

    def _turn(self) -> None:
        self._older, self._counts = self._counts, [0] * _BINS
        self._least_older, self._least = self._least, float("inf")
        self._rebase(self._least_older)

    def _rebase(self, base: float) -> None:
        """Move the counts with the base they are relative to."""
        steps = int((self.base - base) / _BIN)
        self.base = base
        if steps:
            self._counts = _moved(self._counts, steps)
            self._older = _moved(self._older, steps)

    def _review(self) -> None:
        missed = _MISSED * (sum(self._counts) + sum(self._older))
        highest = _BINS - 1
        above = 0
        for highest in range(_BINS - 1, -1, -1):
            above += self._counts[highest] + self._older[highest]
            if above > missed:
                break
        least = SHORTEST if self._known > _YOUNG else _FIRST
        self.target = max(least, min(LONGEST, (highest + 2) * _BIN))


def _moved(counts: list[int], steps: int) -> list[int]:
    moved = [0] * _BINS
    for index, count in enumerate(counts):
        moved[max(0, min(_BINS - 1, index + steps))] += count
    return moved
