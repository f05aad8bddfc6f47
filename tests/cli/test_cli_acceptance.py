"""`acceptance`: the script shown, filled in from the log, gone through, and reported."""

from __future__ import annotations

import asyncio
import json
import re
import signal
from collections.abc import Iterable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

import tccc_desk.cli
from tccc_desk.engine.commands import Command, PlaceTestCall, RegisterTrunk
from tccc_desk.engine.events import (
    BindingEstablished,
    BindingRefused,
    CallEnded,
    DigitsSent,
    Event,
    MediaReport,
)
from tccc_desk.practice.client import PracticeProcess
from tccc_desk.practice.events import CallAnswered, Registered, Unregistered
from tccc_desk.practice.events import CallEnded as GatewayCallEnded
from tccc_desk.store.acceptance import Acceptances
from tccc_desk.store.paths import HOME_VARIABLE, Folders, folders
from tccc_desk.store.profiles import Profiles
from tccc_desk.texts.catalogue import ids
from tccc_desk.trunk.acceptance import STEPS, CallFacts, Record
from tccc_desk.trunk.entry import checked_trunk
from tests.helpers.command_line import RealCli, RunCli
from tests.helpers.log_folder import store as store_log
from tests.helpers.scripted_engine import made
from tests.helpers.trace_entries import ANSWER, CALLER, LINE, answer, entry, invite, within

RUN = ["acceptance", "pbx", "--run", "--password-stdin", "--pause", "0", "--json"]
NUMBERS = ["--from", "13800138000", "--from", "02088880000", "--to", "075512345600"]
HOSTILE = "<script>alert(1)</script> [x](http://evil) ![i](http://evil) | \u202e\x1b[31m `a` www.evil.example"


def stored(home: Path, server: str = "127.0.0.1:5060", name: str = "pbx") -> Folders:
    """The files below `home`, with one trunk among them."""
    places = folders({HOME_VARIABLE: str(home)})
    account = {"username": "gateway01", "domain": "1400000001.tccc.qcloud.com", "server": server}
    Profiles(places).add(checked_trunk({**account, "name": name})[0])
    return places


@pytest.fixture
def places(cli: RunCli, tmp_path: Path) -> Folders:
    return stored(tmp_path / "home")


def verdicts(body: Any) -> dict[str, str]:
    return {step["id"]: step["verdict"] for step in body["steps"]}


def good_calls(command: Command) -> Iterable[Event]:
    """Registered, and every call answered for as long as asked, heard both ways."""
    if isinstance(command, RegisterTrunk):
        return [made(BindingEstablished, trunk="pbx")]
    if not isinstance(command, PlaceTestCall):
        return []
    digits = command.dtmf.replace(",", "")
    media = MediaReport(codec="PCMA", received=250, one_way="none", dtmf_sent=digits)
    sent = (
        [DigitsSent(at=0.0, trunk="pbx", call=command.call, digits=digits, method="info")] if digits else []
    )
    done = made(
        CallEnded, call=command.call, ended_by="us", answer_ms=9.0, duration_s=command.duration_s, media=media
    )
    return [*sent, done]


def test_the_list_says_what_is_open(cli: RunCli, places: Folders) -> None:
    body = cli(["acceptance", "pbx", "--json"]).json
    assert [step["id"] for step in body["steps"]] == [step.id for step in STEPS]
    assert (body["ok"], body["pass"], body["fail"], body["open"]) == (True, 0, 0, len(STEPS))
    assert "10 分钟长通话" in cli(["acceptance", "pbx", "--lang", "zh"]).out


def log_call(places: Folders, *, ours: bool = True) -> str:
    """A call of the trunk in the log, ended by us; or one somebody else's trunk placed."""
    import msgspec

    entries = [
        entry(1, "sent", invite(), at=100.0),
        entry(2, "received", answer(200, "OK", body=ANSWER), at=102.0),
        entry(3, "sent", within("BYE", 2), at=110.0),
        entry(4, "received", answer(200, "OK", method="BYE", number=2), at=110.1),
    ]
    name = "pbx" if ours else "another"
    store_log(places.log, *(msgspec.structs.replace(one, trunk=name) for one in entries))
    return "c1@192.168.1.20"


