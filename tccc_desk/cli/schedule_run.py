"""`schedule run`: places what is due, once or for as long as it is left running."""

from __future__ import annotations

import argparse
import hashlib
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from tccc_desk.cli.call import CallPlan, dialled, perform
from tccc_desk.cli.exits import Exit, failure_exit
from tccc_desk.cli.junit import Case, is_ours, save_junit
from tccc_desk.cli.output import Output
from tccc_desk.cli.results import CallResult, sentence_of
from tccc_desk.cli.running import interrupt_on_signals, stored_subject, with_account
from tccc_desk.cli.schedule import here, run_object, run_words
from tccc_desk.cli.session import OpenDoor
from tccc_desk.cli.sound_options import SoundPlan
from tccc_desk.cli.subject import Subject
from tccc_desk.engine.commands import ConfigureSound
from tccc_desk.store.errors import VaultError
from tccc_desk.store.paths import Folders
from tccc_desk.store.presence import Occupied, Presence
from tccc_desk.store.profiles import Profiles
from tccc_desk.store.schedule import Schedules
from tccc_desk.store.vault import Secrets, account_key
from tccc_desk.texts.inert import inert
from tccc_desk.trace.export.problem import ExportProblem
from tccc_desk.trunk.entry import checked_call
from tccc_desk.trunk.errors import InputError
from tccc_desk.trunk.plain import plain
from tccc_desk.trunk.planner import decide
from tccc_desk.trunk.profile import Trunk
from tccc_desk.trunk.run_history import Schedule, ScheduledRun, is_change, refusals, went_well

POLL_S = 20.0
"""How long to sleep before the clock is looked at again: short, so that it may be set or slept through."""
JITTER_S = 20.0
"""Most of it, so that many machines with one schedule do not call in one second."""
RING_TIMEOUT_S = 60.0
MAX_TOLD = 1_000


class _Planned(msgspec.Struct, frozen=True):
    schedule: Schedule
    trunk: Trunk
    plan: CallPlan


