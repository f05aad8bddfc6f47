"""What arrives over the whole call, though their source (SSRC) may change in it."""

from __future__ import annotations

from tccc_desk.rtp.packet import RtpPacket
from tccc_desk.rtp.statistics import ReceiverStatistics, Reception


class IncomingStream:
    """Follows one SSRC at a time. A new one is believed after two packets in sequence."""

    def __init__(self, clock_rate: int) -> None:
        self._rate = clock_rate
        self._ssrc = -1
        self._statistics = ReceiverStatistics(clock_rate)
        self._before = Reception()
        self._candidate: tuple[RtpPacket, float] | None = None

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
        candidate = self._candidate
        if (
            candidate is None
            or candidate[0].ssrc != packet.ssrc
            or packet.sequence != (candidate[0].sequence + 1) & 0xFFFF
        ):
            self._candidate = (packet, now)
            return False
        self._before = self.reception
        self._statistics = ReceiverStatistics(self._rate)
        first, at = candidate
        self._statistics.packet(first.sequence, first.timestamp, at)
        self._candidate = None
        return True
