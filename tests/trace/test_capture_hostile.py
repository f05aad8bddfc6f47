"""Captures made to hurt are survived or refused in one sentence; memory and work stay bounded."""

from __future__ import annotations

import contextlib
import gzip
import os
import random
import struct
from pathlib import Path

import dpkt
import pytest

from tccc_desk.texts.catalogue import LANGUAGES, text
from tccc_desk.trace.capture import network, streams
from tccc_desk.trace.capture.problem import CaptureProblem
from tccc_desk.trace.capture.reader import read
from tccc_desk.trace.capture.source import open_source
from tests.trace._frames import capture, ethernet, ip, pcapng, sip, taken, tcp, udp

ONE = sip()
GOOD = capture([ethernet(ip(udp(ONE)))])


def refused(folder: Path, content: bytes) -> str:
    with pytest.raises(CaptureProblem) as caught:
        taken(folder, content)
    for language in LANGUAGES:
        assert "{" not in text(caught.value.finding, language, **caught.value.details)
    return caught.value.finding.removeprefix("trace.capture.")


@pytest.mark.parametrize(
    ("content", "finding"),
    [
        (b"", "empty"),
        (b"\0" * 5000, "unknown_format"),
        (b"nothing of interest\n" * 100, "no_sip_in_text"),
        (GOOD[:10], "damaged"),
        (capture([]), "no_sip"),
        (capture([ethernet(ip(udp(b"hello, world")))]), "no_sip"),
        (capture([b"\x80\0" + bytes(100)], link=105), "links"),
        (
            capture(
                [ethernet(ip(tcp(b"", 1, dpkt.tcp.TH_SYN))), ethernet(ip(tcp(b"\x16\x03\x01\x02\0", 2)))]
            ),
            "encrypted",
        ),
        (GOOD[:24] + struct.pack("<IIII", 1, 1, 0xFFFFFFFF, 1) + b"x" * 100, "damaged"),
        (gzip.compress(GOOD)[:20], "damaged"),
        (b"\x1f\x8b\x08" + b"garbage" * 10, "gzip_broken"),
        (pcapng([])[:20] + b"\xff" * 30, "damaged"),
    ],
)
def test_what_cannot_be_read_is_said_in_one_sentence(tmp_path: Path, content: bytes, finding: str) -> None:
    assert refused(tmp_path, content) == finding


def test_no_file_a_folder_and_a_pipe_are_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path, finding in (
        (tmp_path / "none", "unreadable_file"),
        (tmp_path, "no_file"),
        (tmp_path / "pipe", "no_file"),
        (Path("/dev/zero"), "no_file"),
        (Path("a\0b"), "unreadable_file"),
    ):
        with pytest.raises(CaptureProblem) as caught:
            list(read(path))
        assert caught.value.finding == f"trace.capture.{finding}"


@pytest.mark.parametrize("cut", range(24, len(GOOD) * 2 - 24, 23))
def test_a_capture_cut_off_anywhere_gives_what_is_whole(tmp_path: Path, cut: int) -> None:
    content = (GOOD + GOOD[24:])[:cut]
    if cut < len(GOOD):
        assert refused(tmp_path, content) in {"damaged", "no_sip"}
        return
    entries, findings = taken(tmp_path, content)
    assert [entry.raw for entry in entries] == [ONE]
    assert set(findings.notes) <= {"trace.capture.note.cut_off"}


def test_any_octet_may_lie(tmp_path: Path) -> None:
    chance = random.Random(11)
    frames = [
        ethernet(ip(udp(ONE))),
        ethernet(ip(tcp(b"", 1, dpkt.tcp.TH_SYN))),
        ethernet(ip(tcp(ONE * 3, 2))),
    ]
    for content in (capture(frames), pcapng(frames), pcapng(frames, order=">")):
        for _ in range(400):
            broken = bytearray(content)
            for _ in range(chance.randint(1, 6)):
                broken[chance.randrange(4, len(broken))] = chance.randrange(256)
            try:
                taken(tmp_path, bytes(broken))
            except CaptureProblem:
                continue


def test_pure_noise_behind_a_good_header(tmp_path: Path) -> None:
    noise = random.Random(3).randbytes(300_000)
    for start in (GOOD[:24], pcapng([])):
        with contextlib.suppress(CaptureProblem):
            taken(tmp_path, start + noise)


