"""Proof that our sound came back: the marks of `marker.Marked`, found in what the far end sends.

Both sinks run on the media thread and only collect. When a mark went out and there was time for it
to return, a `Search` is handed over, to be stepped through on a thread where milliseconds are free.
"""

from __future__ import annotations

import math
from array import array
from collections import deque
from collections.abc import Callable, Iterator
from functools import cache
from itertools import accumulate
from operator import add, mul, sub

from tccc_desk.rtp.correlation import correlate, scaled
from tccc_desk.rtp.marker import CHIRP_SAMPLES, GAPS, chirp
from tccc_desk.rtp.pcm import RATE, linear, samples
from tccc_desk.rtp.report import LoopProof

LONGEST_S = 2.0
"""The longest delay that is looked for."""
_SOON = RATE // 2
"""Most loops are shorter than half a second: looked for first, so that the proof comes early."""
_EDGE = 80
_TOLERANCE = RATE * 3 // 50
_LIKENESS = 0.35
"""Correlation coefficient of both chirps together; noise and speech reach 0.2."""
_LIKENESS_EACH = 0.22
_PIECES = 8
_KEPT = RATE * 5
_REMEMBERED = 6
"""Marks that `returned_percent` is the mean of."""


@cache
def _edges() -> tuple[tuple[bytes, bytes], ...]:
    """First and last 10 ms of the chirp as they sound."""
    made = [linear(codec, chirp(codec)) for codec in ("PCMA", "PCMU")]
    return tuple((pcm[: 2 * _EDGE], pcm[-2 * _EDGE :]) for pcm in made)


@cache
def _pattern() -> array[int]:
    return samples(linear("PCMU", chirp("PCMU")))


@cache
def _coarse() -> list[int]:
    return scaled(_halved(_pattern()))


def _halved(values: array[int]) -> list[int]:
    """Sums of neighbours: 4 kHz are enough for a chirp up to 1700 Hz."""
    return list(map(add, values[0::2], values[1::2]))


class _Line:
    """Sound laid along time, the last seconds of it."""

    def __init__(self) -> None:
        self.pcm = bytearray()
        self.start = 0
        """Position of the first sample kept."""

    @property
    def end(self) -> int:
        return self.start + len(self.pcm) // 2

    def add(self, at: int, pcm: bytes) -> None:
        if abs(at - self.end) > _TOLERANCE:
            if not self.end < at < self.end + _KEPT:
                self.pcm.clear()
                self.start = at
            else:
                self.pcm += bytes(2 * (at - self.end))
        self.pcm += pcm[: len(pcm) & ~1]
        excess = len(self.pcm) // 2 - _KEPT
        if excess > RATE:  # now and then, not with each frame
            del self.pcm[: 2 * excess]
            self.start += excess

    def cut(self, start: int, end: int) -> bytes:
        """Sound from `start` to `end`; silence where nothing is kept."""
        lead = max(0, self.start - start)
        low = max(0, start - self.start)
        return (bytes(2 * lead) + self.pcm[2 * low : max(0, 2 * (end - self.start))]).ljust(
            2 * (end - start), b"\0"
        )


