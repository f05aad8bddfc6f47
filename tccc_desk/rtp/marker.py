"""A tone or sweep that carries marks by which its echo is known again.

A mark is two chirps of 256 ms, 300 to 1700 Hz, with a time between them that is drawn anew for each:
somebody else's tone, even from the same program, does not have it.
"""

from __future__ import annotations

import math
from array import array
from collections import deque
from collections.abc import Callable
from functools import cache
from typing import Literal

from tccc_desk.rtp.pcm import RATE, companded, packed
from tccc_desk.rtp.sources import SWEEP_S, TONE_DBOV, Sweep, Tone

CHIRP_SAMPLES = 2048
CHIRP_HZ = (300, 1700)
GAPS = (RATE * 3 // 10, RATE)
"""Least and most time from the end of the one chirp to the begin of the other."""
_STEP = 8
"""The gap is a whole number of periods of the tone."""
_FIRST = RATE
_BETWEEN = 4 * RATE


@cache
def chirp(codec: str) -> bytes:
    """The chirp in G.711. It makes 256 whole turns and begins where the tone left off: no step."""
    low, high = CHIRP_HZ
    amplitude = 32768 * 10 ** (TONE_DBOV / 20) * math.sqrt(2)
    values = array("h")
    for n in range(CHIRP_SAMPLES):
        turns = 1 / 16 + n * (low + (high - low) * n / (2 * CHIRP_SAMPLES)) / RATE
        values.append(round(amplitude * math.sin(2 * math.pi * turns)))
    return companded(codec, packed(values))


class Marked:
    """The tone (or the sweep) with a mark after the first second (sweep) and then about every 5 s.

    `random` gives numbers from 0 to below 1.
    """

    def __init__(self, kind: Literal["tone", "sweep"], random: Callable[[], float]) -> None:
        self._random = random
        self._tone = Tone()
        self._sweep = Sweep() if kind == "sweep" else None
        self._parts: deque[tuple[str, int]] = deque()
        self._part = ("sound", SWEEP_S * RATE if self._sweep else _FIRST)
        self._position = 0
        for codec in ("PCMA", "PCMU"):
            chirp(codec)

    def frame(self, samples: int, codec: str) -> bytes:
        payload = b""
        while len(payload) < samples:
            kind, length = self._part
            wanted = min(samples - len(payload), length - self._position)
            if kind == "chirp":
                payload += chirp(codec)[self._position : self._position + wanted]
            elif kind == "sound" and self._sweep is not None:
                payload += self._sweep.frame(wanted, codec)
            else:
                payload += self._tone.frame(wanted, codec)
            self._position += wanted
            if self._position == length:
                self._next()
        return payload

    def heard(self, payload: bytes, codec: str) -> None:
        pass

    def _next(self) -> None:
        if not self._parts:
            low, high = GAPS
            gap = low + int(self._random() * ((high - low) // _STEP)) * _STEP
            sound = SWEEP_S * RATE if self._sweep else _BETWEEN
            self._parts.extend(
                (("chirp", CHIRP_SAMPLES), ("gap", gap), ("chirp", CHIRP_SAMPLES), ("sound", sound))
            )
        self._part, self._position = self._parts.popleft(), 0
