"""Bad input: one sentence naming the option, exit 2, and no engine is even made."""

from __future__ import annotations

import pytest

from tests.helpers.command_line import ACCOUNT, SUBJECT, RunCli

CALL = ["call", *SUBJECT, "--from", "02188886666", "--to", "075512345600"]

CASES = [
    ([], "command"),
    (["dial"], "command"),
    (["register"], "trunk"),
    (["register", *ACCOUNT], "password_stdin"),
    (["register", "--trunk", "a", "--username", "b"], "username"),
    (["register", *SUBJECT, "--hold", "-1"], "hold"),
    (["register", *SUBJECT, "--hold", "nan"], "hold"),
    (["register", *SUBJECT, "--hold", "inf"], "hold"),
    (["register", *SUBJECT, "--hold", "1e3"], "hold"),
    (["register", *SUBJECT, "--hold", "99999999999999"], "hold"),
    (["register", *SUBJECT, "--hold", "１２"], "hold"),
    (["register", *SUBJECT, "--hold"], "hold"),
    (["register", *SUBJECT, "--holt", "3"], "holt"),
    (["register", *SUBJECT, "--expires", "0"], "expires"),
    (["register", *SUBJECT, "--transport", "sctp"], "transport"),
    (["register", *SUBJECT, "--transport", "tls", "--ca-file", "no-such.pem"], "ca_file"),
    (["register", *SUBJECT, "--transport", "tls", "--ca-file", "/"], "ca_file"),
    (["trunk", "add", "a", *SUBJECT, "--transport", "tls", "--ca-file", "/dev/null/x"], "ca_file"),
    (["register", "--password-stdin", *ACCOUNT[:4], "--server", "1400000001.tccc.qcloud.com"], "server"),
    (["register", "--password-stdin", *ACCOUNT[:4], "--server", "127.0.0.1:99999"], "server"),
    (["register", "--password-stdin", *ACCOUNT[2:]], "username"),
    (["register", "--username", "a\r\nVia: x", *SUBJECT[2:]], "username"),
    (["register", "--username", "a\udcff", *SUBJECT[2:]], "username"),
    (["register", "--domain", "sip.tccc.qcloud.com", *SUBJECT[:2], *SUBJECT[4:]], "domain"),
    (["verify", *SUBJECT, "--hold", "1"], "hold"),
    (["call", *SUBJECT, "--to", "075512345600"], "from"),
    (["call", *SUBJECT, "--from", "02188886666"], "to"),
    ([*CALL[:-1], "0755-1234-5600"], "to"),
    ([*CALL[:-1], "٠٧٥٥"], "to"),
    ([*CALL[:-1], "110"], "to"),
    ([*CALL[:-1], "0755\r\n1234"], "to"),
    ([*CALL, "--seconds", "-0.5"], "seconds"),
    ([*CALL, "--ring-timeout", "0"], "ring_timeout"),
    ([*CALL, "--dtmf", "12x"], "dtmf"),
    ([*CALL, "--codec", "g729"], "codec"),
    ([*CALL, "--header", "no colon"], "header"),
    ([*CALL, "--header", "From: me"], "header"),
    ([*CALL, "--header", "X-A: b\r\nX-C: d"], "header"),
    ([*CALL, "--play", "hello.wav"], "play"),
    ([*CALL, "--play", "noise"], "play"),
    ([*CALL, "--play", "/dev/null/x.wav"], "play"),
    ([*CALL, "--play", "/dev/zero"], "play"),
    ([*CALL, "--play", "a\r\nb.wav"], "play"),
    ([*CALL, "--record", "/no-such-folder/a.wav"], "record"),
    ([*CALL, "--record", "/dev/null"], "record"),
    ([*CALL, "--record", ""], "record"),
    ([*CALL, "--rtp-ports", "40000"], "rtp_ports"),
    ([*CALL, "--rtp-ports", "40001-40002"], "rtp_ports"),
    ([*CALL, "--rtp-ports", "40100-40000"], "rtp_ports"),
    ([*CALL, "--rtp-ports", "80-90"], "rtp_ports"),
    ([*CALL, "--rtp-ports", "40000-70000"], "rtp_ports"),
    ([*CALL, "--dtmf-method", "fax"], "dtmf_method"),
    ([*CALL, "--number-rule", "local"], "number_rule"),
    ([*CALL, "--number-prefix", "9a"], "number_prefix"),
    ([*CALL, "--number-prefix", "9", "--number-rule", "plus"], "number_prefix"),
    ([*CALL[:-1], "10", "--number-prefix", "1"], "to"),
    (["register", "--trunk", "a", "--number-rule", "x"], "number_rule"),
    ([*CALL, "--microphone", "a\x00"], "microphone"),
    (["register", "--trunk", "a", "--dtmf-method", "fax"], "dtmf_method"),
    (["wait", *SUBJECT, "--count", "0"], "count"),
    (["wait", *SUBJECT, "--count", "1.5"], "count"),
    (["wait", *SUBJECT, "--for", "x"], "for"),
    (["wait", *SUBJECT, "--reject", "200"], "reject"),
    (["wait", *SUBJECT, "--reject", "486", "--answer", "tone"], "reject"),
    (["wait", *SUBJECT, "--answer", "a.wav"], "answer"),
    (["wait", *SUBJECT, "--play", "a.wav"], "answer"),
    (["wait", *SUBJECT, "--record", "a.wav", "--count", "2"], "record"),
    (["sound"], "action"),
    (["sound", "play"], "command"),
    (["wait", *SUBJECT, "--expect-to", "abc"], "expect_to"),
    (["practice", "--port", "65536"], "port"),
    (["trunk"], "action"),
    (["trunk", "import"], "arguments"),
    (["trunk", "import", "/"], "file"),
    (["trunk", "lint", "no-such.xml"], "file"),
    (["trunk", "lint", "/dev/zero"], "file"),
    (["trunk", "export"], "name"),
    (["trunk", "export", "x", "--format", "word"], "format"),
    (["trunk", "export", "x", "--with-password"], "name"),
    (["trunk", "add"], "name"),
    (["trunk", "frob"], "command"),
    (["register", *SUBJECT, "--lang", "fr"], "lang"),
]


