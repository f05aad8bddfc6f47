"""`schedule`: planned, placed once or in a loop, told to monitoring, and how it went over days."""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import signal
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import tccc_desk.cli
from tccc_desk.cli.exits import Exit
from tccc_desk.cli.junit import Case, junit
from tccc_desk.cli.output import Output
from tccc_desk.cli.schedule_run import Runner
from tccc_desk.engine.commands import Command, PlaceTestCall, RegisterTrunk
from tccc_desk.engine.events import BindingEstablished, CallEnded, Event, MediaReport
from tccc_desk.practice.client import PracticeProcess
from tccc_desk.store.paths import Folders
from tccc_desk.store.presence import Claim, Presence
from tccc_desk.store.profiles import Profiles
from tccc_desk.store.schedule import Schedules
from tccc_desk.store.vault import SessionSecrets
from tccc_desk.texts.catalogue import LANGUAGES, ids, text
from tccc_desk.trunk.entry import checked_trunk
from tccc_desk.trunk.planner import read_plan
from tccc_desk.trunk.run_history import Schedule, ScheduledRun
from tests.cli.test_cli_acceptance import stored
from tests.helpers.command_line import PASSWORD, RealCli, RunCli
from tests.helpers.scripted_engine import ScriptedEngine, made

ADD = ["schedule", "add", "pbx", "--from", "13800138000", "--to", "075512345600"]
RUN = ["schedule", "run", "--once", "--password-stdin", "--json"]
NAMES = {"trunk": "pbx", "caller": "13800138000", "line": "075512345600"}


@pytest.fixture
def places(cli: RunCli, tmp_path: Path) -> Folders:
    return stored(tmp_path / "home")


def calls(**end: Any) -> Callable[[Command], Iterable[Event]]:
    """A trunk that registers and whose calls end so."""

    def script(command: Command) -> Iterable[Event]:
        if isinstance(command, RegisterTrunk):
            return [made(BindingEstablished, trunk=command.trunk)]
        if isinstance(command, PlaceTestCall):
            return [made(CallEnded, trunk=command.trunk, call=command.call, **end)]
        return []

    return script


GOOD = calls(duration_s=5.0, pdd_ms=80.0, media=MediaReport(codec="PCMA", one_way="none", mos=4.3))
BUSY = calls(outcome="busy", status=486, reason="Busy Here")
DEAF = calls(media=MediaReport(codec="PCMA", one_way="we_hear_nothing", cause="nothing-arrives"))


def test_a_schedule_is_added_listed_and_removed(cli: RunCli, places: Folders) -> None:
    hours = ["--every", "30", "--hours", "09:00-18:00", "--days", "mon-fri", "--daily-cap", "5"]
    added = cli([*ADD, *hours, "--json"])
    assert added.exit == 0, added.out
    (listed,) = cli(["schedule", "list", "--json"]).json["schedules"]
    assert (listed["trunk"], listed["every"], listed["hours"]) == ("pbx", 30, "09:00-18:00")
    assert (listed["days"], listed["daily_cap"], listed["last"]) == (
        ["mon", "tue", "wed", "thu", "fri"],
        5,
        None,
    )
    assert listed["next"]
    assert "30 分钟" in cli(["schedule", "list", "--lang", "zh"]).out
    twice = cli([*ADD, *hours, "--json"])
    assert (twice.exit, twice.json["error"]["field"]) == (2, "name")
    assert cli(["schedule", "remove", "pbx", "--json"]).exit == 0
    gone = cli(["schedule", "history", "pbx", "--json"])
    assert (gone.exit, gone.json["error"]["field"]) == (2, "name")


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        (["schedule", "add"], "name"),
        (["schedule"], "action"),
        (["schedule", "add", "nobody", "--every", "5"], "name"),
        ([*ADD], "every"),
        ([*ADD, "--every", "4"], "every"),
        ([*ADD, "--every", "30", "--at", "10:00"], "every"),
        ([*ADD, "--at", "10"], "at"),
        ([*ADD, "--every", "30", "--hours", "x"], "hours"),
        ([*ADD, "--every", "30", "--days", "x"], "days"),
        ([*ADD, "--every", "30", "--daily-cap", "0"], "daily_cap"),
        ([*ADD, "--every", "30", "--seconds", "601"], "seconds"),
        ([*ADD[:-1], "110", "--every", "30"], "to"),
        ([*ADD[:-1], "+86119", "--every", "30"], "to"),
        (["schedule", "run", "nobody"], "name"),
    ],
)
def test_bad_input_is_one_sentence(cli: RunCli, places: Folders, arguments: list[str], field: str) -> None:
    run = cli([*arguments, "--json"])
    assert (run.exit, run.json["error"]["field"]) == (2, field)
    assert "{" not in run.json["error"]["message"]


def test_a_rule_that_makes_an_emergency_number_is_refused(cli: RunCli, tmp_path: Path) -> None:
    places = stored(tmp_path / "home", name="other")
    account = {"username": "gateway01", "domain": "1400000001.tccc.qcloud.com", "server": "127.0.0.1:5060"}
    Profiles(places).add(checked_trunk({**account, "name": "pbx", "number_prefix": "1"})[0])
    run = cli([*ADD[:-1], "10", "--every", "30", "--json"])
    assert (run.exit, run.json["error"]["field"]) == (2, "to")


