"""Texts, tables, ladders and reports: complete, and inert whatever the network put into them."""

from __future__ import annotations

import csv
import io
import json
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import defusedxml.ElementTree as Xml
import msgspec
import pytest

from tccc_desk.texts.catalogue import LANGUAGES, Language
from tccc_desk.trace.entry import TraceEntry
from tccc_desk.trace.export.calls import calls_of
from tccc_desk.trace.export.ladder_text import ladder_text, width
from tccc_desk.trace.export.listing import write_json
from tccc_desk.trace.export.mermaid import mermaid
from tccc_desk.trace.export.page import Section, page
from tccc_desk.trace.export.plain import heading
from tccc_desk.trace.export.problem import ExportProblem
from tccc_desk.trace.export.saving import save
from tccc_desk.trace.export.sheet import COLUMNS, write_csv
from tccc_desk.trace.export.svg import svg
from tccc_desk.trace.ladder import ladder
from tests.trace._call import call, with_raw

EVIL = '"><script>alert(1)</script>\u202e\x1b[31m<img src=x onerror=y>'


def evil(entries: list[TraceEntry]) -> list[TraceEntry]:
    """The same call from somebody who hopes that it will be shown in a browser."""
    octets = EVIL.encode()
    return [
        msgspec.structs.replace(
            with_raw(one, one.raw.replace(b"User-Agent: bench", b"User-Agent: " + octets)),
            reason=EVIL if one.status else "",
            call_id=EVIL,
            method=one.method,
            summary=EVIL,
            remote=f"{EVIL}:5060",
        )
        for one in entries
    ]


def test_calls_are_told_by_their_messages(tmp_path: Path) -> None:
    (one,) = calls_of(call(tmp_path))
    assert (one.caller, one.callee, one.status, one.messages) == ("13800000001", "02188886666", 200, 10)
    assert (one.ringing_after, one.answered_after) == pytest.approx((0.2, 2.0), abs=1e-5)
    assert one.duration == pytest.approx(7.0, abs=1e-5)
    assert one.sent


def test_a_refused_call_has_its_cause(tmp_path: Path) -> None:
    entries = call(tmp_path)[:6]
    busy = (
        entries[5]
        .raw.replace(b"180 Ringing", b"486 Busy Here")
        .replace(b"User-Agent", b"Reason: SIP;cause=486, Q.850 ; cause=17;text=x\r\nUser-Agent")
    )
    last = msgspec.structs.replace(with_raw(entries[5], busy), status=486, reason="Busy Here")
    (one,) = calls_of([*entries[:5], last])
    assert (one.status, one.q850, one.duration) == (486, 17, None)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_sheet_opens_in_excel_and_runs_nothing(tmp_path: Path, language: Language) -> None:
    entries = call(tmp_path)
    for old, new in ((b"<sip:13800000001@", b"<sip:+8613800000001@"), (b"<sip:02188886666@", b"<sip:=1+1@")):
        entries = [with_raw(one, one.raw.replace(old, new)) for one in entries]
    stream = io.BytesIO()
    assert write_csv(entries, stream, language).messages == 1
    assert stream.getvalue().startswith(b"\xef\xbb\xbf")
    head, row = csv.reader(io.StringIO(stream.getvalue().decode("utf-8-sig"), newline=""))
    assert len(head) == len(row) == len(COLUMNS)
    assert row[2:4] == ["'+8613800000001", "'=1+1"]
    assert not any(cell.startswith(("=", "+", "-", "@")) for cell in row)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("hostile", [False, True])
def test_the_picture_is_plain_svg(tmp_path: Path, language: Language, hostile: bool) -> None:
    entries = evil(call(tmp_path)) if hostile else call(tmp_path)
    drawn = svg(ladder(entries), language)
    tree = Xml.fromstring(drawn)
    names = {element.tag.rpartition("}")[2] for element in tree.iter()}
    assert names <= {"svg", "title", "rect", "line", "text", "polygon", "path", "circle"}
    assert not any("href" in key or key.startswith("on") for element in tree.iter() for key in element.attrib)
    words = " ".join(element.text or "" for element in tree.iter())
    assert "\u202e" not in words
    assert "\x1b" not in words
    if not hostile:
        assert "198.51.100.7:35090" in words
        assert "407 Proxy Authentication Required" in words


