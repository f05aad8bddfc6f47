"""Misbehaviours as a table: each with what must come of it, all of a table run at once."""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import pytest

from tccc_desk.engine.events import BindingRefused, CallEnded, RegistrationFailed
from tests.helpers.hostile_gateway.gateway import Greeting, Script, Transport
from tests.helpers.hostile_gateway.sayings import honest
from tests.helpers.hostile_gateway.trial import CONCLUDED, Trial


@dataclass(frozen=True, kw_only=True)
class Case:
    """One misbehaviour and what must come of it."""

    id: str
    transports: tuple[Transport, ...] = ("udp", "tcp")
    script: Script = honest
    greeting: Greeting | None = None
    attack: Callable[[Trial], Awaitable[None]] | None = None
    """What is done on top of the script; without one, the client is told to register and must conclude."""
    said: tuple[type, ...] = ()
    """Events that must have been said."""
    never: tuple[type, ...] = ()
    finding: str = ""
    """Of the last refusal or failure."""
    registers: int = 6
    """REGISTERs of the misbehaving stretch, at most; one that Timer E sends again counts once."""
    facts: tuple[str, ...] = ()
    hold_s: float = 0.25
    """How long it is watched after the conclusion, for what it must not do."""
    same: bool = True
    """Whether the trunk itself must recover; False where it may still wait for Timer F."""
    trunk: tuple[tuple[str, object], ...] = ()
    echoes: bool = False
    """Whether an answer may hold what was unreadable in the request."""
    concludes: bool = True
    """False where the right thing is to go on waiting."""


async def run(case: Case, transport: Transport) -> None:
    """Put an engine through a case. Raises AssertionError with what went wrong."""
    trial = Trial(transport, case.script, case.greeting)
    await trial.begin(**dict(case.trunk))
    try:
        if case.attack is not None:
            await case.attack(trial)
        else:
            trial.register()
            if case.concludes:
                await trial.hear(*CONCLUDED)
        await asyncio.sleep(case.hold_s)
        _judge(case, trial)
        await trial.lives(same=case.same)
    finally:
        await trial.end()
    trial.sound(echoes=case.echoes)


def _judge(case: Case, trial: Trial) -> None:
    trial.sound(echoes=case.echoes)
    for kind in case.said:
        assert trial.said(kind), f"{kind.__name__} is missing; {trial.summary()}"
    for kind in case.never:
        assert not trial.said(kind), f"{kind.__name__} was said; {trial.summary()}"
    if case.finding:
        found = [
            one.finding
            for one in trial.events
            if isinstance(one, BindingRefused | RegistrationFailed | CallEnded)
        ]
        assert case.finding in found, f"findings {found}; {trial.summary()}"
    sent = len({one.headers.get("Via") for one in trial.gateway.requests("REGISTER")})
    assert sent <= case.registers, f"{sent} REGISTERs; {trial.summary()}"
    for fact in case.facts:
        assert trial.facts[fact], f"{fact} is missing; {trial.summary()}"


def run_all(cases: list[tuple[Case, Transport]], at_once: int = 24) -> dict[str, str]:
    """Every case on one loop; name -> failure, "" where it went well."""

    async def everything() -> dict[str, str]:
        turn = asyncio.Semaphore(at_once)

        async def one(case: Case, transport: Transport) -> str:
            async with turn:
                try:
                    async with asyncio.timeout(60):
                        await run(case, transport)
                except Exception:  # noqa: BLE001 - reported by the test of that name
                    return traceback.format_exc()
            return ""

        names = [named(case, transport) for case, transport in cases]
        results = await asyncio.gather(*(one(case, transport) for case, transport in cases))
        return dict(zip(names, results, strict=True))

    return asyncio.run(everything())


def report(outcomes: dict[str, str], asked: tuple[Case, Transport]) -> None:
    """Fail with what a case's own run said."""
    if text := outcomes[named(*asked)]:
        pytest.fail(text, pytrace=False)


def named(case: Case, transport: Transport) -> str:
    return f"{case.id} ({transport})"