def test_what_is_due_is_called_once_and_only_a_change_is_news(cli: RunCli, places: Folders) -> None:
    Schedules(places).add(Schedule(name="pbx", plan=read_plan(every=5), **NAMES))
    first = cli(RUN, GOOD)
    (call,) = first.json["calls"]
    assert (first.exit, call["ok"], call["changed"], call["mos"]) == (0, True, False, 4.3)
    again = cli(RUN, GOOD)
    assert (again.exit, again.json["calls"]) == (0, [])
    assert again.json["skipped"][0]["name"] == "pbx"
    assert not again.commands


@pytest.mark.parametrize(("script", "result"), [(BUSY, "busy 486"), (DEAF, "answered we_hear_nothing")])
def test_a_bad_call_is_exit_1_and_junit(
    cli: RunCli, places: Folders, tmp_path: Path, script: Any, result: str
) -> None:
    Schedules(places).add(Schedule(name="pbx", plan=read_plan(every=5), **NAMES))
    report = tmp_path / "out.xml"
    run = cli([*RUN, "--junit", str(report)], script)
    assert (run.exit, run.json["calls"][0]["result"], run.json["calls"][0]["changed"]) == (1, result, True)
    suites = ET.parse(report).getroot()
    assert suites.attrib["failures"] == "1"
    failure = suites.find("testsuite/testcase/failure")
    assert failure is not None
    assert failure.attrib["type"] == result
    assert cli([*RUN, "--junit", str(report)], script).exit == 0  # over a file of ours; nothing was due
    assert ET.parse(report).getroot().find("testsuite/testcase/skipped") is not None


def test_somebody_elses_file_is_not_written_over(cli: RunCli, places: Folders, tmp_path: Path) -> None:
    Schedules(places).add(Schedule(name="pbx", plan=read_plan(every=5), **NAMES))
    other = tmp_path / "other.xml"
    other.write_text("<?xml version='1.0'?><mine/>")
    run = cli([*RUN, "--junit", str(other)], GOOD)
    assert (run.exit, run.json["error"]["field"], run.commands) == (2, "junit", [])
    assert "mine" in other.read_text()


def test_only_one_runs_at_a_time(cli: RunCli, places: Folders) -> None:
    Schedules(places).add(Schedule(name="pbx", plan=read_plan(every=5), **NAMES))
    claim = Presence(places).schedule_lock()
    assert isinstance(claim, Claim)
    with claim:
        run = cli(RUN, GOOD)
    assert (run.exit, run.json["busy"], run.commands) == (0, True, [])


def test_a_password_goes_to_one_account_only(cli: RunCli, places: Folders) -> None:
    account = {"username": "gateway02", "domain": "1400000001.tccc.qcloud.com", "server": "127.0.0.1:5060"}
    Profiles(places).add(checked_trunk({**account, "name": "two"})[0])
    for name in ("pbx", "two"):
        Schedules(places).add(Schedule(name=name, plan=read_plan(every=5), **{**NAMES, "trunk": name}))
    run = cli(RUN, GOOD)
    assert (run.exit, run.json["error"]["field"], run.commands) == (2, "password_stdin", [])


def test_an_edited_file_cannot_dial_an_emergency_number(cli: RunCli, places: Folders) -> None:
    Schedules(places).add(Schedule(name="pbx", plan=read_plan(every=5), **{**NAMES, "line": "110"}))
    run = cli(RUN, GOOD)
    assert (run.exit, run.json["error"]["field"], run.commands) == (2, "to", [])


@pytest.mark.parametrize(
    "hostile", [b"", b"\xff", b"[" * 50_000, b'{"format": 1, "schedules": [{"name": "x"}]}']
)
def test_a_hostile_file_is_said_and_survived(cli: RunCli, places: Folders, hostile: bytes) -> None:
    Schedules(places).add(Schedule(name="pbx", plan=read_plan(every=5), **NAMES))
    path = places.config / "schedules.json"
    path.write_bytes(hostile)
    run = cli(["schedule", "list", "--json"])
    assert (run.exit, run.json["finding"]) == (3, "store.schedule.broken")
    assert cli(["schedule", "list", "--json"]).json["schedules"] == []
    path.write_bytes(b'{"format": 7}')
    assert cli(["schedule", "list", "--json"]).json["finding"] == "store.schedule.newer"


def test_history_shows_the_trend(cli: RunCli, places: Folders) -> None:
    store = Schedules(places)
    store.add(Schedule(name="pbx", plan=read_plan(every=5), **NAMES))
    noon = datetime(2026, 11, 23, 12, tzinfo=UTC).timestamp()
    for day in range(3):
        store.append(
            "pbx", ScheduledRun(at=noon + day * 86_400, ok=True, outcome="answered", mos=4.2, pdd_ms=90.0)
        )
        bad = ScheduledRun(at=noon + day * 86_400 + 600, ok=False, outcome="busy", status=486)
        store.append("pbx", bad)
    body = cli(["schedule", "history", "pbx", "--json"]).json
    assert [(day["calls"], day["success"], day["mos"]) for day in body["days"]] == [(2, 0.5, 4.2)] * 3
    assert len(body["runs"]) == 6
    assert "50%" in cli(["schedule", "history", "pbx"]).out


