"""What a receiver knows about one source: loss, order, jitter (RFC 3550 A.1, A.3, A.8)."""

from __future__ import annotations

from dataclasses import dataclass

MAX_DROPOUT = 3000
MAX_MISORDER = 100
_WINDOW = 256
_WINDOW_MASK = (1 << _WINDOW) - 1
_LARGEST_STEP_S = 5.0


@dataclass(frozen=True, slots=True)
class Reception:
    """Counts of one source so far. `lost` counts sequence numbers that never came."""

    received: int = 0
    lost: int = 0
    duplicates: int = 0
    reordered: int = 0

    @property
    def unique(self) -> int:
        """Packets that came, repeats not counted."""
        return self.received - self.duplicates


class ReceiverStatistics:
    """Feed it every packet of one SSRC. Sequence numbers wrap, streams restart, packets repeat.

    Differs from RFC 3550 A.1 in one point: the first packet counts at once, without probation. The
    stream was agreed on in signalling and its address latched before it comes here, and a test call
    must not forget the packet after which a loss began.
    """

    def __init__(self, clock_rate: int = 8000) -> None:
        self._rate = clock_rate
        self._begun = False
        self._base = 0
        self._highest = 0
        """Extended: cycles in the upper bits."""
        self._bad = -1
        self._seen = 0
        """Bit n: the sequence number n below the highest has come."""
        self._before = 0
        """Packets expected before the last restart."""
        self.received = 0
        """Every packet, duplicates included (RFC 3550 6.4.1)."""
        self.duplicates = 0
        self.reordered = 0
        self._jitter = 0.0
        self._last: tuple[float, int] | None = None
        self._prior = (0, 0)

    def packet(self, sequence: int, timestamp: int, arrival: float, *, timed: bool = True) -> bool:
        """Count a packet that arrived at `arrival` seconds; False if it is a duplicate or a far jump.

        `timed` is False for packets whose timestamp is not their sampling time (telephone-event,
        RFC 4733 2.2.1): they say nothing about jitter.
        """
        if not self._begun:
            self._restart(sequence)
        elif not self._advance(sequence):
            return False
        self.received += 1
        if timed:
            self._time(timestamp, arrival)
        return True

    def _restart(self, sequence: int) -> None:
        self._before = self.expected
        self._begun = True
        self._base = self._highest = sequence
        self._bad = -1
        self._seen = 1
        self._last = None

    def _advance(self, sequence: int) -> bool:
        step = (sequence - self._highest) & 0xFFFF
        if 0 < step < MAX_DROPOUT:
            self._highest += step
            self._seen = (self._seen << step | 1) & _WINDOW_MASK
            return True
        if MAX_DROPOUT <= step <= 0x10000 - MAX_MISORDER:
            if sequence != self._bad:
                self._bad = (sequence + 1) & 0xFFFF
                return False
            # Two in a row from far away: the other side restarted without telling (A.1).
            self._restart(sequence)
            return True
        behind = (0x10000 - step) & 0xFFFF
        if self._seen >> behind & 1:
            self.received += 1
            self.duplicates += 1
            return False
        # Overtaken by the packet we began with? Then the stream began earlier than we thought.
        self._base = min(self._base, self._highest - behind)
        self._seen |= 1 << behind
        self.reordered += 1
        return True

    def _time(self, timestamp: int, arrival: float) -> None:
        """RFC 3550 A.8, with the difference of two transits built directly, so nothing can wrap."""
        if self._last is not None:
            step = (timestamp - self._last[1] + 0x80000000 & 0xFFFFFFFF) - 0x80000000
            deviation = abs((arrival - self._last[0]) * self._rate - step)
            if deviation < _LARGEST_STEP_S * self._rate:
                self._jitter += (deviation - self._jitter) / 16.0
            # A larger step is a timestamp that began anew (a server joining another leg), no jitter.
        self._last = (arrival, timestamp)

    @property
    def expected(self) -> int:
        """Packets up to the highest sequence number seen (A.3), restarts included."""
        if not self._begun:
            return 0
        return self._before + self._highest - self._base + 1

    @property
    def lost(self) -> int:
        """Sequence numbers that never came; a duplicate does not make up for one."""
        return max(0, self.expected - (self.received - self.duplicates))

    @property
    def cumulative_lost(self) -> int:
        """As a report block says it: duplicates count, so it may be negative (A.3); 24 bits signed."""
        return max(-0x800000, min(0x7FFFFF, self.expected - self.received))

    @property
    def extended_highest(self) -> int:
        return self._highest & 0xFFFFFFFF

    @property
    def jitter(self) -> float:
        """Interarrival jitter in timestamp units."""
        return self._jitter

    @property
    def jitter_ms(self) -> float:
        return self._jitter * 1000.0 / self._rate

    def fraction_lost(self) -> int:
        """Loss since the last call of this method as 0 to 255 of 256 (A.3)."""
        expected, received = self.expected, self.received
        expected_now = expected - self._prior[0]
        lost_now = expected_now - (received - self._prior[1])
        self._prior = (expected, received)
        if expected_now <= 0 or lost_now <= 0:
            return 0
        return min(255, (lost_now << 8) // expected_now)

    @property
    def reception(self) -> Reception:
        return Reception(self.received, self.lost, self.duplicates, self.reordered)
