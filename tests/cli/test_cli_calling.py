"""`call` and `wait`: exit codes and JSON, one row per way a call can end."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Iterable
from types import ModuleType
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from tccc_desk.cli import call as cli_call
from tccc_desk.cli import wait as cli_wait
from tccc_desk.cli.__main__ import run as run_command
from tccc_desk.cli.results import MediaResult
from tccc_desk.engine.call import PATIENCE_S
from tccc_desk.engine.commands import (
    AnswerCall,
    Command,
    HangUp,
    PlaceTestCall,
    RegisterTrunk,
    RejectCall,
    Shutdown,
)
from tccc_desk.engine.events import (
    BindingEstablished,
    BindingRefused,
    CallEnded,
    CallOffered,
    CallProgressed,
    EngineStopped,
    Event,
    MediaReport,
    RegistrationFailed,
    Traced,
)
from tccc_desk.trace.entry import TraceEntry
from tests.helpers.command_line import SUBJECT, RunCli
from tests.helpers.scripted_engine import Script, made

CALL = ["call", *SUBJECT, "--from", "02188886666", "--to", "075512345600", "--json"]
WAIT = ["wait", *SUBJECT, "--json"]
CALL_KEYS = [
    "outcome",
    "status",
    "reason",
    "said_by",
    "call_id",
    "pdd_ms",
    "answer_ms",
    "duration_s",
    "ended_by",
    "media",
    "fault",
    "finding",
    "sentence",
    "recordings",
    "notices",
]
MEDIA_KEYS = [field.name for field in msgspec.structs.fields(MediaResult)]


def calls(**replies: Any) -> Script:
    """A registration that works, and events by the name of the command they follow."""

    def script(command: Command) -> Iterable[Any]:
        if isinstance(command, RegisterTrunk) and "RegisterTrunk" not in replies:
            return [made(BindingEstablished), *replies.get("registered", ())]
        found = replies.get(type(command).__name__, ())
        return found(command) if callable(found) else found

    return script


def ended(**fields: Any) -> Event:
    return made(CallEnded, **fields)


ENDS = [
    (ended(ended_by="us", answer_ms=12.0, media=MediaReport(codec="PCMA", sent=250)), 0),
    (ended(outcome="busy", status=486, reason="Busy Here"), 1),
    (ended(outcome="busy", status=600), 1),
    (ended(outcome="no_answer", status=487, said_by="local"), 1),
    (ended(outcome="rejected", status=480), 1),
    (ended(outcome="rejected", status=503), 1),
    (ended(outcome="failed", status=0, said_by="local", fault="silence"), 1),
    (ended(outcome="failed", status=0, said_by="local", fault="closed"), 1),
    (ended(outcome="failed", status=0, said_by="local", fault="refused"), 3),
    (ended(outcome="failed", status=0, said_by="local", fault="icmp"), 3),
]


@pytest.mark.parametrize(("event", "exit"), ENDS)
def test_each_end_of_a_call(cli: RunCli, event: CallEnded, exit: int) -> None:
    run = cli(CALL, calls(PlaceTestCall=[event]))
    assert run.exit == exit
    assert list(run.json) == ["schema", "command", "ok", *CALL_KEYS, "registration"]
    assert run.json["ok"] is (exit == 0)
    assert (run.json["outcome"], run.json["status"]) == (event.outcome, event.status)
    assert run.json["said_by"] == event.said_by
    assert run.json["registration"]["state"] == "registered"
    if event.media:
        assert list(run.json["media"]) == MEDIA_KEYS
        assert run.json["media"]["mos"] is None
    else:
        assert run.json["media"] is None


def test_the_call_is_placed_as_asked(cli: RunCli) -> None:
    asked = ["--seconds", "2.5", "--ring-timeout", "9", "--play", "silence", "--dtmf", "12#", "--no-register"]
    asked += ["--codec", "pcmu,pcma", "--header", "X-Test: a, b", "--header", "X-More: c"]
    run = cli([*CALL, *asked], calls(PlaceTestCall=[ended()]))
    assert not any(isinstance(command, RegisterTrunk) for command in run.commands)
    (placed,) = (command for command in run.commands if isinstance(command, PlaceTestCall))
    assert (placed.caller, placed.line) == ("02188886666", "075512345600")
    assert (placed.duration_s, placed.ring_timeout_s) == (2.5, 9.0)
    assert (placed.play, placed.dtmf, placed.codecs) == ("silence", "12#", ("PCMU", "PCMA"))
    assert placed.headers == (("X-Test", "a, b"), ("X-More", "c"))
    assert run.json["registration"] is None


def test_the_numbers_go_by_the_trunks_rule(cli: RunCli) -> None:
    asked = ["--number-rule", "idd", "--number-prefix", "9", "--lang", "en"]
    run = cli([*CALL[:-2], "075583765566", *asked], calls(PlaceTestCall=[ended()]))
    (placed,) = (command for command in run.commands if isinstance(command, PlaceTestCall))
    assert (placed.caller, placed.line) == ("00862188886666", "9008675583765566")
    assert f"caller {placed.caller}, line {placed.line}" in run.err


@pytest.mark.parametrize(
    ("failure", "exit", "status"),
    [
        (made(BindingRefused, status=403, reason="Forbidden"), 1, 403),
        (made(RegistrationFailed, status=0, said_by="local", fault="refused"), 3, 0),
    ],
)
def test_a_failed_registration_is_the_calls_failure(
    cli: RunCli, failure: Event, exit: int, status: int
) -> None:
    run = cli(CALL, calls(RegisterTrunk=[failure]))
    assert run.exit == exit
    assert (run.json["outcome"], run.json["status"]) == ("failed", status)
    assert not any(isinstance(command, PlaceTestCall) for command in run.commands)


def interrupt() -> None:
    os.kill(os.getpid(), signal.SIGINT)


def test_an_interrupt_while_it_rings_cancels(cli: RunCli) -> None:
    ringing = [made(CallProgressed, status=180, reason="Ringing"), interrupt]
    cancelled = ended(outcome="cancelled", status=487, said_by="local")
    run = cli(CALL, calls(PlaceTestCall=ringing, HangUp=[cancelled]))
    assert run.exit == 130
    assert (run.json["outcome"], run.json["interrupted"]) == ("cancelled", True)
    assert [type(command) for command in run.commands[-2:]] == [HangUp, Shutdown]


def test_an_interrupt_while_talking_hangs_up(cli: RunCli) -> None:
    hung_up = ended(ended_by="us", answer_ms=10.0, duration_s=0.5, media=MediaReport(codec="PCMA"))
    run = cli(CALL, calls(PlaceTestCall=[interrupt], HangUp=[hung_up]))
    assert (run.exit, run.json["ok"]) == (130, False)
    assert (run.json["outcome"], run.json["ended_by"]) == ("answered", "us")


def test_an_interrupt_while_the_loop_is_made_is_kept_for_the_session(
    cli: RunCli, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Slow(asyncio.SelectorEventLoop):
        def __init__(self) -> None:
            interrupt()
            super().__init__()

    monkeypatch.setattr(asyncio, "SelectorEventLoop", Slow)
    run = cli(CALL, calls())
    assert (run.exit, run.json["interrupted"]) == (130, True)
    assert [type(command) for command in run.commands][-1] is Shutdown  # it was a session's to end
    assert not signal.pthread_sigmask(signal.SIG_BLOCK, ())


def test_an_interrupt_while_modules_load_says_nothing(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Loading(ModuleType):
        def __getattr__(self, name: str) -> object:
            raise KeyboardInterrupt

    monkeypatch.setitem(sys.modules, "tccc_desk.cli.main", Loading("tccc_desk.cli.main"))
    assert run_command() == 130
    assert capsys.readouterr() == ("", "")


def test_an_interrupt_waits_as_long_as_the_engine_does_for_the_far_end() -> None:
    """Where the server answers nothing, the engine's own end still comes, Call-ID and all."""
    assert min(cli_call.HANG_UP_S, cli_wait.HANG_UP_S) > PATIENCE_S


