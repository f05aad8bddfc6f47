"""RTCP packets as values (RFC 3550 section 6): SR, RR, SDES and BYE in compound packets."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tccc_desk.rtp.packet import MAX_BYTES, MalformedPacket

SR, RR, SDES, BYE = 200, 201, 202, 203
MAX_PACKETS = 64
_CNAME = 1
_BLOCK = struct.Struct("!IB3sIIII")
_SENDER = struct.Struct("!QIII")
_NTP_EPOCH = 2208988800
"""Seconds from 1900 to 1970 (RFC 3550 section 4)."""


@dataclass(frozen=True, slots=True)
class ReportBlock:
    """What a receiver says about one source (6.4.1)."""

    ssrc: int
    fraction_lost: int
    """Of 256, since its last report."""
    lost: int
    """Cumulative, signed 24 bits."""
    highest: int
    """Extended highest sequence number received."""
    jitter: int
    """Timestamp units."""
    lsr: int
    """Middle 32 bits of the NTP timestamp of the last SR it got, 0 if none."""
    dlsr: int
    """Delay since that SR, in 1/65536 s."""


@dataclass(frozen=True, slots=True)
class SenderReport:
    ssrc: int
    ntp: int
    """64-bit NTP timestamp."""
    timestamp: int
    packets: int
    octets: int
    blocks: tuple[ReportBlock, ...] = ()


@dataclass(frozen=True, slots=True)
class ReceiverReport:
    ssrc: int
    blocks: tuple[ReportBlock, ...] = ()


@dataclass(frozen=True, slots=True)
class SourceDescription:
    """CNAME only (6.5.1); other items are not kept."""

    ssrc: int
    cname: str


@dataclass(frozen=True, slots=True)
class Goodbye:
    sources: tuple[int, ...]
    reason: str = ""


RtcpPacket = SenderReport | ReceiverReport | SourceDescription | Goodbye


def ntp_timestamp(wall: float) -> int:
    """64-bit NTP timestamp of seconds since 1970."""
    return int((wall + _NTP_EPOCH) * (1 << 32)) & 0xFFFFFFFFFFFFFFFF


def middle(ntp: int) -> int:
    """The middle 32 bits, as LSR carries them."""
    return ntp >> 16 & 0xFFFFFFFF


def build_compound(packets: Sequence[RtcpPacket]) -> bytes:
    """Write a compound packet. The caller puts a report first (section 6.1)."""
    return b"".join(map(_build, packets))


def _build(packet: RtcpPacket) -> bytes:
    match packet:
        case SenderReport():
            sender = _SENDER.pack(
                packet.ntp,
                packet.timestamp & 0xFFFFFFFF,
                packet.packets & 0xFFFFFFFF,
                packet.octets & 0xFFFFFFFF,
            )
            return _framed(SR, len(packet.blocks), _word(packet.ssrc) + sender + _blocks(packet.blocks))
        case ReceiverReport():
            return _framed(RR, len(packet.blocks), _word(packet.ssrc) + _blocks(packet.blocks))
        case SourceDescription():
            name = packet.cname.encode("utf-8")[:255]
            chunk = _word(packet.ssrc) + bytes((_CNAME, len(name))) + name + b"\0"
            return _framed(SDES, 1, chunk)
        case Goodbye():
            body = b"".join(map(_word, packet.sources))
            if packet.reason:
                reason = packet.reason.encode("utf-8")[:255]
                body += bytes((len(reason),)) + reason
            return _framed(BYE, len(packet.sources), body)


def _framed(kind: int, count: int, body: bytes) -> bytes:
    body += bytes(-len(body) % 4)
    return struct.pack("!BBH", 0x80 | count, kind, len(body) // 4) + body


def _word(value: int) -> bytes:
    return (value & 0xFFFFFFFF).to_bytes(4, "big")


def _blocks(blocks: Iterable[ReportBlock]) -> bytes:
    return b"".join(
        _BLOCK.pack(
            block.ssrc,
            block.fraction_lost,
            (max(-0x800000, min(0x7FFFFF, block.lost)) & 0xFFFFFF).to_bytes(3, "big"),
            block.highest & 0xFFFFFFFF,
            block.jitter & 0xFFFFFFFF,
            block.lsr,
            block.dlsr & 0xFFFFFFFF,
        )
        for block in blocks
    )


def parse_compound(data: bytes) -> tuple[RtcpPacket, ...]:
    """Read a compound packet, checked as RFC 3550 A.2 says. Raises MalformedPacket.

    Packet types we do not use (APP, feedback, extended reports) are passed over.
    """
    if not 8 <= len(data) <= MAX_BYTES:
        raise MalformedPacket("a length that fits no RTCP packet")
    if data[0] & 0x20 or data[1] not in {SR, RR}:
        raise MalformedPacket("does not begin with an unpadded report")
    found: list[RtcpPacket] = []
    start = 0
    for _ in range(MAX_PACKETS):
        if start == len(data):
            return tuple(found)
        if start + 4 > len(data):
            raise MalformedPacket("a header cut short")
        first, kind, words = struct.unpack_from("!BBH", data, start)
        end = start + 4 + 4 * words
        if first >> 6 != 2:
            raise MalformedPacket(f"version {first >> 6}, not 2")
        if end > len(data):
            raise MalformedPacket("a packet longer than the datagram")
        body = data[start + 4 : end]
        if first & 0x20:
            if end != len(data) or not body or not 0 < body[-1] <= len(body):
                raise MalformedPacket("padding that does not fit or is not at the end")
            body = body[: -body[-1]]
        found += _read(kind, first & 0x1F, body)
        start = end
    raise MalformedPacket(f"more than {MAX_PACKETS} packets in one datagram")


def _read(kind: int, count: int, body: bytes) -> list[RtcpPacket]:
    if kind == SR:
        _need(body, 24 + _BLOCK.size * count)
        ntp, timestamp, packets, octets = _SENDER.unpack_from(body, 4)
        blocks = _read_blocks(body, 24, count)
        return [SenderReport(_word_at(body, 0), ntp, timestamp, packets, octets, blocks)]
    if kind == RR:
        _need(body, 4 + _BLOCK.size * count)
        return [ReceiverReport(_word_at(body, 0), _read_blocks(body, 4, count))]
    if kind == SDES:
        return list(_read_descriptions(body, count))
    if kind == BYE:
        _need(body, 4 * count)
        reason = body[4 * count + 1 :][: body[4 * count]] if len(body) > 4 * count else b""
        sources = tuple(_word_at(body, 4 * index) for index in range(count))
        return [Goodbye(sources, reason.decode("utf-8", "replace"))]
    return []


def _read_blocks(body: bytes, start: int, count: int) -> tuple[ReportBlock, ...]:
    found = []
    for index in range(count):
        ssrc, fraction, lost, highest, jitter, lsr, dlsr = _BLOCK.unpack_from(
            body, start + _BLOCK.size * index
        )
        signed = int.from_bytes(lost, "big", signed=True)
        found.append(ReportBlock(ssrc, fraction, signed, highest, jitter, lsr, dlsr))
    return tuple(found)


def _read_descriptions(body: bytes, count: int) -> Iterable[SourceDescription]:
    """RFC 3550 6.5: chunks of items, each chunk ended by a zero and filled up to 32 bits."""
    position = 0
    for _ in range(count):
        _need(body, position + 4)
        ssrc = _word_at(body, position)
        position += 4
        cname = ""
        while position < len(body) and body[position]:
            _need(body, position + 2)
            end = position + 2 + body[position + 1]
            _need(body, end)
            if body[position] == _CNAME:
                cname = body[position + 2 : end].decode("utf-8", "replace")
            position = end
        position += 4 - position % 4
        yield SourceDescription(ssrc, cname)


def _word_at(body: bytes, position: int) -> int:
    return int.from_bytes(body[position : position + 4], "big")


def _need(body: bytes, size: int) -> None:
    if len(body) < size:
        raise MalformedPacket("an RTCP packet shorter than its count says")
