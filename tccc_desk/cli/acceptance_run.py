"""`acceptance NAME --run`: the steps this machine can go through alone, one call after the other."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence

import msgspec

from tccc_desk.cli import checks
from tccc_desk.cli.acceptance import show, step_named
from tccc_desk.cli.call import CallPlan, dialled, place
from tccc_desk.cli.exits import Exit, failure_exit
from tccc_desk.cli.output import Output
from tccc_desk.cli.register import first_round, internal_fault
from tccc_desk.cli.registering import Registering
from tccc_desk.cli.results import CallResult, RegistrationResult
from tccc_desk.cli.running import stored_subject, with_account
from tccc_desk.cli.session import EngineLost, Interrupted, OpenDoor, Session
from tccc_desk.cli.sound_events import SoundEvents
from tccc_desk.cli.sound_options import SoundPlan
from tccc_desk.cli.subject import Subject
from tccc_desk.engine.commands import ConfigureSound, RegisterTrunk
from tccc_desk.store.acceptance import Acceptances
from tccc_desk.store.vault import Secrets
from tccc_desk.trunk.acceptance import STEPS, Acceptance, CallFacts, Record, Step, verdict_of
from tccc_desk.trunk.china import read_number
from tccc_desk.trunk.entry import checked_call
from tccc_desk.trunk.errors import InputError
from tccc_desk.trunk.profile import Trunk

RING_TIMEOUT_S = 60.0
MAX_CALLERS = 8
_REFUSALS = (401, 403, 407)
"""Answers after which going on could lock the account."""


def run(
    options: argparse.Namespace,
    trunk: Trunk,
    store: Acceptances,
    output: Output,
    *,
    secrets: Callable[[], Secrets],
    open_door: OpenDoor,
) -> Exit:
    """Place the calls, fill in their steps, show the list. Raises InputError, StoreError, VaultError."""
    plans = _plans(options, trunk, store.get(trunk.name), output)
    pause_s = checks.seconds("pause", options.pause, most=600.0)
    if not plans:
        output.progress("acceptance.progress.nothing")
        return show(store.get(trunk.name), output, Exit.OK, filled=[], registration=None)
    subject = stored_subject(trunk, output, secrets, from_stdin=options.password_stdin)
    going = _GoingThrough(plans, pause_s, store, output)
    exit = with_account(subject, lambda claimant: going.run(claimant, open_door), output)
    more: dict[str, object] = {
        "filled": going.filled,
        "registration": msgspec.to_builtins(going.registration),
    }
    if exit is Exit.INTERRUPTED:
        more["interrupted"] = True
    return show(store.get(trunk.name), output, exit, **more)


class _GoingThrough:
    """The calls of one run, in one session, with one registration."""

    def __init__(
        self, plans: Sequence[tuple[Step, CallPlan]], pause_s: float, store: Acceptances, output: Output
    ) -> None:
        self.filled: list[str] = []
        self.registration: RegistrationResult | None = None
        self._plans = plans
        self._pause_s = pause_s
        self._store = store
        self._output = output
        self._heard = SoundEvents(output.language)
        self._failed = False
        self._fault = ""

    async def run(self, subject: Subject, open_door: OpenDoor) -> Exit:
        """Register unless the trunk only calls, place the calls, remove the binding."""
        trunk = subject.trunk
        registering = Registering(trunk.name, trunk.expires_s, self._output.language)
        async with Session(open_door, subject.memory) as session:
            session.submit(self._plans[0][1].sound.devices)
            session.submit(subject.configure())
            try:
                if trunk.register:
                    session.submit(RegisterTrunk(trunk=trunk.name))
                    await first_round(session, registering, self._output)
                if registering.ok or not trunk.register:
                    await self._calls(session, trunk)
                else:
                    self._failed, self._fault = True, registering.result().fault
            except Interrupted:
                pass
            except EngineLost:
                self._fault = internal_fault(registering.result()).fault
        self.registration = registering.result() if trunk.register else None
        if session.interrupted:
            return Exit.INTERRUPTED
        if self._fault:
            return failure_exit(self._fault)
        return Exit.NO if self._failed else Exit.OK

    async def _calls(self, session: Session, trunk: Trunk) -> None:
        for number, (step, plan) in enumerate(self._plans, 1):
            if step.id in self.filled:
                continue
            if self.filled:
                await self._pause(session)
            title = self._output.words(f"acceptance.step.{step.id}.title")
            self._output.progress(
                "acceptance.progress.step", number=number, count=len(self._plans), title=title
            )
            handle, at = f"acceptance-{number}", time.time()
            placed = await place(session, trunk.name, plan, self._heard, self._output, handle=handle)
            result = self._heard.complete(placed, handle)
            if session.interrupted:
                return  # a call cut short by its own admin proves nothing
            self._fill_in(trunk, step, number, facts_of_result(result, at, plan))
            if result.said_by == "server" and result.status in _REFUSALS:
                self._output.progress("acceptance.progress.stopped", status=result.status)
                return
            if result.fault and failure_exit(result.fault) is Exit.FAULT:
                self._fault = result.fault
                return

    async def _pause(self, session: Session) -> None:
        """Wait between two calls; a signal ends it."""
        until = session.now() + self._pause_s
        while await session.next(until) is not None:
            pass

    def _fill_in(self, trunk: Trunk, step: Step, number: int, facts: CallFacts) -> None:
        """Fill in the step, and those after it that the same call proves as a whole."""
        record = Record(step=step.id, filled_at=time.time(), facts=facts)
        also = [
            one
            for one, _ in self._plans[number:]
            if one.id not in self.filled and verdict_of(one, _for(one, record)) == "pass"
        ]
        for one in also:
            title = self._output.words(f"acceptance.step.{one.id}.title")
            self._output.progress("acceptance.progress.also", title=title)

        def change(before: Acceptance) -> Acceptance:
            for one in (step, *also):
                old = before.record(one.id)
                new = _for(one, record)
                before = before.filled(msgspec.structs.replace(new, remark=old.remark) if old else new)
            return before

        self._store.change(trunk.name, change)
        self.filled += [one.id for one in (step, *also)]
        self._failed = self._failed or verdict_of(step, record) == "fail"


def _plans(
    options: argparse.Namespace, trunk: Trunk, before: Acceptance, output: Output
) -> list[tuple[Step, CallPlan]]:
    """Give the calls to place, checked, before anything is sent."""
    if options.step:
        steps = [step_named(name) for name in options.step]
        for step in steps:
            if not step.runs:
                raise InputError("step", "acceptance.error.not_runnable", value=step.id)
    else:
        steps = [one for one in STEPS if one.runs and verdict_of(one, before.record(one.id)) != "pass"]
    callers = (options.caller or ([trunk.caller_number] if trunk.caller_number else []))[:MAX_CALLERS]
    line = options.line or trunk.line_number
    checked = [checked_call(one, line or "").caller for one in callers or [""]]  # refuses the missing, too
    plans = []
    for step in steps:
        fitting = [one for one in checked if step.caller in ("", read_number(one).kind)]
        if not fitting:
            title = output.words(f"acceptance.step.{step.id}.title")
            output.progress("acceptance.progress.no_caller", title=title)
            continue
        plan = CallPlan(
            call=checked_call(fitting[0], line, dtmf=step.dtmf),
            sound=SoundPlan("tone", "", False, "", ConfigureSound()),
            seconds=step.seconds,
            ring_timeout_s=RING_TIMEOUT_S,
            register=True,
        )
        plans.append((step, dialled(plan, trunk, output)))
    return plans


def _for(step: Step, record: Record) -> Record:
    return msgspec.structs.replace(record, step=step.id)


def facts_of_result(result: CallResult, at: float, plan: CallPlan) -> CallFacts:
    """What a call's own result says of it."""
    media = result.media
    return CallFacts(
        call_id=(result.call_id or "")[:256],
        at=at,
        caller=plan.call.caller,
        callee=plan.call.line,
        outcome=result.outcome,
        status=result.status,
        reason=result.reason[:256],
        duration_s=result.duration_s,
        ended_by=result.ended_by or "",
        codec=media.codec[:256] if media else "",
        received=media.received if media else 0,
        one_way=media.one_way if media else "",
        mos=media.mos if media else None,
        pdd_ms=result.pdd_ms,
        dtmf_sent=media.dtmf_sent if media else "",
        dtmf_method=media.dtmf_sent_by[0] if media and media.dtmf_sent_by else "",
    )
