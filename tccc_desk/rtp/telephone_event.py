"""DTMF as telephone-events (RFC 4733): a schedule for sending, a filter for receiving."""

from __future__ import annotations

from collections import deque
from typing import NamedTuple

from tccc_desk.rtp.packet import MalformedPacket

DIGITS = "0123456789*#ABCD"
"""Event codes 0 to 15 (RFC 4733 section 3.2, table 3)."""
PAUSE = ","
_RATE = 8000
TONE_SAMPLES = _RATE // 10
GAP_SAMPLES = _RATE * 8 // 100
PAUSE_SAMPLES = 2 * _RATE
END_PACKETS = 3
"""The last packet of an event is sent three times (2.5.1.4)."""
MAX_QUEUED = 1024
_LONGEST_SEGMENT = 0xFFFF


def queueable(digits: str, *, waiting: int) -> str | None:
    """Digits fit for a queue in which `waiting` stand already; None where they would be too many.

    Lower-case a-d count. ValueError for anything but digits and ','.
    """
    wanted = digits.upper()
    if not set(wanted) <= set(DIGITS + PAUSE):
        raise ValueError("characters that are no DTMF digits")
    return wanted if waiting + len(wanted) <= MAX_QUEUED else None


class TelephoneEvent(NamedTuple):
    """The payload of section 2.3."""

    event: int
    end: bool
    volume: int
    """Power level in -dBm0, 0 to 63."""
    duration: int
    """Timestamp units since the event's timestamp."""


def build_event(event: TelephoneEvent) -> bytes:
    flags = (0x80 if event.end else 0) | event.volume & 0x3F
    return bytes((event.event, flags)) + min(event.duration, _LONGEST_SEGMENT).to_bytes(2, "big")


def parse_event(payload: bytes) -> TelephoneEvent:
    """Read the first event of a payload. Raises MalformedPacket."""
    if len(payload) < 4:
        raise MalformedPacket("a telephone-event shorter than 4 bytes")
    return TelephoneEvent(
        payload[0], payload[1] > 0x7F, payload[1] & 0x3F, int.from_bytes(payload[2:4], "big")
    )


class EventFrame(NamedTuple):
    """What to send in place of a frame of sound."""

    payload: bytes
    timestamp: int
    """The event's own, the same for all its packets (2.2.1)."""
    marker: bool
    digit: str
    """The digit on its first packet, else empty."""


class DigitSender:
    """Digits waiting to be sent, one event after the other, a packet each frame time."""

    def __init__(self) -> None:
        self._queue: deque[str] = deque()
        self._event = -1
        self._timestamp = 0
        self._duration = 0
        self._ends = 0
        self._quiet = 0
        """Samples of pause still to pass."""

    @property
    def busy(self) -> bool:
        return self._event >= 0 or bool(self._queue)

    def queue(self, digits: str) -> bool:
        """Add digits, all or (False) none where too many wait; lower-case a-d count.

        ValueError for anything but digits and ','.
        """
        wanted = queueable(digits, waiting=len(self._queue))
        if wanted is None:
            return False
        self._queue.extend(wanted)
        return True

    def frame(self, timestamp: int, samples: int) -> EventFrame | None:
        """The event packet of the frame that begins at `timestamp`; None lets the sound pass."""
        if self._event < 0:
            if self._quiet > 0:
                self._quiet -= samples
                return None
            if not self._queue:
                return None
            digit = self._queue.popleft()
            if digit == PAUSE:
                self._quiet = PAUSE_SAMPLES - samples
                return None
            self._event = DIGITS.index(digit)
            self._timestamp = timestamp
            self._duration = self._ends = 0
            return self._packet(samples, digit)
        return self._packet(samples, "")

    def _packet(self, samples: int, digit: str) -> EventFrame:
        if self._ends == 0:
            self._duration += samples
        end = self._duration >= TONE_SAMPLES
        payload = build_event(TelephoneEvent(self._event, end, 10, self._duration))
        if end:
            self._ends += 1
            if self._ends == END_PACKETS:
                self._event = -1
                self._quiet = GAP_SAMPLES
        return EventFrame(payload, self._timestamp, bool(digit), digit)


class DigitReceiver:
    """Turns event packets into digits, each once, whatever is lost, repeated or reordered."""

    def __init__(self) -> None:
        self._known: deque[int] = deque(maxlen=16)
        self._last: tuple[int, TelephoneEvent] | None = None

    def packet(self, payload: bytes, timestamp: int) -> str:
        """The digit if this is the first packet of a new event, else "". Raises MalformedPacket.

        Events that are no digits (flash, tones, fax) are passed over.
        """
        event = parse_event(payload)
        if event.event >= len(DIGITS):
            return ""
        last = self._last
        if timestamp in self._known:
            if last is not None and last[0] == timestamp and event.duration >= last[1].duration:
                self._last = (timestamp, event)
            return ""
        self._known.append(timestamp)
        self._last = (timestamp, event)
        if last is not None and last[1].event == event.event and not last[1].end:
            # Section 2.5.1.3: a tone longer than 65535 units goes on in a segment of its own,
            # whose timestamp follows on from the one before.
            gap = (timestamp - last[0] - last[1].duration) & 0xFFFFFFFF
            if last[1].duration >= _LONGEST_SEGMENT - 4 * _RATE // 100 and gap < _RATE // 10:
                return ""
        return DIGITS[event.event]
