"""`wait`: the document's step 3, TCCC asking us to dial somebody."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass

import msgspec

from tccc_desk.cli import checks
from tccc_desk.cli.exits import Exit, failure_exit
from tccc_desk.cli.output import Output
from tccc_desk.cli.progress import narrate
from tccc_desk.cli.register import first_round, internal_fault
from tccc_desk.cli.registering import Registering
from tccc_desk.cli.results import RegistrationResult, WaitedCallResult, waited_call_result
from tccc_desk.cli.session import EngineLost, Interrupted, OpenDoor, Session
from tccc_desk.cli.sound_events import SoundEvents
from tccc_desk.cli.sound_options import SoundPlan, sound_plan
from tccc_desk.cli.subject import Subject
from tccc_desk.cli.summary import call_lines, registration_lines
from tccc_desk.engine.commands import AnswerCall, HangUp, RegisterTrunk, RejectCall
from tccc_desk.engine.events import BindingRefused, CallEnded, CallOffered, Event
from tccc_desk.trunk.errors import InputError
from tccc_desk.trunk.numbers import checked_number, clean_number

_BUSY = 486
HANG_UP_S = 5.5
"""As in `call`: the engine's own patience, and a little."""
_END_S = 40.0
"""What a call may take to end after its time is over (timer F, and a little)."""


@dataclass(frozen=True, slots=True)
class WaitPlan:
    """What `wait` was asked to do, checked."""

    for_s: float
    count: int
    sound: SoundPlan
    reject: int | None
    seconds: float
    expect_to: str | None


def wait_plan(options: argparse.Namespace) -> WaitPlan:
    """Check the options of `wait`. Raises InputError."""
    if options.reject is not None and options.answer is not None:
        raise InputError("reject", "cli.error.answer_and_reject")
    expect = options.expect_to
    count = checks.whole("count", options.count, least=1, most=checks.MAX_COUNT)
    return WaitPlan(
        for_s=checks.seconds("wait_for", options.wait_for, least=1.0),
        count=count,
        sound=_sound_plan(options, count),
        reject=None
        if options.reject is None
        else checks.whole("reject", options.reject, least=400, most=699),
        seconds=checks.seconds("seconds", options.seconds),
        expect_to=None if expect is None else checked_number("expect_to", expect, called=False),
    )


def _sound_plan(options: argparse.Namespace, count: int) -> SoundPlan:
    if options.record is not None and count > 1:
        raise InputError("record", "cli.error.record_one")
    return sound_plan(options, "answer", default="echo")


async def wait(subject: Subject, plan: WaitPlan, output: Output, open_door: OpenDoor) -> Exit:
    """Register, take the calls that come, remove the binding, report."""
    trunk = subject.trunk
    if not trunk.register:
        raise InputError("trunk", "cli.error.call_only")
    registering = Registering(trunk.name, trunk.expires_s, output.language)
    waiting = _Waiting(trunk.name, plan, registering, output)
    failure: RegistrationResult | None = None
    async with Session(open_door, subject.memory) as session:
        session.submit(plan.sound.devices)
        session.submit(subject.configure())
        session.submit(RegisterTrunk(trunk=trunk.name))
        try:
            await first_round(session, registering, output)
            if registering.ok:
                output.progress("cli.progress.waiting", seconds=f"{plan.for_s:g}", count=plan.count)
                await waiting.run(session)
            else:
                failure = registering.result()
        except Interrupted:
            await waiting.hang_up(session)
        except EngineLost:
            failure = internal_fault(registering.result())
    waiting.complete(session)
    return _report(waiting, failure or waiting.refused, registering, session.interrupted, output)


