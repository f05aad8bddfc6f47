"""The entry point: arguments in, exit code out, no traceback to anyone."""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, cast

import msgspec

from tccc_desk.cli import checks
from tccc_desk.cli.args import build_parser
from tccc_desk.cli.exits import Exit
from tccc_desk.cli.keeping import keep_up, keeping
from tccc_desk.cli.language import language_from
from tccc_desk.cli.output import Output
from tccc_desk.cli.parser import parse
from tccc_desk.cli.results import CallResult, RegistrationResult
from tccc_desk.cli.running import with_account
from tccc_desk.cli.session import OpenDoor, Refused, held_signals, open_engine
from tccc_desk.cli.subject import find_subject
from tccc_desk.cli.wording import field_name, problem_sentence, sentence
from tccc_desk.store.errors import StoreError, VaultError
from tccc_desk.texts.catalogue import LANGUAGES, text
from tccc_desk.trunk.errors import InputError

if TYPE_CHECKING:
    from tccc_desk.store.vault import Secrets

_INPUT_FINDINGS = frozenset(
    {"store.trunk.unknown", "store.trunk.unknown_near", "store.trunk.exists", "store.trunks.many"}
    | {"store.schedule.unknown", "store.schedule.exists", "store.schedule.many"}
)
"""Store faults that are the user's mistake: another name mends them."""
_NAMED = ("trunk", "acceptance", "schedule")
"""Commands that take the name without an option."""


def open_keyring() -> Secrets:
    """The system's keyring. Loading it takes long, so it is opened when it is needed."""
    from tccc_desk.store.vault import Vault  # noqa: PLC0415

    return Vault()


@dataclass(frozen=True, slots=True)
class Doors:
    """What a command reaches the world through; tests hand in others."""

    engine: OpenDoor = open_engine
    secrets: Callable[[], Secrets] = open_keyring


