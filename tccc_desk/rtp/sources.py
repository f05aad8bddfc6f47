"""What we send as sound: each source gives encoded frames of a wished length."""

from __future__ import annotations

import math
from array import array
from functools import cache
from typing import Literal, Protocol

from tccc_desk.rtp.g711 import SILENCE, convert, encode
from tccc_desk.rtp.pcm import companded, packed

Source = Literal["tone", "sweep", "silence", "echo"]
"""A 1 kHz tone, a swept one, silence, or what arrives."""

TONE_HZ = 1000
TONE_DBOV = -10.0
_RATE = 8000


class SoundSource(Protocol):
    """Gives frames to send and is told what arrived. Called on the media thread; never blocks."""

    def frame(self, samples: int, codec: str) -> bytes:
        """Give the next `samples` bytes of G.711."""
        ...

    def heard(self, payload: bytes, codec: str) -> None:
        """Take a payload that arrived."""
        ...


def source_named(name: Source) -> SoundSource:
    """A fresh source. ValueError for a name that is none."""
    match name:
        case "tone":
            return Tone()
        case "sweep":
            return Sweep()
        case "silence":
            return Silence()
        case "echo":
            return Echo()
    raise ValueError(f"no source is called {name!r}")


class Silence:
    def frame(self, samples: int, codec: str) -> bytes:
        return bytes((SILENCE[codec],)) * samples

    def heard(self, payload: bytes, codec: str) -> None:
        pass


@cache
def _tone_cycle(codec: str) -> bytes:
    """One period of the tone: 1 kHz at 8000 samples a second is 8 samples, so it repeats exactly."""
    # A sine of amplitude a has the level 20 log10(a / 32768) - 3.01 dBov.
    amplitude = 32768 * 10 ** (TONE_DBOV / 20) * math.sqrt(2)
    period = _RATE // TONE_HZ
    # Half a sample off zero, so that all eight samples differ from silence.
    return encode(
        codec, [round(amplitude * math.sin(2 * math.pi * (n + 0.5) / period)) for n in range(period)]
    )


class Tone:
    """1 kHz at -10 dBov, without a step between frames."""

    def __init__(self) -> None:
        self._phase = 0

    def frame(self, samples: int, codec: str) -> bytes:
        cycle = _tone_cycle(codec)
        start = self._phase
        self._phase = (start + samples) % len(cycle)
        return (cycle * (samples // len(cycle) + 2))[start : start + samples]

    def heard(self, payload: bytes, codec: str) -> None:
        pass


SWEEP_HZ = (300, 3400)
SWEEP_S = 4


@cache
def _sweep_cycle(codec: str) -> bytes:
    """One sweep: the phase is the integral of a frequency that rises in proportion to time.

    It makes a whole number of turns, (300 + 3400) / 2 * 4 = 7400, so the next begins where it ends.
    """
    amplitude = 32768 * 10 ** (TONE_DBOV / 20) * math.sqrt(2)
    low, high = SWEEP_HZ
    length = SWEEP_S * _RATE
    turn = 2 * math.pi / _RATE
    rise = (high - low) / (2 * length)
    return companded(
        codec,
        packed(array("h", (round(amplitude * math.sin(turn * n * (low + rise * n))) for n in range(length)))),
    )


class Sweep:
    """300 to 3400 Hz in 4 s at -10 dBov, over and over, without a step anywhere."""

    def __init__(self) -> None:
        self._phase = 0
        for codec in SILENCE:
            _sweep_cycle(codec)  # here and not on the media thread: it takes some 20 ms, once

    def frame(self, samples: int, codec: str) -> bytes:
        cycle = _sweep_cycle(codec)
        start = self._phase
        end = start + samples
        self._phase = end % len(cycle)
        return cycle[start:end] if end <= len(cycle) else cycle[start:] + cycle[: end - len(cycle)]

    def heard(self, payload: bytes, codec: str) -> None:
        pass


class Echo:
    """Sends back what arrives, at our own pace, through a queue of at most 200 ms.

    After a gap it waits until 40 ms are there, so that jitter does not tear holes into the echo;
    meanwhile, and while nothing came at all, it is silent.
    """

    LONGEST = _RATE // 5
    AHEAD = _RATE // 25

    def __init__(self) -> None:
        self._queue = bytearray()
        self._codec = "PCMA"
        self._filling = True
        self.dropped = 0
        """Samples thrown away because they came faster than we send."""

    def frame(self, samples: int, codec: str) -> bytes:
        queue = self._queue
        if self._filling and len(queue) >= max(samples, self.AHEAD):
            self._filling = False
        if self._filling or len(queue) < samples:
            self._filling = True
            return bytes((SILENCE[codec],)) * samples
        payload = bytes(queue[:samples])
        del queue[:samples]
        return convert(payload, self._codec, codec)

    def heard(self, payload: bytes, codec: str) -> None:
        if codec != self._codec:
            self._queue = bytearray(convert(bytes(self._queue), self._codec, codec))
            self._codec = codec
        self._queue += payload
        excess = len(self._queue) - self.LONGEST
        if excess > 0:
            del self._queue[:excess]
            self.dropped += excess