def test_a_history_is_bounded(places: Folders, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tccc_desk.store.schedule.MAX_RUNS", 5)
    monkeypatch.setattr("tccc_desk.store.schedule._KEPT_OF_MANY", 3)
    store = Schedules(places)
    for number in range(6):
        store.append("x", ScheduledRun(at=float(number), ok=True, outcome="answered"))
    assert [run.at for run in store.runs("x")] == [3.0, 4.0, 5.0]


def test_a_day_of_running(places: Folders) -> None:
    """The loop, on a clock of its own, until a signal between two calls."""
    store = Schedules(places)
    store.add(Schedule(name="pbx", plan=read_plan(every=60, hours="09:00-17:00"), **NAMES))
    secrets = SessionSecrets()
    secrets.write("gateway01@1400000001.tccc.qcloud.com", PASSWORD)
    clock = [datetime(2026, 11, 23, 8).astimezone().timestamp()]

    def sleep(seconds: float) -> None:
        clock[0] += seconds * 9  # three minutes
        if clock[0] > datetime(2026, 11, 24, 8).astimezone().timestamp():
            raise KeyboardInterrupt

    output = Output(json=True, language="en")
    runner = Runner(
        places,
        output,
        lambda: secrets,
        lambda listener: ScriptedEngine(listener, GOOD),
        now=lambda: clock[0],
        sleep=sleep,
    )
    before = signal.getsignal(signal.SIGTERM)
    exit = runner.run(argparse.Namespace(name="", junit="", once=False, password_stdin=False))
    signal.signal(signal.SIGTERM, before)
    assert exit is Exit.INTERRUPTED
    assert len(store.runs("pbx")) == 8


def test_junit_takes_hostile_names() -> None:
    hostile = "\x00\ufffe]]><x a='\"&\u202e\ud800"
    case = Case(name=hostile, trunk=hostile, failure=hostile, kind=hostile)
    parsed = ET.fromstring(junit([case, Case(name="b", trunk="t", skipped=hostile)], 0.0).encode())
    assert [len(list(one)) for one in parsed.iter("testcase")] == [1, 1]


def test_texts_are_those_of_the_code() -> None:
    folder = Path(tccc_desk.cli.__path__[0])
    sources = "".join(
        path.read_text(encoding="utf-8")
        for path in [*folder.glob("schedule*.py"), folder.parent / "trunk" / "planner.py"]
    )
    written = set(re.findall(r'"(schedule\.[a-z]+\.[a-z_]+)"', sources))
    built = {id for id in ids("schedule") if id.startswith("schedule.reason.")}
    built |= {f"schedule.help.{action}" for action in ("add", "list", "remove", "run", "history")}
    assert written | built == ids("schedule")
    for id in ids("schedule"):
        holes = [set(re.findall(r"{(\w+)}", text(id, language))) for language in LANGUAGES]
        assert holes[0] == holes[1], id


async def test_a_real_scheduled_call(real: RealCli, gateway: PracticeProcess, tmp_path: Path) -> None:
    places = stored(tmp_path / "home", f"{gateway.ready.host}:{gateway.ready.port}")
    for name, line in (("echo", gateway.ready.default_line), ("busy", "075512345603")):
        Schedules(places).add(
            Schedule(name=name, plan=read_plan(every=5), seconds=2.0, **{**NAMES, "line": line})
        )
    report = tmp_path / "monitor.xml"
    run = await asyncio.to_thread(real.run, [*RUN, "--junit", str(report)], timeout_s=60)
    assert run.exit == 1, run.out + run.err
    found = {call["name"]: call for call in run.json["calls"]}
    assert (found["echo"]["ok"], found["busy"]["result"]) == (True, "busy 486"), json.dumps(found)
    assert ET.parse(report).getroot().attrib["failures"] == "1"
    history = await asyncio.to_thread(real.run, ["schedule", "history", "echo", "--json"])
    assert history.json["days"][0]["success"] == 1.0


async def test_a_signal_ends_the_loop(real: RealCli, gateway: PracticeProcess, tmp_path: Path) -> None:
    places = stored(tmp_path / "home", f"{gateway.ready.host}:{gateway.ready.port}")
    line = gateway.ready.default_line
    Schedules(places).add(
        Schedule(name="echo", plan=read_plan(every=5), seconds=1.0, **{**NAMES, "line": line})
    )
    process = real.start(["schedule", "run", "--password-stdin", "--json", "--lang", "en"])
    await asyncio.to_thread(real.await_said, process, "Schedule echo: well")
    process.send_signal(signal.SIGTERM)
    ended = await asyncio.to_thread(real.finish, process)
    assert (ended.exit, ended.json["interrupted"], len(ended.json["calls"])) == (130, True, 1)
