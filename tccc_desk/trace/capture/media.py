"""RTP in a capture: noted stream by stream, never kept. RFC 3550 for sequence and jitter."""

from __future__ import annotations

from collections import OrderedDict

import msgspec

from tccc_desk.trace.capture.addresses import Way, endpoint

MAX_STREAMS = 20_000
MIN_PACKETS = 3
"""Fewer are a coincidence: any datagram may begin like RTP."""

_CLOCKS = {9: 8000, 26: 90000, 31: 90000, 32: 90000, 34: 90000}


class MediaStream(msgspec.Struct, frozen=True, kw_only=True):
    """What arrived of one RTP stream where the capture was made."""

    source: str
    destination: str
    ssrc: int
    payload_type: int
    """The one most packets bore."""
    packets: int
    lost: int
    """Expected by sequence number, and not there."""
    duplicated: int
    jitter_ms: float
    """RFC 3550 section 6.4.1, at the end; by an 8 kHz clock unless the payload type says otherwise."""
    first_at: float
    last_at: float


class _Stream:
    __slots__ = (
        "base",
        "cycles",
        "doubles",
        "first",
        "highest",
        "jitter",
        "last",
        "packets",
        "transit",
        "types",
    )

    def __init__(self, at: float, sequence: int) -> None:
        self.first = self.last = at
        self.base = self.highest = sequence
        self.cycles = 0
        self.packets = 0
        self.doubles = 0
        self.jitter = 0.0
        self.transit: float | None = None
        self.types: dict[int, int] = {}


class Media:
    """Counts RTP. Bounded: beyond `MAX_STREAMS` the one silent for longest is forgotten."""

    def __init__(self) -> None:
        self._streams: OrderedDict[tuple[Way, int], _Stream] = OrderedDict()

    def packet(self, at: float, way: Way, payload: bytes) -> bool:
        """Count one datagram if it is RTP; say whether it was."""
        kind = payload[1] & 0x7F
        if len(payload) < 12 or payload[0] & 0xC0 != 0x80 or 64 <= kind <= 95:  # RFC 5761: RTCP
            return False
        sequence = (payload[2] << 8) | payload[3]
        key = (way, int.from_bytes(payload[8:12], "big"))
        stream = self._streams.get(key)
        if stream is None:
            stream = self._streams[key] = _Stream(at, sequence)
            if len(self._streams) > MAX_STREAMS:
                self._streams.popitem(last=False)
        stream.packets += 1
        stream.last = at
        if kind in stream.types or len(stream.types) < 16:
            stream.types[kind] = stream.types.get(kind, 0) + 1
        step = (sequence - stream.highest) & 0xFFFF
        if 0 < step < 0x8000:
            if sequence < stream.highest:
                stream.cycles += 1
            stream.highest = sequence
        elif not step and stream.packets > 1:
            stream.doubles += 1
        if kind < 96 or len(stream.types) == 1:  # telephone-event repeats its time stamp
            clock = _CLOCKS.get(kind, 8000)
            transit = at * clock - int.from_bytes(payload[4:8], "big")
            if stream.transit is not None:
                change = abs(transit - stream.transit)
                if change < clock * 10:  # a new time base is no jitter
                    stream.jitter += (change - stream.jitter) / 16
            stream.transit = transit
        return True

    def streams(self) -> list[MediaStream]:
        """Give the streams of at least `MIN_PACKETS`, in the order they began."""
        found = []
        for (way, ssrc), stream in self._streams.items():
            if stream.packets < MIN_PACKETS:
                continue
            expected = stream.cycles * 65536 + stream.highest - stream.base + 1
            kind = max(stream.types, key=lambda one: stream.types[one])
            found.append(
                MediaStream(
                    source=endpoint(way[0], way[1]),
                    destination=endpoint(way[2], way[3]),
                    ssrc=ssrc,
                    payload_type=kind,
                    packets=stream.packets,
                    lost=max(0, expected - (stream.packets - stream.doubles)),
                    duplicated=stream.doubles,
                    jitter_ms=round(stream.jitter / _CLOCKS.get(kind, 8000) * 1000, 3),
                    first_at=stream.first,
                    last_at=stream.last,
                )
            )
        return sorted(found, key=lambda one: one.first_at)
