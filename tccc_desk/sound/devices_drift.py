"""Keeps the sound that waits between a device and a call small, although their clocks differ.

Two crystals differ by some 100 millionths: a minute of call gains or lacks 50 samples, ten hours
30,000. A frame made one sample longer or shorter can not be heard; a queue that overflows can.
"""

from __future__ import annotations

from array import array
from collections import deque

from tccc_desk.rtp.pcm import packed, samples

_WINDOW = 50
"""Frames over which the least that waits is looked for: a second, in which every scheduler has its turn."""
LEAST, MOST = 200, 400
"""Samples that may lie idle at every moment. Both sides move whole frames, so a clock that slides by is
not seen until it passes the other, and then 160 are missing at once: below 160 that would be heard."""


class Drift:
    """One direction. `step` frame by frame says by how many samples the next one is to change."""

    def __init__(self) -> None:
        self._waiting: deque[int] = deque(maxlen=_WINDOW)
        self.inserted = 0
        self.dropped = 0

    def step(self, waiting: int) -> int:
        """`waiting`: samples left over beside this frame, negative if it is not whole; gives -1, 0 or 1."""
        if waiting < 0:
            self._waiting.clear()  # ran dry altogether: it fills up by itself, silence needs no stretching
            return 0
        self._waiting.append(waiting)
        if len(self._waiting) < _WINDOW:
            return 0
        least = min(self._waiting)
        if least > MOST:
            self.dropped += 1
            return -1
        if least < LEAST:
            self.inserted += 1
            return 1
        return 0


def stretched(pcm: bytes, length: int) -> bytes:
    """The same sound in `length` samples, a few more or fewer, along straight lines between samples."""
    values = samples(pcm)
    have = len(values)
    if have == length or not have:
        return pcm
    values.append(values[-1])
    out = array("h")
    for index in range(length):
        at, part = divmod(index * have, length)
        out.append(values[at] + (values[at + 1] - values[at]) * part // length)
    return packed(out)
