"""Where the sound of the far end goes: speaker, recording, detectors."""

from __future__ import annotations

from typing import Protocol

FRAME_MS = 20
FRAME_SAMPLES = 160


class Sink(Protocol):
    """Takes linear sound. Called on the media thread, every 20 ms; must never block.

    Only while a sink is attached is anything of the far end's sound decoded.
    """

    def play(self, pcm: bytes, now: float) -> None:
        """Take 20 ms: 160 samples of 16 bits, little endian, 8 kHz. `now` is monotonic seconds."""
        ...
