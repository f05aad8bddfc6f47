"""Keeps the sound that waits between a device and a call small, although their clocks differ.

Two crystals differ by some 100 millionths: a minute of call gains or lacks 50 samples, ten hours
30,000. Now and then a frame made one sample longer or shorter can not be heard; a queue that
overflows can. A backlog is no drift: it goes at once, whole frames of it, cross-faded.
"""

from __future__ import annotations

from array import array
from collections import deque

from tccc_desk.rtp.pcm import packed, samples

_WINDOW = 50
"""Frames over which the least that waits is looked for: a second, in which every scheduler has its turn."""
_EVERY = 8
"""Frames between two that are changed by a sample: 0.08 % of pitch, and clocks 780 millionths apart."""
_FRAME = 160
LEAST, MOST = 200, 400
"""Samples that may lie idle at every moment. Both sides move whole frames, so a clock that slides by is
not seen until it passes the other, and then 160 are missing at once: below 160 that would be heard."""
_BACKLOG = MOST + _FRAME
"""With so many idle a frame can go without coming near LEAST; no clock alone makes it come to that."""


class Drift:
    """One direction. `step` frame by frame says by how many samples the next one is to change."""

    def __init__(self) -> None:
        self._waiting: deque[int] = deque(maxlen=_WINDOW)
        self._since = _EVERY
        """Frames since one was changed."""
        self.inserted = 0
        self.dropped = 0
        """Samples so far."""

    def step(self, waiting: int) -> int:
        """`waiting`: samples left over beside this frame, negative if it is not whole.

        Gives -1, 0 or 1, or whole frames to leave out as a negative multiple of 160.
        """
        if waiting < 0:
            self._waiting.clear()  # ran dry altogether: it fills up by itself, silence needs no stretching
            return 0
        self._waiting.append(waiting)
        self._since += 1
        if len(self._waiting) < _WINDOW:
            return 0
        least = min(self._waiting)
        if least >= _BACKLOG:
            surplus = (least - LEAST) // _FRAME * _FRAME
            self._waiting.clear()  # what lay idle before says nothing now
            self.dropped += surplus
            return -surplus
        if self._since < _EVERY or LEAST <= least <= MOST:
            return 0
        self._since = 0
        if least > MOST:
            self.dropped += 1
            return -1
        self.inserted += 1
        return 1


class Fitter:
    """Carries out what `Drift` says on frames that are given and not asked for: a microphone's."""

    def __init__(self, drift: Drift) -> None:
        self._drift = drift
        self._held = b""
        self._wanted = 0
        """Octets to hold before they become one frame."""

    def fit(self, pcm: bytes, waiting: int) -> bytes:
        """What to hand on for a frame of the device while `waiting` samples wait; may be empty."""
        if not self._wanted:
            change = self._drift.step(waiting)
            if change > -_FRAME:
                return stretched(pcm, _FRAME + change) if change else pcm
            self._wanted = 2 * (_FRAME - change)
        self._held += pcm
        if len(self._held) < self._wanted:
            return b""
        held, self._held, self._wanted = self._held, b"", 0
        return shortened(held, _FRAME)


def shortened(pcm: bytes, length: int) -> bytes:
    """The beginning of the sound faded into its end within `length` samples: what is between is left out."""
    values = samples(pcm)
    if len(values) <= length:
        return stretched(pcm, length)
    start, end = values[:length], values[-length:]
    return packed(
        array(
            "h",
            ((a * (length - n) + b * n) // length for n, (a, b) in enumerate(zip(start, end, strict=True))),
        )
    )


def fitted(pcm: bytes, length: int) -> bytes:
    """The same sound in `length` samples: stretched by a sample or two, whole frames too many left out."""
    return (shortened if len(pcm) >= 2 * (length + _FRAME) else stretched)(pcm, length)


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
