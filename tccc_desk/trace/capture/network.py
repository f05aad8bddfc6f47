"""From a captured frame to UDP datagrams and TCP segments: link layers, VLANs, IPv4, IPv6, fragments.

Own code and not dpkt's classes: a million frames through them cost half a minute, and their
nesting follows whatever a frame claims. Each step here looks at a fixed place and checks its length.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import NamedTuple

UDP, TCP = 17, 6

_IPV4, _IPV6, _PPPOE = 0x0800, 0x86DD, 0x8864
_TAGS = frozenset({0x8100, 0x88A8, 0x9100, 0x9200})
_EXTENSIONS = frozenset({0, 43, 51, 60, 135})
_FRAGMENT = 44
_MAX_TAGS = 8
_MAX_EXTENSIONS = 8

MAX_FRAGMENTED = 1024
"""Datagrams put together at the same time; beyond it the oldest is given up."""
MAX_PIECES = 128
MAX_AGE_S = 30.0

_ETHERNET, _NULL, _LOOP, _PPP, _COOKED, _COOKED_2 = 1, 0, 108, 9, 113, 276
_RAW = frozenset({12, 14, 101, 228, 229})
LINKS = frozenset({_ETHERNET, _NULL, _LOOP, _PPP, _COOKED, _COOKED_2}) | _RAW


class Datagram(NamedTuple):
    """What IP carried. `source` and `destination` are 4 or 16 octets."""

    protocol: int
    source: bytes
    destination: bytes
    payload: bytes


class _Pieces:
    __slots__ = ("at", "end", "parts", "size")

    def __init__(self, at: float) -> None:
        self.at = at
        self.parts: dict[int, bytes] = {}
        self.size = 0
        self.end = -1


class Network:
    """Takes frames apart and puts fragments together. Bounded; what it drops it counts."""

    def __init__(self) -> None:
        self._waiting: OrderedDict[tuple[bytes, bytes, int, int], _Pieces] = OrderedDict()
        self.unreadable = 0
        """Frames that broke off within their headers."""
        self.fragments_lost = 0
        """Datagrams of which a fragment is missing, or that overlapped."""
        self.foreign_links: dict[int, int] = {}
        """Link types nobody here reads, with the number of their frames."""

    def datagram(self, at: float, link: int, data: bytes) -> Datagram | None:
        """Give the datagram in a frame, or None: another protocol, or a fragment that waits."""
        try:
            if link == _ETHERNET:
                return self._typed(at, (data[12] << 8) | data[13], data, 14)
            if link in _RAW:
                return self._ip(at, data, 0)
            if link == _COOKED:
                return self._typed(at, (data[14] << 8) | data[15], data, 16)
            if link == _COOKED_2:
                return self._typed(at, (data[0] << 8) | data[1], data, 20)
            if link in (_NULL, _LOOP):  # the family's number differs by system and byte order
                return self._ip(at, data, 4)
            if link == _PPP:
                start = 4 if data[:2] == b"\xff\x03" else 2
                return self._ip(at, data, start)
        except IndexError:
            self.unreadable += 1
            return None
        if link in self.foreign_links or len(self.foreign_links) < 64:
            self.foreign_links[link] = self.foreign_links.get(link, 0) + 1
        return None

    def _typed(self, at: float, kind: int, data: bytes, start: int) -> Datagram | None:
        """Follow an EtherType past VLAN tags and PPPoE."""
        for _ in range(_MAX_TAGS):
            if kind in (_IPV4, _IPV6):
                return self._ip(at, data, start)
            if kind in _TAGS:
                kind = (data[start + 2] << 8) | data[start + 3]
                start += 4
            elif kind == _PPPOE:
                protocol = (data[start + 6] << 8) | data[start + 7]
                return self._ip(at, data, start + 8) if protocol in (0x21, 0x57) else None
            else:
                return None
        return None

    def _ip(self, at: float, data: bytes, start: int) -> Datagram | None:
        version = data[start] >> 4
        if version == 4:
            return self._version_4(at, data, start)
        return self._version_6(at, data, start) if version == 6 else None

    def _version_4(self, at: float, data: bytes, start: int) -> Datagram | None:
        header = (data[start] & 15) * 4
        length = (data[start + 2] << 8) | data[start + 3]
        flags = (data[start + 6] << 8) | data[start + 7]
        protocol = data[start + 9]
        source, destination = data[start + 12 : start + 16], data[start + 16 : start + 20]
        if header < 20 or len(destination) < 4 or (length and length < header):
            self.unreadable += 1
            return None
        # A length of 0: the network card cuts the segment up later (TSO), the frame's length counts.
        end = start + length if length else len(data)
        payload = data[start + header : end]
        if not flags & 0x3FFF:
            return Datagram(protocol, source, destination, payload)
        if protocol not in (UDP, TCP):
            return None
        number = (data[start + 4] << 8) | data[start + 5]
        key = (source, destination, protocol, number)
        return self._fragment(at, key, (flags & 0x1FFF) * 8, bool(flags & 0x2000), payload)

    def _version_6(self, at: float, data: bytes, start: int) -> Datagram | None:
        length = (data[start + 4] << 8) | data[start + 5]
        kind = data[start + 6]
        source, destination = data[start + 8 : start + 24], data[start + 24 : start + 40]
        if len(destination) < 16:
            self.unreadable += 1
            return None
        place = start + 40
        end = place + length if length else len(data)
        for _ in range(_MAX_EXTENSIONS):
            if kind in (UDP, TCP):
                return Datagram(kind, source, destination, data[place:end])
            if kind in _EXTENSIONS:
                size = (data[place + 1] + 2) * 4 if kind == 51 else (data[place + 1] + 1) * 8
                kind, place = data[place], place + size
            elif kind == _FRAGMENT:
                inner = data[place]
                flags = (data[place + 2] << 8) | data[place + 3]
                number = int.from_bytes(data[place + 4 : place + 8], "big")
                payload = data[place + 8 : end]
                if not flags & 0xFFF9:
                    kind, place = inner, place + 8
                    continue
                if inner not in (UDP, TCP):
                    return None
                key = (source, destination, inner, number)
                return self._fragment(at, key, flags & 0xFFF8, bool(flags & 1), payload)
            else:
                return None
        return None

    def _fragment(
        self, at: float, key: tuple[bytes, bytes, int, int], offset: int, more: bool, payload: bytes
    ) -> Datagram | None:
        pieces = self._waiting.get(key)
        if pieces is None or abs(at - pieces.at) > MAX_AGE_S:
            self.fragments_lost += pieces is not None
            pieces = self._waiting[key] = _Pieces(at)
            if len(self._waiting) > MAX_FRAGMENTED:
                self._waiting.popitem(last=False)
                self.fragments_lost += 1
        if pieces.parts.get(offset) == payload:  # captured twice
            return None
        end = offset + len(payload)
        lies = offset in pieces.parts or end > 65535 or len(pieces.parts) >= MAX_PIECES or not payload
        if lies or (not more and pieces.end >= 0) or (pieces.end >= 0 and end > pieces.end):
            del self._waiting[key]  # overlapping or endless: nobody can say what the host made of it
            self.fragments_lost += 1
            return None
        pieces.parts[offset] = payload
        pieces.size += len(payload)
        if not more:
            pieces.end = end
        if pieces.end < 0 or pieces.size < pieces.end:
            return None
        del self._waiting[key]
        whole = bytearray()
        for place in sorted(pieces.parts):
            if place != len(whole):
                self.fragments_lost += 1
                return None
            whole += pieces.parts[place]
        return Datagram(key[2], key[0], key[1], bytes(whole))
