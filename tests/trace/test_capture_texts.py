"""Pasted signalling of the tools admins have is read back into messages."""

from __future__ import annotations

import contextlib
import random
import subprocess
import time
from pathlib import Path

import pytest

from tccc_desk.trace.capture.problem import CaptureProblem
from tccc_desk.trace.export.plain import write_text
from tests.trace._frames import AT, capture, ethernet, ip, sip, taken, tcp, udp

INVITE = (
    b"INVITE sip:021@1400000001.tccc.qcloud.com SIP/2.0\r\n"
    b"Via: SIP/2.0/TCP 10.0.0.5:40001;branch=z9hG4bK1\r\nFrom: <sip:138@a>;tag=1\r\nTo: <sip:021@a>\r\n"
    b"Call-ID: pasted@test\r\nCSeq: 1 INVITE\r\nContent-Type: application/sdp\r\nContent-Length: 85\r\n\r\n"
    b"v=0\r\no=- 1 1 IN IP4 10.0.0.5\r\ns=-\r\nc=IN IP4 10.0.0.5\r\nt=0 0\r\nm=audio 4000 RTP/AVP 8\r\n"
)
RINGING = (
    b"SIP/2.0 180 Ringing\r\nVia: SIP/2.0/TCP 10.0.0.5:40001;branch=z9hG4bK1\r\nFrom: <sip:138@a>;tag=1\r\n"
    b"To: <sip:021@a>;tag=2\r\nCall-ID: pasted@test\r\nCSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n"
)
RULE = b"   " + b"-" * 72 + b"\n"


def indented(message: bytes) -> bytes:
    """As FreeSWITCH prints it: three blanks before each line, no carriage returns."""
    return b"".join(b"   " + line + b"\n" for line in message.replace(b"\r\n", b"\n").split(b"\n")[:-1])


SIPTRACE = (
    b"send %d bytes to tcp/[198.51.100.7]:35090 at 23:59:59.900000:\n" % len(INVITE)
    + RULE
    + indented(INVITE)
    + RULE
    + b"recv %d bytes from tcp/[198.51.100.7]:35090 at 00:00:00.100000:\n" % len(RINGING)
    + RULE
    + indented(RINGING)
    + RULE
)
SNGREP = (
    b"2026/11/24 10:00:00.100000 10.0.0.5:40001 -> 198.51.100.7:35090\n" + INVITE + b"\n\n"
    b"2026/11/24 10:00:00.300000 198.51.100.7:35090 -> 10.0.0.5:40001\n" + RINGING + b"\n\n"
)
NGREP = b"".join(
    head + b"\n" + b"".join(line.replace(b"\r", b".") + b"\n" for line in raw.split(b"\n")[:-1]) + b"\n"
    for head, raw in (
        (b"T 2026/11/24 10:00:00.100000 10.0.0.5:40001 -> 198.51.100.7:35090 [AP] #1", INVITE),
        (b"T 2026/11/24 10:00:00.300000 198.51.100.7:35090 -> 10.0.0.5:40001 [AP] #2", RINGING),
    )
)
ASTERISK = (
    b"<--- Transmitting SIP request (%d bytes) to TCP:198.51.100.7:35090 --->\n" % len(INVITE)
    + INVITE.replace(b"\r\n", b"\n")
    + b"\n\n<--- Received SIP response (%d bytes) from TCP:198.51.100.7:35090 --->\n" % len(RINGING)
    + RINGING.replace(b"\r\n", b"\n")
)
TEXTS = {
    "siptrace": SIPTRACE,
    "siptrace with a log's line heads": b"2026-11-24 10:00:00 [INFO] something\n" + SIPTRACE,
    "sngrep": SNGREP,
    "ngrep": NGREP,
    "asterisk": ASTERISK,
    "follow stream": INVITE + RINGING,
    "line feeds only": (INVITE + RINGING).replace(b"\r\n", b"\n"),
    "utf-16": b"\xff\xfe" + (INVITE + RINGING).decode().encode("utf-16-le"),
    "utf-8 mark": b"\xef\xbb\xbf" + INVITE + RINGING,
}


@pytest.mark.parametrize("kind", TEXTS)
def test_every_tool_s_text_gives_the_octets_of_the_wire(tmp_path: Path, kind: str) -> None:
    entries, findings = taken(tmp_path, TEXTS[kind], "pasted.txt")
    assert [entry.raw for entry in entries] == [INVITE, RINGING]
    assert [entry.direction for entry in entries] == ["sent", "received"]
    assert [entry.transport for entry in entries] == ["TCP", "TCP"]
    assert entries[0].at < entries[1].at
    assert findings.unreadable == 0
    addressed = kind not in {"follow stream", "line feeds only", "utf-16", "utf-8 mark"}
    assert [entry.remote for entry in entries] == ["198.51.100.7:35090" if addressed else ""] * 2
    if addressed:
        assert {entry.local for entry in entries} == {"10.0.0.5:40001"}


