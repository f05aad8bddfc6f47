"""The engine's process as the window sees it: frames in and out."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

from tccc_desk.engine.channel import Deframer, decode_event, frame
from tccc_desk.engine.commands import Command
from tccc_desk.engine.events import Event

E = TypeVar("E")


class Child:
    """One engine process and what it said."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.events: list[Event] = []
        self.octets = b""
        self._deframer = Deframer()

    def tell(self, *commands: Command) -> None:
        assert self.process.stdin is not None
        for command in commands:
            self.process.stdin.write(frame(command))

    async def hear(self, kind: type[E]) -> E:
        """The first event of a kind, reading what comes before it."""
        await self.until(lambda: any(isinstance(event, kind) for event in self.events))
        return self.said(kind)[0]

    async def until(self, condition: Callable[[], object], timeout_s: float = 20.0) -> None:
        """Read until what was heard fulfils `condition`."""
        assert self.process.stdout is not None
        async with asyncio.timeout(timeout_s):
            while not condition():
                data = await self.process.stdout.read(65536)
                assert data, "the engine ended"
                self.octets += data
                self.events += [decode_event(payload) for payload in self._deframer.feed(data)]

    def said(self, kind: type[E]) -> list[E]:
        """What of a kind was heard so far."""
        return [event for event in self.events if isinstance(event, kind)]

    async def ends(self) -> tuple[int, bytes]:
        """Its exit status and standard error."""
        async with asyncio.timeout(10):
            assert self.process.stdin is not None
            out, errors = await self.process.communicate()
            self.octets += out
            self.events += [decode_event(payload) for payload in self._deframer.feed(out)]
            status = await self.process.wait()
            return status, errors


@asynccontextmanager
async def child() -> AsyncIterator[Child]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tccc_desk.engine.child",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield Child(process)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
