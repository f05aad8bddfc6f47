"""Notices that this machine was suspended: timers stood still and far ends forgot us.

The monotonic clock stops in a suspension (Linux, macOS), so nothing else in the engine can
tell. The difference of two clocks of the system can: one that counts sleep and one that does
not. A wall clock set forward is neither, and changes nothing.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

TICK_S = 5.0
"""How often a driver looks."""
LEAST_S = 2.0
"""A shorter sleep is taken for none: flows outlive it."""


def slept_clock() -> Callable[[], float]:
    """A function that gives the seconds slept since the system started; 0 where none can tell."""
    if sys.platform == "linux":
        return _difference(time.CLOCK_BOOTTIME, time.CLOCK_MONOTONIC)
    elif sys.platform == "darwin":  # noqa: RET505 - the type checker reads platforms by branches
        return _difference(time.CLOCK_MONOTONIC, time.CLOCK_UPTIME_RAW)
    elif sys.platform == "win32":
        import ctypes  # noqa: PLC0415 - not needed elsewhere

        kernel = ctypes.windll.kernel32
        kernel.GetTickCount64.restype = ctypes.c_uint64
        awake = ctypes.c_uint64()  # units of 100 ns, standing still in sleep

        def slept() -> float:
            kernel.QueryUnbiasedInterruptTime(ctypes.byref(awake))
            return float(kernel.GetTickCount64() / 1e3 - awake.value / 1e7)

        return slept
    else:
        return lambda: 0.0


def _difference(counting: int, standing: int) -> Callable[[], float]:
    return lambda: time.clock_gettime(counting) - time.clock_gettime(standing)


class SleepWatch:
    """Says each suspension once, at the first look after it."""

    def __init__(self, slept: Callable[[], float]) -> None:
        self._slept = slept
        self._before = slept()

    def look(self) -> float:
        """Seconds slept since the last look, 0 for none."""
        now = self._slept()
        grown, self._before = now - self._before, now
        return grown if grown >= LEAST_S else 0.0
