"""Sound of any rate brought to 8 kHz by a polyphase low-pass filter (windowed sinc, Kaiser).

Below 3.4 kHz it passes, from 4.6 kHz on it damps by 50 dB and more; what lies between folds only
onto frequencies above the telephone band. For rates below 8 kHz the band is their own.
"""

from __future__ import annotations

import math
from array import array
from operator import mul

from tccc_desk.rtp.pcm import RATE

_MAX_PHASES = 512
"""Odd rates (44,101) would need thousands: the nearest of 512 is 66 dB exact at 3.4 kHz."""
_DAMPING_DB = 55.0
_PASS = 0.425
_STOP = 0.575
"""Edges of the transition, as parts of the lower of both rates."""


def _bessel(x: float) -> float:
    """The modified Bessel function of order zero."""
    term = total = 1.0
    k = 1
    while term > total * 1e-12:
        term *= (x / (2 * k)) ** 2
        total += term
        k += 1
    return total


class Resampler:
    """Feed it samples at `rate` (hertz), take what 8 kHz makes of them; nothing is shifted in time."""

    def __init__(self, rate: int) -> None:
        common = math.gcd(rate, RATE)
        self._rate = rate
        self._up, self._down = RATE // common, rate // common
        lower = min(rate, RATE)
        self._cutoff = (_PASS + _STOP) / 2 * lower / rate
        width = 2 * math.pi * (_STOP - _PASS) * lower / rate
        self._half = math.ceil((_DAMPING_DB - 8) / (2.285 * width) / 2)
        self._beta = 0.1102 * (_DAMPING_DB - 8.7)
        self._phases: dict[int, array[float]] = {}
        self._grid = min(self._up, _MAX_PHASES)
        # The filter looks `half` samples ahead and back: silence stands before the beginning.
        self._kept = array("h", bytes(2 * (self._half - 1)))
        self._position = 0
        """Where the next output lies between kept samples, in 1/up of a sample."""

    def feed(self, samples: array[int]) -> array[int]:
        """Output that the filter can already give; the rest follows with the next samples."""
        if self._rate == RATE:
            return samples
        kept, up, length = self._kept, self._up, 2 * self._half
        kept.extend(samples)
        out = array("h")
        position = self._position
        last = (len(kept) - length) * up
        while position <= last:
            start, part = divmod(position, up)
            value = sum(map(mul, kept[start : start + length], self._taps(part)))
            out.append(-32768 if value < -32768 else 32767 if value > 32767 else round(value))
            position += self._down
        used = min(position // up, len(kept))
        self._position = position - used * up
        del kept[:used]
        return out

    def end(self) -> array[int]:
        """What still waits for samples that will not come."""
        return self.feed(array("h", bytes(2 * self._half))) if self._rate != RATE else array("h")

    def _taps(self, part: int) -> array[float]:
        """The filter for an output `part`/up of a sample after kept[half - 1]."""
        index = round(part * self._grid / self._up)
        taps = self._phases.get(index)
        if taps is None:
            shift = index / self._grid
            taps = array("d", (self._tap(n - self._half + 1 - shift) for n in range(2 * self._half)))
            level = sum(taps)  # every phase passes a constant alike: no hum out of a bias
            taps = self._phases[index] = array("d", (tap / level for tap in taps))
        return taps

    def _tap(self, at: float) -> float:
        edge = at / self._half
        if abs(edge) >= 1:
            return 0.0
        angle = 2 * math.pi * self._cutoff * at
        return (math.sin(angle) / angle if at else 1.0) * _bessel(self._beta * math.sqrt(1 - edge * edge))
