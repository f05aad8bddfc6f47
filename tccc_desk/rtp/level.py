"""How loud a G.711 stream was during the last second, in dBov.

0 dBov is the level of a square wave at full scale (the reference of RFC 6465 appendix A), so a
full-scale sine is -3.01 dBov. Digital silence is given as -127, the lowest value RFC 6464 knows.
"""

from __future__ import annotations

import math
from collections import deque

from tccc_desk.rtp.g711 import LINEAR

FLOOR_DBOV = -127.0
_ENERGY = {codec: tuple(value * value for value in table) for codec, table in LINEAR.items()}
_FULL_SCALE = 32768.0


def dbov(energy: float, samples: int) -> float:
    """Level of a sum of squares of 16-bit samples."""
    if samples <= 0 or energy <= 0:
        return FLOOR_DBOV
    return max(FLOOR_DBOV, 10.0 * math.log10(energy / samples / (_FULL_SCALE * _FULL_SCALE)))


class LevelMeter:
    """A sliding window over payloads. Bounded: at most 128 payloads are remembered."""

    def __init__(self, window_s: float = 1.0) -> None:
        self._window_s = window_s
        self._heard: deque[tuple[float, float, int]] = deque(maxlen=128)
        self._last = (b"", "", 0)
        self.loudest_dbov: float | None = None
        """The loudest payload so far; None before the first."""
        self._begun: float | None = None
        self._until = 0.0

    def add(self, payload: bytes, codec: str, now: float) -> None:
        if not payload:
            return
        if self._last[0] == payload and self._last[1] == codec:
            energy = self._last[2]  # a tone or silence repeats itself: 100 calls then cost nothing here
        else:
            energy = sum(map(_ENERGY[codec].__getitem__, payload))
            self._last = (payload, codec, energy)
            level = dbov(energy, len(payload))
            if self.loudest_dbov is None or level > self.loudest_dbov:
                self.loudest_dbov = level
        self._note(energy, len(payload), now)

    def add_noise(self, level: int, now: float) -> None:
        """Take comfort noise at -`level` dBov as 20 ms of sound (RFC 3389)."""
        energy = 160 * (_FULL_SCALE * 10 ** (-level / 20)) ** 2 if level < -FLOOR_DBOV else 0.0
        self._note(energy, 160, now)

    def _note(self, energy: float, samples: int, now: float) -> None:
        if self._begun is None:
            self._begun = now
        self._until = now
        self._heard.append((now, energy, samples))

    def forget_loudest(self) -> None:
        """Let `silent_for` begin anew."""
        self.loudest_dbov = self._begun = None
        self._last = (b"", "", 0)

    def silent_for(self, seconds: float, below_dbov: float) -> bool:
        """Whether so much time of sound came, and no payload of it was ever louder than that."""
        if self._begun is None or self._until - self._begun < seconds:
            return False
        return self.loudest_dbov is None or self.loudest_dbov <= below_dbov

    def dbov(self, now: float) -> float | None:
        """The level over the window that ends now; None if no payload falls into it."""
        recent = [(energy, count) for at, energy, count in self._heard if now - at <= self._window_s]
        if not recent:
            return None
        return dbov(sum(energy for energy, _ in recent), sum(count for _, count in recent))
