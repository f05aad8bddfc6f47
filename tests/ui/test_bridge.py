"""The engine's real child process behind its bridge, and how often a dead one is started again."""

from __future__ import annotations

import asyncio
import sys
import time
from pathlib import Path

import pytest
import qasync
from pytestqt.qtbot import QtBot

from tccc_desk.app.engine_host import EngineHost
from tccc_desk.app.restarts import DELAYS_S, WINDOW_S, Restarts
from tccc_desk.app.single import FrontDoor, door_name, knock
from tccc_desk.engine.channel import frame
from tccc_desk.engine.commands import RegisterTrunk
from tccc_desk.engine.events import CommandRefused, EngineStarted, EngineStopped, Event
from tccc_desk.ui.banner import Banner
from tccc_desk.ui.bridge import EngineBridge
from tccc_desk.ui.state import DeskState
from tccc_desk.ui.texts import Texts
from tests.helpers.window_script import started


class Listener:
    """Keeps what a bridge emits and lets a coroutine wait for a kind of it."""

    def __init__(self, bridge: EngineBridge) -> None:
        self.events: list[Event] = []
        self._came = asyncio.Event()
        bridge.received.connect(self._take)

    def _take(self, event: Event) -> None:
        self.events.append(event)
        self._came.set()

    async def until(self, kind: type[Event]) -> Event:
        async with asyncio.timeout(15):
            while not isinstance(self.events[-1] if self.events else None, kind):
                self._came.clear()
                await self._came.wait()
        return self.events[-1]


def test_start_ask_and_shut_down(desk_loop: qasync.QEventLoop) -> None:
    async def run() -> list[Event]:
        bridge = EngineBridge()
        listener = Listener(bridge)
        await bridge.start()
        first = await listener.until(EngineStarted)
        assert isinstance(first, EngineStarted)
        assert first.pid == bridge.pid != 0
        bridge.submit(RegisterTrunk(trunk="nobody"))
        await listener.until(CommandRefused)
        await bridge.stop()
        assert bridge.pid == 0
        return listener.events

    events = desk_loop.run_until_complete(run())
    assert events[-1].crashed is False
    assert [type(one) for one in events].count(EngineStopped) == 1


def test_a_killed_child_is_an_event(desk_loop: qasync.QEventLoop) -> None:
    async def run() -> Event:
        bridge = EngineBridge()
        listener = Listener(bridge)
        await bridge.start()
        await listener.until(EngineStarted)
        bridge.kill()
        stopped = await listener.until(EngineStopped)
        bridge.submit(RegisterTrunk(trunk="nobody"))  # nobody is there: dropped, not raised
        await bridge.stop()
        return stopped

    stopped = desk_loop.run_until_complete(run())
    assert isinstance(stopped, EngineStopped)
    assert stopped.crashed


@pytest.mark.parametrize(
    "program",
    [
        "import sys; sys.stdout.buffer.write(b'\\xff' * 64); sys.stdout.flush(); sys.stdin.read()",
        "import sys; sys.stdout.buffer.write(b'\\0\\0\\0\\2hi'); sys.stdout.flush(); sys.stdin.read()",
        "raise SystemExit(7)",
    ],
)
def test_a_child_that_talks_nonsense_is_ended(desk_loop: qasync.QEventLoop, program: str) -> None:
    async def run() -> list[Event]:
        bridge = EngineBridge((sys.executable, "-c", program))
        listener = Listener(bridge)
        await bridge.start()
        await listener.until(EngineStopped)
        return listener.events

    (stopped,) = desk_loop.run_until_complete(run())
    assert stopped.crashed


def test_a_child_that_cannot_be_started_is_an_event(desk_loop: qasync.QEventLoop) -> None:
    async def run() -> list[Event]:
        bridge = EngineBridge(("/nonexistent/engine",))
        listener = Listener(bridge)
        await bridge.start()
        await bridge.stop()
        return listener.events

    (stopped,) = desk_loop.run_until_complete(run())
    assert stopped.crashed


def test_a_child_that_does_not_stop_is_ended(desk_loop: qasync.QEventLoop) -> None:
    greeting = frame(started())
    program = f"import sys, time; sys.stdout.buffer.write({greeting!r}); sys.stdout.flush(); time.sleep(60)"

    async def run() -> float:
        bridge = EngineBridge((sys.executable, "-c", program))
        listener = Listener(bridge)
        await bridge.start()
        await listener.until(EngineStarted)
        begun = time.monotonic()
        await bridge.stop(deadline_s=0.1)
        assert bridge.pid == 0
        return time.monotonic() - begun

    assert desk_loop.run_until_complete(run()) < 5


def test_an_engine_that_keeps_dying_is_left_to_the_admin(desk_loop: qasync.QEventLoop, texts: Texts) -> None:
    async def run() -> None:
        state = DeskState()
        bridge = EngineBridge((sys.executable, "-c", "raise SystemExit(7)"))
        deaths: list[Event] = []
        bridge.received.connect(deaths.append)

        async def restore(_: str) -> None:
            raise AssertionError("no trunk was wanted")

        begun: list[int] = []
        host = EngineHost(
            state, bridge, restore, Restarts((0.0, 0.0, 0.0)), begin=lambda: begun.append(len(deaths))
        )
        banner = Banner(state, texts)
        given_up = asyncio.Event()
        state.arrived.connect(lambda _: given_up.set() if len(deaths) == 4 and not state.restarting else None)
        await host.start()
        async with asyncio.timeout(15):
            await given_up.wait()
        assert len(deaths) == 4
        assert begun == [0, 1, 2, 3], "each engine is told where the log is before it is told anything else"
        assert not banner.restart.isHidden()
        again = asyncio.Event()
        bridge.received.connect(lambda _: again.set())
        banner.listen(banner.restart_wished, host.restart)
        banner.restart.click()
        async with asyncio.timeout(15):
            await again.wait()
        await host.close()
        banner.retire()

    desk_loop.run_until_complete(run())


def test_three_restarts_a_minute_then_the_admin_decides() -> None:
    restarts = Restarts()
    assert [restarts.delay(1.0 * number) for number in range(len(DELAYS_S) + 1)] == [*DELAYS_S, None]
    assert restarts.delay(WINDOW_S + 0.5) is not None


def test_a_second_start_raises_the_first(qtbot: QtBot, tmp_path: Path) -> None:
    name = door_name(tmp_path)
    assert not knock(name)
    door = FrontDoor(name)
    with qtbot.waitSignal(door.knocked):
        assert knock(name)
    door.close()
    assert not knock(name)
