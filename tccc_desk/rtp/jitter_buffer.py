"""The jitter buffer: packets in as they come, 20 ms at a time out; bounded, and nothing is decoded here.

A sample's place in time is its timestamp plus the buffer's delay. What is not there in its time is
made up (`lost`), and comes too late if it comes at all. The delay follows `PlayoutDelay`: in a pause of
the talker it is set anew at once, within sound by one frame repeated or left out.
"""

from __future__ import annotations

from bisect import insort
from enum import Enum
from typing import NamedTuple

from tccc_desk.rtp.playout_delay import LONGEST, PlayoutDelay
from tccc_desk.rtp.sinks import FRAME_SAMPLES
from tccc_desk.rtp.stream import RATE

MOST_PACKETS = 64
SILENT = 127
"""The comfort noise level that is digital silence (RFC 3389 3.1: 0 to -127 dBov)."""
_SHRINK_BEYOND = 400
_SHRINK_EVERY_S = 0.4
_GIVE_UP = RATE // 5
"""Samples made up in a row before we wait for them to begin anew."""
_LATE_IN_A_ROW = 5
_JUMP = RATE
_SPURT_JUMP = RATE // 5
_OTHERS = 512


class Kind(Enum):
    SOUND = "sound"
    LOST = "lost"
    STRETCHED = "stretched"
    """Made up to lengthen the delay; nothing is missing."""
    NOISE = "noise"
    """They are silent: comfort noise at `level`."""


class Piece(NamedTuple):
    """Some samples of a frame."""

    kind: Kind
    samples: int
    codec: str = ""
    payload: bytes = b""
    level: int = SILENT
    """-dBov of comfort noise."""


class _Packet(NamedTuple):
    at: int
    """Timestamp without wraps."""
    sequence: int
    codec: str
    payload: bytes


_QUIET_FRAME = (Piece(Kind.NOISE, FRAME_SAMPLES),)
_STRETCHED_FRAME = (Piece(Kind.STRETCHED, FRAME_SAMPLES),)


