"""What is heard where nothing came: the last sound repeated and faded, or comfort noise.

Repetition is in the spirit of ITU-T G.711 Appendix I: the last pitch period over and over, at full
strength for 10 ms, then a fifth less every 10 ms, silent after 60 ms; the sound that comes next is
blended in. The period is searched on every second sample, once a hole, which costs a tenth of a
millisecond.
"""

from __future__ import annotations

from array import array
from functools import lru_cache
from operator import mul

from tccc_desk.rtp.jitter_buffer import SILENT
from tccc_desk.rtp.pcm import packed, samples

_SHORTEST_LAG = 40
_LONGEST_LAG = 120
_TEMPLATE = 80
_HISTORY = _LONGEST_LAG + _TEMPLATE
_STEP = 80
_FADE = 0.2
_BLEND = 32
_NOISE_SAMPLES = 1600


class Concealer:
    """Give it every piece of sound in order, or ask it for the missing ones. Values are s16le bytes."""

    def __init__(self) -> None:
        self._history = b""
        self._period: array[int] = array("h")
        self._phase = 0
        self._made = 0

    def sound(self, pcm: bytes) -> bytes:
        """Take what came; gives it back, blended with what was made up before it."""
        if self._made:
            pcm = self._blended(pcm)
            self._made = 0
        self._history = (self._history + pcm)[-2 * _HISTORY :] if len(pcm) < 2 * _HISTORY else pcm
        return pcm

    def missing(self, count: int) -> bytes:
        """Make up `count` samples."""
        if not self._made:
            self._period = _period(samples(self._history))
            self._phase = 0
        made = packed(self._continued(count))
        self._made += count
        return made

    def _continued(self, count: int) -> array[int]:
        period, made = self._period, array("h")
        for index in range(self._made, self._made + count):
            strength = 1.0 - _FADE * max(0, index // _STEP)
            if strength <= 0 or not period:
                made.extend((0,) * (self._made + count - index))
                break
            made.append(int(period[self._phase] * strength))
            self._phase = (self._phase + 1) % len(period)
        return made

    def _blended(self, pcm: bytes) -> bytes:
        fresh = samples(pcm)
        count = min(_BLEND, len(fresh))
        for index, old in enumerate(self._continued(count)):
            share = (index + 1) / (count + 1)
            fresh[index] = int(old * (1 - share) + fresh[index] * share)
        return packed(fresh)


def _period(history: array[int]) -> array[int]:
    """The last period of the sound: where it is most like its own end, by normalised correlation."""
    if len(history) < _HISTORY:
        return array("h")
    template = history[-_TEMPLATE::2]
    best, lag = 0.0, _LONGEST_LAG
    for tried in range(_SHORTEST_LAG, _LONGEST_LAG + 1):
        start = len(history) - _TEMPLATE - tried
        earlier = history[start : start + _TEMPLATE : 2]
        likeness = sum(map(mul, template, earlier))
        energy = sum(map(mul, earlier, earlier))
        if likeness > 0 and energy and likeness * likeness / energy > best:
            best, lag = likeness * likeness / energy, tried
    return history[-lag:]


@lru_cache(maxsize=32)
def _noise(level: int) -> bytes:
    """200 ms of white noise at -`level` dBov; even noise is the same on every run."""
    # Evenly spread values of amplitude a have the effective value a / sqrt 3.
    amplitude = min(32767, int(32768 * 10 ** (-level / 20) * 3**0.5))
    state = 1
    noise = array("h")
    for _ in range(_NOISE_SAMPLES):
        state = (state * 1664525 + 1013904223) & 0xFFFFFFFF
        noise.append(((state >> 16) * (2 * amplitude + 1) >> 16) - amplitude)
    return packed(noise)


class ComfortNoise:
    """Noise without a seam between frames."""

    def __init__(self) -> None:
        self._at = 0

    def frame(self, count: int, level: int) -> bytes:
        """Give `count` samples, at most 160, at -`level` dBov; SILENT gives zeros."""
        if level >= SILENT:
            return bytes(2 * count)
        at = self._at if self._at + count <= _NOISE_SAMPLES else 0
        self._at = at + count
        return _noise(level)[2 * at : 2 * (at + count)]
