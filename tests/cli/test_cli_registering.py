"""`register` and `verify`: exit codes and JSON, one row per way it can end."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterable
from typing import Any

import pytest

from tccc_desk.engine.commands import Command, ConfigureTrunk, RegisterTrunk, Shutdown, VerifyTrunk
from tccc_desk.engine.events import (
    BindingEstablished,
    BindingRefused,
    ChallengeReceived,
    CommandRefused,
    CredentialsVerified,
    EngineStopped,
    Event,
    RegistrationFailed,
)
from tests.helpers.command_line import NAME, PASSWORD, SUBJECT, RunCli
from tests.helpers.scripted_engine import Script, made

KEYS = [
    "schema",
    "command",
    "ok",
    "state",
    "status",
    "reason",
    "said_by",
    "requested_expires_s",
    "granted_expires_s",
    "contact",
    "other_contacts",
    "received",
    "rport",
    "challenge",
    "elapsed_ms",
    "registers_sent",
    "fault",
    "finding",
    "sentence",
    "server",
    "stale_removed",
    "notices",
]


def upon(kind: type[Command], *steps: Any) -> Script:
    """A script that does `steps` when a command of `kind` comes."""

    def script(command: Command) -> Iterable[Any]:
        return steps if isinstance(command, kind) else ()

    return script


def failed(**fields: Any) -> Event:
    return made(RegistrationFailed, **{"status": 0, "said_by": "local", **fields})


def refused(**fields: Any) -> Event:
    return made(BindingRefused, **{"finding": "", **fields})


ENDS = [
    (made(BindingEstablished), 0, "registered", 200, "server"),
    (refused(status=403, reason="Forbidden"), 1, "rejected", 403, "server"),
    (refused(status=401, reason="Unauthorized"), 1, "rejected", 401, "server"),
    (refused(status=0, said_by="local"), 1, "rejected", 0, "local"),
    (refused(status=405, finding="finding.verify.unsupported"), 1, "unsupported", 405, "server"),
    (failed(status=503, said_by="server"), 1, "rejected", 503, "server"),
    (failed(fault="silence"), 1, "unreachable", 0, "local"),
    (failed(fault="closed"), 1, "unreachable", 0, "local"),
    (failed(fault="refused"), 3, "unreachable", 0, "local"),
    (failed(fault="dns"), 3, "unreachable", 0, "local"),
    (failed(fault="connect-timeout"), 3, "unreachable", 0, "local"),
    (failed(fault="icmp"), 3, "unreachable", 0, "local"),
    (failed(fault="unreachable"), 3, "unreachable", 0, "local"),
    (failed(fault="tls"), 3, "unreachable", 0, "local"),
    (EngineStopped(at=0.0, crashed=True), 3, "unreachable", 0, "local"),
]


@pytest.mark.parametrize("command", ["register", "verify"])
@pytest.mark.parametrize(("event", "exit", "state", "status", "said_by"), ENDS)
def test_each_end_has_its_exit_code_and_state(  # noqa: PLR0917
    cli: RunCli, command: str, event: Event, exit: int, state: str, status: int, said_by: str
) -> None:
    if command == "verify" and isinstance(event, BindingEstablished):
        event, state = made(CredentialsVerified), "verified"
    kind = RegisterTrunk if command == "register" else VerifyTrunk
    run = cli([command, *SUBJECT, "--json"], upon(kind, made(ChallengeReceived), event))
    assert run.exit == exit
    assert list(run.json) == KEYS
    assert run.json["command"] == command
    assert run.json["ok"] is (exit == 0)
    assert (run.json["state"], run.json["status"], run.json["said_by"]) == (state, status, said_by)
    assert run.json["challenge"] == {"realm": "tccc.qcloud.com", "algorithm": "MD5", "qop": "auth"}


def test_what_was_granted_is_reported(cli: RunCli) -> None:
    bound = made(BindingEstablished, other_contacts=("sip:pbx@10.0.0.9",), received="", rport=None)
    run = cli(["register", *SUBJECT, "--expires", "300", "--json"], upon(RegisterTrunk, bound))
    assert run.json["granted_expires_s"] == 60
    assert run.json["requested_expires_s"] == 300
    assert run.json["other_contacts"] == ["sip:pbx@10.0.0.9"]
    assert (run.json["received"], run.json["rport"], run.json["challenge"]) == (None, None, None)
    assert run.json["registers_sent"] == 2


def test_verify_claims_no_binding(cli: RunCli) -> None:
    run = cli(
        ["verify", *SUBJECT, "--json"],
        upon(VerifyTrunk, made(CredentialsVerified, contacts=("sip:pbx@10.0.0.9",))),
    )
    assert run.json["other_contacts"] == ["sip:pbx@10.0.0.9"]
    assert run.json["contact"] is run.json["granted_expires_s"] is run.json["requested_expires_s"] is None


def test_the_password_goes_to_the_engine_and_the_engine_is_shut_down(cli: RunCli) -> None:
    run = cli(["register", *SUBJECT], upon(RegisterTrunk, made(BindingEstablished)))
    configure = run.commands[0]
    assert isinstance(configure, ConfigureTrunk)
    assert (configure.password, configure.trunk.name) == (PASSWORD, NAME)
    assert isinstance(run.commands[-1], Shutdown)


def test_hold_rides_out_passing_faults(cli: RunCli) -> None:
    script = upon(RegisterTrunk, failed(fault="closed", retry_in_s=0.1), made(BindingEstablished))
    run = cli(["register", *SUBJECT, "--hold", "0.05", "--json"], script)
    assert run.exit == 0
    assert run.json["registers_sent"] == 2


def test_hold_reports_the_fault_it_ended_in(cli: RunCli) -> None:
    script = upon(RegisterTrunk, made(BindingEstablished), failed(fault="silence", registers_sent=1))
    run = cli(["register", *SUBJECT, "--hold", "0.05", "--json"], script)
    assert run.exit == 1
    assert (run.json["state"], run.json["fault"]) == ("unreachable", "silence")
    assert run.json["registers_sent"] == 3


def test_hold_ends_at_once_on_a_final_refusal(cli: RunCli) -> None:
    script = upon(RegisterTrunk, made(BindingEstablished), refused(status=403))
    run = cli(["register", *SUBJECT, "--hold", "3600", "--json"], script)
    assert run.exit == 1
    assert run.json["status"] == 403


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_removes_the_binding_first(cli: RunCli, number: signal.Signals) -> None:
    interrupt = lambda: os.kill(os.getpid(), number)  # noqa: E731
    script = upon(RegisterTrunk, made(BindingEstablished), interrupt)
    run = cli(["register", *SUBJECT, "--hold", "3600", "--json"], script)
    assert run.exit == 130
    assert isinstance(run.commands[-1], Shutdown)
    assert run.json["interrupted"] is True
    assert run.json["ok"] is False
    assert run.json["state"] == "registered"


def test_a_senseless_command_is_bad_input(cli: RunCli) -> None:
    event = CommandRefused(
        at=0.0,
        command="RegisterTrunk",
        field="server",
        finding="cli.error.choice",
        details={"value": "x", "allowed": "y"},
    )
    run = cli(["register", *SUBJECT, "--json"], upon(RegisterTrunk, event))
    assert run.exit == 2
    assert run.json["error"]["field"] == "server"


@pytest.mark.parametrize(("language", "word"), [("en", "Registered"), ("zh", "已注册")])
def test_a_person_reads_a_summary(cli: RunCli, language: str, word: str) -> None:
    hostile = made(BindingEstablished, reason="OK\x1b[2J\u202e", contact="sip:a\r\nb@c")
    run = cli(["register", *SUBJECT, "--lang", language], upon(RegisterTrunk, hostile))
    assert run.exit == 0
    assert word in run.out
    assert "60" in run.out
    assert "\x1b" not in run.out
    assert "\u202e" not in run.out
    assert "sip:a\\x0d\\x0ab@c" in run.out
