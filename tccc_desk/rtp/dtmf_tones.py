"""DTMF as tones within the sound: the frequencies of ITU-T Q.23, sent with margin to Q.24's limits.

Each digit lasts 100 ms and is followed by 80 ms of silence (a receiver needs 40 and 40). The levels
are -8 dBm0 for the low and -6 dBm0 for the high frequency; 0 dBm0 is -6.15 dBov (G.711, table 5).
"""

from __future__ import annotations

import math
from array import array
from collections import deque
from functools import cache
from typing import NamedTuple

from tccc_desk.rtp.g711 import SILENCE
from tccc_desk.rtp.pcm import RATE, companded, packed
from tccc_desk.rtp.telephone_event import GAP_SAMPLES, PAUSE, PAUSE_SAMPLES, TONE_SAMPLES, queueable

LOW_HZ = (697, 770, 852, 941)
HIGH_HZ = (1209, 1336, 1477, 1633)
KEYS = "123A456B789C*0#D"
"""Row by row, each of one low frequency."""
_LOW_DBOV = -8.0 - 6.15
_HIGH_DBOV = -6.0 - 6.15
_RAMP = RATE // 500
"""2 ms from silence to full level, so that a digit clicks at neither end."""
_LEAD = RATE // 25
"""40 ms of silence before the first digit: what was sent before must not run into it."""


@cache
def _tone(digit: str, codec: str) -> bytes:
    row, column = divmod(KEYS.index(digit), 4)
    parts = [
        (32768 * math.sqrt(2) * 10 ** (level / 20), 2 * math.pi * hertz / RATE)
        for level, hertz in ((_LOW_DBOV, LOW_HZ[row]), (_HIGH_DBOV, HIGH_HZ[column]))
    ]
    values = array("h")
    for n in range(TONE_SAMPLES):
        edge = min(1.0, (n + 0.5) / _RAMP, (TONE_SAMPLES - n - 0.5) / _RAMP)
        values.append(round(edge * sum(amplitude * math.sin(turn * n) for amplitude, turn in parts)))
    return companded(codec, packed(values))


class ToneFrame(NamedTuple):
    """What to send in place of a frame of sound."""

    payload: bytes
    digit: str
    """The digit that begins in this frame, else empty."""


class ToneSender:
    """Digits waiting to be sent as tones, one after the other."""

    def __init__(self) -> None:
        self._queue: deque[str] = deque()
        self._tone = ""
        """The digit that sounds, empty in silence."""
        self._position = 0
        """Samples of it that were sent."""
        self._quiet = 0
        """Samples of silence still to pass."""

    @property
    def busy(self) -> bool:
        return bool(self._queue or self._tone or self._quiet)

    def queue(self, digits: str) -> bool:
        """Add digits, all or (False) none where too many wait; lower-case a-d count.

        ValueError for anything but digits and ','.
        """
        wanted = queueable(digits, waiting=len(self._queue))
        if wanted is None:
            return False
        for codec in SILENCE:  # here and not on the media thread
            for digit in set(wanted) - {PAUSE}:
                _tone(digit, codec)
        if wanted and not self.busy:
            self._quiet = _LEAD
        self._queue.extend(wanted)
        return True

    def frame(self, samples: int, codec: str) -> ToneFrame | None:
        """The next `samples` of G.711; None lets the sound pass."""
        if not self.busy:
            return None
        payload, begun = bytearray(), ""
        while len(payload) < samples:
            wanted = samples - len(payload)
            if self._quiet:
                part = min(self._quiet, wanted)
                payload += bytes((SILENCE[codec],)) * part
                self._quiet -= part
            elif self._tone:
                payload += _tone(self._tone, codec)[self._position : self._position + wanted]
                self._position += wanted
                if self._position >= TONE_SAMPLES:
                    self._tone, self._quiet = "", GAP_SAMPLES
            elif not self._queue:
                payload += bytes((SILENCE[codec],)) * wanted
            elif (digit := self._queue.popleft()) == PAUSE:
                self._quiet = PAUSE_SAMPLES
            else:
                self._tone, self._position, begun = digit, 0, digit
        return ToneFrame(bytes(payload), begun)