def test_midnight_in_a_siptrace_does_not_turn_time_back(tmp_path: Path) -> None:
    entries, findings = taken(tmp_path, SIPTRACE, "pasted.txt")
    assert entries[1].at - entries[0].at == pytest.approx(0.2)
    assert findings.notes == {"trace.capture.note.no_dates": 1}


def test_times_that_are_not_there_are_said(tmp_path: Path) -> None:
    _, findings = taken(tmp_path, INVITE, "pasted.txt")
    assert findings.notes["trace.capture.note.no_times"] == 1


def test_our_own_text_comes_back_as_it_was(tmp_path: Path) -> None:
    messages = [INVITE, RINGING, sip(2, body="\0\xff"[:0] + "ü" * 30)]
    frames = [ethernet(ip(udp(one))) for one in messages]
    before, _ = taken(tmp_path, capture(frames))
    with (tmp_path / "ours.txt").open("wb") as stream:
        write_text(before, stream)
    after, _ = taken(tmp_path, (tmp_path / "ours.txt").read_bytes(), "ours2.txt")
    for one, other in zip(before, after, strict=True):
        assert (one.raw, one.direction, one.local, one.remote) == (
            other.raw,
            other.direction,
            other.local,
            other.remote,
        )
        assert one.at == pytest.approx(other.at, abs=1e-6)


@pytest.mark.parametrize("how", [["-V"], ["-q", "-z", "follow,tcp,ascii,0"]])
def test_what_wireshark_prints_is_read(tmp_path: Path, how: list[str]) -> None:
    """The real program; its details leave out line ends, so that only their meaning is compared."""
    answers = [tcp(RINGING, 1, sport=35090, dport=40001)]
    frames = [ethernet(ip(tcp(INVITE, 1)))]
    frames += [ethernet(ip(one, "198.51.100.7", "10.0.0.5")) for one in answers]
    (tmp_path / "in.pcap").write_bytes(capture(frames))
    done = subprocess.run(
        ["tshark", "-r", str(tmp_path / "in.pcap"), *how], capture_output=True, check=True, timeout=60
    )
    entries, findings = taken(tmp_path, done.stdout, "pasted.txt")
    assert [(entry.method, entry.status, entry.call_id) for entry in entries] == [
        ("INVITE", 0, "pasted@test"),
        ("INVITE", 180, "pasted@test"),
    ]
    assert entries[0].raw == INVITE
    assert findings.unreadable == 0
    if how == ["-V"]:
        assert [entry.at for entry in entries] == pytest.approx([AT, AT + 0.001], abs=1e-4)
        assert entries[0].remote == "198.51.100.7:35090"


def test_a_cut_off_message_is_kept_as_such(tmp_path: Path) -> None:
    entries, _ = taken(tmp_path, INVITE[:150] + b"\n", "pasted.txt")
    assert entries[0].details["unreadable"].startswith("trace.unreadable.")


def test_a_text_of_one_endless_line_is_bounded(tmp_path: Path) -> None:
    long = b"SIP/2.0 200 OK" + b"x" * (5 << 20)
    entries, findings = taken(tmp_path, INVITE + long, "pasted.txt")
    assert entries[0].raw == INVITE
    assert findings.messages <= 90


def test_separators_that_lie_are_text(tmp_path: Path) -> None:
    lie = b"recv 99 bytes from tcp/[" + b"9" * 300 + b"]:99999999 at 99:99:99:\n2026/99/99 99:99:99 a -> b\n"
    entries, _ = taken(tmp_path, lie * 50 + INVITE, "pasted.txt")
    assert [entry.raw for entry in entries] == [INVITE]


@pytest.mark.parametrize("kind", TEXTS)
def test_any_octet_of_a_text_may_lie(tmp_path: Path, kind: str) -> None:
    chance = random.Random(kind)
    for _ in range(150):
        broken = bytearray(TEXTS[kind])
        for _ in range(chance.randint(1, 8)):
            place = chance.randrange(len(broken))
            if chance.random() < 0.5:
                broken[place] = chance.randrange(256)
            else:
                del broken[place : place + chance.randrange(1, 60)]
        with contextlib.suppress(CaptureProblem):
            taken(tmp_path, bytes(broken), "pasted.txt")


def test_a_long_text_is_read_in_time(tmp_path: Path) -> None:
    head = b"2026/11/24 10:00:00.100000 10.0.0.5:40001 -> 198.51.100.7:35090\n"
    began = time.process_time()
    entries, _ = taken(
        tmp_path, (head + INVITE + b"\n\n") * 3000 + b"recv 1 bytes from " * 50_000, "long.txt"
    )
    assert len(entries) == 3000
    assert time.process_time() - began < 20  # a quadratic reader takes minutes
