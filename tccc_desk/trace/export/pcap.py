"""The messages as a capture file that every viewer opens, though nothing was captured.

Classic pcap with microseconds and link type 1 (Ethernet) or 101 (raw IP): sngrep refuses 228, and
neither it nor older tools read nanoseconds or pcapng well. Over TCP each connection gets a
handshake before its first message and an end after its last.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from typing import BinaryIO, Literal

import msgspec

from tccc_desk.trace.entry import TraceEntry
from tccc_desk.trace.export.frames import ACK, FIN, MAX_DATAGRAM, MAX_SEGMENT, PSH, SYN, End, Frames
from tccc_desk.trace.export.places import Places
from tccc_desk.trace.ladder_columns import ends

Link = Literal["ethernet", "raw"]

MAX_CONNECTIONS = 20_000
_RECORD = struct.Struct("<IIII")
_MAGIC = 0xA1B2C3D4
_STEP = 1e-6
_TLS_PORT = 5061
_CLEAR_PORT = 5060
"""A viewer takes 5061 for encrypted whatever it carries, so that clear text goes to 5060."""


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """What an export came to."""

    messages: int = 0
    notes: tuple[str, ...] = ()
    """Text ids of what a reader should know, such as "trace.export.note.tls"."""


class _Connection:
    __slots__ = ("client", "last", "next", "server")

    def __init__(self, client: End, server: End) -> None:
        self.client = client
        self.server = server
        self.next = {client: 1001, server: 2001}
        self.last = 0.0


def write_pcap(entries: Iterable[TraceEntry], stream: BinaryIO, link: Link = "ethernet") -> Written:
    """Write every message of `entries` in their order; facts have no place in a capture."""
    return _Writer(stream, link).all(entries)


class _Writer:
    def __init__(self, stream: BinaryIO, link: Link) -> None:
        self._write = stream.write
        self._frames = Frames(ethernet=link == "ethernet")
        self._places = Places()
        self._open: dict[frozenset[End], _Connection] = {}
        self._notes: set[str] = set()
        self._write(struct.pack("<IHHiIII", _MAGIC, 2, 4, 0, 0, 262_144, 1 if link == "ethernet" else 101))

    def all(self, entries: Iterable[TraceEntry]) -> Written:
        count = 0
        for entry in entries:
            if entry.kind == "message" and entry.raw:
                self._message(entry)
                count += 1
        for connection in list(self._open.values()):
            self._close(connection)
        if self._places.invented:
            self._notes.add("trace.export.note.addresses")
        return Written(messages=count, notes=tuple(sorted(self._notes)))

    def _message(self, entry: TraceEntry) -> None:
        source, destination = self._places.pair(*ends(entry))
        if source == destination:  # a viewer could not tell the directions apart
            destination = (destination[0], destination[1] % 65535 + 1)
        transport = entry.transport or "UDP"
        if transport == "UDP" and len(entry.raw) <= MAX_DATAGRAM:
            self._record(entry.at, self._frames.udp(source, destination, entry.raw))
            return
        if transport == "TLS":
            self._notes.add("trace.export.note.tls")
            source, destination = _clear(source), _clear(destination)
        connection = self._connection(source, destination, entry)
        at = entry.at
        for place in range(0, len(entry.raw), MAX_SEGMENT):
            piece = entry.raw[place : place + MAX_SEGMENT]
            flags = ACK | (PSH if place + MAX_SEGMENT >= len(entry.raw) else 0)
            self._segment(connection, at, source, flags, piece)
        connection.last = at

    def _connection(self, source: End, destination: End, entry: TraceEntry) -> _Connection:
        key = frozenset((source, destination))
        known = self._open.get(key)
        if known is not None:
            return known
        if len(self._open) >= MAX_CONNECTIONS:
            self._close(next(iter(self._open.values())))
        # Who speaks first opened the connection; a response first says that we joined in the middle.
        asks = not entry.status
        client, server = (source, destination) if asks else (destination, source)
        connection = self._open[key] = _Connection(client, server)
        start = entry.at - 3 * _STEP
        numbers = (connection.next[client] - 1, connection.next[server] - 1)
        self._record(start, self._frames.tcp(client, server, (numbers[0], 0), SYN))
        answer = self._frames.tcp(server, client, (numbers[1], numbers[0] + 1), SYN | ACK)
        self._record(start + _STEP, answer)
        self._segment(connection, start + 2 * _STEP, client, ACK, b"")
        return connection

    def _segment(self, connection: _Connection, at: float, source: End, flags: int, payload: bytes) -> None:
        destination = connection.server if source == connection.client else connection.client
        numbers = (connection.next[source], connection.next[destination])
        self._record(at, self._frames.tcp(source, destination, numbers, flags, payload))
        connection.next[source] += len(payload) + bool(flags & FIN)

    def _close(self, connection: _Connection) -> None:
        at = connection.last + _STEP
        self._segment(connection, at, connection.client, FIN | ACK, b"")
        self._segment(connection, at + _STEP, connection.server, FIN | ACK, b"")
        self._segment(connection, at + 2 * _STEP, connection.client, ACK, b"")
        del self._open[frozenset((connection.client, connection.server))]

    def _record(self, at: float, frame: bytes) -> None:
        micros = max(0, round(at * 1_000_000))
        seconds = min(micros // 1_000_000, 0xFFFFFFFF)
        self._write(_RECORD.pack(seconds, micros % 1_000_000, len(frame), len(frame)) + frame)


def _clear(end: End) -> End:
    return (end[0], _CLEAR_PORT) if end[1] == _TLS_PORT else end
