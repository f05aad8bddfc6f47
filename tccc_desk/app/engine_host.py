"""Keeps an engine running: starts the child, notices its death, starts it again with its trunks."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

from PySide6.QtCore import QObject, Qt

from tccc_desk.app.restarts import Restarts
from tccc_desk.engine.commands import Command, RegisterTrunk, UnregisterTrunk
from tccc_desk.engine.events import BindingRefused, EngineStopped, Event
from tccc_desk.ui.bridge import EngineBridge
from tccc_desk.ui.state import DeskState


class EngineHost(QObject):
    """Folds every event into the state. `wanted` are the trunks that are to be registered."""

    def __init__(
        self,
        state: DeskState,
        bridge: EngineBridge,
        restore: Callable[[str], Awaitable[None]],
        restarts: Restarts | None = None,
        *,
        begin: Callable[[], None] = lambda: None,
    ) -> None:
        """`begin` gives each engine the orders that must come before any trunk's."""
        super().__init__()
        self._state = state
        self._restore = restore
        self._restarts = restarts or Restarts()
        self._begin = begin
        self._closing = False
        self._again: asyncio.Task[None] | None = None
        self.bridge = bridge
        self.wanted: set[str] = set()
        bridge.received.connect(self._take, Qt.ConnectionType.QueuedConnection)

    async def start(self) -> None:
        """Start the engine's process."""
        await self.bridge.start()
        self._begin()

    def submit(self, command: Command) -> None:
        """Hand a command to the engine and remember what it means for a restart."""
        if isinstance(command, RegisterTrunk):
            self.wanted.add(command.trunk)
        elif isinstance(command, UnregisterTrunk):
            self.wanted.discard(command.trunk)
        self.bridge.submit(command)

    async def close(self) -> None:
        """Hang up, remove our bindings, end the process."""
        self._closing = True
        if self._again is not None:
            self._again.cancel()
        await self.bridge.stop()

    def restart(self) -> None:
        """Start a dead engine again, at the admin's wish."""
        if self.bridge.pid == 0 and not self._closing:
            self._restart_in(0.0)

    def _take(self, event: Event) -> None:
        if isinstance(event, EngineStopped) and event.crashed and not self._closing:
            delay = self._restarts.delay(time.monotonic())
            self._state.restarting = delay is not None
            if delay is not None:
                self._restart_in(delay)
        elif isinstance(event, BindingRefused):
            self.wanted.discard(event.trunk)  # a refusal is final: a restart must not ask again
        self._state.take(event)

    def _restart_in(self, delay: float) -> None:
        self._again = asyncio.ensure_future(self._start_again(delay))

    async def _start_again(self, delay: float) -> None:
        await asyncio.sleep(delay)
        await self.bridge.start()
        self._begin()
        for name in sorted(self.wanted):
            await self._restore(name)
