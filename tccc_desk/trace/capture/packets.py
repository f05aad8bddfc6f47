"""A capture file turned into entries of the log, batch by batch."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from tccc_desk.trace.capture.addresses import Way, endpoint, sender_is_ours
from tccc_desk.trace.capture.containers import Container
from tccc_desk.trace.capture.findings import Findings
from tccc_desk.trace.capture.media import Media
from tccc_desk.trace.capture.network import TCP, UDP, Network
from tccc_desk.trace.capture.recognise import looks_like_sip
from tccc_desk.trace.capture.rows import Hop, Rows
from tccc_desk.trace.capture.source import Source
from tccc_desk.trace.capture.streams import Streams
from tccc_desk.trace.entry import TraceEntry
from tccc_desk.trace.hep import HepError, decode

MAX_PACKETS = 50_000_000
MAX_UNREADABLE = 200_000
"""Packets too short for their headers: where nearly all are, nobody captured them."""
MAX_PAIRS = 100_000
STEP = 2000
"""Packets between two looks at what has come together."""


class PacketReader:
    """Reads one capture. After the last batch `findings` tells what else was in it."""

    def __init__(self, source: Source) -> None:
        self._container = Container(source)
        self._network = Network()
        self._streams = Streams()
        self._media = Media()
        self._rows = Rows()
        self._ours: dict[frozenset[tuple[bytes, int]], tuple[bytes, int]] = {}
        self._packets = 0

    def batches(self) -> Iterator[list[TraceEntry]]:
        """Give entries in the order they were captured, in batches; an empty one means "still reading"."""
        packets = islice(self._container.packets(), MAX_PACKETS)
        network, streams, media = self._network, self._streams, self._media
        last = 0.0
        count = 0
        for count, (at, link, data) in enumerate(packets, 1):
            if not count % STEP:
                self._packets = count
                yield self._rows.drain()
                if network.unreadable > MAX_UNREADABLE and network.unreadable > count * 0.9:
                    self._container.damage = "trace.capture.damaged"
                    break
            found = network.datagram(at, link, data)
            if found is None:
                continue
            protocol, source, destination, payload = found
            if len(payload) < 8:
                continue
            last = at
            way = (
                source,
                (payload[0] << 8) | payload[1],
                destination,
                (payload[2] << 8) | payload[3],
            )
            if protocol == UDP:
                payload = payload[8:]
                if len(payload) < 12:
                    continue
                if payload[0] & 0xC0 == 0x80 and media.packet(at, way, payload):
                    continue
                if looks_like_sip(payload):
                    self._message(at, "UDP", way, payload, "")
                elif payload.startswith(b"HEP3"):
                    self._encapsulated(payload)
            elif protocol == TCP:
                for cut in streams.segment(at, way, payload):
                    self._message(at, "TCP", way, cut.raw, cut.fault)
        self._packets = count
        for way, cut in streams.rest():
            self._message(last, "TCP", way, cut.raw, cut.fault)
        yield self._rows.drain()

    def findings(self) -> Findings:
        """Tell what was read and what could not be."""
        network = self._network
        notes = {
            "trace.capture.note.cut_off": int(self._container.damage == "trace.capture.cut_off"),
            "trace.capture.note.damaged": int(self._container.damage == "trace.capture.damaged"),
            "trace.capture.note.headers": network.unreadable,
            "trace.capture.note.fragments": network.fragments_lost,
            "trace.capture.note.gaps": self._streams.gaps,
            "trace.capture.note.encrypted": self._streams.encrypted,
            "trace.capture.note.evicted": self._streams.evicted,
            "trace.capture.note.links": sum(network.foreign_links.values()),
            "trace.capture.note.limit": int(self._packets >= MAX_PACKETS),
        }
        return Findings(
            packets=self._packets,
            messages=self._rows.messages,
            unreadable=self._rows.unreadable,
            media=tuple(self._media.streams()),
            notes={id: count for id, count in notes.items() if count},
            links=tuple(sorted(network.foreign_links)),
        )

    def _encapsulated(self, payload: bytes) -> None:
        """Take the message out of a HEP packet (a copy sent to a collector)."""
        try:
            inner = decode(payload)
        except HepError:
            return
        if looks_like_sip(inner.payload):
            way = (inner.source[0], inner.source[1], inner.destination[0], inner.destination[1])
            self._message(inner.at, inner.transport, way, inner.payload, "")

    def _message(self, at: float, transport: str, way: Way, raw: bytes, fault: str) -> None:
        source, destination = (way[0], way[1]), (way[2], way[3])
        pair = frozenset((source, destination))
        ours = self._ours.get(pair)
        if ours is None:
            method = "" if raw.startswith(b"SIP/") else raw.split(b" ", 1)[0][:16].decode("ascii", "replace")
            ours = source if sender_is_ours(way, method) else destination
            if len(self._ours) < MAX_PAIRS:
                self._ours[pair] = ours
        sent = ours == source
        theirs = destination if sent else source
        self._rows.add(
            at,
            Hop("sent" if sent else "received", transport, endpoint(*ours), endpoint(*theirs)),
            raw,
            fault,
        )
