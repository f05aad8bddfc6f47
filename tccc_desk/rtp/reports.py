"""The exchange of RTCP reports: when ours are due, what they say, what theirs mean (RFC 3550 6)."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tccc_desk.rtp.rtcp import (
    Goodbye,
    ReceiverReport,
    ReportBlock,
    RtcpPacket,
    SenderReport,
    SourceDescription,
    build_compound,
    middle,
    ntp_timestamp,
)
from tccc_desk.rtp.statistics import ReceiverStatistics

INTERVAL_S = 5.0
FIRST_S = 1.0
"""A test call is often shorter than the RFC's first interval of 2.5 s; one early report is harmless."""
_LONGEST_ROUND_TRIP_S = 60.0
_PROOF_PACKETS = 25
"""Packets of ours between two of their reports before silence about us proves anything: half a second."""


@dataclass(frozen=True, slots=True)
class Sending:
    """What we sent so far."""

    packets: int
    octets: int
    timestamp: int
    """RTP timestamp of this moment."""


class ReportExchange:
    """State of both sides' reports in one session. Time and chance are handed in.

    `wall_offset` turns the monotonic `now` of every call into seconds since 1970; `random` gives
    numbers from 0 to 1.
    """

    def __init__(
        self, ssrc: int, cname: str, *, started: float, wall_offset: float, random: Callable[[], float]
    ) -> None:
        self._ssrc = ssrc
        self._cname = cname
        self._wall_offset = wall_offset
        self._random = random
        self.next_due = started + FIRST_S * (0.9 + 0.2 * random())
        self._reported = 0
        self._our_reports: deque[int] = deque(maxlen=8)
        self._their_report: tuple[int, int, float] | None = None
        self._at_last_report: int | None = None
        """How much we had sent when they last reported."""
        self._highest: int | None = None
        self._without_us = 0
        """Reports in a row that had no block about us."""
        self.heard = False
        """Whether any report of theirs came, about us or not."""
        self.remote_report = False
        self.remote_lost: int | None = None
        self.round_trip_s: float | None = None
        self.they_hear: bool | None = None
        """Whether our packets reach them, by their reports; None while nothing is proved."""
        self.said_goodbye = False

    def compose(self, now: float, sending: Sending, source: tuple[int, ReceiverStatistics] | None) -> bytes:
        """Write our report and set the next one's time, 2.5 to 7.5 s away (6.3.1)."""
        self.next_due = now + INTERVAL_S * (0.5 + self._random())
        return build_compound(self._report(now, sending, source))

    def goodbye(self, now: float, sending: Sending, source: tuple[int, ReceiverStatistics] | None) -> bytes:
        """Write the last report with a BYE (6.6)."""
        return build_compound([*self._report(now, sending, source), Goodbye((self._ssrc,))])

    def _report(
        self, now: float, sending: Sending, source: tuple[int, ReceiverStatistics] | None
    ) -> list[RtcpPacket]:
        blocks = (self._block(now, *source),) if source is not None else ()
        description = SourceDescription(self._ssrc, self._cname)
        active = sending.packets != self._reported
        self._reported = sending.packets
        if not active:
            return [ReceiverReport(self._ssrc, blocks), description]
        ntp = ntp_timestamp(now + self._wall_offset)
        self._our_reports.append(middle(ntp))
        report = SenderReport(self._ssrc, ntp, sending.timestamp, sending.packets, sending.octets, blocks)
        return [report, description]

    def _block(self, now: float, ssrc: int, statistics: ReceiverStatistics) -> ReportBlock:
        lsr = dlsr = 0
        if self._their_report is not None and self._their_report[0] == ssrc:
            lsr = self._their_report[1]
            dlsr = min(0xFFFFFFFF, int((now - self._their_report[2]) * 65536))
        return ReportBlock(
            ssrc,
            statistics.fraction_lost(),
            statistics.cumulative_lost,
            statistics.extended_highest,
            int(statistics.jitter),
            lsr,
            dlsr,
        )

    def read(self, packets: Sequence[RtcpPacket], now: float, sent: int) -> None:
        """Take a compound packet of theirs; `sent` is the number of packets we sent so far."""
        reports = [packet for packet in packets if isinstance(packet, SenderReport | ReceiverReport)]
        self.heard = self.heard or bool(reports)
        for packet in packets:
            if isinstance(packet, SenderReport):
                self._their_report = (packet.ssrc, middle(packet.ntp), now)
            elif isinstance(packet, Goodbye):
                self.said_goodbye = True
        about_us = [block for report in reports for block in report.blocks if block.ssrc == self._ssrc]
        if about_us or (reports and not self.said_goodbye):
            self._judge(about_us, sent)
        for block in about_us:
            self.remote_report = True
            # More lost than was ever sent is no measurement, whatever they mean by it.
            self.remote_lost = max(0, block.lost) if block.lost <= sent else None
            self._round_trip(block, now)

    def _judge(self, about_us: list[ReportBlock], sent: int) -> None:
        """Find out whether they hear us.

        A report holds a block for every source heard since the one before (6.4). So a report without
        us, or whose highest sequence number stands still, proves deafness once we sent enough between
        the two; anything newer heard proves the opposite. The report that goes before a BYE is often
        an empty one and proves nothing; and who reported on us once is believed deaf only after two
        reports without us.
        """
        before = self._at_last_report
        self._at_last_report = sent
        enough = before is not None and sent - before >= _PROOF_PACKETS
        if about_us:
            highest = about_us[-1].highest
            if self._highest is None or highest != self._highest:
                self.they_hear = True
            elif enough:
                self.they_hear = False
            self._highest = highest
            self._without_us = 0
        elif enough:
            self._without_us += 1
            if self._without_us > self.remote_report:
                self.they_hear = False

    def _round_trip(self, block: ReportBlock, now: float) -> None:
        """Section 6.4.1: arrival - LSR - DLSR. Only an LSR we really sent counts."""
        if block.lsr not in self._our_reports:
            return
        arrival = middle(ntp_timestamp(now + self._wall_offset))
        units = (arrival - block.lsr - block.dlsr + 0x80000000 & 0xFFFFFFFF) - 0x80000000
        seconds = units / 65536
        if seconds <= _LONGEST_ROUND_TRIP_S:
            self.round_trip_s = max(0.0, seconds)  # their rounding may make it slightly negative