def test_an_answer_that_cannot_be_read_is_said_once(cli: RunCli) -> None:
    broken = TraceEntry(
        number=1,
        at=0.0,
        monotonic=0.0,
        kind="fact",
        direction="local",
        trunk="t",
        remote="192.0.2.1:35090",
        fact="fact.bad-message",
        details={"detail": "control character in the reason"},
    )
    seen = Traced(at=0.0, entries=(replace(broken, fact="fact.connected"), broken, broken))
    end = ended(outcome="no_answer", status=0, said_by="local")
    run = cli(CALL, calls(PlaceTestCall=[seen, seen, end]))
    assert (run.exit, run.json["outcome"]) == (1, "no_answer")
    assert run.json["notice"].count("192.0.2.1:35090") == 1
    assert "control character in the reason" in run.json["notice"]
    assert run.err.count("192.0.2.1:35090") == 1


def test_an_engine_that_dies_in_a_call_is_a_fault(cli: RunCli) -> None:
    run = cli(CALL, calls(PlaceTestCall=[EngineStopped(at=0.0, crashed=True)]))
    assert (run.exit, run.json["outcome"], run.json["fault"]) == (3, "failed", "internal")


def test_an_interrupt_while_registering_cancels(cli: RunCli) -> None:
    run = cli(CALL, calls(RegisterTrunk=[interrupt]))
    assert run.exit == 130
    assert run.json["outcome"] == "cancelled"
    assert run.json["registration"]["state"] == "unreachable"