class _Waiting:
    """The calls of one `wait`, from offer to end."""

    def __init__(self, trunk: str, plan: WaitPlan, registering: Registering, output: Output) -> None:
        self.plan = plan
        self.refused: RegistrationResult | None = None
        """The registrar's final no, if it came while we waited."""
        self.results: list[WaitedCallResult] = []
        self._trunk = trunk
        self._registering = registering
        self._output = output
        self._open: dict[str, CallOffered] = {}
        self._over = False
        self._heard = SoundEvents(output.language)
        self._handles: list[str] = []
        """Of the calls in `results`."""

    @property
    def satisfied(self) -> bool:
        """True when as many calls as asked for went as asked for."""
        asked = ("answered",) if self.plan.reject is None else ("rejected", "busy")
        good = sum(result.outcome in asked for result in self.results)
        return good >= self.plan.count and all(result.expected is not False for result in self.results)

    async def run(self, session: Session) -> None:
        """Until enough calls have ended, the time is over, or the registrar refuses for good."""
        until = session.now() + self.plan.for_s
        while len(self.results) < self.plan.count:
            event = await session.next(until)
            if event is not None:
                self._take(event, session)
            elif self._open and not self._over:
                self._over = True  # a call that came in time may finish
                until = session.now() + self.plan.seconds + _END_S
            else:
                return
            if not self._open and (self._over or self.refused):
                return

    def complete(self, session: Session) -> None:
        """Add what is known about the sound of the calls once the engine is gone."""
        self._heard.take_all(session.rest())
        self.results = [
            self._heard.complete(result, handle)
            for result, handle in zip(self.results, self._handles, strict=True)
        ]

    async def hang_up(self, session: Session) -> None:
        """End what is going on, in good order if that takes no time."""
        for call in self._open:
            session.submit(HangUp(call=call))
        until = session.now() + HANG_UP_S
        while self._open and (event := await session.next(until)) is not None:
            self._take(event, session)

    def _take(self, event: Event, session: Session) -> None:
        narrate(event, self._output)
        self._heard.take(event)
        ended_round = self._registering.take(event)
        if isinstance(ended_round, BindingRefused):
            self.refused = self._registering.result()
        if isinstance(event, CallOffered) and event.trunk == self._trunk:
            self._answer(event, session)
        elif isinstance(event, CallEnded) and event.call in self._open:
            offered = self._open.pop(event.call)
            expected = self._expected(offered)
            self._handles.append(event.call)
            self.results.append(waited_call_result(offered, event, expected, self._output.language))

    def _answer(self, offered: CallOffered, session: Session) -> None:
        plan = self.plan
        if self._over or session.interrupted or len(self._open) + len(self.results) >= plan.count:
            session.submit(RejectCall(call=offered.call, status=_BUSY))
            return
        self._open[offered.call] = offered
        if plan.reject is not None:
            session.submit(RejectCall(call=offered.call, status=plan.reject))
        else:
            session.submit(_answer_of(plan, offered.call))

    def _expected(self, offered: CallOffered) -> bool | None:
        # Digit for digit: the prefix a trunk sends (0, 0086, +86) is what such a test is about.
        if self.plan.expect_to is None:
            return None
        return clean_number(offered.to) == self.plan.expect_to


def _answer_of(plan: WaitPlan, call: str) -> AnswerCall:
    sound = plan.sound
    return AnswerCall(
        call=call,
        play=sound.play,
        play_file=sound.play_file,
        listen=sound.listen,
        record_file=sound.record_file,
        duration_s=plan.seconds,
    )


def _report(
    waiting: _Waiting,
    failure: RegistrationResult | None,
    registering: Registering,
    interrupted: bool,
    output: Output,
) -> Exit:
    if interrupted:
        exit = Exit.INTERRUPTED
    elif waiting.satisfied:
        exit = Exit.OK
    else:
        exit = failure_exit(failure.fault) if failure and not waiting.results else Exit.NO
    body: dict[str, object] = {
        "calls": msgspec.to_builtins(waiting.results),
        "registration": msgspec.to_builtins(failure or registering.result()),
    }
    if interrupted:
        body["interrupted"] = True
    output.result("wait", exit is Exit.OK, body, _lines(waiting, failure, output))
    return exit


def _lines(waiting: _Waiting, failure: RegistrationResult | None, output: Output) -> Iterator[str]:
    if failure is not None:
        yield from registration_lines(failure, output)
    for result in waiting.results:
        yield from call_lines(result, output)
    if len(waiting.results) < waiting.plan.count:
        yield output.words("cli.result.calls_seen", seen=len(waiting.results), count=waiting.plan.count)
