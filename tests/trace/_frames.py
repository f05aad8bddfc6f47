"""Captures for tests, written by dpkt: an implementation that is not ours."""

from __future__ import annotations

import io
import socket
import struct
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import dpkt

from tccc_desk.trace.capture.findings import Findings
from tccc_desk.trace.capture.reader import read
from tccc_desk.trace.entry import TraceEntry

DESK, GATEWAY = "10.0.0.5", "198.51.100.7"
DESK_6, GATEWAY_6 = "2001:db8::5", "2001:db8::7"
AT = 1_700_000_000.5


def sip(
    number: int = 1, first: str = "OPTIONS sip:a@example.com SIP/2.0", body: str = "", more: str = ""
) -> bytes:
    """A whole message of its own Call-ID."""
    verb = first.split(" ", maxsplit=1)[0] if not first.startswith("SIP/") else "OPTIONS"
    return (
        f"{first}\r\nVia: SIP/2.0/UDP 10.0.0.5:5060;branch=z9hG4bK{number}\r\n"
        "From: <sip:me@example.com>;tag=1\r\n"
        f"To: <sip:a@example.com>\r\nCall-ID: {number}@test\r\nCSeq: {number} {verb}\r\n{more}"
        f"Content-Length: {len(body.encode())}\r\n\r\n{body}"
    ).encode()


def packed(address: str) -> bytes:
    return socket.inet_pton(socket.AF_INET6 if ":" in address else socket.AF_INET, address)


def ip(payload: Any, source: str = DESK, destination: str = GATEWAY) -> Any:
    kind = dpkt.ip.IP_PROTO_TCP if isinstance(payload, dpkt.tcp.TCP) else dpkt.ip.IP_PROTO_UDP
    if ":" in source:
        return dpkt.ip6.IP6(
            src=packed(source), dst=packed(destination), nxt=kind, plen=len(bytes(payload)), data=payload
        )
    return dpkt.ip.IP(src=packed(source), dst=packed(destination), p=kind, data=payload)


def udp(payload: bytes, sport: int = 5060, dport: int = 35090) -> Any:
    return dpkt.udp.UDP(sport=sport, dport=dport, data=payload, ulen=8 + len(payload))


def tcp(
    payload: bytes, seq: int, flags: int = dpkt.tcp.TH_ACK, sport: int = 40001, dport: int = 35090
) -> Any:
    return dpkt.tcp.TCP(sport=sport, dport=dport, seq=seq % 2**32, flags=flags, data=payload)


def ethernet(packet: Any) -> bytes:
    kind = 0x86DD if isinstance(packet, dpkt.ip6.IP6) else 0x0800
    return bytes(dpkt.ethernet.Ethernet(type=kind, data=packet))


def capture(frames: Iterable[bytes], link: int = 1, **how: Any) -> bytes:
    """A classic pcap; a millisecond between two frames."""
    stream = io.BytesIO()
    writer = dpkt.pcap.Writer(stream, linktype=link, **how)
    for number, one in enumerate(frames):
        writer.writepkt(one, AT + number / 1000)
    return stream.getvalue()


def big_endian(frames: Iterable[bytes], nano: bool = False) -> bytes:
    """The same in the other byte order."""
    head = struct.pack(">IHHiIII", 0xA1B23C4D if nano else 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)
    ticks = 500_000_000 if nano else 500_000
    return head + b"".join(struct.pack(">IIII", int(AT), ticks, len(one), len(one)) + one for one in frames)


def pcapng(frames: Iterable[bytes], link: int = 1, order: str = "<", resolution: int | None = None) -> bytes:
    """Blocks by hand: dpkt's writer knows one byte order and one resolution only."""

    def block(kind: int, body: bytes) -> bytes:
        body += b"\0" * (-len(body) % 4)
        length = 12 + len(body)
        return struct.pack(order + "II", kind, length) + body + struct.pack(order + "I", length)

    options = struct.pack(order + "HHB3x", 9, 1, resolution) if resolution is not None else b""
    blocks = block(0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1))
    blocks += block(4, b"\0" * 8)  # name resolution: passed over
    blocks += block(1, struct.pack(order + "HHI", link, 0, 0) + options)
    ticks = round(AT * 10 ** (6 if resolution is None else resolution))
    for one in frames:
        head = struct.pack(order + "IIIII", 0, ticks >> 32, ticks & 0xFFFFFFFF, len(one), len(one))
        blocks += block(6, head + one)
    return blocks


def taken(folder: Path, content: bytes, name: str = "some.pcap") -> tuple[list[TraceEntry], Findings]:
    """Write a file and read it."""
    path = folder / name
    path.write_bytes(content)
    entries: list[TraceEntry] = []
    findings = Findings()
    for batch in read(path, now=AT):
        entries += batch.entries
        findings = batch.findings or findings
    return entries, findings