def offer(number: int = 1, **fields: Any) -> Event:
    return made(CallOffered, call=f"in-{number}", **fields)


def finish(command: AnswerCall | RejectCall) -> list[Event]:
    if isinstance(command, AnswerCall):
        return [ended(call=command.call, incoming=True, ended_by="them")]
    return [
        ended(call=command.call, incoming=True, outcome="rejected", status=command.status, said_by="local")
    ]


def test_wait_answers_as_many_calls_as_asked(cli: RunCli) -> None:
    script = calls(registered=[offer(1), offer(2, asserted_identity="sip:1@x")], AnswerCall=finish)
    run = cli([*WAIT, "--count", "2", "--answer", "tone", "--seconds", "7"], script)
    assert run.exit == 0
    first, second = run.json["calls"]
    assert list(first) == [*CALL_KEYS, "from", "to", "request_uri", "asserted_identity", "expected"]
    assert (first["to"], first["from"], first["expected"]) == ("13800138000", "02188886666", None)
    assert (first["asserted_identity"], second["asserted_identity"]) == (None, "sip:1@x")
    answers = [command for command in run.commands if isinstance(command, AnswerCall)]
    assert [(answer.play, answer.duration_s) for answer in answers] == [("tone", 7.0)] * 2


def test_wait_rejects_as_asked_and_that_is_success(cli: RunCli) -> None:
    run = cli([*WAIT, "--reject", "603"], calls(registered=[offer()], RejectCall=finish))
    assert run.exit == 0
    assert run.json["calls"][0]["status"] == 603


def test_a_call_too_many_is_told_busy(cli: RunCli) -> None:
    script = calls(
        registered=[offer(1), offer(2)],
        RejectCall=lambda command: [*finish(command), ended(call="in-1", incoming=True)],
    )
    run = cli(WAIT, script)
    assert run.exit == 0
    (rejected,) = (command for command in run.commands if isinstance(command, RejectCall))
    assert (rejected.call, rejected.status) == ("in-2", 486)
    assert len(run.json["calls"]) == 1


@pytest.mark.parametrize(
    ("number", "expected", "exit"), [("13800138000", True, 0), ("013800138000", False, 1)]
)
def test_wait_compares_the_number(cli: RunCli, number: str, expected: bool, exit: int) -> None:
    run = cli([*WAIT, "--expect-to", number], calls(registered=[offer()], AnswerCall=finish))
    assert run.exit == exit
    assert run.json["calls"][0]["expected"] is expected


def test_wait_that_saw_no_call_fails(cli: RunCli) -> None:
    run = cli([*WAIT, "--for", "1"], calls())
    assert run.exit == 1
    assert (run.json["ok"], run.json["calls"]) == (False, [])
    assert run.json["registration"]["state"] == "registered"


def test_wait_ends_when_the_registrar_refuses_for_good(cli: RunCli) -> None:
    run = cli(WAIT, calls(registered=[made(BindingRefused, status=403)]))
    assert run.exit == 1
    assert run.json["registration"]["status"] == 403


def test_wait_whose_registration_fails_says_so(cli: RunCli) -> None:
    refused = made(RegistrationFailed, status=0, said_by="local", fault="refused")
    run = cli(WAIT, calls(RegisterTrunk=[refused]))
    assert run.exit == 3
    assert run.json["registration"]["fault"] == "refused"


def test_an_interrupt_while_waiting_hangs_up(cli: RunCli) -> None:
    hung_up = ended(call="in-1", incoming=True, ended_by="us")
    run = cli(WAIT, calls(registered=[offer()], AnswerCall=[interrupt], HangUp=[hung_up]))
    assert run.exit == 130
    assert [call["ended_by"] for call in run.json["calls"]] == ["us"]


def test_a_person_reads_about_the_sound(cli: RunCli) -> None:
    report = MediaReport(codec="PCMA", sent=250, received=0, one_way="we_hear_nothing", dtmf_sent="12")
    script = calls(PlaceTestCall=[ended(answer_ms=10.0, ended_by="them", media=report)])
    run = cli([*CALL[:-1], "--lang", "zh"], script)
    assert run.exit == 0
    assert "单通" in run.out