def test_a_bomb_of_zeros_is_stopped_by_its_size(tmp_path: Path) -> None:
    path = tmp_path / "bomb.gz"
    path.write_bytes(gzip.compress(bytes(1 << 26)))
    with open_source(path, limit=1 << 24) as source, pytest.raises(CaptureProblem) as caught:
        for _ in source.chunks():
            pass
    assert caught.value.finding == "trace.capture.too_large"


def test_a_huge_sparse_capture_ends_at_once(tmp_path: Path) -> None:
    path = tmp_path / "sparse.pcap"
    path.write_bytes(GOOD)
    os.truncate(path, len(GOOD) + (7 << 30))  # then only records of no octets
    batches = list(read(path))
    assert sum(len(batch.entries) for batch in batches) == 1
    findings = batches[-1].findings
    assert findings is not None
    assert findings.packets < 1_000_000
    assert "trace.capture.note.damaged" in findings.notes


def test_fragments_without_end_are_forgotten(tmp_path: Path) -> None:
    frames = []
    for number in range(5000):
        head = struct.pack("!BBHHHBBH", 0x45, 0, 44, number & 0xFFFF, 0x2000, 64, 17, 0)
        frames.append(head + struct.pack("!II", 0x0A000000 + number, 1) + bytes(24))
    entries, findings = taken(tmp_path, capture([*frames, bytes(ip(udp(ONE)))], link=101))
    assert len(entries) == 1
    assert findings.notes["trace.capture.note.fragments"] == 5000 - network.MAX_FRAGMENTED


def test_connections_without_end_are_forgotten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "MAX_STREAMS", 100)
    half = ONE[:60]
    frames = [ethernet(ip(tcp(half, 1, sport=1 + number))) for number in range(1000)]
    entries, findings = taken(tmp_path, capture([*frames, ethernet(ip(tcp(ONE, 1, sport=2000)))]))
    assert [entry.raw for entry in entries if not entry.details] == [ONE]
    assert findings.notes["trace.capture.note.evicted"] >= 900


def test_octets_held_for_connections_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "MAX_HELD", 200_000)
    start = ONE[:-4].replace(b"Content-Length: 0", b"Content-Length: 200000") + b"\r\n\r\n"
    frames = [
        ethernet(ip(tcp(data, seq, sport=1 + number)))
        for number in range(40)
        for seq, data in ((1, start), (1 + len(start), b"x" * 30_000))
    ]
    _, findings = taken(tmp_path, capture(frames))
    assert findings.notes["trace.capture.note.evicted"] > 20


def test_a_content_length_that_lies_does_not_swallow_the_rest(tmp_path: Path) -> None:
    liar = sip(2).replace(b"Content-Length: 0", b"Content-Length: 999999999")
    entries, _ = taken(tmp_path, capture([ethernet(ip(tcp(liar + ONE, 1)))]))
    assert [entry.raw for entry in entries] == [liar, ONE]
    assert entries[0].details == {"unreadable": "trace.unreadable.too_large"}


def test_a_header_section_without_end_is_cut(tmp_path: Path) -> None:
    endless = b"OPTIONS sip:a@b SIP/2.0\r\n" + b"X: y\r\n" * 40_000
    data = [endless[at : at + 1400] for at in range(0, len(endless), 1400)]
    frames = [ethernet(ip(tcp(one, 1 + number * 1400))) for number, one in enumerate(data)]
    entries, _ = taken(tmp_path, capture(frames))
    assert entries[0].details == {"unreadable": "trace.unreadable.head_end"}


def test_tags_and_extension_headers_do_not_nest_for_ever(tmp_path: Path) -> None:
    tags = FRAME_HEAD + b"\x81\0\0\x01" * 1000 + b"\x08\0" + bytes(ip(udp(ONE)))
    chain = struct.pack("!IHBB", 6 << 28, 60000, 0, 64) + bytes(32) + b"\0\0\0\0\0\0\0\0" * 1000
    assert refused(tmp_path, capture([tags])) == "no_sip"
    assert refused(tmp_path, capture([chain], link=101)) == "no_sip"


FRAME_HEAD = bytes(12)
