"""RTP packets as values (RFC 3550 section 5.1). Hostile bytes give MalformedPacket, nothing else."""

from __future__ import annotations

import struct
from typing import NamedTuple

_FIXED = struct.Struct("!BBHII")
HEADER_BYTES = _FIXED.size
MAX_BYTES = 2048
"""Longer datagrams are no telephone audio (60 ms of G.711 are 480 bytes)."""


class MalformedPacket(Exception):
    """A datagram that is no valid RTP or RTCP packet; the message says which rule it breaks."""


class RtpPacket(NamedTuple):
    payload_type: int
    sequence: int
    timestamp: int
    ssrc: int
    payload: bytes
    marker: bool = False
    csrc: tuple[int, ...] = ()
    extension: bytes = b""
    """The header extension with its own four bytes, uninterpreted; empty if there is none."""


def parse_packet(data: bytes) -> RtpPacket:
    """Read one RTP packet. Raises MalformedPacket."""
    size = len(data)
    if size < HEADER_BYTES:
        raise MalformedPacket("shorter than the fixed header of 12 bytes")
    if size > MAX_BYTES:
        raise MalformedPacket(f"longer than {MAX_BYTES} bytes")
    first, second, sequence, timestamp, ssrc = _FIXED.unpack_from(data)
    if first >> 6 != 2:
        raise MalformedPacket(f"version {first >> 6}, not 2")
    payload_type = second & 0x7F
    if 64 <= payload_type <= 95:
        # RFC 5761 section 4: with RTCP on the same port these would be RTCP packet types 192 to 223.
        raise MalformedPacket("an RTCP packet type in place of a payload type")
    if first & 0x3F == 0:
        return RtpPacket(payload_type, sequence, timestamp, ssrc, data[HEADER_BYTES:], second > 0x7F)
    return _with_options(data, first, second)


def _with_options(data: bytes, first: int, second: int) -> RtpPacket:
    """CSRC list, header extension (5.3.1) and padding, each checked against the datagram's length."""
    _, _, sequence, timestamp, ssrc = _FIXED.unpack_from(data)
    count = first & 0x0F
    start = HEADER_BYTES + 4 * count
    if start > len(data):
        raise MalformedPacket("a CSRC list longer than the packet")
    csrc = struct.unpack_from(f"!{count}I", data, HEADER_BYTES)
    extension = b""
    if first & 0x10:
        if start + 4 > len(data):
            raise MalformedPacket("an extension header cut short")
        words = int.from_bytes(data[start + 2 : start + 4], "big")
        end = start + 4 + 4 * words
        if end > len(data):
            raise MalformedPacket("an extension longer than the packet")
        extension = data[start:end]
        start = end
    end = len(data)
    if first & 0x20:
        padding = data[-1]
        if padding == 0 or padding > end - start:
            raise MalformedPacket("a padding count that does not fit")
        end -= padding
    return RtpPacket(
        second & 0x7F, sequence, timestamp, ssrc, data[start:end], second > 0x7F, csrc, extension
    )


def build_packet(packet: RtpPacket) -> bytes:
    """Write one RTP packet without padding. ValueError for fields out of range: our own bug."""
    if len(packet.csrc) > 15 or len(packet.extension) % 4 or not 0 <= packet.payload_type <= 127:
        raise ValueError("fields that fit no RTP packet")
    first = 0x80 | (0x10 if packet.extension else 0) | len(packet.csrc)
    second = packet.payload_type | (0x80 if packet.marker else 0)
    head = _FIXED.pack(
        first, second, packet.sequence & 0xFFFF, packet.timestamp & 0xFFFFFFFF, packet.ssrc & 0xFFFFFFFF
    )
    if packet.csrc:
        head += struct.pack(f"!{len(packet.csrc)}I", *packet.csrc)
    return head + packet.extension + packet.payload
