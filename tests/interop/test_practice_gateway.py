"""The engine against the practice gateway in its own process, pyVoIP's phone behind one of its lines."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import TypeVar

import pytest

from tccc_desk.engine import commands, events
from tccc_desk.engine.door import Engine
from tccc_desk.practice.client import PracticeProcess
from tccc_desk.practice.events import DigitReceived
from tccc_desk.practice.lines import STEM
from tccc_desk.trunk.profile import Transport, Trunk

T = TypeVar("T")


class Desk:
    """An engine with one trunk at the practice gateway, and what it told."""

    def __init__(self, practice: PracticeProcess, transport: Transport) -> None:
        self.practice = practice
        self.told: list[events.Event] = []
        self.changed = asyncio.Event()
        self.engine = Engine(self.listen)
        ready = practice.ready
        self.trunk = Trunk(
            name="practice",
            username="gateway01",
            domain=ready.domain,
            server=ready.host,
            port=ready.port,
            transport=transport,
        )

    def listen(self, event: events.Event) -> None:
        self.told.append(event)
        self.changed.set()

    async def wait_for(self, kind: type[T]) -> T:
        async with asyncio.timeout(20):
            while True:
                for event in self.told:
                    if isinstance(event, kind):
                        self.told.remove(event)
                        return event
                self.changed.clear()
                await self.changed.wait()

    async def call(self, digits: str, **fields: object) -> events.CallEnded:
        self.engine.submit(
            commands.PlaceTestCall(
                trunk="practice",
                call=digits,
                caller="13800138000",
                line=STEM + digits,
                **fields,  # type: ignore[arg-type]
            )
        )
        return await self.wait_for(events.CallEnded)


@pytest.fixture(params=["udp", "tcp"])
async def desk(request: pytest.FixtureRequest) -> AsyncIterator[Desk]:
    async with PracticeProcess() as practice:
        desk = Desk(practice, request.param)
        await desk.engine.start()
        desk.engine.submit(commands.ConfigureTrunk(trunk=desk.trunk, password=practice.password()))
        desk.engine.submit(commands.RegisterTrunk(trunk="practice"))
        bound = await desk.wait_for(events.BindingEstablished)
        assert (bound.granted_expires_s, bound.registers_sent) == (120, 2)
        yield desk
        desk.engine.submit(commands.Shutdown())
        await desk.engine.closed()
        assert (await practice.do("bindings")).bindings == {"gateway01": (), "gateway02": ()}


async def test_pyvoips_phone_answers_echoes_and_hears_our_digits(desk: Desk) -> None:
    ended = await desk.call("77", duration_s=1.5, dtmf="4*")
    assert (ended.outcome, ended.status, ended.ended_by) == ("answered", 200, "us")
    media = ended.media
    assert media is not None
    assert (media.codec, media.one_way) == ("PCMU", "none")
    assert min(media.sent, media.received) > 30
    assert media.level_received_dbov is not None
    assert media.level_received_dbov > -30
    assert [(await desk.practice.wait_for(DigitReceived)).digit for _ in "4*"] == ["4", "*"]


async def test_lines_and_calls_in_end_as_they_say(desk: Desk) -> None:
    busy = await desk.call("03")
    assert (busy.outcome, busy.status, busy.said_by) == ("busy", 486, "server")
    rings = await desk.call("04", ring_timeout_s=0.5)
    assert (rings.outcome, rings.said_by) == ("no_answer", "local")
    silent = await desk.call("12", duration_s=1.0)
    assert silent.media is not None
    assert (silent.outcome, silent.media.received, silent.media.one_way) == ("answered", 0, "we_hear_nothing")
    await desk.practice.do("call-in", from_="02188886666", to="13900139000", seconds=0.5)
    offered = await desk.wait_for(events.CallOffered)
    assert (offered.to, offered.from_) == ("13900139000", "02188886666")
    desk.engine.submit(commands.AnswerCall(call=offered.call))
    ended = await desk.wait_for(events.CallEnded)
    assert (ended.outcome, ended.ended_by) == ("answered", "them")
    assert ended.media is not None
    assert ended.media.one_way == "none"
