"""Packets made for messages that were never captured as such: Ethernet, IP, UDP and TCP, all sums right.

Own code and not dpkt's classes, which build five objects a packet: a hundred thousand messages take
seconds instead of most of a minute. dpkt reads them back in the tests.
"""

from __future__ import annotations

import struct
from array import array

MAX_SEGMENT = 1400
MAX_DATAGRAM = 65_507
FIN, SYN, PSH, ACK = 1, 2, 8, 16

_DESK = bytes.fromhex("020000000001")
_PEER = bytes.fromhex("020000000002")
_LITTLE = array("H", b"\x01\x00")[0] == 1

End = tuple[bytes, int]
"""Address of 4 or 16 octets, and port."""


class Frames:
    """Builds packets. `ethernet` False leaves them bare IP (link type 101)."""

    def __init__(self, *, ethernet: bool) -> None:
        self._ethernet = ethernet
        self._number = 0

    def udp(self, source: End, destination: End, payload: bytes) -> bytes:
        """Give one datagram, at most `MAX_DATAGRAM` octets of payload."""
        head = struct.pack("!HHHH", source[1], destination[1], 8 + len(payload), 0)
        checksum = _checksum(_pseudo(source, destination, 17, 8 + len(payload)) + head + payload) or 0xFFFF
        return self._packet(source, destination, 17, head[:6] + checksum.to_bytes(2, "big") + payload)

    def tcp(
        self, source: End, destination: End, numbers: tuple[int, int], flags: int, payload: bytes = b""
    ) -> bytes:
        """Give one segment with its sequence and acknowledgement number."""
        options = b"\x02\x04\x05\x78" if flags & SYN else b""  # MSS 1400
        head = struct.pack(
            "!HHIIBBHHH",
            source[1],
            destination[1],
            numbers[0] & 0xFFFFFFFF,
            numbers[1] & 0xFFFFFFFF if flags & ACK else 0,
            (20 + len(options)) << 2,
            flags,
            65535,
            0,
            0,
        )
        whole = head + options + payload
        checksum = _checksum(_pseudo(source, destination, 6, len(whole)) + whole)
        return self._packet(
            source, destination, 6, head[:16] + checksum.to_bytes(2, "big") + head[18:] + options + payload
        )

    def _packet(self, source: End, destination: End, protocol: int, content: bytes) -> bytes:
        if len(source[0]) == 16:
            kind = b"\x86\xdd"
            header = struct.pack("!IHBB", 6 << 28, len(content), protocol, 64) + source[0] + destination[0]
        else:
            kind = b"\x08\x00"
            self._number = (self._number + 1) & 0xFFFF
            header = struct.pack(
                "!BBHHHBBH", 0x45, 0, 20 + len(content), self._number, 0x4000, 64, protocol, 0
            )
            header += source[0] + destination[0]
            header = header[:10] + _checksum(header).to_bytes(2, "big") + header[12:]
        if not self._ethernet:
            return header + content
        return _PEER + _DESK + kind + header + content


def _pseudo(source: End, destination: End, protocol: int, length: int) -> bytes:
    if len(source[0]) == 16:
        return source[0] + destination[0] + struct.pack("!II", length, protocol)
    return source[0] + destination[0] + struct.pack("!BBH", 0, protocol, length)


def _checksum(data: bytes) -> int:
    """RFC 1071."""
    words = array("H", data if len(data) % 2 == 0 else data + b"\0")
    total = sum(words)
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    if _LITTLE:
        total = ((total & 0xFF) << 8) | (total >> 8)
    return ~total & 0xFFFF