def main(argv: Sequence[str] | None = None, doors: Doors | None = None) -> int:
    """Run one command; `argv` is without the program's name."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    if argv is None:  # a process of our own: both signals interrupt, from the first moment on
        signal.signal(signal.SIGTERM, signal.default_int_handler)
    output = Output(json="--json" in arguments, language=language_from(arguments, os.environ))
    try:
        return _answer(arguments, output, doors or Doors())
    except KeyboardInterrupt:  # while arguments were read
        return Exit.INTERRUPTED
    except Exception as problem:  # noqa: BLE001  the boundary: our own mistakes end here, without a traceback
        return _fault("", "internal", "cli.error.internal", _internal(problem, output), output)


def _answer(arguments: list[str], output: Output, doors: Doors) -> Exit:
    command = ""
    try:
        options = parse(build_parser(output.language, arguments), arguments)
        command = options.command or ""
        return _kept(options, output, doors)
    except InputError as problem:
        output.error(field_name(problem.field), problem_sentence(problem, output.language))
    except Refused as refusal:
        event = refusal.event
        said = sentence(event.field or "arguments", event.finding, event.details, output.language)
        output.error(field_name(event.field or "arguments"), said)
    except StoreError as problem:
        said = text(problem.finding, output.language, **problem.details)
        if problem.finding not in _INPUT_FINDINGS:
            return _fault(command, "store", problem.finding, said, output)
        output.error("name" if command in _NAMED else "trunk", said)
    except VaultError as problem:
        said = text(problem.finding, output.language, **problem.details)
        return _fault(command, "keyring", problem.finding, said, output)
    except KeyboardInterrupt:  # before there was a session, or while a password was awaited
        output.result(command, False, {**_nothing_done(command), "interrupted": True}, [])
        return Exit.INTERRUPTED
    return Exit.BAD_INPUT


def _kept(options: argparse.Namespace, output: Output, doors: Doors) -> Exit:
    engine, log = keeping(doors.engine, options)
    try:
        return _run(options, output, replace(doors, engine=engine))
    finally:
        if log is not None:
            keep_up(log)


def _run(options: argparse.Namespace, output: Output, doors: Doors) -> Exit:
    if getattr(options, "lang", LANGUAGES[0]) not in LANGUAGES:
        raise InputError("lang", "cli.error.choice", value=options.lang, allowed=", ".join(LANGUAGES))
    match options.command:
        case "register":
            from tccc_desk.cli import register  # noqa: PLC0415  a command loads what it needs

            hold_s = checks.seconds("hold", options.hold)
            subject = find_subject(options, output, doors.secrets)
            return with_account(
                subject, lambda one: register.register(one, hold_s, output, doors.engine), output
            )
        case "verify":
            from tccc_desk.cli import register  # noqa: PLC0415

            subject = find_subject(options, output, doors.secrets)
            return with_account(subject, lambda one: register.verify(one, output, doors.engine), output)
        case "check":
            return _check(options, output, doors)
        case "call":
            from tccc_desk.cli import call  # noqa: PLC0415

            asked = call.call_plan(options)
            subject = find_subject(options, output, doors.secrets)
            call_plan = call.dialled(asked, subject.trunk, output)
            return with_account(subject, lambda one: call.call(one, call_plan, output, doors.engine), output)
        case "wait":
            from tccc_desk.cli import wait  # noqa: PLC0415

            wait_plan = wait.wait_plan(options)
            subject = find_subject(options, output, doors.secrets)
            return with_account(subject, lambda one: wait.wait(one, wait_plan, output, doors.engine), output)
        case "practice":
            from tccc_desk.cli import practice  # noqa: PLC0415

            return practice.practice(checks.whole("port", options.port, least=0, most=65535), output)
        case "sound":
            from tccc_desk.cli import sound  # noqa: PLC0415

            if options.action is None:
                raise InputError("action", "cli.error.no_sound_action")
            with held_signals(), asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
                return runner.run(sound.list_devices(output, doors.engine))
        case "trunk":
            from tccc_desk.cli.trunks import TrunkCommands  # noqa: PLC0415

            return TrunkCommands(options, output, doors.secrets()).run()
        case "number":
            from tccc_desk.cli.number import number  # noqa: PLC0415

            return number(options.text, options.rule, options.prefix, output)
        case "conformance":
            from tccc_desk.cli.conformance import judge_file  # noqa: PLC0415

            return judge_file(options, output)
        case "end-status":
            from tccc_desk.cli.end_status import end_status  # noqa: PLC0415

            return end_status(options.code, output)
        case "firewall":
            from tccc_desk.cli.firewall import firewall  # noqa: PLC0415

            return firewall(options, output)
        case "acceptance":
            from tccc_desk.cli.acceptance import acceptance  # noqa: PLC0415

            return acceptance(options, output, doors.secrets, doors.engine)
        case "schedule":
            from tccc_desk.cli.schedule import ScheduleCommands  # noqa: PLC0415

            return ScheduleCommands(options, output, doors.secrets, doors.engine).run()
        case "trace":
            from tccc_desk.cli.trace import TraceCommands  # noqa: PLC0415

            return TraceCommands(options, output, doors.secrets).run()
        case _:
            raise InputError("command", "cli.error.no_command")


def _check(options: argparse.Namespace, output: Output, doors: Doors) -> Exit:
    """Run `check`, whose every outcome is a verdict."""
    from tccc_desk.cli import check  # noqa: PLC0415

    try:
        plan = check.check_plan(options)
        subject = find_subject(options, output, doors.secrets)
    except InputError as problem:
        return check.unfit(problem, output)
    except StoreError as problem:
        mistake = problem.finding in _INPUT_FINDINGS
        return check.unready(problem.finding, problem.details, output, mistake=mistake)
    except VaultError as problem:
        return check.unready(problem.finding, problem.details, output, mistake=False)
    return with_account(subject, lambda one: check.check(one, plan, output, doors.engine), output)


def _fault(command: str, fault: str, finding: str, said: str, output: Output) -> Exit:
    """Report a fault before any SIP, in the shape the command's result would have had."""
    output.fault(command, fault, finding, said, _nothing_done(command))
    return Exit.FAULT


def _nothing_done(command: str) -> dict[str, object]:
    """The result of a command that did nothing, every key in its place."""
    match command:
        case "register" | "verify":
            unreached = RegistrationResult(state="unreachable", status=0, reason="", said_by="local")
            return cast("dict[str, object]", msgspec.to_builtins(unreached))
        case "call":
            failed = CallResult(outcome="failed", status=0, reason="", said_by="local")
            return {**msgspec.to_builtins(failed), "registration": None}
        case "wait":
            return {"calls": [], "registration": None}
        case _:
            return {}


def _internal(problem: Exception, output: Output) -> str:
    """Name the place, never the values: a message of an exception could quote a secret."""
    trace = problem.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = f"{trace.tb_frame.f_globals.get('__name__')}:{trace.tb_lineno}" if trace else "?"
    return text("cli.error.internal", output.language, kind=type(problem).__name__, place=place)
