"""The gateway's end of pyVoIP's phone: starts its process, learns when it is there, survives its death."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable

import msgspec

from .phone import PhoneSettings, PhoneTold
from .spawn import end, spawn

START_TIMEOUT_S = 15.0


class PhoneProcess:
    """One process at a time; `told` hears every line of it, and "gone" when it ended."""

    def __init__(self, settings: PhoneSettings, told: Callable[[PhoneTold], None]) -> None:
        self._settings = settings
        self._told = told
        self._process: asyncio.subprocess.Process | None = None
        self._reader: asyncio.Task[None] | None = None
        self._starting = asyncio.Lock()
        self._ready = asyncio.Event()

    @property
    def pid(self) -> int | None:
        """Process id, None when it does not run."""
        return self._process.pid if self._process is not None else None

    async def ensure(self) -> bool:
        """Start the phone if it does not run; whether it registered in time."""
        async with self._starting:
            if self._process is None:
                await self._start()
            try:
                await asyncio.wait_for(self._ready.wait(), START_TIMEOUT_S)
            except TimeoutError:
                return False
            return self._process is not None

    async def stop(self) -> None:
        """End the process; returns when it is gone."""
        process = self._process
        if process is None:
            return
        await end(process, 2.0)
        if self._reader is not None:
            await self._reader

    async def _start(self) -> None:
        self._ready.clear()
        try:
            process = await spawn("tccc_desk.practice.phone")
        except OSError as error:
            self._told(PhoneTold(state="failed", detail=str(error)))
            self._ready.set()
            return
        self._process = process
        self._told(PhoneTold(state="starting"))
        self._reader = asyncio.create_task(self._read(process))
        assert process.stdin is not None
        with contextlib.suppress(ConnectionError):
            process.stdin.write(msgspec.json.encode(self._settings) + b"\n")
            await process.stdin.drain()

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        with contextlib.suppress(ValueError):  # a line beyond the limit: not ours
            while line := await process.stdout.readline():
                with contextlib.suppress(msgspec.DecodeError):
                    told = msgspec.json.decode(line, type=PhoneTold)
                    if told.state == "ready":
                        self._ready.set()
                    self._told(told)
        await process.wait()
        self._process = None
        self._ready.set()
        self._told(PhoneTold(state="gone"))
