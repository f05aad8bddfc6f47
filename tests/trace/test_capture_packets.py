"""Captures of every kind give the messages in them, octet for octet."""

from __future__ import annotations

import gzip
import random
import struct
from pathlib import Path

import dpkt
import pytest

from tests.trace._frames import (
    AT,
    DESK_6,
    GATEWAY_6,
    big_endian,
    capture,
    ethernet,
    ip,
    packed,
    pcapng,
    sip,
    taken,
    tcp,
    udp,
)

ONE = sip()
FRAME = ethernet(ip(udp(ONE)))
BARE = bytes(ip(udp(ONE)))
BARE_6 = bytes(ip(udp(ONE), DESK_6, GATEWAY_6))

FILES = {
    "microseconds": capture([FRAME]),
    "nanoseconds": capture([FRAME], nano=True),
    "big endian": big_endian([FRAME]),
    "big endian nanoseconds": big_endian([FRAME], nano=True),
    "pcapng": pcapng([FRAME]),
    "pcapng big endian": pcapng([FRAME], order=">"),
    "pcapng nanoseconds": pcapng([FRAME], resolution=9),
    "pcapng milliseconds": pcapng([FRAME], resolution=3),
    "gzip": gzip.compress(capture([FRAME])),
    "vlan": capture([FRAME[:12] + bytes.fromhex("81000064") + FRAME[12:]]),
    "qinq": capture([FRAME[:12] + bytes.fromhex("88a8000181000064") + FRAME[12:]]),
    "pppoe": capture(
        [FRAME[:12] + b"\x88\x64\x11\x00\x00\x01" + struct.pack("!H", len(BARE) + 2) + b"\0\x21" + BARE]
    ),
    "cooked": capture([b"\0\0\0\x01\0\x06" + bytes(8) + b"\x08\0" + BARE], link=113),
    "cooked 2": capture([b"\x08\0" + bytes(18) + BARE], link=276),
    "raw": capture([BARE], link=101),
    "raw 12": capture([BARE], link=12),
    "ipv4": capture([BARE], link=228),
    "null": capture([struct.pack("<I", 2) + BARE], link=0),
    "loop": capture([struct.pack(">I", 2) + BARE], link=108),
    "ipv6": capture([ethernet(ip(udp(ONE), DESK_6, GATEWAY_6))]),
    "raw ipv6": capture([BARE_6], link=101),
    "ipv6 extension": capture(
        [
            BARE_6[:4]
            + struct.pack("!HB", len(BARE_6) - 32, 60)
            + BARE_6[7:40]
            + b"\x11\0"
            + bytes(6)
            + BARE_6[40:]
        ],
        link=229,
    ),
    "trailing zeros": capture([FRAME + bytes(20)]),
}


@pytest.mark.parametrize("kind", FILES)
def test_every_container_and_link(tmp_path: Path, kind: str) -> None:
    entries, findings = taken(tmp_path, FILES[kind])
    assert [entry.raw for entry in entries] == [ONE]
    assert entries[0].at == pytest.approx(AT, abs=2e-3)
    assert (entries[0].direction, entries[0].transport, entries[0].method) == ("sent", "UDP", "OPTIONS")
    assert entries[0].remote.endswith(":35090")
    assert (findings.messages, findings.unreadable, findings.notes) == (1, 0, {})


def pieces(whole: bytes, size: int) -> list[tuple[int, bytes, bool]]:
    return [(at, whole[at : at + size], at + size < len(whole)) for at in range(0, len(whole), size)]


def version_4(offset: int, piece: bytes, more: bool) -> bytes:
    head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(piece), 7, more << 13 | offset // 8, 64, 17, 0)
    return head + packed("10.0.0.5") + packed("198.51.100.7") + piece


def version_6(offset: int, piece: bytes, more: bool) -> bytes:
    part = struct.pack("!BBHI", 17, 0, offset | more, 99) + piece
    return struct.pack("!IHBB", 6 << 28, len(part), 44, 64) + packed(DESK_6) + packed(GATEWAY_6) + part


