"""8 kHz brought to a device's own rate, for the few devices that refuse 8 kHz.

A polyphase low-pass (windowed sinc, 16 samples long): what 8 kHz can not hold stays 40 dB away. At
48 kHz it costs 1.1 ms of each 20, which is why the system's own conversion is tried first.
"""

from __future__ import annotations

import math
from array import array
from operator import mul

from tccc_desk.rtp.pcm import RATE

_HALF = 8
"""Samples on either side that an output sample is made from: 1 ms."""


class Rise:
    """Feed it samples at 8 kHz, take what `rate` makes of them, 1 ms later."""

    def __init__(self, rate: int) -> None:
        common = math.gcd(rate, RATE)
        self._up, self._down = rate // common, RATE // common
        self._phases: dict[int, array[float]] = {}
        self._kept = array("h", bytes(2 * (2 * _HALF - 1)))
        self._position = 0
        """Where the next output lies between kept samples, in 1/up of a sample."""

    def feed(self, samples: array[int]) -> array[int]:
        """The output that these samples complete."""
        if self._up == self._down:
            return samples
        kept, up, position = self._kept, self._up, self._position
        kept.extend(samples)
        out = array("h")
        last = (len(kept) - 2 * _HALF) * up
        while position <= last + up - 1:
            start, part = divmod(position, up)
            value = sum(map(mul, kept[start : start + 2 * _HALF], self._taps(part)))
            out.append(-32768 if value < -32768 else 32767 if value > 32767 else round(value))
            position += self._down
        used = position // up
        self._position = position - used * up
        del kept[:used]
        return out

    def _taps(self, part: int) -> array[float]:
        taps = self._phases.get(part)
        if taps is None:
            shift = part / self._up
            taps = array("d", (_tap(n - _HALF + 1 - shift) for n in range(2 * _HALF)))
            level = sum(taps)
            taps = self._phases[part] = array("d", (tap / level for tap in taps))
        return taps


def _tap(at: float) -> float:
    if abs(at) >= _HALF:
        return 0.0
    window = 0.42 + 0.5 * math.cos(math.pi * at / _HALF) + 0.08 * math.cos(2 * math.pi * at / _HALF)
    return window * (math.sin(math.pi * at) / (math.pi * at) if at else 1.0)
