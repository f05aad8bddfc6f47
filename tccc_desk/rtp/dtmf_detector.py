"""DTMF heard within the sound, by the demands of ITU-T Q.24.

Every 10 ms one sum per frequency is made of the last 10 ms; two neighbours together are a window of
20 ms. How much the phase of a sum moved on from its neighbour tells the true frequency, far finer
than the window: within 2.2 % it is DTMF (Q.24: accept 1.5 %, refuse 3.5 %), and almost all power
must lie in the two, as steadily as a machine sends. Speech hardly ever does both for long. A digit
must be seen in two windows running (a tone of 40 ms holds two, one of 20 ms does not); it is over
when four windows lack it (a pause of 40 ms leaves four, a break of 10 ms three).
"""

from __future__ import annotations

import cmath
import math
from array import array
from collections.abc import Callable
from functools import cache
from operator import mul

from tccc_desk.rtp.dtmf_tones import HIGH_HZ, KEYS, LOW_HZ
from tccc_desk.rtp.pcm import RATE, samples

_HALF = RATE // 100
_ALL_HZ = (*LOW_HZ, *HIGH_HZ)
_OFF_BY = 0.022
_PURE = 0.9
"""The least part of all power that the two frequencies have."""
_STEADY = 2.5
"""How much the power of each may differ between the halves of a window: 4 dB."""
_TWIST_DB = (-8.0, 8.0)
"""How much stronger the high frequency may be: Q.24's widest limits, both ways."""
_LEAST = 32768.0**2 * 10 ** (-45 / 10)
"""The least mean power of each frequency: -45 dBov, some -39 dBm0."""
_SEEN = 2
_GONE = 4


@cache
def _tables() -> tuple[tuple[array[float], array[float]], ...]:
    def wave(hertz: int, of: Callable[[float], float]) -> array[float]:
        return array("d", (of(2 * math.pi * hertz * n / RATE) for n in range(_HALF)))

    return tuple((wave(hertz, math.cos), wave(hertz, math.sin)) for hertz in _ALL_HZ)


@cache
def _turns() -> tuple[complex, ...]:
    """How far each frequency turns in 10 ms, backwards."""
    return tuple(cmath.exp(-2j * math.pi * hertz * _HALF / RATE) for hertz in _ALL_HZ)


class DigitDetector:
    """A sink that calls `on_digit(digit)` once for each digit, while the tone sounds."""

    def __init__(self, on_digit: Callable[[str], None]) -> None:
        self._on_digit = on_digit
        self._rest = b""
        self._before: tuple[complex, ...] | None = None
        self._power_before = 0.0
        self._candidate = ""
        self._seen = 0
        self._digit = ""
        """The digit that was told and still sounds."""
        self._gone = 0
        _tables()

    def play(self, pcm: bytes, now: float) -> None:  # noqa: ARG002 - the samples are the time
        """Take linear sound of any length."""
        waiting = self._rest + pcm
        for start in range(0, len(waiting) - 2 * _HALF + 1, 2 * _HALF):
            self._half(samples(waiting[start : start + 2 * _HALF]))
        self._rest = waiting[len(waiting) - len(waiting) % (2 * _HALF) :]

    def _half(self, values: array[int]) -> None:
        power = float(sum(map(mul, values, values)))
        sums = None
        if power > _LEAST * _HALF:
            floats = array("d", values)
            sums = tuple(
                complex(sum(map(mul, floats, cosine)), -sum(map(mul, floats, sine)))
                for cosine, sine in _tables()
            )
        seen = ""
        if sums is not None and self._before is not None:
            seen = _judge(self._before, sums, self._power_before + power)
        self._before, self._power_before = sums, power
        self._follow(seen)

    def _follow(self, seen: str) -> None:
        """One digit for one tone, however its edges look and though 20 ms of it are missing."""
        if self._digit and seen == self._digit:
            self._gone = 0
            return
        if self._digit:
            self._gone += 1
            if self._gone >= _GONE:
                self._digit = ""
        self._seen = self._seen + 1 if seen and seen == self._candidate else int(bool(seen))
        self._candidate = seen
        if self._seen >= _SEEN and seen != self._digit:
            self._digit, self._gone = seen, 0
            self._on_digit(seen)


def _judge(before: tuple[complex, ...], after: tuple[complex, ...], power: float) -> str:
    """The digit in a window of two halves, or nothing. `power` is its sum of squares."""
    whole = [abs(a + b * turn) ** 2 for a, b, turn in zip(before, after, _turns(), strict=True)]
    low = max(range(4), key=whole.__getitem__)
    high = max(range(4, 8), key=whole.__getitem__)
    strengths = []
    for index in (low, high):
        first, second = abs(before[index]) ** 2, abs(after[index]) ** 2
        if not first <= _STEADY * second <= _STEADY * _STEADY * first:
            return ""
        moved = cmath.phase(after[index] * _turns()[index] * before[index].conjugate())
        off = moved * RATE / (2 * math.pi * _HALF)
        if abs(off) > _OFF_BY * _ALL_HZ[index]:
            return ""
        # A window that is off by so many hertz sees that much less of a tone.
        angle = math.pi * off * 2 * _HALF / RATE
        seen = (math.sin(angle) / angle) ** 2 if angle else 1.0
        strengths.append(whole[index] / seen / _HALF)  # the tone's own sum of squares
    if min(strengths) < _LEAST * 2 * _HALF or sum(strengths) < _PURE * power:
        return ""
    twist = 10 * math.log10(strengths[1] / strengths[0])
    return KEYS[4 * low + high - 4] if _TWIST_DB[0] <= twist <= _TWIST_DB[1] else ""
