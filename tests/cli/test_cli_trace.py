"""The signalling log without a window: list, show, hand over, take in."""

from __future__ import annotations

import json
import subprocess
import zipfile
from pathlib import Path

import pytest

from tccc_desk.trace.capture.reader import read
from tests.bench._captures import write_capture
from tests.helpers.command_line import PASSWORD, RunCli

CALL = "call-00000003@10.0.0.5"


@pytest.fixture
def capture(tmp_path: Path, cli: RunCli) -> str:
    """An imported capture of ten calls."""
    write_capture(tmp_path / "ten.pcap", 100, 10)
    done = cli(["trace", "import", str(tmp_path / "ten.pcap"), "--json"])
    assert done.exit == 0, done.out
    assert (done.json["capture"], done.json["messages"], done.json["unreadable"]) == ("ten", 100, 0)
    return "ten"


def test_calls_are_listed_newest_last(cli: RunCli, capture: str) -> None:
    listed = cli(["trace", "list", "--capture", capture, "--json"]).json["calls"]
    assert len(listed) == 10
    assert [one["first_at"] for one in listed] == sorted(one["first_at"] for one in listed)
    assert {one["kind"] for one in listed} == {"call"}
    assert listed[3]["caller"] == "13800000003"
    shown = cli(["trace", "list", "--capture", capture, "--limit", "3", "--lang", "zh"])
    assert shown.out.count("\n") == 3
    assert "呼叫" in shown.out
    assert (
        len(cli(["trace", "list", "--capture", capture, "--text", "13800000007", "--json"]).json["calls"])
        == 1
    )
    assert cli(["trace", "list", "--capture", capture, "--since", "1h", "--json"]).json["calls"] == []


def test_a_call_that_only_a_capture_knows_is_found_there_and_that_is_said(cli: RunCli, capture: str) -> None:
    found = cli(["trace", "show", CALL, "--json"])
    assert found.exit == 0
    named = cli(["trace", "show", CALL, "--capture", capture, "--json"]).json
    assert named | {"notice": found.json["notice"]} == found.json
    assert capture in found.json["notice"]
    assert cli(["trace", "show", "nobody's-call"]).exit == 2


def test_our_own_log_may_be_empty(cli: RunCli) -> None:
    assert cli(["trace", "list", "--json"]).json["calls"] == []


def test_a_call_is_shown_with_its_ladder_and_messages(cli: RunCli, capture: str) -> None:
    shown = cli(["trace", "show", CALL, "--capture", capture])
    assert shown.exit == 0
    assert "407 Proxy Authentication Required" in shown.out
    assert "INVITE sip:02188886666@1400000001.tccc.qcloud.com SIP/2.0" in shown.out
    body = cli(["trace", "show", CALL, "--capture", capture, "--json", "--mask"]).json
    assert len(body["entries"]) == 10
    assert "13800000003" not in json.dumps(body)
    assert "198.51.100.7" not in json.dumps(body)


@pytest.mark.parametrize(
    ("format", "start"),
    [
        ("pcap", b"\xd4\xc3\xb2\xa1"),
        ("text", b"2023-11-1"),
        ("csv", b"\xef\xbb\xbf"),
        ("html", b"<!DOCTYPE html>"),
        ("svg", b"<svg "),
        ("png", b"\x89PNG"),
        ("mermaid", b"sequenceDiagram"),
        ("sipp", b"<?xml"),
        ("json", b'{"schema": 1'),
        ("bundle", b"PK"),
    ],
)
def test_every_format_is_written_masked(
    cli: RunCli, capture: str, tmp_path: Path, format: str, start: bytes
) -> None:
    out = tmp_path / f"out.{format}"
    command = [
        "trace",
        "export",
        "--capture",
        capture,
        "--call",
        CALL,
        "--format",
        format,
        "--output",
        str(out),
    ]
    done = cli([*command, "--mask", "--json"])
    assert done.exit == 0, done.out
    content = out.read_bytes()
    assert content.startswith(start)
    assert out.stat().st_mode & 0o777 == 0o600
    members = [content]
    if format == "bundle":
        with zipfile.ZipFile(out) as archive:
            members = [archive.read(name) for name in archive.namelist()]
    for member in members:
        for secret in (b"13800000003", b"02188886666", b"10.0.0.5", bytes([10, 0, 0, 5]), b"gateway01"):
            assert secret not in member
    again = cli(command)
    assert again.exit == 2
    assert "already" in again.err
    assert cli([*command, "--replace"]).exit == 0
    assert b"13800000003" in out.read_bytes() or format in ("png", "bundle", "svg", "mermaid")


def test_everything_since_then_is_written(cli: RunCli, capture: str, tmp_path: Path) -> None:
    out = tmp_path / "all.pcap"
    done = cli(["trace", "export", "--capture", capture, "--format", "pcap", "--output", str(out), "--json"])
    assert done.json["messages"] == 100
    assert sum(len(batch.entries) for batch in read(out)) == 100
    seen = subprocess.run(
        ["tshark", "-r", str(out), "-Y", "sip"], capture_output=True, timeout=60, check=True
    )
    assert len(seen.stdout.splitlines()) == 100