class Runner:
    """One process's turn; only one has it at a time."""

    def __init__(
        self,
        places: Folders,
        output: Output,
        secrets: Callable[[], Secrets],
        open_door: OpenDoor,
        *,
        now: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._places = places
        self._output = output
        self._secrets = secrets
        self._open_door = open_door
        self._now = now
        self._sleep = sleep
        self._schedules = Schedules(places)
        self._told: list[dict[str, object]] = []
        self._cases: dict[str, Case] = {}
        self._exits: set[Exit] = set()
        self._subjects: dict[str, Subject] = {}

    def run(self, options: argparse.Namespace) -> Exit:
        """Raises InputError before anything is sent, StoreError and VaultError."""
        junit = Path(plain("junit", options.junit, 4096)).expanduser() if options.junit else None
        self._check(junit)
        planned = self._planned(options.name)
        taken = Presence(self._places).schedule_lock()
        if isinstance(taken, Occupied):
            self._output.progress("schedule.progress.busy", pid=taken.pid)
            return self._report(junit, busy=True)
        with taken:
            self._passwords(planned, from_stdin=options.password_stdin)
            try:
                self._rounds(planned, junit, once=options.once)
            except KeyboardInterrupt:  # between two calls; in one the session takes it
                self._exits.add(Exit.INTERRUPTED)
        return self._report(junit)

    def _check(self, junit: Path | None) -> None:
        try:
            if junit is not None:
                is_ours(junit)
        except ExportProblem as problem:
            raise InputError("junit", problem.finding, **problem.details) from problem

    def _planned(self, name: str) -> list[_Planned]:
        found = [self._schedules.get(name)] if name else self._schedules.list()
        profiles = Profiles(self._places)
        planned = []
        for schedule in found:
            trunk = profiles.get(schedule.trunk)
            plan = CallPlan(
                call=checked_call(schedule.caller, schedule.line),  # anybody's editor may have been there
                sound=SoundPlan("tone", "", False, "", ConfigureSound()),
                seconds=schedule.seconds,
                ring_timeout_s=RING_TIMEOUT_S,
                register=True,
            )
            planned.append(_Planned(schedule, trunk, dialled(plan, trunk, self._output)))
        return planned

    def _passwords(self, planned: Sequence[_Planned], *, from_stdin: bool) -> None:
        """A password on standard input is one account's; it must not go out for another."""
        if not from_stdin or not planned:
            return
        if len({account_key(one.trunk) for one in planned}) > 1:
            raise InputError("password", "schedule.error.one_account")
        trunk = planned[0].trunk
        self._subjects[account_key(trunk)] = stored_subject(
            trunk, self._output, self._secrets, from_stdin=True
        )

    def _rounds(self, planned: Sequence[_Planned], junit: Path | None, *, once: bool) -> None:
        while True:
            for one in planned:
                self._consider(one, planned, jitter=not once)
                if Exit.INTERRUPTED in self._exits:
                    return
            if once:
                return
            self._save(junit)
            self._sleep(POLL_S)

    def _consider(self, one: _Planned, planned: Sequence[_Planned], *, jitter: bool) -> None:
        schedule = one.schedule
        runs = self._schedules.runs(schedule.name)
        others = [other.schedule for other in planned if other.schedule.line == schedule.line]
        neighbours = [
            run.at for other in others if other.name != schedule.name
            for run in self._schedules.runs(other.name)[-1:]
        ]  # fmt: skip
        decision = decide(
            schedule.plan,
            now=self._now(),
            runs=[run.at for run in runs],
            local=here,
            neighbours=neighbours,
            refusals=refusals(runs),
            jitter_s=_jitter(schedule.name, len(runs)) if jitter else 0.0,
        )
        if decision.due:
            self._call(one, runs)
        elif schedule.name not in self._cases:
            reason = self._output.words(f"schedule.reason.{decision.reason}")
            self._cases[schedule.name] = Case(name=schedule.name, trunk=schedule.trunk, skipped=reason)

    def _call(self, one: _Planned, runs: Sequence[ScheduledRun]) -> None:
        schedule = one.schedule
        self._output.progress("schedule.progress.calling", name=schedule.name, line=one.plan.call.line)
        at = self._now()
        result, cut = self._result(one)
        run = _run_of(result, at, cut=cut)
        run = msgspec.structs.replace(run, changed=is_change(runs, run))
        self._schedules.append(schedule.name, run)
        if cut:
            self._exits.add(Exit.INTERRUPTED)
        elif not run.ok:
            self._exits.add(Exit.NO if result.outcome == "answered" else failure_exit(result.fault))
        said = run_words(run, self._output)
        self._output.progress(
            "schedule.progress.changed" if run.changed else "schedule.progress.done",
            name=schedule.name,
            result=said,
        )
        told = {"name": schedule.name, "trunk": schedule.trunk, "from": schedule.caller, "to": schedule.line}
        sentence = None if run.ok else result.sentence or said
        self._told = [*self._told, {**told, **run_object(run), "sentence": sentence}][-MAX_TOLD:]
        self._cases[schedule.name] = Case(
            name=schedule.name,
            trunk=schedule.trunk,
            at=at,
            seconds=run.duration_s,
            failure=sentence or "",
            kind="" if run.ok else run.word,
        )

    def _result(self, one: _Planned) -> tuple[CallResult, bool]:
        account = account_key(one.trunk)
        known = self._subjects.get(account)
        try:
            subject = (
                Subject(one.trunk, known.password)
                if known
                else stored_subject(one.trunk, self._output, self._secrets, from_stdin=False)
            )
        except VaultError as problem:  # the other accounts' calls go on
            sentence = sentence_of(problem.finding, problem.details, self._output.language)
            return _nothing("keyring", problem.finding, sentence), False
        found: list[tuple[CallResult, bool]] = []

        async def work(subject: Subject) -> Exit:
            result, _, interrupted = await perform(subject, one.plan, self._output, self._open_door)
            found.append((result, interrupted))
            return Exit.OK

        with_account(subject, work, self._output)
        interrupt_on_signals()
        return found[0]

    def _save(self, junit: Path | None) -> None:
        if junit is not None:
            try:
                save_junit(junit, list(self._cases.values()), self._now())
            except ExportProblem as problem:
                raise InputError("junit", problem.finding, **problem.details) from problem

    def _report(self, junit: Path | None, *, busy: bool = False) -> Exit:
        if not busy:
            self._save(junit)
        order = (Exit.INTERRUPTED, Exit.NO, Exit.FAULT)
        exit = next((one for one in order if one in self._exits), Exit.OK)
        skipped = [
            {"name": case.name, "reason": case.skipped} for case in self._cases.values() if case.skipped
        ]
        body: dict[str, object] = {
            "calls": self._told,
            "skipped": skipped,
            "busy": busy,
            "junit": str(junit) if junit else None,
        }
        if exit is Exit.INTERRUPTED:
            body["interrupted"] = True
        lines = [f"{case.name}  {case.skipped or case.failure or 'OK'}" for case in self._cases.values()]
        self._output.result("schedule run", exit is Exit.OK, body, map(inert, lines))
        return exit


def _jitter(name: str, count: int) -> float:
    """The same for one schedule until its next call was placed, and another on another machine's."""
    digest = hashlib.sha256(f"{name}\0{count}".encode()).digest()
    return int.from_bytes(digest[:4], "big") / 2**32 * JITTER_S


def _run_of(result: CallResult, at: float, *, cut: bool) -> ScheduledRun:
    media = result.media
    one_way = media.one_way if media else ""
    return ScheduledRun(
        at=at,
        ok=not cut and went_well(result.outcome, one_way),
        outcome=result.outcome,
        status=result.status,
        fault=result.fault,
        one_way=one_way,
        duration_s=result.duration_s,
        pdd_ms=result.pdd_ms,
        mos=media.mos if media else None,
        call_id=(result.call_id or "")[:256],
        cut=cut,
    )


def _nothing(fault: str, finding: str, sentence: str | None) -> CallResult:
    return CallResult(
        outcome="failed",
        status=0,
        reason="",
        said_by="local",
        fault=fault,
        finding=finding,
        sentence=sentence,
    )