@pytest.mark.parametrize("make", [version_4, version_6])
@pytest.mark.parametrize("order", ["forwards", "backwards", "twice"])
def test_fragments_come_together(tmp_path: Path, make: object, order: str) -> None:
    big = sip(body="x" * 4000)
    frames = [make(*one) for one in pieces(bytes(udp(big)), 1000)]  # type: ignore[operator]
    if order == "backwards":
        frames.reverse()
    elif order == "twice":
        frames = [one for one in frames for _ in range(2)]
    entries, findings = taken(tmp_path, capture(frames, link=101))
    assert [entry.raw for entry in entries] == [big]
    assert "trace.capture.note.fragments" not in findings.notes


def test_overlapping_fragments_are_given_up_and_counted(tmp_path: Path) -> None:
    whole = bytes(udp(sip(body="x" * 4000)))
    frames = [version_4(0, whole[:1000], True), version_4(0, b"y" * 1000, True), bytes(ip(udp(ONE)))]
    entries, findings = taken(tmp_path, capture(frames, link=101))
    assert [entry.raw for entry in entries] == [ONE]
    assert findings.notes["trace.capture.note.fragments"] == 1


def stream(messages: list[bytes], size: int, start: int = 1000) -> list[tuple[int, bytes]]:
    whole = b"".join(messages)
    return [(start + 1 + at, whole[at : at + size]) for at in range(0, len(whole), size)]


MANY = [sip(number, body="v" * (number * 137 % 900)) for number in range(1, 30)]


@pytest.mark.parametrize("start", [1000, 2**32 - 700])
@pytest.mark.parametrize("size", [7, 100, 1400, 60000])
def test_tcp_comes_together_whatever_its_segments(tmp_path: Path, start: int, size: int) -> None:
    segments = stream(MANY, size, start)
    frames = [tcp(b"", start, dpkt.tcp.TH_SYN), *(tcp(data, seq) for seq, data in segments)]
    entries, findings = taken(tmp_path, capture([ethernet(ip(one)) for one in frames]))
    assert [entry.raw for entry in entries] == MANY
    assert {entry.transport for entry in entries} == {"TCP"}
    assert findings.notes == {}


def test_tcp_out_of_order_repeated_and_overlapping(tmp_path: Path) -> None:
    chance = random.Random(5)
    segments = stream(MANY, 300)
    shuffled = sorted(range(len(segments)), key=lambda number: number + chance.uniform(0, 4))
    frames = [tcp(b"", 1000, dpkt.tcp.TH_SYN)]
    for number in shuffled:
        seq, data = segments[number]
        frames.append(tcp(data, seq))
        if chance.random() < 0.3:
            frames.append(tcp(data, seq))
        if chance.random() < 0.3 and number:
            before = segments[number - 1]
            frames.append(tcp(before[1][100:] + data[:50], before[0] + 100))
    entries, _ = taken(tmp_path, capture([ethernet(ip(one)) for one in frames]))
    assert [entry.raw for entry in entries] == MANY


def test_a_capture_that_begins_in_mid_connection(tmp_path: Path) -> None:
    segments = stream(MANY, 250)[3:]
    entries, _ = taken(tmp_path, capture([ethernet(ip(tcp(data, seq))) for seq, data in segments]))
    assert [entry.raw for entry in entries] == MANY[-len(entries) :]
    assert len(entries) >= len(MANY) - 3


def test_a_missing_segment_costs_its_message_only(tmp_path: Path) -> None:
    segments = stream(MANY, 300)
    lost = len(segments) // 2
    frames = [tcp(b"", 1000, dpkt.tcp.TH_SYN), *(tcp(data, seq) for seq, data in segments)]
    del frames[lost + 1]
    content = capture([ethernet(ip(one)) for one in frames])
    # The segments after the gap come three seconds later than those before it.
    head, records = content[:24], []
    at = 24
    while at < len(content):
        seconds, ticks, length, wire = struct.unpack_from("<IIII", content, at)
        shift = 3 if len(records) > lost + 1 else 0
        records.append(
            struct.pack("<IIII", seconds + shift, ticks, length, wire) + content[at + 16 : at + 16 + length]
        )
        at += 16 + length
    entries, findings = taken(tmp_path, head + b"".join(records))
    whole = [entry.raw for entry in entries if not entry.details]
    broken = [entry for entry in entries if entry.details]
    assert set(whole) < set(MANY)
    assert len(whole) >= len(MANY) - 2
    assert findings.notes["trace.capture.note.gaps"] == 1
    assert all(entry.details["unreadable"].startswith("trace.unreadable.") for entry in broken)


