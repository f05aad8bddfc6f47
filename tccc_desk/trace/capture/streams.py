"""TCP put together again and cut into SIP messages by Content-Length.

Out of order, repeated and missing segments, captures that begin in mid-connection; bounded in
connections, in octets held and in work. Only connections that carry SIP are remembered.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from typing import NamedTuple

from tccc_desk.trace.capture.addresses import Way
from tccc_desk.trace.capture.recognise import START

MAX_STREAMS = 10_000
MAX_MESSAGE = 1 << 18
MAX_HEAD = 1 << 16
MAX_AHEAD = 256
"""Segments kept that arrived before the one they follow."""
GAP_S = 2.0
"""How long, in the capture's time, a missing segment is waited for."""
MAX_HELD = 64 << 20
"""Octets held for all connections together."""

_FIN, _SYN, _RST = 1, 2, 4
_LENGTH = re.compile(rb"\r?\n(?:content-length|l)[ \t]*:[ \t]*([0-9]{1,9})[ \t]*(?=\r?\n|$)", re.IGNORECASE)
_WRAP = 1 << 32


class Cut(NamedTuple):
    """A message cut out of a connection. `fault` is "" or a text id of what is wrong with the cut."""

    raw: bytes
    fault: str


class _Half:
    """One direction of a connection."""

    __slots__ = ("ahead", "ahead_since", "buffer", "next", "synced", "tried")

    def __init__(self, sequence: int) -> None:
        self.next = sequence
        self.buffer = bytearray()
        self.ahead: dict[int, bytes] = {}
        self.ahead_since = 0.0
        self.synced = False
        self.tried = 0


