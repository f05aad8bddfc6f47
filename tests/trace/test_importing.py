"""An imported capture is a log like ours: read while it grows, left nowhere when it was refused."""

from __future__ import annotations

import json
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from tccc_desk.trace.book import LogBook
from tccc_desk.trace.capture import importing
from tccc_desk.trace.capture.importing import (
    about_capture,
    captures_in,
    import_capture,
    name_for,
    remove_capture,
)
from tccc_desk.trace.capture.problem import CaptureProblem
from tccc_desk.trace.export.choosing import Choice, Chooser
from tccc_desk.trace.query import Query
from tests.bench._captures import write_capture
from tests.trace._frames import capture, ethernet, ip, sip, udp


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A capture of 5,000 messages."""
    path = tmp_path / "from the supplier.pcap"
    write_capture(path, 5000)
    return path


def test_an_import_is_a_log_of_its_own(tmp_path: Path, file: Path) -> None:
    seen: list[int] = []
    told = import_capture(file, tmp_path / "captures", progress=lambda _, messages: not seen.append(messages))
    assert (told.name, told.findings.messages, told.complete) == ("from-the-supplier", 5000, True)
    assert seen[0] < 5000
    assert seen[-1] == 5000
    book = LogBook(tmp_path / "captures" / told.name)
    assert book.total() == 5000
    assert len(book.calls(limit=1000)) == 500
    assert [one.entry.method for one in book.entries("call-00000007@10.0.0.5")][:1] == ["INVITE"]
    assert len(book.page(Query(text="13800000007"), limit=50)) == 10
    book.close()
    assert about_capture(tmp_path / "captures", told.name) == told
    assert oct((tmp_path / "captures" / told.name).stat().st_mode)[-3:] == "700"
    for path in (tmp_path / "captures" / told.name).iterdir():
        assert oct(path.stat().st_mode)[-3:] == "600"


def test_rows_are_there_while_the_file_is_read(tmp_path: Path, file: Path) -> None:
    counted: list[int] = []

    def look(_read: float, messages: int) -> bool:
        if messages and not counted:
            book = LogBook(tmp_path / "captures" / "from-the-supplier")
            counted.append(book.total())
            book.close()
        return True

    import_capture(file, tmp_path / "captures", progress=look)
    assert 0 < counted[0] < 5000


def test_names_do_not_collide_and_lead_nowhere_else(tmp_path: Path, file: Path) -> None:
    captures = tmp_path / "captures"
    names = [import_capture(file, captures).name for _ in range(3)]
    assert names == ["from-the-supplier", "from-the-supplier-2", "from-the-supplier-3"]
    assert [one.name for one in captures_in(captures)] == names
    assert name_for(Path("/a/../../etc.pcap.gz"), captures) == "etc"
    assert name_for(Path("..."), captures) == "capture"
    for bad in ("../x", "a/b", "", ".hidden", "x" * 65, "a\nb", "a."):
        with pytest.raises(CaptureProblem):
            about_capture(captures, bad)
    with pytest.raises(CaptureProblem) as caught:
        import_capture(file, captures, names[0])
    assert caught.value.finding == "trace.capture.exists"
    remove_capture(captures, names[1])
    assert [one.name for one in captures_in(captures)] == [names[0], names[2]]
    with pytest.raises(CaptureProblem):
        remove_capture(captures, names[1])


def test_what_is_refused_or_given_up_leaves_nothing(tmp_path: Path, file: Path) -> None:
    captures = tmp_path / "captures"
    (tmp_path / "none.pcap").write_bytes(capture([ethernet(ip(udp(b"hello, world")))]))
    with pytest.raises(CaptureProblem):
        import_capture(tmp_path / "none.pcap", captures)
    assert list(captures.iterdir()) == []

    def fail(_read: float, _messages: int) -> bool:
        raise RuntimeError

    with pytest.raises(RuntimeError):
        import_capture(file, captures, progress=fail)
    assert list(captures.iterdir()) == []


def test_a_file_that_breaks_off_keeps_what_was_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tccc_desk.trace.capture.source.MAX_OCTETS", 1)
    good = capture([ethernet(ip(udp(sip(number)))) for number in range(9)])
    (tmp_path / "cut.pcap").write_bytes(good[:-5])
    told = import_capture(tmp_path / "cut.pcap", tmp_path / "captures")
    assert (told.findings.messages, told.findings.notes) == (8, {"trace.capture.note.cut_off": 1})


def test_a_full_disk_is_said_and_leaves_nothing(
    tmp_path: Path, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Full(importing.SegmentFile):
        def append(self, entries: object) -> None:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(importing, "SegmentFile", Full)
    with pytest.raises(CaptureProblem) as caught:
        import_capture(file, tmp_path / "captures")
    assert caught.value.finding == "trace.capture.no_room"
    assert list((tmp_path / "captures").iterdir()) == []


def test_the_process_for_the_window_tells_its_progress(tmp_path: Path, file: Path) -> None:
    command = [sys.executable, "-m", "tccc_desk.trace.capture", str(file), str(tmp_path / "captures"), "mine"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        said = [json.loads(line) for line in process.stdout]
        assert process.wait(30) == 0
    assert said[-1]["imported"]["name"] == "mine"
    assert all("progress" in one for one in said[:-1])
    again = subprocess.run(command, stdin=subprocess.PIPE, capture_output=True, timeout=30, check=False)
    assert again.returncode == 1
    assert json.loads(again.stdout)["finding"] == "trace.capture.exists"


def test_an_import_nobody_waits_for_takes_its_rows_away(tmp_path: Path) -> None:
    write_capture(tmp_path / "big.pcap", 20_000)
    command = [
        sys.executable,
        "-m",
        "tccc_desk.trace.capture",
        str(tmp_path / "big.pcap"),
        str(tmp_path / "to"),
    ]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=60, check=False)
    assert done.returncode == 1
    assert b"Traceback" not in done.stderr
    assert list((tmp_path / "to").iterdir()) == []


def test_the_sound_of_a_capture_stands_in_the_ladder_of_its_call(tmp_path: Path) -> None:
    body = (
        "v=0\r\no=- 1 1 IN IP4 10.0.0.5\r\ns=-\r\nc=IN IP4 10.0.0.5\r\nt=0 0\r\nm=audio 40000 RTP/AVP 8\r\n"
    )
    invite = sip(1, "INVITE sip:a@example.com SIP/2.0", body, "Content-Type: application/sdp\r\n")
    frames = [ethernet(ip(udp(invite)))]
    for number in range(50):
        head = struct.pack("!BBHII", 0x80, 8, number, number * 160, 7)
        frames.append(ethernet(ip(udp(head + bytes(160), 20000, 40000), "198.51.100.7", "10.0.0.5")))
        frames.append(ethernet(ip(udp(head + bytes(160), 999, 998), "203.0.113.1", "203.0.113.2")))
    (tmp_path / "sound.pcap").write_bytes(capture(frames))
    told = import_capture(tmp_path / "sound.pcap", tmp_path / "captures")
    assert len(told.findings.media) == 2
    book = LogBook(tmp_path / "captures" / told.name)
    section = Chooser(book, Choice(), media=told.findings.media).section("1@test")
    book.close()
    (band,) = section.ladder.bands
    assert (band.packets, band.codec, band.source_address) == (50, "PCMA", "198.51.100.7:20000")