class JitterBuffer:
    """Feed it every new packet of one source (see ReceiverStatistics); pull 20 ms every 20 ms.

    `now` and `arrival` are seconds of one clock; `now` is the time a frame is due, not the moment
    of asking. G.711 only: a byte is a sample.
    """

    def __init__(self) -> None:
        self._delay = PlayoutDelay()
        self._queue: list[_Packet] = []
        self._newest: int | None = None
        self._cursor: int | None = None
        """The next sample to play; None while we wait for a beginning."""
        self._played: int | None = None
        """Everything before this sample had its time."""
        self._last_sequence: int | None = None
        self._others: dict[int, None] = {}
        self._noise: int | None = None
        self._noise_sequence = 0
        self._position = 0.0
        self._may_shrink_at = 0.0
        self._missing = 0
        self._pending = 0
        """Samples made up of which only the next packet will tell whether anything was lost."""
        self._made_up = 0
        self._late_row = 0
        self._strange: float | None = None
        self.late = 0

    @property
    def concealed(self) -> int:
        """Frames of 20 ms made up for lost or late packets."""
        return (self._made_up + FRAME_SAMPLES - 1) // FRAME_SAMPLES

    @property
    def delay_ms(self) -> float | None:
        """What the buffer adds to the fastest packet's way; None while nothing arrived."""
        if not self._delay.known:
            return None
        if self._cursor is None:
            return self._delay.target * 1000 / RATE
        ahead = self._position + FRAME_SAMPLES - self._cursor - self._delay.base
        return max(0.0, ahead) * 1000 / RATE

    def begin_anew(self) -> None:
        """Forget the stream, as for another source; the counts stay."""
        self._delay = PlayoutDelay()
        self._queue.clear()
        self._cursor = self._played = self._newest = self._last_sequence = self._strange = None
        self._noise = None
        self._made_up += self._pending
        self._pending = self._missing = self._late_row = 0

    # -- in

    def put(
        self, sequence: int, timestamp: int, codec: str, payload: bytes, arrival: float, *, marker: bool
    ) -> None:
        """Take a packet of sound."""
        at = self._extended(timestamp)
        transit = arrival * RATE - at
        if self._delay.known and self._strayed(transit, marker=marker):
            if not (marker or (self._strange is not None and abs(transit - self._strange) < _SPURT_JUMP)):
                self._strange = transit  # one alone is not believed
                return
            self.begin_anew()  # another leg joined: its clock has nothing to do with the old one's
        self._strange = None
        self._newest = at
        self._delay.add(transit)
        if self._played is not None and at + len(payload) <= self._played:
            self._late(at)
            return
        self._late_row = 0
        if self._pending:
            self._settle(sequence, at)
        insort(self._queue, _Packet(at, sequence, codec, payload))
        if len(self._queue) > MOST_PACKETS:
            del self._queue[0]

    def noise(self, sequence: int, level: int = SILENT) -> None:
        """Take a packet that is no sound: comfort noise at -`level` dBov, or an event (silence)."""
        self._others[sequence] = None
        if len(self._others) > _OTHERS:
            del self._others[next(iter(self._others))]
        self._noise, self._noise_sequence = level, sequence

    def pause(self) -> None:
        """Expect nothing for now, as on hold: what does not come is no loss."""
        self._pending = 0
        self._noise = SILENT
        if self._queue:
            self._noise_sequence = self._queue[-1].sequence
        elif self._last_sequence is not None:
            self._noise_sequence = self._last_sequence

    def _extended(self, timestamp: int) -> int:
        if self._newest is None:
            return timestamp
        return self._newest + ((timestamp - self._newest + 0x80000000 & 0xFFFFFFFF) - 0x80000000)

    def _strayed(self, transit: float, *, marker: bool) -> bool:
        return abs(transit - self._delay.base) > (_SPURT_JUMP if marker else _JUMP)

    def _late(self, at: int) -> None:
        self.late += 1
        self._late_row += 1
        self._made_up += self._pending
        self._pending = 0
        if self._late_row >= _LATE_IN_A_ROW:
            self.begin_anew()
            self._newest = at

    def _settle(self, sequence: int, at: int) -> None:
        """Decide, now that something came after a hole: were they silent, or did we miss something."""
        if self._played is None or at < self._played or not self._follows(sequence):
            self._made_up += self._pending
        self._pending = 0

    def _follows(self, sequence: int) -> bool:
        """Whether no sound is missing between what was played last and this packet."""
        if self._last_sequence is None:
            return True
        between = (sequence - self._last_sequence - 1) & 0xFFFF
        if between > len(self._others):
            return False
        others = self._others
        return all((self._last_sequence + 1 + n) & 0xFFFF in others for n in range(between))

    # -- out

    def pull(self, now: float) -> tuple[Piece, ...]:
        """Give the pieces of the frame that is due now: 160 samples in all."""
        position = self._position = now * RATE
        cursor = self._cursor
        queue = self._queue
        if cursor is None:
            cursor = self._start(position)
            if cursor is None:
                return _QUIET_FRAME if self._noise is None else self._silence(FRAME_SAMPLES)
        short = self._delay.desired - (position - cursor)
        if short > 0 and position - cursor - self._delay.base < LONGEST:
            return _STRETCHED_FRAME
        if short < -_SHRINK_BEYOND and queue and (now >= self._may_shrink_at or short < -LONGEST):
            cursor = self._shrunk(cursor, now)
        if queue:
            first = queue[0]
            if first.at == cursor and len(first.payload) == FRAME_SAMPLES:  # nearly always
                del queue[0]
                self._cursor = self._played = cursor + FRAME_SAMPLES
                self._sounded(first.sequence)
                return (Piece(Kind.SOUND, FRAME_SAMPLES, first.codec, first.payload),)
        return self._assembled(cursor)

    def _start(self, position: float) -> int | None:
        """Begin with the first packet when its time has come."""
        queue = self._queue
        while queue and position - queue[0].at - self._delay.base > LONGEST + FRAME_SAMPLES:
            del queue[0]
        if not queue or queue[0].at > position - self._delay.desired:
            return None
        self._missing = 0
        self._cursor = queue[0].at
        return self._cursor

    def _shrunk(self, cursor: int, now: float) -> int:
        """Leave one frame out."""
        self._may_shrink_at = now + _SHRINK_EVERY_S
        cursor += FRAME_SAMPLES
        queue = self._queue
        while queue and queue[0].at + len(queue[0].payload) <= cursor:
            self._last_sequence = queue[0].sequence
            del queue[0]
        return cursor

    def _assembled(self, cursor: int) -> tuple[Piece, ...]:
        pieces = []
        queue = self._queue
        at, end = cursor, cursor + FRAME_SAMPLES
        while at < end:
            if not queue:
                pieces.append(self._nothing(end - at))
                at = end
                break
            first = queue[0]
            if first.at > at:
                gap = min(first.at, end) - at
                pieces.append(self._gap(gap, first))
                at += gap
                continue
            taken = first.payload[at - first.at : end - first.at]
            at += len(taken)
            if first.at + len(first.payload) <= at:
                del queue[0]
                self._sounded(first.sequence)
            if taken:
                pieces.append(Piece(Kind.SOUND, len(taken), first.codec, taken))
        self._cursor = self._played = end
        if not queue and (self._noise is not None or self._missing >= _GIVE_UP):
            self._cursor = None
        return tuple(pieces)

    def _sounded(self, sequence: int) -> None:
        self._last_sequence = sequence
        self._missing = 0
        if self._noise is not None and 0 < (sequence - self._noise_sequence) & 0xFFFF < 0x8000:
            self._noise = None

    def _nothing(self, samples: int) -> Piece:
        """Nothing is here: they are silent, or it was lost or is late."""
        if self._noise is not None:
            return self._silence(samples)[0]
        self._missing += samples
        self._pending += samples
        return Piece(Kind.LOST, samples)

    def _gap(self, samples: int, following: _Packet) -> Piece:
        if self._follows(following.sequence):
            return self._silence(samples)[0]
        self._made_up += samples
        return Piece(Kind.LOST, samples)

    def _silence(self, samples: int) -> tuple[Piece, ...]:
        return (Piece(Kind.NOISE, samples, level=SILENT if self._noise is None else self._noise),)