class Streams:
    """Takes TCP segments, gives messages."""

    def __init__(self) -> None:
        self._halves: OrderedDict[Way, _Half] = OrderedDict()
        self._held = 0
        self.gaps = 0
        """Places where octets are missing from a connection that carries SIP."""
        self.encrypted = 0
        """Connections that began with a TLS handshake."""
        self.evicted = 0

    def segment(self, at: float, way: Way, segment: bytes) -> list[Cut]:
        """Take one TCP segment, header included; give what is complete now."""
        if len(segment) < 20:
            return []
        sequence = int.from_bytes(segment[4:8], "big")
        flags = segment[13]
        payload = segment[(segment[12] >> 4) * 4 :] if segment[12] >= 0x50 else b""
        half = self._halves.get(way)
        if flags & _SYN:
            self._drop(way)
            self._add(way, _Half((sequence + 1) % _WRAP))
            return []
        cuts: list[Cut] = []
        if half is None:
            half = self._begin(way, sequence, payload)
            if half is None:
                return cuts
        if payload:
            self._held -= len(half.buffer)
            self._place(half, at, sequence, payload, cuts)
            self._held += len(half.buffer)
            if not half.synced and half.tried > MAX_HEAD:
                self._drop(way)  # something else than SIP
        if flags & (_FIN | _RST):
            self._finish(half, cuts)
            self._drop(way)
        elif self._held > MAX_HELD:
            self._evict()
        return cuts

    def rest(self) -> list[tuple[Way, Cut]]:
        """Give what the capture's end left incomplete."""
        left: list[tuple[Way, Cut]] = []
        for way, half in self._halves.items():
            cuts: list[Cut] = []
            self._finish(half, cuts)
            left += [(way, cut) for cut in cuts]
        self._halves.clear()
        self._held = 0
        return left

    def _begin(self, way: Way, sequence: int, payload: bytes) -> _Half | None:
        """Join a connection whose beginning is not in the capture, where SIP begins in it."""
        if b"SIP/2.0" not in payload:
            return None
        found = START.search(payload)
        if found is None:
            return None
        half = _Half((sequence + found.start()) % _WRAP)
        self._add(way, half)
        return half

    def _add(self, way: Way, half: _Half) -> None:
        self._halves[way] = half
        if len(self._halves) > MAX_STREAMS:
            self._evict()

    def _evict(self) -> None:
        way = next(iter(self._halves))
        self._drop(way)
        self.evicted += 1

    def _drop(self, way: Way) -> None:
        half = self._halves.pop(way, None)
        if half is not None:
            self._held -= len(half.buffer) + sum(map(len, half.ahead.values()))

    def _place(self, half: _Half, at: float, sequence: int, payload: bytes, cuts: list[Cut]) -> None:
        """Put a segment where its sequence number says."""
        distance = (sequence - half.next) % _WRAP
        if distance >= _WRAP // 2:  # begins before what we have: repeated, wholly or in part
            known = _WRAP - distance
            if known >= len(payload):
                return
            payload, distance = payload[known:], 0
        if distance:
            if not half.ahead:
                half.ahead_since = at
            if sequence not in half.ahead and len(half.ahead) <= MAX_AHEAD:
                half.ahead[sequence] = payload
                self._held += len(payload)
            if len(half.ahead) <= MAX_AHEAD and at - half.ahead_since <= GAP_S:
                return
            self._skip(half, cuts)
        else:
            self._append(half, payload, cuts)
        self._follow(half, cuts)

    def _follow(self, half: _Half, cuts: list[Cut]) -> None:
        """Append the early segments that fit now."""
        while half.ahead:
            nearest = min(half.ahead, key=lambda sequence: (sequence - half.next) % _WRAP)
            if nearest != half.next:
                # One that overlaps what came meanwhile starts "behind" us.
                behind = [one for one in half.ahead if (one - half.next) % _WRAP >= _WRAP // 2]
                if not behind:
                    return
                nearest = behind[0]
            payload = half.ahead.pop(nearest)
            self._held -= len(payload)
            known = (half.next - nearest) % _WRAP
            if known < len(payload):
                self._append(half, payload[known:], cuts)

    def _skip(self, half: _Half, cuts: list[Cut]) -> None:
        """Give up what is missing and go on behind it."""
        self.gaps += half.synced
        self._finish(half, cuts)
        half.synced = False
        half.next = min(half.ahead, key=lambda sequence: (sequence - half.next) % _WRAP)

    def _finish(self, half: _Half, cuts: list[Cut]) -> None:
        if half.synced and half.buffer.strip(b"\r\n\0"):
            cuts.append(Cut(bytes(half.buffer), "trace.unreadable.incomplete"))
        half.buffer.clear()

    def _append(self, half: _Half, payload: bytes, cuts: list[Cut]) -> None:
        half.next = (half.next + len(payload)) % _WRAP
        buffer = half.buffer
        if not half.synced:
            if not half.tried and payload[:2] == b"\x16\x03":
                self.encrypted += 1
                half.tried = MAX_HEAD
            half.tried += len(payload)
        buffer += payload
        while buffer:
            if not half.synced and not _found_start(half):
                return
            size, fault = _measure(buffer)
            if size == 0:
                return
            cuts.append(Cut(bytes(buffer[:size]), fault))
            del buffer[:size]
            half.tried = 0
            if buffer and buffer[0] in b"\r\n\0":  # keep-alives (RFC 5626 section 3.5.1)
                del buffer[: len(buffer) - len(buffer.lstrip(b"\r\n\0"))]
            half.synced = not fault


def _found_start(half: _Half) -> bool:
    """Move to where a message begins; without one, keep the last line, which may be half of one."""
    found = START.search(half.buffer)
    if found is not None:
        del half.buffer[: found.start()]
        half.synced = True
        return True
    keep = len(half.buffer) - (half.buffer.rfind(b"\n") + 1)
    del half.buffer[: len(half.buffer) - keep if keep <= MAX_HEAD else len(half.buffer)]
    return False


def _measure(buffer: bytearray) -> tuple[int, str]:
    """Give the length of the message the buffer begins with, 0 where more is needed."""
    end = buffer.find(b"\r\n\r\n", 0, MAX_HEAD)
    if end < 0:
        return (MAX_HEAD, "trace.unreadable.head_end") if len(buffer) >= MAX_HEAD else (0, "")
    found = _LENGTH.search(buffer, 0, end + 2)
    size = end + 4 + (int(found[1]) if found else 0)
    if size > MAX_MESSAGE:
        return end + 4, "trace.unreadable.too_large"
    return (size, "") if len(buffer) >= size else (0, "")
