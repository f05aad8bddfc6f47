"""pcap and pcapng: packets out of a file, whatever the file claims about itself.

Own code and not dpkt's readers: those build an object a packet (a million of them cost seconds)
and allocate whatever length a block claims. Formats: draft-ietf-opsawg-pcap and -pcapng.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple

from tccc_desk.trace.capture.problem import CaptureProblem
from tccc_desk.trace.capture.source import Source

MAX_PACKET = 1 << 18
"""Octets of one packet: the largest snapshot length of common tools."""
MAX_BLOCK = 1 << 24
MAX_INTERFACES = 10_000

_PCAP = {
    b"\xa1\xb2\xc3\xd4": (">", 1e-6),
    b"\xd4\xc3\xb2\xa1": ("<", 1e-6),
    b"\xa1\xb2\x3c\x4d": (">", 1e-9),
    b"\x4d\x3c\xb2\xa1": ("<", 1e-9),
}
_SECTION = b"\x0a\x0d\x0d\x0a"
_ORDERS = {b"\x1a\x2b\x3c\x4d": ">", b"\x4d\x3c\x2b\x1a": "<"}
_INTERFACE, _OLD_PACKET, _SIMPLE, _ENHANCED = 1, 2, 3, 6
_RESOLUTION, _OFFSET = 9, 14


class Packet(NamedTuple):
    """One packet as captured."""

    at: float
    """Seconds since the epoch."""
    link: int
    """Link type, as in tcpdump.org's list."""
    data: bytes


def is_container(start: bytes) -> bool:
    """Tell a capture file by its first four octets."""
    return start[:4] in _PCAP or start[:4] == _SECTION


class Container:
    """The packets of one file. `damage` is a text id once the file turned out to be broken or cut off."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self.damage = ""

    def packets(self) -> Iterator[Packet]:
        """Give the packets in file order; what comes before damage is given."""
        magic = self._source.peek(4)
        if magic in _PCAP:
            return self._classic(*_PCAP[magic])
        if magic == _SECTION:
            return self._sections()
        raise CaptureProblem("trace.capture.unknown_format")

    def _classic(self, order: str, tick: float) -> Iterator[Packet]:
        head = self._source.take(24)
        if len(head) < 24:
            self.damage = "trace.capture.cut_off"
            return
        link = struct.unpack(order + "I", head[20:])[0] & 0x0FFFFFFF  # the upper bits tell of an FCS
        record = struct.Struct(order + "IIII")
        take = self._source.take
        while header := take(16):
            if len(header) < 16:
                self.damage = "trace.capture.cut_off"
                return
            seconds, ticks, length, _ = record.unpack(header)
            if length > MAX_PACKET:
                self.damage = "trace.capture.damaged"
                return
            data = take(length)
            if len(data) < length:
                self.damage = "trace.capture.cut_off"
                return
            yield Packet(seconds + ticks * tick, link, data)

    def _sections(self) -> Iterator[Packet]:
        order = "<"
        interfaces: list[tuple[int, float, int]] = []
        last = 0.0
        take = self._source.take
        while header := take(8):
            if header[:4] == _SECTION:
                order = _ORDERS.get(self._source.peek(4), "")
                interfaces = []
            if len(header) < 8 or not order:
                self.damage = "trace.capture.cut_off" if len(header) < 8 else "trace.capture.damaged"
                return
            kind, length = struct.unpack(order + "II", header)
            if not 12 <= length <= MAX_BLOCK or length % 4:
                self.damage = "trace.capture.damaged"
                return
            body = take(length - 8)[: length - 12]
            if len(body) < length - 12:
                self.damage = "trace.capture.cut_off"
                return
            if kind == _INTERFACE and len(interfaces) < MAX_INTERFACES and len(body) >= 8:
                interfaces.append(_interface(order, body))
            elif kind in (_ENHANCED, _OLD_PACKET) and len(body) >= 20:
                packet = _enhanced(order, body, interfaces, old=kind == _OLD_PACKET)
                if packet is not None:
                    last = packet.at
                    yield packet
            elif kind == _SIMPLE and interfaces and len(body) > 4:
                # Without a time of its own: it came after the packet before it.
                wire = struct.unpack_from(order + "I", body)[0]
                yield Packet(last, interfaces[0][0], body[4 : 4 + min(wire, MAX_PACKET)])


def _enhanced(order: str, body: bytes, interfaces: list[tuple[int, float, int]], old: bool) -> Packet | None:
    if old:
        number, _, high, low, length = struct.unpack_from(order + "HHIII", body)
    else:
        number, high, low, length = struct.unpack_from(order + "IIII", body)
    if number >= len(interfaces) or length > len(body) - 20 or length > MAX_PACKET:
        return None
    link, tick, offset = interfaces[number]
    return Packet(offset + ((high << 32) + low) * tick, link, body[20 : 20 + length])


def _interface(order: str, body: bytes) -> tuple[int, float, int]:
    """Read an interface description: link type, seconds a tick, seconds to add."""
    link = struct.unpack_from(order + "H", body)[0]
    tick, offset, at = 1e-6, 0, 8
    while at + 4 <= len(body):
        code, length = struct.unpack_from(order + "HH", body, at)
        value = body[at + 4 : at + 4 + length]
        at += 4 + (length + 3) // 4 * 4
        if code == 0:
            break
        if code == _RESOLUTION and len(value) == 1:
            exponent = value[0] & 0x7F
            tick = 2.0**-exponent if value[0] & 0x80 else 10.0**-exponent
        elif code == _OFFSET and len(value) == 8:
            offset = struct.unpack(order + "q", value)[0]
    return link, tick, offset