@pytest.mark.parametrize(
    ("argv", "field"), CASES, ids=lambda value: None if isinstance(value, list) else value
)
def test_is_refused_as_json(cli: RunCli, argv: list[str], field: str) -> None:
    run = cli([*argv, "--json"])
    assert run.exit == 2
    assert run.commands == []
    assert set(run.json) == {"schema", "ok", "error"}
    assert (run.json["schema"], run.json["ok"]) == (1, False)
    assert run.json["error"]["field"] == field
    assert run.json["error"]["message"]


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize(
    ("argv", "field"), CASES, ids=lambda value: None if isinstance(value, list) else value
)
def test_is_one_sentence_for_a_person(cli: RunCli, argv: list[str], field: str, language: str) -> None:
    run = cli(argv if "--lang" in argv else ["--lang", language, *argv])
    assert (run.exit, run.out) == (2, "")
    sentence = [line for line in run.err.splitlines() if line][-1]
    assert sentence.isprintable()
    assert "{" not in sentence


def test_an_unknown_trunk_is_bad_input(cli: RunCli) -> None:
    run = cli(["register", "--trunk", "nowhere", "--json"])
    assert run.exit == 2
    assert run.json["error"]["field"] == "trunk"
    assert "nowhere" in run.json["error"]["message"]


def test_an_empty_standard_input_is_no_password(cli: RunCli) -> None:
    run = cli(["register", *SUBJECT, "--json"], stdin="")
    assert run.exit == 2
    assert run.json["error"]["field"] == "password_stdin"