class Search:
    """One mark looked for in what arrived since it was sent."""

    def __init__(self, pcm: bytes, apart: int, longest: int, tell: Callable[[Found | None], None]) -> None:
        """`pcm` begins with the mark's sending; `apart` is from chirp to chirp, all in samples."""
        self._pcm = pcm
        self._apart = apart
        self._longest = longest
        self._tell = tell

    def steps(self) -> Iterator[None]:
        """Work to be done in steps of some milliseconds at most; tells the result at its end."""
        heard = samples(self._pcm)
        if not any(heard) or max(map(abs, heard)) < 24:  # what A-law calls silence
            self._tell(None)
            return
        yield
        half = scaled(_halved(heard))
        yield
        likeness: list[int] = []
        yield from correlate(_coarse(), half, likeness)
        energy = list(accumulate(map(mul, half, half), initial=0))
        chirp_energy = sum(map(mul, _coarse(), _coarse()))
        spans = list(map(sub, energy[len(_coarse()) :], energy))
        yield
        apart, lags = self._apart // 2, min(self._longest // 2, len(likeness) - self._apart // 2)
        best, where = 0.0, -1
        for lag in range(max(0, lags)):
            both = likeness[lag] + likeness[lag + apart]
            power = spans[lag] + spans[lag + apart]
            if power and both * both > best * power:
                best, where = both * both / power, lag
        yield
        if where < 0 or math.sqrt(best / (2 * chirp_energy)) < _LIKENESS:
            self._tell(None)
            return
        each = [
            likeness[at] / math.sqrt(chirp_energy * spans[at]) if spans[at] else 0.0
            for at in (where, where + apart)
        ]
        if each[0] * each[1] <= 0 or min(map(abs, each)) < _LIKENESS_EACH:
            self._tell(None)
            return
        self._tell(self._closely(heard, 2 * where))

    def _closely(self, heard: array[int], near: int) -> Found:
        """Delay to the sample, and what each eighth of the chirps came back with."""
        pattern, apart = _pattern(), self._apart

        def strength(lag: int) -> float:
            return sum(
                sum(map(mul, pattern, heard[lag + shift : lag + shift + CHIRP_SAMPLES]))
                for shift in (0, apart)
            )

        lags = range(max(0, near - 3), near + 4)
        lag = max(lags, key=lambda lag: abs(strength(lag)))
        sign = 1 if strength(lag) > 0 else -1
        size = CHIRP_SAMPLES // _PIECES
        gains = []
        for shift in (0, apart):
            for at in range(0, CHIRP_SAMPLES, size):
                part = pattern[at : at + size]
                there = heard[lag + shift + at : lag + shift + at + size]
                gains.append(sign * sum(map(mul, part, there)) / sum(map(mul, part, part)))
        # The pieces that came through tell the level, however many were lost.
        upper = sorted(gains)[_PIECES:]
        gain = upper[len(upper) // 2]
        returned = sum(min(1.0, max(0.0, one / gain)) for one in gains) / len(gains)
        return Found(lag, gain, returned)


class Found:
    """A mark that came back."""

    def __init__(self, lag: int, gain: float, returned: float) -> None:
        self.lag = lag
        """Samples from sending to return."""
        self.gain = gain
        self.returned = returned
        """The part of the mark that came back, 0 to 1."""


class LoopProver:
    """Attach `sent` to what we send and `received` to what they send; `proof` is what is known.

    `submit` takes each search to where it is stepped through; it must not block. The delay is from
    our sending to our playing, the jitter buffer included: what an ear at our end would notice.
    """

    def __init__(self, submit: Callable[[Search], None]) -> None:
        self._submit = submit
        self._origin: float | None = None
        self._ours = _Line()
        self._theirs = _Line()
        self._begun: deque[int] = deque(maxlen=4)
        self._chirps: deque[int] = deque(maxlen=2)
        self._mark: tuple[int, int] | None = None
        self._stages: deque[int] = deque()
        self._results: deque[float] = deque(maxlen=_REMEMBERED)
        self._last: Found | None = None
        self._marks = 0
        """Marks that went out whole."""
        self._answered = 0
        """The last of them that came back."""
        self.sent: _Sink = _Sink(self._send)
        self.received: _Sink = _Sink(self._receive)
        _coarse()
        _edges()

    def proof(self) -> LoopProof | None:
        """None until a mark could have come back; `returned_percent` 0 if none did. From any thread."""
        results, last = list(self._results), self._last
        if not results:
            return None
        if last is None:
            return LoopProof(delay_ms=0.0, attenuation_db=0.0, returned_percent=0.0)
        return LoopProof(
            delay_ms=round(last.lag * 1000 / RATE, 1),
            attenuation_db=round(-20 * math.log10(max(last.gain, 1e-6)), 1),
            returned_percent=round(100 * sum(results) / len(results), 1),
        )

    # -- on the media thread

    def _at(self, now: float) -> int:
        if self._origin is None:
            self._origin = now
        return round((now - self._origin) * RATE)

    def _send(self, pcm: bytes, now: float) -> None:
        line = self._ours
        line.add(self._at(now), pcm)
        low = max(line.start, line.end - len(pcm) // 2 - _EDGE + 1)
        fresh = line.cut(low, line.end)
        for first, last in _edges():
            if (at := _found(fresh, first)) >= 0:
                self._begun.append(low + at)
            if (at := _found(fresh, last)) >= 0 and low + at + _EDGE - CHIRP_SAMPLES in self._begun:
                self._complete(low + at + _EDGE - CHIRP_SAMPLES)

    def _complete(self, at: int) -> None:
        """A whole chirp went out that began at this position."""
        if self._chirps and at <= self._chirps[-1]:
            return
        self._chirps.append(at)
        first, second = self._chirps[0], self._chirps[-1]
        if GAPS[0] <= second - first - CHIRP_SAMPLES <= GAPS[1]:
            self._marks += 1
            self._mark = (first, second - first)
            self._stages = deque((_SOON, round(LONGEST_S * RATE)))

    def _receive(self, pcm: bytes, now: float) -> None:
        self._theirs.add(self._at(now), pcm)
        if self._mark is None or not self._stages or self._answered == self._marks:
            return
        start, apart = self._mark
        end = start + apart + CHIRP_SAMPLES + self._stages[0] + 16
        if self._theirs.end < end:
            return
        longest = self._stages.popleft()
        final, mark = not self._stages, self._marks

        def tell(found: Found | None) -> None:  # on the thread of the search
            if found is not None:
                self._answered = mark
                self._last = found
                self._results.append(found.returned)
            elif final:
                self._results.append(0.0)

        self._submit(Search(self._theirs.cut(start, end), apart, longest, tell))


def _found(pcm: bytes, wanted: bytes) -> int:
    """Position in samples, -1 if it is not there."""
    at = pcm.find(wanted)
    return at // 2 if at >= 0 and at % 2 == 0 else -1


class _Sink:
    def __init__(self, take: Callable[[bytes, float], None]) -> None:
        self._take = take

    def play(self, pcm: bytes, now: float) -> None:
        self._take(pcm, now)
