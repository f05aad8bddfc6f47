"""Linear sound between the media thread and a device: a bounded queue, and its two ends."""

from __future__ import annotations

from collections import deque

from tccc_desk.rtp.g711 import SILENCE
from tccc_desk.rtp.pcm import RATE, companded, prepare

_PIECE = RATE // 50
"""Samples in one entry of the queue at most: 20 ms."""


class FrameQueue:
    """`put` from one thread, `take` from another, without a lock: a deque's ends are atomic.

    A device's clock is never quite ours. When it runs ahead, the queue fills to LONGEST and is cut
    back to AHEAD once, instead of delaying the call for ever; when it runs dry, nothing is given
    until AHEAD is there again, instead of tearing every frame.
    """

    LONGEST = RATE * 3 // 25
    """Samples kept at most: 120 ms."""
    AHEAD = RATE // 25
    """Samples that wait at the start and after a cut: 40 ms."""

    def __init__(self) -> None:
        self._pieces: deque[bytes] = deque(maxlen=64)
        self._rest = b""
        self._filling = True
        self.dropped = 0
        """Samples thrown away because they came faster than they were taken."""
        self.starved = 0
        """How often the queue ran dry after it had begun to flow."""

    def put(self, pcm: bytes) -> None:
        """Add 16-bit little-endian samples; half a sample at the end is left out."""
        for start in range(0, len(pcm) & ~1, 2 * _PIECE):
            if len(self._pieces) == self._pieces.maxlen:
                self.dropped += _PIECE  # nobody takes: the oldest makes room
            self._pieces.append(pcm[start : min(start + 2 * _PIECE, len(pcm) & ~1)])

    def take(self, samples: int) -> bytes | None:
        """The next `samples`, 2 bytes each; None while there are not enough."""
        pieces = [self._rest]
        while self._pieces:
            pieces.append(self._pieces.popleft())
        waiting = b"".join(pieces)
        excess = len(waiting) - 2 * max(self.LONGEST, 2 * samples)
        if excess > 0:
            keep = 2 * max(self.AHEAD, samples)
            self.dropped += (len(waiting) - keep) // 2
            waiting = waiting[-keep:]
        if self._filling and len(waiting) >= 2 * max(self.AHEAD, samples):
            self._filling = False
        if self._filling or len(waiting) < 2 * samples:
            self.starved += not self._filling
            self._filling = True
            self._rest = waiting
            return None
        self._rest = waiting[2 * samples :]
        return waiting[: 2 * samples]

    @property
    def waiting(self) -> int:
        """Samples that wait, from any thread: within a frame of the truth while others put and take."""
        return (sum(map(len, tuple(self._pieces))) + len(self._rest)) // 2

    def clear(self) -> None:
        """Forget what waits; to be called by the taking side."""
        self._pieces.clear()
        self._rest = b""
        self._filling = True


class Microphone:
    """A source of what a device heard; silence while it gives nothing."""

    def __init__(self, queue: FrameQueue) -> None:
        self.queue = queue
        self.muted = False
        """True sends silence; what the device heard meanwhile is thrown away."""
        prepare()

    def frame(self, samples: int, codec: str) -> bytes:
        pcm = self.queue.take(samples)
        if pcm is None or self.muted:
            return bytes((SILENCE[codec],)) * samples
        return companded(codec, pcm)

    def heard(self, payload: bytes, codec: str) -> None:
        pass


class Speaker:
    """A sink whose sound a device takes from `queue`."""

    def __init__(self, queue: FrameQueue) -> None:
        self.queue = queue

    def play(self, pcm: bytes, now: float) -> None:  # noqa: ARG002 - the device has its own clock
        self.queue.put(pcm)
