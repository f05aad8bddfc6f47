"""How long a registration waits before its next try."""

from __future__ import annotations

from collections.abc import Callable

FIRST_RETRY_S = 4.0
LAST_RETRY_S = 120.0
SOON_S = 1.0
STABLE_S = 30.0
"""A binding whose flow lived this long was a good one; sooner, the losses are counted."""


class Patience:
    """Grows with each failure in a row and with each flow that is lost right after it was bound.

    `jitter` gives numbers from 0 to 1: many desks must not come back at the same moment.
    """

    def __init__(self, jitter: Callable[[], float]) -> None:
        self._jitter = jitter
        self._failures = 0
        self._losses = 0
        self._bound_at = float("-inf")
        self._not_before = 0.0

    def renew(self) -> None:
        """The admin asks: what was before does not count."""
        self._failures = self._losses = 0

    def bound(self, now: float) -> None:
        """The registrar granted a binding."""
        self._failures = 0
        self._bound_at = now

    def after_loss(self, now: float) -> float:
        """Seconds to wait after the flow of a binding was lost: soon, unless it keeps happening."""
        self._losses = self._losses + 1 if now - self._bound_at < STABLE_S else 0
        longest = min(SOON_S * 2.0 ** max(self._losses - 1, 0), LAST_RETRY_S)
        return self._at_least(longest * (0.5 + self._jitter()), now)

    def after_failure(self, now: float, asked_s: int | None) -> float:
        """Seconds to wait after a failed round; `asked_s` is the server's Retry-After.

        Doubled each time, taken at random from its upper half (RFC 5626 section 4.5).
        """
        longest = min(FIRST_RETRY_S * 2.0**self._failures, LAST_RETRY_S)
        self._failures += 1
        self._not_before = now + (asked_s or 0)
        return self._at_least(longest * (0.5 + self._jitter() / 2), now)

    def _at_least(self, wait_s: float, now: float) -> float:
        """A Retry-After outlives a flow that was lost meanwhile."""
        return max(wait_s, self._not_before - now)
