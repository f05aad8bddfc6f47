"""The engine as a child process: commands out, each event in as one queued signal.

Nothing of the engine runs in the window's process. The child's end is an event like any
other: made here when the child dies without having said it.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from tccc_desk.engine.channel import ChannelBroken, Deframer, decode_event, frame
from tccc_desk.engine.commands import Command, Shutdown
from tccc_desk.engine.events import EngineStopped

ENGINE = (sys.executable, "-m", "tccc_desk.engine.child")
READ_OCTETS = 65536
GRACE_S = 1.5
"""Beyond the deadline the engine was given, before its process is ended."""


def _environment() -> dict[str, str]:
    """Tell the child where this very package lives, whatever the working folder."""
    home, path = str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH")
    return {**os.environ, "PYTHONPATH": f"{home}{os.pathsep}{path}" if path else home}


class EngineBridge(QObject):
    """One child at a time. `received` carries events; connect it queued."""

    received = Signal(object)

    def __init__(self, argv: Sequence[str] = ENGINE) -> None:
        super().__init__()
        self._argv = tuple(argv)
        self._process: asyncio.subprocess.Process | None = None
        self._reader: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int:
        """Process id of the child, 0 while there is none."""
        return self._process.pid if self._process is not None else 0

    async def start(self) -> None:
        """Start the child. A child that cannot be started is an EngineStopped as well."""
        try:
            self._process = await asyncio.create_subprocess_exec(
                *self._argv,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                env=_environment(),
            )
        except OSError as error:
            self._say_stopped(crashed=True, detail=error.strerror or type(error).__name__)
            return
        self._reader = asyncio.create_task(self._read(self._process), name="engine events")

    def submit(self, command: Command) -> None:
        """Hand a command over; without a child it is dropped, the window already says why."""
        process = self._process
        if process is None or process.stdin is None or process.stdin.is_closing():
            return
        with contextlib.suppress(OSError, RuntimeError):
            process.stdin.write(frame(command))

    async def stop(self, deadline_s: float = 3.0) -> None:
        """Let the engine hang up and remove its bindings, then end it, gently or not."""
        reader = self._reader
        if self._process is None or reader is None:
            return
        self.submit(Shutdown(deadline_s=deadline_s))
        _, late = await asyncio.wait({reader}, timeout=deadline_s + GRACE_S)
        if late:
            self.kill()
            await asyncio.wait({reader}, timeout=GRACE_S)

    def kill(self) -> None:
        """End the child at once."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        said, detail = False, ""
        assert process.stdout is not None
        deframer = Deframer()
        try:
            while data := await process.stdout.read(READ_OCTETS):
                for payload in deframer.feed(data):
                    event = decode_event(payload)
                    said = said or isinstance(event, EngineStopped)
                    self.received.emit(event)
        except ChannelBroken as error:
            detail = str(error)
            self.kill()
        status = await self._ended(process)
        self._process = None
        if not said:
            self._say_stopped(crashed=True, detail=detail or f"exit status {status}")

    async def _ended(self, process: asyncio.subprocess.Process) -> int:
        if process.stdin is not None:
            process.stdin.close()
        try:
            return await asyncio.wait_for(process.wait(), GRACE_S)
        except TimeoutError:
            self.kill()
            return await process.wait()

    def _say_stopped(self, *, crashed: bool, detail: str) -> None:
        self.received.emit(EngineStopped(at=time.time(), crashed=crashed, detail=detail))
