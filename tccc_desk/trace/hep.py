"""HEPv3, the Homer encapsulation protocol: one captured message in one packet, and back.

Layout by the published HEP3 network protocol specification (sipcapture): "HEP3", total length,
then chunks of vendor (2), type (2), length with this header (2) and value, all big-endian.
"""

from __future__ import annotations

import ipaddress
import struct
from typing import NamedTuple

from tccc_desk.trace.entry import TraceEntry

MAX_PACKET = 65_507
"""Octets that fit one UDP datagram over IPv4."""

_MAGIC = b"HEP3"
_HEAD = struct.Struct("!4sH")
_CHUNK = struct.Struct("!HHH")
_FAMILY, _PROTOCOL, _SOURCE_4, _DESTINATION_4, _SOURCE_6, _DESTINATION_6 = 1, 2, 3, 4, 5, 6
_SOURCE_PORT, _DESTINATION_PORT, _SECONDS, _MICROSECONDS, _KIND, _CAPTURE_ID = 7, 8, 9, 10, 11, 12
_PASSWORD, _PAYLOAD, _CORRELATION = 14, 15, 17
_SIP = 1
_PROTOCOLS = {"UDP": 17, "TCP": 6, "TLS": 6}


class HepError(ValueError):
    """Not a HEP3 packet, or not a whole one."""


class HepPacket(NamedTuple):
    """One message as a collector gets it. Addresses are (packed octets, port)."""

    at: float
    transport: str
    """UDP or TCP; TLS travels as TCP, since its content is in the clear here."""
    source: tuple[bytes, int]
    destination: tuple[bytes, int]
    payload: bytes


def encode(packet: HepPacket, *, capture_id: int = 0, password: str = "", call_id: str = "") -> bytes:
    """Write one packet. Raises HepError where it would not fit a datagram, or addresses do not match."""
    source, destination = packet.source, packet.destination
    if len(source[0]) != len(destination[0]) or len(source[0]) not in (4, 16):
        raise HepError("addresses of two families")
    four = len(source[0]) == 4
    micros = max(0, round(packet.at * 1_000_000))
    chunks = [
        (_FAMILY, bytes([2 if four else 10])),
        (_PROTOCOL, bytes([_PROTOCOLS.get(packet.transport, 17)])),
        (_SOURCE_4 if four else _SOURCE_6, source[0]),
        (_DESTINATION_4 if four else _DESTINATION_6, destination[0]),
        (_SOURCE_PORT, struct.pack("!H", source[1])),
        (_DESTINATION_PORT, struct.pack("!H", destination[1])),
        (_SECONDS, struct.pack("!I", (micros // 1_000_000) & 0xFFFFFFFF)),
        (_MICROSECONDS, struct.pack("!I", micros % 1_000_000)),
        (_KIND, bytes([_SIP])),
        (_CAPTURE_ID, struct.pack("!I", capture_id & 0xFFFFFFFF)),
    ]
    if password:
        chunks.append((_PASSWORD, password.encode()))
    if call_id:
        chunks.append((_CORRELATION, call_id.encode("utf-8", "replace")))
    chunks.append((_PAYLOAD, packet.payload))
    if sum(6 + len(value) for _, value in chunks) + 6 > MAX_PACKET:
        raise HepError("too large for a datagram")
    body = b"".join(_CHUNK.pack(0, kind, 6 + len(value)) + value for kind, value in chunks)
    return _HEAD.pack(_MAGIC, 6 + len(body)) + body


def decode(data: bytes) -> HepPacket:
    """Read one packet; chunks of vendors and unknown types are passed over. Raises HepError."""
    if len(data) < 6 or data[:4] != _MAGIC:
        raise HepError("no HEP3 packet")
    end = min(len(data), struct.unpack_from("!H", data, 4)[0])
    fields: dict[int, bytes] = {}
    at = 6
    while at + 6 <= end:
        vendor, kind, length = _CHUNK.unpack_from(data, at)
        if length < 6 or at + length > end:
            raise HepError("a chunk lies about its length")
        if vendor == 0:
            fields.setdefault(kind, data[at + 6 : at + length])
        at += length
    source = fields.get(_SOURCE_4) or fields.get(_SOURCE_6) or b""
    destination = fields.get(_DESTINATION_4) or fields.get(_DESTINATION_6) or b""
    if len(source) not in (4, 16) or len(destination) != len(source) or _PAYLOAD not in fields:
        raise HepError("addresses or content are missing")
    seconds, micros = _number(fields.get(_SECONDS)), _number(fields.get(_MICROSECONDS))
    return HepPacket(
        at=seconds + micros / 1_000_000,
        transport="TCP" if _number(fields.get(_PROTOCOL)) == 6 else "UDP",
        source=(source, _number(fields.get(_SOURCE_PORT)) & 0xFFFF),
        destination=(destination, _number(fields.get(_DESTINATION_PORT)) & 0xFFFF),
        payload=fields[_PAYLOAD],
    )


def hep_of(entry: TraceEntry, *, capture_id: int = 0, password: str = "") -> bytes | None:
    """Give the packet of one log entry; None for local facts and what cannot be told in HEP."""
    if entry.kind != "message" or not entry.raw:
        return None
    try:
        ours, theirs = packed(entry.local), packed(entry.remote)
        source, destination = (ours, theirs) if entry.direction == "sent" else (theirs, ours)
        whole = HepPacket(entry.at, entry.transport, source, destination, entry.raw)
        return encode(whole, capture_id=capture_id, password=password, call_id=entry.call_id)
    except HepError:
        return None


def packed(address: str) -> tuple[bytes, int]:
    """Read "host:port" with an IP address as host (IPv6 in brackets). Raises HepError."""
    host, _, port = address.rpartition(":")
    try:
        return ipaddress.ip_address(host.strip("[]").partition("%")[0]).packed, int(port) & 0xFFFF
    except ValueError as error:
        raise HepError("no address") from error


def _number(value: bytes | None) -> int:
    return int.from_bytes(value or b"", "big") if value and len(value) <= 8 else 0