def test_a_bundle_can_be_looked_at_before_it_is_saved(cli: RunCli, capture: str) -> None:
    done = cli(["trace", "export", "--capture", capture, "--format", "bundle", "--preview", "--json"])
    assert done.exit == 0, done.out
    assert done.json["file"] is None
    assert {"signalling.pcap", "report.html", "network.json"} <= {one["name"] for one in done.json["members"]}


def test_a_bundle_with_a_stored_password_is_refused(cli: RunCli, tmp_path: Path) -> None:
    class Keyring:
        def read(self, account: str) -> str:
            return PASSWORD

        def write(self, account: str, password: str) -> None: ...

        def delete(self, account: str) -> None: ...

    settings = [
        "--username",
        "gateway01",
        "--domain",
        "1400000001.tccc.qcloud.com",
        "--server",
        "127.0.0.1:5060",
    ]
    assert cli(["trunk", "add", "mine", *settings, "--password-stdin"], secrets=Keyring()).exit == 0
    write_capture(tmp_path / "one.pcap", 10, 1)
    content = (tmp_path / "one.pcap").read_bytes()
    leak = PASSWORD.encode()
    (tmp_path / "leak.txt").write_bytes(
        b"OPTIONS sip:a@b SIP/2.0\r\nCall-ID: leak\r\nCSeq: 1 OPTIONS\r\nX-Key: "
        + leak
        + b"\r\nContent-Length: 0\r\n\r\n"
    )
    assert content
    assert cli(["trace", "import", str(tmp_path / "leak.txt")]).exit == 0
    out = tmp_path / "bundle.zip"
    command = ["trace", "export", "--capture", "leak", "--format", "bundle", "--output", str(out)]
    done = cli(command, secrets=Keyring())
    assert done.exit == 2
    assert "secret" in done.err
    assert not out.exists()


@pytest.mark.parametrize(
    ("argv", "field"),
    [
        (["trace"], "action"),
        (["trace", "import"], "file"),
        (["trace", "import", "/nowhere/file.pcap"], "file"),
        (["trace", "import", "/etc/hostname"], "file"),
        (["trace", "show"], "call"),
        (["trace", "show", "no-such-call"], "call"),
        (["trace", "list", "--since", "yesterday"], "since"),
        (["trace", "list", "--since", "2026-13-45"], "since"),
        (["trace", "list", "--limit", "0"], "limit"),
        (["trace", "list", "--capture", "../../etc"], "capture"),
        (["trace", "list", "--capture", "none"], "capture"),
        (["trace", "remove", "none"], "name"),
        (["trace", "export", "--format", "docx", "--output", "x"], "format"),
        (["trace", "export", "--format", "pcap"], "output"),
        (["trace", "export", "--format", "pcap", "--output", "/nowhere/x.pcap"], "output"),
        (["trace", "export", "--format", "pcap", "--preview"], "preview"),
        (["trace", "export", "--format", "svg", "--output", "/tmp/none.svg"], "output"),
        (["trace", "frobnicate"], "command"),
    ],
)
def test_bad_input_is_one_sentence(cli: RunCli, argv: list[str], field: str) -> None:
    plain = cli(argv)
    assert plain.exit == 2
    assert plain.err.count("\n") == 1
    assert "{" not in plain.err
    body = cli([*argv, "--json"]).json
    assert (body["ok"], body["error"]["field"]) == (False, field)
    assert cli([*argv, "--lang", "zh"]).err.count("\n") == 1


def test_captures_are_listed_and_removed(cli: RunCli, capture: str) -> None:
    assert [one["capture"] for one in cli(["trace", "captures", "--json"]).json["captures"]] == [capture]
    assert cli(["trace", "remove", capture]).exit == 0
    assert cli(["trace", "captures", "--json"]).json["captures"] == []


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("action", ["list", "show", "export", "import", "captures", "remove"])
def test_help_is_translated(
    cli: RunCli, capsys: pytest.CaptureFixture[str], action: str, language: str
) -> None:
    with pytest.raises(SystemExit):
        cli(["trace", action, "--help", "--lang", language])
    assert "trace.help" not in capsys.readouterr().out


def test_what_stands_out_is_said(cli: RunCli, tmp_path: Path) -> None:
    ask = "OPTIONS sip:a@b SIP/2.0\r\nCall-ID: out\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n"
    no = "SIP/2.0 503 Busy\x1b[31m\r\nCall-ID: out\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n"
    broken = "SIP/2.0 200 OK\r\nCall-ID: out\r\nCSeq: x\r\nContent-Length: 0\r\n\r\n"
    (tmp_path / "out.txt").write_text(ask + no + broken, "utf-8", newline="")
    assert cli(["trace", "import", str(tmp_path / "out.txt")]).exit == 0
    body = cli(["trace", "show", "out", "--capture", "out", "--json"]).json
    assert [one["verdict"] for one in body["findings"]] == ["wrong", "wrong"]
    assert "503 Busy" in body["findings"][0]["sentence"]
    assert "CSeq" in body["findings"][1]["sentence"]
    shown = cli(["trace", "show", "out", "--capture", "out"]).out
    assert "\x1b" not in shown
    assert len(cli(["trace", "list", "--capture", "out", "--problems", "--json"]).json["calls"]) == 1
