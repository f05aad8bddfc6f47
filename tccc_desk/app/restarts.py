"""How often a dead engine is started again by itself."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

WINDOW_S = 60.0
DELAYS_S = (0.2, 2.0, 8.0)
"""As many starts as there are delays, within the window."""


class Restarts:
    """At most three times a minute, each time later; then the admin decides."""

    def __init__(self, delays_s: Sequence[float] = DELAYS_S) -> None:
        self._delays_s = delays_s
        self._times: deque[float] = deque(maxlen=len(delays_s))

    def delay(self, now: float) -> float | None:
        """Give the seconds to wait before starting again; None when it was too often. Counts as one start."""
        while self._times and now - self._times[0] >= WINDOW_S:
            self._times.popleft()
        if len(self._times) == len(self._delays_s):
            return None
        delay = self._delays_s[len(self._times)]
        self._times.append(now)
        return delay
