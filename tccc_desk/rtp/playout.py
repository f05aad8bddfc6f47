"""The far end's sound for those who listen, 20 ms at a time, by the media clock."""

from __future__ import annotations

from tccc_desk.rtp.concealment import ComfortNoise, Concealer
from tccc_desk.rtp.jitter_buffer import JitterBuffer, Kind, Piece
from tccc_desk.rtp.pcm import linear
from tccc_desk.rtp.sinks import FRAME_MS, Sink

_FRAME_S = FRAME_MS / 1000
_MOST_AT_ONCE = 10
"""Frames made up for when we come late; what is older is left out."""

Played = tuple[tuple[Sink, ...], bytes, float]
"""Who listens, 20 ms of linear sound, and when it was due."""


class Playout:
    """Runs the jitter buffer on an absolute schedule, and decodes only while somebody listens.

    Without a listener the buffer runs all the same, since late and concealed packets are measured.
    """

    def __init__(self, started: float) -> None:
        self.buffer = JitterBuffer()
        self.sinks: tuple[Sink, ...] = ()
        self._anchor = started
        self._tick = 0
        self._concealer = Concealer()
        self._noise = ComfortNoise()

    @property
    def next_due(self) -> float:
        return self._anchor + self._tick * _FRAME_S

    def attach(self, sink: Sink) -> None:
        """Let a sink listen."""
        if not self.sinks:
            self._concealer = Concealer()
        if sink not in self.sinks:
            self.sinks = (*self.sinks, sink)

    def detach(self, sink: Sink) -> None:
        """Let a sink listen no more; nothing for one that does not."""
        self.sinks = tuple(one for one in self.sinks if one is not sink)

    def frames(self, now: float) -> list[Played]:
        """Every frame due by now, for whoever listens."""
        behind = int((now - self.next_due) / _FRAME_S)
        if behind > _MOST_AT_ONCE:
            self._tick += behind - _MOST_AT_ONCE
        played: list[Played] = []
        while (due := self.next_due) <= now:
            self._tick += 1
            pieces = self.buffer.pull(due)
            if self.sinks:
                played.append((self.sinks, b"".join(map(self._linear, pieces)), due))
        return played

    def _linear(self, piece: Piece) -> bytes:
        match piece.kind:
            case Kind.SOUND:
                return self._concealer.sound(linear(piece.codec, piece.payload))
            case Kind.NOISE:
                return self._concealer.sound(self._noise.frame(piece.samples, piece.level))
            case Kind.LOST | Kind.STRETCHED:
                return self._concealer.missing(piece.samples)
