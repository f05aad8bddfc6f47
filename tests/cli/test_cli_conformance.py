"""`conformance`: pasted or captured INVITEs of any gateway, judged from the command line."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from tccc_desk.store.paths import folders
from tests.diagnosis.test_conformance import DOMAIN, STEP_2, STEP_3
from tests.helpers.command_line import RunCli
from tests.helpers.log_folder import store
from tests.helpers.trace_entries import step_two_call

BARE = "\r\n".join(line for line in STEP_2.split("\r\n") if not line.startswith("Proxy-"))
ANSWER = (
    STEP_2.split("\r\n\r\n", maxsplit=1)[0]
    .replace(f"INVITE sip:075583765566@{DOMAIN} SIP/2.0", "SIP/2.0 407 Proxy Authentication Required")
    .replace("CSeq: 2", "CSeq: 1")
    + "\r\n\r\n"
)


def test_the_invite_with_credentials_of_a_pasted_call_is_judged(cli: RunCli, tmp_path: Path) -> None:
    pasted = tmp_path / "call.txt"
    pasted.write_bytes((BARE + "\r\n\r\n" + ANSWER + "\r\n" + STEP_2).encode())
    run = cli(["conformance", str(pasted), "--line", "0755-83765566", "--domain", DOMAIN, "--json"])
    assert run.exit == 0
    assert (run.json["step"], run.json["call_id"]) == (2, "c1")
    rules = {rule["id"]: rule for rule in run.json["rules"]}
    assert rules["credentials-user"]["found"] == "gateway01"
    assert {rule["ok"] for rule in rules.values()} == {True}
    assert rules["to-user"]["zh"].startswith("符合。")


def test_a_gateway_that_puts_its_account_into_from_is_told(cli: RunCli, tmp_path: Path) -> None:
    run = cli(
        ["conformance", "-", "--lang", "en"],
        stdin=STEP_2.replace("From: <sip:13800138000@", "From: <sip:gateway01@"),
    )
    assert run.exit == 1
    wrong = [line for line in run.out.splitlines() if line.startswith("✗")]
    assert len(wrong) == 1
    assert wrong[0].startswith("✗ From: Not as expected: found gateway01, expected a number.")
    assert wrong[0].endswith("From carries the caller number, not the registration account.")


def test_step_3(cli: RunCli) -> None:
    run = cli(["conformance", "-", "--step", "3", "--line", "13800001112", "--json"], stdin=STEP_3)
    assert run.exit == 1
    assert [rule["id"] for rule in run.json["rules"] if rule["ok"] is False] == ["to-user"]


def test_a_call_of_our_own_log(cli: RunCli) -> None:
    entries = [one for one in step_two_call() if one.kind == "message"]
    received = [msgspec.structs.replace(one, direction="received", call_id="in1") for one in entries]
    store(folders().log, *entries, *received)
    run = cli(["conformance", "--call", entries[0].call_id, "--json"])
    assert (run.exit, run.json["step"], run.json["call_id"]) == (0, 2, entries[0].call_id)
    assert cli(["conformance", "--call", "in1", "--json"]).json["step"] == 3
    assert cli(["conformance", "--call", "in1", "--step", "2", "--json"]).json["step"] == 2


@pytest.mark.parametrize(
    ("arguments", "stdin", "field"),
    [
        ([], "", "file"),
        (["--call", "no-such-call"], "", "call"),
        (["-"], "", "file"),
        (["-"], "hello", "file"),
        (["-"], STEP_2.replace("INVITE", "OPTIONS"), "file"),
        (["no-such.pcap"], "", "file"),
        (["/"], "", "file"),
        (["-", "--step", "4"], STEP_2, "step"),
        (["-", "--call", "other"], STEP_2, "file"),
    ],
)
def test_what_cannot_be_judged_is_said_in_one_sentence(
    cli: RunCli, arguments: list[str], stdin: str, field: str
) -> None:
    run = cli(["conformance", *arguments, "--json"], stdin=stdin)
    assert (run.exit, run.json["error"]["field"]) == (2, field)
    assert "\n" not in run.json["error"]["message"]