def test_the_picture_becomes_a_png(tmp_path: Path) -> None:
    drawn = svg(ladder(evil(call(tmp_path))), "zh").encode()
    done = subprocess.run(
        [sys.executable, "-m", "tccc_desk.app.picture"],
        input=drawn,
        capture_output=True,
        timeout=60,
        check=True,
    )
    assert done.stdout.startswith(b"\x89PNG\r\n\x1a\n")
    assert len(done.stdout) > 10_000
    bad = subprocess.run(
        [sys.executable, "-m", "tccc_desk.app.picture"],
        input=b"<no",
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert (bad.returncode, bad.stdout) == (1, b"")


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.tags.append(tag)
        self.attributes += attrs


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_report_loads_and_runs_nothing(tmp_path: Path, language: Language) -> None:
    entries = evil(call(tmp_path))
    sections = [Section(EVIL, entries, ladder(entries), [("wrong", EVIL)])]
    written = page(sections, language, made_at=1e9, version="1")
    reader = _Reader()
    reader.feed(written)
    assert not {"script", "img", "link", "iframe", "object", "a", "form"} & set(reader.tags)
    assert not any(name.startswith("on") or name in ("src", "href") for name, _ in reader.attributes)
    assert "default-src 'none'" in written
    assert "http" not in written.replace("http-equiv", "").replace("http://www.w3.org/2000/svg", "")
    assert "\u202e" not in written


def test_mermaid_cannot_be_broken_out_of(tmp_path: Path) -> None:
    entries = evil(call(tmp_path))
    entries[1] = msgspec.structs.replace(entries[1], reason="x\nend\nNote over P0: owned; click #quot;")
    lines = mermaid(ladder(entries), "en").splitlines()
    assert lines[0] == "sequenceDiagram"
    for line in lines[1:]:
        assert line.startswith(("    participant P", "    P", "    Note over P"))
        assert "<" not in line
        assert ";" not in re.sub(r"#[0-9]+;", "", line)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_ladder_as_text(tmp_path: Path, language: Language) -> None:
    lines = ladder_text(ladder(call(tmp_path)), language)
    arrows = [line for line in lines if "->" in line or "<-" in line]
    assert len(arrows) == 10
    assert any("407 Proxy Authentication" in line for line in arrows)
    drawn = [line.partition("  [")[0] for line in lines]
    assert max(map(width, drawn)) < 130
    assert all("\x1b" not in line for line in ladder_text(ladder(evil(call(tmp_path))), language))


def test_json_is_one_object_with_every_octet(tmp_path: Path) -> None:
    entries = call(tmp_path)
    entries[3] = with_raw(entries[3], entries[3].raw + b"\xff\xfe")
    stream = io.BytesIO()
    assert write_json(entries, stream).messages == 10
    whole = json.loads(stream.getvalue())
    assert whole["schema"] == 1
    assert [one["raw"] is None for one in whole["entries"]].index(True) == 3
    assert whole["calls"][0]["caller"] == "13800000001"


def test_headings_tell_zone_and_transport(tmp_path: Path) -> None:
    line = heading(call(tmp_path, transport="TCP")[0])
    assert line.endswith(" 10.0.0.5:5060 -> 198.51.100.7:35090 TCP")
    assert line[10] == "T"
    assert line[26] in "+-"


def test_files_appear_whole_private_and_never_over_others(tmp_path: Path) -> None:
    path = tmp_path / "out.txt"
    save(path, lambda stream: stream.write(b"one"))
    assert path.stat().st_mode & 0o777 == 0o600
    with pytest.raises(ExportProblem) as caught:
        save(path, lambda stream: stream.write(b"two"))
    assert caught.value.finding == "trace.export.exists"
    assert path.read_bytes() == b"one"
    save(path, lambda stream: stream.write(b"three"), replace=True)
    assert path.read_bytes() == b"three"

    def fails(_: object) -> None:
        raise OSError(28, "No space left on device")

    for target in (tmp_path / "new.txt", tmp_path / "none" / "new.txt"):
        with pytest.raises(ExportProblem) as caught:
            save(target, fails)
        assert caught.value.finding == "trace.export.unwritable"
    assert [one.name for one in tmp_path.glob("*.txt")] == ["out.txt"]
    assert not list(tmp_path.glob(".*new"))