def test_a_step_takes_its_facts_from_the_log(cli: RunCli, places: Folders) -> None:
    call_id = log_call(places)
    run = cli(
        ["acceptance", "pbx", "--step", "we-hang-up", "--call", call_id, "--remark", "听得清", "--json"]
    )
    (step,) = (one for one in run.json["steps"] if one["id"] == "we-hang-up")
    assert (step["caller"], step["callee"], step["call_id"]) == (CALLER, LINE, call_id)
    assert step["remark"] == "听得清"
    assert {one["id"]: one["met"] for one in step["proofs"]} == {
        "outgoing": True,
        "answered": True,
        "we_hear": None,  # no sound was measured
        "they_hear": None,
        "we_hung_up": True,
    }
    assert (step["verdict"], run.exit) == ("open", 0)
    ruled = cli(["acceptance", "pbx", "--step", "we-hang-up", "--pass", "--json"])
    assert verdicts(ruled.json)["we-hang-up"] == "pass"
    failed = cli(["acceptance", "pbx", "--step", "they-hang-up", "--call", call_id, "--json"])
    assert (verdicts(failed.json)["they-hang-up"], failed.exit) == ("fail", 1)
    assert cli(["acceptance", "pbx", "--reset", "--json"]).json["open"] == len(STEPS)


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        (["nobody"], "name"),
        ([], "name"),
        (["pbx", "--step", "nonsense", "--pass"], "step"),
        (["pbx", "--step", "we-hang-up"], "step"),
        (["pbx", "--pass"], "step"),
        (["pbx", "--step", "we-hang-up", "--pass", "--fail"], "pass"),
        (["pbx", "--step", "we-hang-up", "--call", "nothing@here"], "call"),
        (["pbx", "--step", "we-hang-up", "--remark", "x" * 2000], "remark"),
        (["pbx", "--step", "we-hang-up", "--remark", "\u202e"], "remark"),
        (["pbx", "--report", "report.exe"], "report"),
        (["pbx", "--run", "--reset"], "run"),
        (["pbx", "--run", "--step", "agent-answers", *NUMBERS], "step"),
        (["pbx", "--run", "--from", "13800138000", "--to", "110"], "to"),
        (["pbx", "--run", "--from", "13800138000", "--to", "+86120"], "to"),
        (["pbx", "--run", "--to", "075512345600"], "from"),
        (["pbx", "--run", *NUMBERS, "--pause", "-1"], "pause"),
    ],
)
def test_bad_input_is_one_sentence(cli: RunCli, places: Folders, arguments: list[str], field: str) -> None:
    run = cli(["acceptance", *arguments, "--json"])
    assert (run.exit, run.json["error"]["field"]) == (2, field)
    assert "{" not in run.json["error"]["message"]
    assert not run.commands


def test_a_call_of_another_trunk_proves_nothing(cli: RunCli, places: Folders) -> None:
    call_id = log_call(places, ours=False)
    run = cli(["acceptance", "pbx", "--step", "we-hang-up", "--call", call_id, "--json"])
    assert (run.exit, run.json["error"]["field"]) == (2, "call")


def test_a_run_fills_in_what_it_can_with_few_calls(cli: RunCli, places: Folders) -> None:
    run = cli([*RUN, *NUMBERS], good_calls)
    assert run.exit == 0, run.out
    found = verdicts(run.json)
    assert {step for step, verdict in found.items() if verdict == "pass"} == {
        "mobile-caller",
        "landline-caller",
        "we-hang-up",
        "codec-dtmf",
        "long-call",
    }
    assert (found["ivr-single"], found["ivr-multi"]) == ("open", "open")  # the admin heard where it led
    placed = [command for command in run.commands if isinstance(command, PlaceTestCall)]
    assert [(one.caller, one.dtmf) for one in placed] == [
        ("13800138000", ""),
        ("02088880000", ""),
        ("13800138000", ",1"),
        ("13800138000", ",123456#"),
        ("13800138000", ""),
    ]
    assert run.exit == 0
    again = cli([*RUN, *NUMBERS], good_calls)  # what passed is not called again
    assert set(again.json["filled"]) == {"ivr-single", "ivr-multi"}


