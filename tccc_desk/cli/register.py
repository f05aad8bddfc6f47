"""`register` and `verify`."""

from __future__ import annotations

import msgspec

from tccc_desk.cli.exits import Exit, failure_exit
from tccc_desk.cli.output import Output
from tccc_desk.cli.progress import narrate
from tccc_desk.cli.registering import Registering
from tccc_desk.cli.results import RegistrationResult
from tccc_desk.cli.session import EngineLost, Interrupted, OpenDoor, Session
from tccc_desk.cli.subject import Subject
from tccc_desk.cli.summary import registration_lines
from tccc_desk.engine.commands import RegisterTrunk, VerifyTrunk
from tccc_desk.engine.events import BindingEstablished, BindingRefused

PATIENCE_S = 180.0
"""Beyond every timer of the engine (timer F is 32 s a server): a stop, not a measure."""


async def register(subject: Subject, hold_s: float, output: Output, open_door: OpenDoor) -> Exit:
    """Register, hold the binding `hold_s` seconds, remove it, report."""
    trunk = subject.trunk
    registering = Registering(trunk.name, trunk.expires_s, output.language)
    async with Session(open_door, subject.memory) as session:
        session.submit(subject.configure())
        session.submit(RegisterTrunk(trunk=trunk.name))
        try:
            await _hold(session, registering, hold_s, output)
        except Interrupted:
            pass
        except EngineLost:
            return _report("register", internal_fault(registering.result()), False, output)
    registering.note(session.rest())
    return _report("register", registering.result(), session.interrupted, output)


async def verify(subject: Subject, output: Output, open_door: OpenDoor) -> Exit:
    """Prove the credentials by a REGISTER without Contact and list the bindings there."""
    trunk = subject.trunk
    registering = Registering(trunk.name, None, output.language)
    async with Session(open_door, subject.memory) as session:
        session.submit(subject.configure())
        session.submit(VerifyTrunk(trunk=trunk.name))
        try:
            await first_round(session, registering, output)
        except Interrupted:
            pass
        except EngineLost:
            return _report("verify", internal_fault(registering.result()), False, output)
    return _report("verify", registering.result(), session.interrupted, output)


async def first_round(session: Session, registering: Registering, output: Output) -> None:
    """Wait for one round of REGISTERs to end, well or not."""
    until = session.now() + PATIENCE_S
    while (event := await session.next(until)) is not None:
        ended = registering.take(event)
        if ended is None or registering.ok:  # a failure is the result's to say, and no retry follows
            narrate(event, output)
        if ended is not None:
            return


async def _hold(session: Session, registering: Registering, hold_s: float, output: Output) -> None:
    """Hold until the time is over or the server refuses for good.

    The time runs from the first success. Until then it runs from the start, so that a
    server that never comes does not hold us longer than one that does.
    """
    if not hold_s:
        await first_round(session, registering, output)
        return
    until = session.now() + hold_s
    held = False
    while (event := await session.next(until)) is not None:
        narrate(event, output)
        ended = registering.take(event)
        if isinstance(ended, BindingRefused):
            return
        if isinstance(ended, BindingEstablished) and not held:
            held = True
            until = session.now() + hold_s


def internal_fault(result: RegistrationResult) -> RegistrationResult:
    """The same, but the engine under it died."""
    return msgspec.structs.replace(result, state="unreachable", status=0, said_by="local", fault="internal")


def _report(command: str, result: RegistrationResult, interrupted: bool, output: Output) -> Exit:
    ok = result.state in ("registered", "verified")
    exit = Exit.INTERRUPTED if interrupted else Exit.OK if ok else failure_exit(result.fault)
    extra = {"interrupted": True} if interrupted else {}
    output.result(
        command, exit is Exit.OK, {**msgspec.to_builtins(result), **extra}, registration_lines(result, output)
    )
    return exit
