"""What arrives over the whole call, though their source (SSRC) may change in it."""

from __future__ import annotations

from tccc_desk.rtp.packet import RtpPacket
from tccc_desk.rtp.statistics import ReceiverStatistics, Reception

_MOST_CANDIDATES = 256
"""More than a flood of 5,000 a second brings between two packets of 20 ms."""


class IncomingStream:
    """Follows one SSRC at a time. A new one is believed after two packets in sequence."""

    def __init__(self, clock_rate: int) -> None:
        self._rate = clock_rate
        self._ssrc = -1
        self._statistics = ReceiverStatistics(clock_rate)
        self._before = Reception()
        self._candidates: dict[int, tuple[RtpPacket, float]] = {}
        """The last packet of each source that may become the present one, by SSRC."""

    @property
    def current(self) -> tuple[int, ReceiverStatistics] | None:
        """SSRC and statistics of the present source; None before the first packet."""
        return None if self._ssrc < 0 else (self._ssrc, self._statistics)

    @property
    def ssrc(self) -> int:
        """The present source; -1 before the first packet."""
        return self._ssrc

    @property
    def jitter_ms(self) -> float:
        return self._statistics.jitter_ms

    @property
    def reception(self) -> Reception:
        """Counts over all their sources so far."""
        now, before = self._statistics.reception, self._before
        return Reception(
            before.received + now.received,
            before.lost + now.lost,
            before.duplicates + now.duplicates,
            before.reordered + now.reordered,
        )

    def packet(self, packet: RtpPacket, now: float, *, timed: bool) -> bool | None:
        """Count a packet: True if it is new, False for a repeat or a far jump, None for a stray source."""
        if packet.ssrc != self._ssrc:
            if self._ssrc >= 0 and not self._believe(packet, now):
                return None
            self._ssrc = packet.ssrc
        return self._statistics.packet(packet.sequence, packet.timestamp, now, timed=timed)

    def _believe(self, packet: RtpPacket, now: float) -> bool:
        before = self._candidates.pop(packet.ssrc, None)
        if before is None or packet.sequence != (before[0].sequence + 1) & 0xFFFF:
            # A flood of made-up sources must not hide the two packets of a true one.
            while len(self._candidates) >= _MOST_CANDIDATES:
                del self._candidates[next(iter(self._candidates))]
            self._candidates[packet.ssrc] = (packet, now)
            return False
        self._before = self.reception
        self._statistics = ReceiverStatistics(self._rate)
        first, at = before
        self._statistics.packet(first.sequence, first.timestamp, at)
        self._candidates.clear()
        return True