def test_without_a_landline_number_its_step_stays_open(cli: RunCli, places: Folders) -> None:
    run = cli([*RUN, "--from", "13800138000", "--to", "075512345600"], good_calls)
    assert verdicts(run.json)["landline-caller"] == "open"


def test_a_refusing_server_is_not_asked_again(cli: RunCli, places: Folders) -> None:
    def script(command: Command) -> Iterable[Event]:
        if isinstance(command, PlaceTestCall):
            return [made(CallEnded, call=command.call, outcome="rejected", status=403)]
        return good_calls(command)

    run = cli([*RUN, *NUMBERS], script)
    assert len([one for one in run.commands if isinstance(one, PlaceTestCall)]) == 1
    assert (run.exit, run.json["filled"]) == (1, ["mobile-caller"])


def test_without_a_registration_nothing_is_called(cli: RunCli, places: Folders) -> None:
    refused = made(BindingRefused, trunk="pbx", status=403, finding="finding.403.register")
    run = cli([*RUN, *NUMBERS], lambda command: [refused] if isinstance(command, RegisterTrunk) else [])
    assert not any(isinstance(one, PlaceTestCall) for one in run.commands)
    assert (run.exit, run.json["filled"], run.json["registration"]["status"]) == (1, [], 403)


class _Page(HTMLParser):
    """What a browser would fetch or run."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.fetching: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.fetching += [name for name, _ in attrs if name in {"src", "href", "onload", "onerror", "action"}]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_reports_are_whole_and_inert(cli: RunCli, places: Folders, tmp_path: Path, language: str) -> None:
    facts = CallFacts(
        call_id="x@192.168.7.9", caller="13800138000", callee=HOSTILE, reason=HOSTILE, status=200
    )
    Acceptances(places).change(
        "pbx",
        lambda before: before.filled(Record(step="we-hang-up", filled_at=1.0, facts=facts, remark=HOSTILE)),
    )
    page = tmp_path / "report.html"
    assert cli(["acceptance", "pbx", "--report", str(page), "--lang", language]).exit == 0
    parsed = _Page()
    parsed.feed(page.read_text(encoding="utf-8"))
    assert not parsed.fetching
    assert not parsed.tags & {"script", "img", "a", "link", "iframe"}
    assert page.stat().st_mode & 0o077 == 0
    written = tmp_path / "report.md"
    assert cli(["acceptance", "pbx", "--report", str(written), "--lang", language]).exit == 0
    for text in (page.read_text(encoding="utf-8"), written.read_text(encoding="utf-8")):
        assert "\u202e" not in text
        assert "\x1b" not in text
        assert "13800138000" in text
    marks = written.read_text(encoding="utf-8")
    assert not re.search(r"(?<!\\)[<\[`|]|[^\\]://|www\.", marks.replace("\\\\", ""))
    before = page.read_bytes()
    again = cli(["acceptance", "pbx", "--report", str(page), "--json"])
    assert (again.exit, again.json["error"]["field"], page.read_bytes()) == (2, "report", before)
    masked = tmp_path / "masked.html"
    assert cli(["acceptance", "pbx", "--report", str(masked), "--mask"]).exit == 0
    assert not re.search(r"13800138000|192\.168\.7\.9|pbx", masked.read_text(encoding="utf-8"))


async def test_a_real_run_and_its_log(real: RealCli, gateway: PracticeProcess, tmp_path: Path) -> None:
    stored(tmp_path / "home", f"{gateway.ready.host}:{gateway.ready.port}")
    steps = ["--step", "mobile-caller", "--step", "we-hang-up", "--step", "codec-dtmf"]
    numbers = ["--from", "13800138000", "--to", gateway.ready.default_line]
    run = real.run([*RUN, *steps, *numbers], timeout_s=60)
    assert run.exit == 0, run.out + run.err
    assert set(run.json["filled"]) == {"mobile-caller", "we-hang-up", "codec-dtmf"}
    found = {step["id"]: step for step in run.json["steps"]}
    assert {found[name]["verdict"] for name in run.json["filled"]} == {"pass"}
    call_id = found["codec-dtmf"]["call_id"]
    filled = real.run(["acceptance", "pbx", "--step", "ivr-single", "--call", call_id, "--pass", "--json"])
    (step,) = (one for one in filled.json["steps"] if one["id"] == "ivr-single")
    assert [one["met"] for one in step["proofs"]] == [True] * len(step["proofs"]), json.dumps(step)
    assert "rfc4733" in step["result"]


async def test_real_outbound_requests_are_filled_in(
    real: RealCli, gateway: PracticeProcess, tmp_path: Path
) -> None:
    stored(tmp_path / "home", f"{gateway.ready.host}:{gateway.ready.port}")

    async def taken(*how: str) -> str:
        process = real.start(["wait", "--trunk", "pbx", "--password-stdin", "--for", "20", *how, "--json"])
        await gateway.wait_for(Registered)
        await gateway.do("call-in", account="gateway01", from_="02188886666", to="13800138000", sound="tone")
        result = await asyncio.to_thread(real.finish, process)
        assert result.exit == 0, result.err
        return str(result.json["calls"][0]["call_id"])

    async def filled(step: str, call_id: str, *more: str) -> dict[str, Any]:
        argv = ["acceptance", "pbx", "--step", step, "--call", call_id, *more, "--json"]
        run = await asyncio.to_thread(real.run, argv)
        return next(one for one in run.json["steps"] if one["id"] == step)

    call_id = await taken("--seconds", "2")
    expected = ["--expect-to", "13800138000", "--expect-from", "02188886666"]
    step = await filled("outbound-request", call_id, *expected)
    met = {proof["id"]: proof["met"] for proof in step["proofs"]}
    assert met == dict.fromkeys(met, True), step
    assert step["verdict"] == "pass"
    assert (await filled("outbound-request", call_id, "--expect-to", "8613800138000"))["verdict"] == "fail"
    assert (await filled("outbound-busy", await taken("--reject", "486")))["verdict"] == "pass"
    assert (await filled("outbound-rejected", await taken("--reject", "603")))["verdict"] == "pass"


def test_texts_are_those_of_the_code() -> None:
    package = Path(tccc_desk.cli.__path__[0]).parent
    sources = "".join(
        path.read_text(encoding="utf-8")
        for path in [
            *(package / "cli").glob("acceptance*.py"),
            package / "trace" / "export" / "acceptance.py",
        ]
    )
    written = set(re.findall(r'["\'](acceptance\.[a-z]+\.[a-z_]+)["\']', sources))
    labels = re.findall(r'yield "([a-z_]+)", ', sources)
    built = {
        id for id in ids("acceptance") if id.split(".")[1] in ("step", "check", "outcome", "verdict", "met")
    }
    built |= {f"acceptance.report.{one}" for one in labels}
    built |= {f"acceptance.result.{kind}" for kind in ("call", "registration")}
    assert written | built == ids("acceptance")


async def test_a_signal_ends_a_run_in_good_order(
    real: RealCli, gateway: PracticeProcess, tmp_path: Path
) -> None:
    stored(tmp_path / "home", f"{gateway.ready.host}:{gateway.ready.port}")
    numbers = ["--from", "13800138000", "--to", gateway.ready.default_line]
    process = real.start([*RUN, "--lang", "en", "--step", "long-call", *numbers])
    await gateway.wait_for(CallAnswered)
    process.send_signal(signal.SIGINT)
    run = await asyncio.to_thread(real.finish, process)
    assert (run.exit, run.json["interrupted"], run.json["filled"]) == (130, True, [])
    assert verdicts(run.json)["long-call"] == "open"
    await gateway.wait_for(GatewayCallEnded)
    await gateway.wait_for(Unregistered)
