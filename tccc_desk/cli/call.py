"""`call`: the document's step 2, a customer calling the line."""

from __future__ import annotations

import argparse
from dataclasses import dataclass, replace

import msgspec

from tccc_desk.cli import checks
from tccc_desk.cli.exits import Exit, failure_exit
from tccc_desk.cli.output import Output
from tccc_desk.cli.progress import narrate
from tccc_desk.cli.register import first_round, internal_fault
from tccc_desk.cli.registering import Registering
from tccc_desk.cli.results import CallResult, RegistrationResult, call_result, failed_call
from tccc_desk.cli.session import EngineLost, Interrupted, OpenDoor, Session
from tccc_desk.cli.sound_events import SoundEvents
from tccc_desk.cli.sound_options import SoundPlan, sound_plan
from tccc_desk.cli.subject import Subject
from tccc_desk.cli.summary import call_lines
from tccc_desk.engine.commands import HangUp, PlaceTestCall, RegisterTrunk
from tccc_desk.engine.events import CallEnded
from tccc_desk.trunk.dialling import as_dialled
from tccc_desk.trunk.entry import CheckedCall, checked_call
from tccc_desk.trunk.profile import Trunk

DEFAULT_SECONDS = 5.0
"""How long an answered call lasts; digits to send get their time on top."""
_DIGIT_S, _PAUSE_S = 0.3, 2.0
HANG_UP_S = 5.5
"""How long an interrupted call may take to end in good order: the engine's own patience, and a little."""
_PATIENCE_S = 180.0
"""On top of ringing and talking, beyond every timer of the engine: a stop, not a measure."""
_CALL = "test-call"


@dataclass(frozen=True, slots=True)
class CallPlan:
    """What `call` was asked to do, checked."""

    call: CheckedCall
    sound: SoundPlan
    seconds: float
    ring_timeout_s: float
    register: bool


def call_plan(options: argparse.Namespace) -> CallPlan:
    """Check the options of `call`. Raises InputError."""
    call = checked_call(
        options.caller or "",
        options.line or "",
        headers=options.header,
        dtmf=options.dtmf,
        codecs=options.codec or "",
    )
    if options.seconds is None:
        seconds = DEFAULT_SECONDS + sum(_PAUSE_S if digit == "," else _DIGIT_S for digit in call.dtmf)
    else:
        seconds = checks.seconds("seconds", options.seconds)
    return CallPlan(
        call=call,
        sound=sound_plan(options, "play", default="tone"),
        seconds=seconds,
        ring_timeout_s=checks.seconds("ring_timeout", options.ring_timeout, least=1.0, most=3600.0),
        register=not options.no_register,
    )


def dialled(plan: CallPlan, trunk: Trunk, output: Output) -> CallPlan:
    """Write the numbers by the trunk's rule, and say so where that changes them. Raises InputError."""
    caller = as_dialled(trunk, "caller", plan.call.caller, called=False)
    line = as_dialled(trunk, "line", plan.call.line, called=True)
    if (caller, line) == (plan.call.caller, plan.call.line):
        return plan
    output.progress("cli.progress.dialled", caller=caller, line=line)
    return replace(plan, call=replace(plan.call, caller=caller, line=line))


async def call(subject: Subject, plan: CallPlan, output: Output, open_door: OpenDoor) -> Exit:
    """Register unless told otherwise, call, hang up, remove the binding, report."""
    result, registration, interrupted = await perform(subject, plan, output, open_door)
    return _report(result, registration, interrupted, output)


async def perform(
    subject: Subject, plan: CallPlan, output: Output, open_door: OpenDoor
) -> tuple[CallResult, RegistrationResult | None, bool]:
    """Do what `call` does and give what came of it: the call, its registration, whether a signal ended it."""
    trunk = subject.trunk
    registering = Registering(trunk.name, trunk.expires_s, output.language)
    registers = plan.register and trunk.register
    heard = SoundEvents(output.language)
    async with Session(open_door, subject.memory) as session:
        session.submit(plan.sound.devices)
        session.submit(subject.configure())
        try:
            if registers:
                session.submit(RegisterTrunk(trunk=trunk.name))
                await first_round(session, registering, output)
            if registering.ok or not registers:
                result = await place(session, trunk.name, plan, heard, output)
            else:
                result = failed_call(registering.result())
        except Interrupted:
            result = CallResult(outcome="cancelled", status=0, reason="", said_by="local")
        except EngineLost:
            result = failed_call(internal_fault(registering.result()))
    heard.take_all(session.rest())
    result = heard.complete(result, _CALL)
    return result, registering.result() if registers else None, session.interrupted


async def place(
    session: Session, trunk: str, plan: CallPlan, heard: SoundEvents, output: Output, *, handle: str = _CALL
) -> CallResult:
    """Place one call in a session and wait for its end. Raises Interrupted where it cannot end in order."""
    session.submit(
        PlaceTestCall(
            trunk=trunk,
            call=handle,
            caller=plan.call.caller,
            line=plan.call.line,
            play=plan.sound.play,
            play_file=plan.sound.play_file,
            listen=plan.sound.listen,
            record_file=plan.sound.record_file,
            codecs=plan.call.codecs,
            headers=plan.call.headers,
            ring_timeout_s=plan.ring_timeout_s,
            duration_s=plan.seconds,
            dtmf=plan.call.dtmf,
        )
    )
    try:
        ended = await _end(session, plan.ring_timeout_s + plan.seconds + _PATIENCE_S, heard, output, handle)
    except Interrupted:
        output.progress("cli.progress.hanging_up")
        session.submit(HangUp(call=handle))
        ended = await _end(session, HANG_UP_S, heard, output, handle)
        if ended is None:
            raise
    if ended is None:
        return CallResult(outcome="failed", status=0, reason="", said_by="local", fault="internal")
    return call_result(ended, output.language)


async def _end(
    session: Session, patience_s: float, heard: SoundEvents, output: Output, handle: str
) -> CallEnded | None:
    until = session.now() + patience_s
    while (event := await session.next(until)) is not None:
        narrate(event, output)
        heard.take(event)
        if isinstance(event, CallEnded) and event.call == handle:
            return event
    return None


def _report(
    result: CallResult, registration: RegistrationResult | None, interrupted: bool, output: Output
) -> Exit:
    if interrupted:
        exit = Exit.INTERRUPTED
    elif result.outcome == "answered":
        exit = Exit.OK
    else:
        exit = failure_exit(result.fault)
    body = {**msgspec.to_builtins(result), "registration": msgspec.to_builtins(registration)}
    if interrupted:
        body["interrupted"] = True
    output.result("call", exit is Exit.OK, body, call_lines(result, output))
    return exit