def test_keep_alives_and_what_is_no_sip_are_passed_over(tmp_path: Path) -> None:
    frames = [
        udp(b"\r\n\r\n"),
        udp(b"\0\x01" + bytes(30), 53, 53),
        tcp(b"", 1000, dpkt.tcp.TH_SYN),
        tcp(b"\r\n\r\n" + ONE, 1001),
        tcp(b"\r\n", 1005 + len(ONE)),
        tcp(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", 5, sport=33333, dport=80),
        udp(ONE, 17000, 18000),
    ]
    entries, _ = taken(tmp_path, capture([ethernet(ip(one)) for one in frames]))
    assert [entry.raw for entry in entries] == [ONE, ONE]


def test_digest_responses_are_masked_and_repeats_marked(tmp_path: Path) -> None:
    secret = "5ccc069c403ebaf9f0171e9517f40e41"
    one = sip(more=f'Authorization: Digest username="a", response="{secret}"\r\n')
    entries, _ = taken(tmp_path, capture([ethernet(ip(udp(one)))] * 3))
    assert all(secret.encode() not in entry.raw and len(entry.raw) == len(one) for entry in entries)
    assert [entry.retransmission for entry in entries] == [0, 1, 2]


def test_sip_that_does_not_parse_is_kept_and_named(tmp_path: Path) -> None:
    bad = [
        b"INVITE sip:a@b\r\nCall-ID: 1\r\n\r\n",
        b"OPTIONS sip:a@b SIP/2.0\r\nCSeq: 1 OPTIONS\r\n\r\n",
        b"OPTIONS sip:a@b SIP/2.0\r\nCall-ID: 7\r\nCSeq: one\r\n\r\n",
        b"OPTIONS sip:a@b SIP/2.0\r\nCall-ID: 8\r\nCSeq: 1 OPTIONS\r\n",
    ]
    entries, findings = taken(tmp_path, capture([ethernet(ip(udp(one))) for one in bad]))
    assert [entry.raw for entry in entries] == bad
    assert [entry.details["unreadable"].rpartition(".")[2] for entry in entries] == [
        "start_line",
        "call_id",
        "cseq",
        "head_end",
    ]
    assert findings.unreadable == 4


def test_compact_and_folded_forms_are_read(tmp_path: Path) -> None:
    one = b"BYE sip:a@b SIP/2.0\r\ni: compact@x\r\ncseq :  7\tBYE\r\nl: 0\r\n\r\n"
    folded = b"SIP/2.0 200 OK\r\nCall-ID:\r\n folded@x\r\nCSEQ: 8 BYE\r\nContent-Length: 0\r\n\r\n"
    entries, _ = taken(tmp_path, capture([ethernet(ip(udp(one))), ethernet(ip(udp(folded)))]))
    assert [(entry.call_id, entry.cseq, entry.method) for entry in entries] == [
        ("compact@x", 7, "BYE"),
        ("folded@x", 8, "BYE"),
    ]


def test_rtp_is_noted_by_stream(tmp_path: Path) -> None:
    frames = [ethernet(ip(udp(ONE)))]
    for number in range(100):
        if number in (10, 11, 50):
            continue
        head = struct.pack("!BBHII", 0x80, 8, (65500 + number) & 0xFFFF, number * 160, 0xABCD)
        frames.append(ethernet(ip(udp(head + bytes(160), 40000, 20000))))
    _, findings = taken(tmp_path, capture(frames))
    (heard,) = findings.media
    assert (heard.source, heard.destination) == ("10.0.0.5:40000", "198.51.100.7:20000")
    assert (heard.packets, heard.lost, heard.payload_type, heard.ssrc) == (97, 3, 8, 0xABCD)
    assert heard.jitter_ms == pytest.approx(19, abs=1)  # a packet of 20 ms each millisecond
