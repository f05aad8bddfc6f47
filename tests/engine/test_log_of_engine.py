"""The engine's process keeps its own log: all of it, past its death, and never at the cost of a call."""

from __future__ import annotations

import asyncio
import resource
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tccc_desk.engine.commands import ConfigureLog, ConfigureTrunk, RegisterTrunk, Shutdown
from tccc_desk.engine.events import LogFailed, LogGrown, Traced
from tccc_desk.trace import files
from tccc_desk.trace.book import LogBook
from tccc_desk.trace.query import Query
from tests.helpers.engine_child import Child, child
from tests.helpers.simulation import trunk_named
from tests.helpers.stream_server import stream_server

ALL = Query(machine_steps=True)
Ask = Callable[[int], None]


@asynccontextmanager
async def talking(engine: Child, folder: Path) -> AsyncIterator[Server]:
    """An engine that keeps its log in `folder`, connected to a server that asks it things."""
    server = Server()
    async with stream_server(server.talk) as port:
        engine.tell(
            ConfigureLog(folder=str(folder), max_octets=1 << 30, max_days=30, traced=False),
            ConfigureTrunk(trunk=trunk_named("t", server="127.0.0.1", port=port), password="Canary77"),
            RegisterTrunk(trunk="t"),
        )
        async with asyncio.timeout(20):
            await server.connected.wait()
        yield server


class Server:
    """Asks by OPTIONS, and counts the answers."""

    def __init__(self) -> None:
        self.connected = asyncio.Event()
        self.answered = 0
        self._asked = 0
        self._changed = asyncio.Condition()

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")  # REGISTER
        self._writer = writer
        self.connected.set()
        while line := await reader.readline():
            if line.startswith(b"SIP/2.0 "):
                async with self._changed:
                    self.answered += 1
                    self._changed.notify_all()

    async def ask(self, count: int) -> None:
        """Ask so many questions and wait for the answers."""
        for number in range(self._asked, self._asked + count):
            self._writer.write(
                b"OPTIONS sip:gateway01@127.0.0.1 SIP/2.0\r\n"
                b"Via: SIP/2.0/TCP 127.0.0.1;branch=z9hG4bKask%d\r\nMax-Forwards: 70\r\n"
                b"From: <sip:far@127.0.0.1>;tag=f%d\r\nTo: <sip:gateway01@127.0.0.1>\r\n"
                b"Call-ID: ask%d@127.0.0.1\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n"
                % (number, number, number)
            )
        self._asked += count
        async with asyncio.timeout(30), self._changed:
            await self._changed.wait_for(lambda: self.answered >= self._asked)


def stored(folder: Path) -> list[tuple[str, str]]:
    """Call-ID and way of every message that was asked or answered by OPTIONS, in order."""
    book = LogBook(folder)
    found = [one.entry for one in book.page(ALL, limit=100_000)]
    book.close()
    return [(one.call_id, one.direction) for one in found if one.kind == "message" and "ask" in one.call_id]


def asked(first: int, last: int) -> set[tuple[str, str]]:
    return {(f"ask{at}@127.0.0.1", way) for at in range(first, last) for way in ("received", "sent")}


async def test_five_thousand_messages_arrive_and_none_is_lost(tmp_path: Path) -> None:
    async with child() as engine, talking(engine, tmp_path) as server:
        await server.ask(2_500)
        await engine.until(lambda: sum(one.messages for one in engine.said(LogGrown)) >= 5_000)
        engine.tell(Shutdown(deadline_s=0.1))
        status, errors = await engine.ends()
    assert (status, errors) == (0, b"")
    found = stored(tmp_path)
    assert len(found) == 5_000
    assert set(found) == asked(0, 2_500)
    assert not engine.said(Traced)
    assert not engine.said(LogFailed)
    assert len(engine.said(LogGrown)) < 1_000


async def test_a_killed_engine_leaves_a_log_the_next_one_goes_on_with(tmp_path: Path) -> None:
    async with child() as engine, talking(engine, tmp_path) as server:
        await server.ask(300)
        await engine.until(lambda: sum(one.messages for one in engine.said(LogGrown)) >= 600)
        engine.process.kill()
        await engine.process.wait()
    assert set(stored(tmp_path)) == asked(0, 300)
    async with child() as engine, talking(engine, tmp_path) as server:
        await server.ask(300)
        engine.tell(Shutdown(deadline_s=0.1))
        assert await engine.ends() == (0, b"")
    assert len(stored(tmp_path)) == 1_200
    assert len(files.names(tmp_path)) == 1


async def test_a_full_disk_costs_the_log_and_not_the_call(tmp_path: Path) -> None:
    async with child() as engine, talking(engine, tmp_path) as server:
        await server.ask(10)
        await engine.hear(LogGrown)
        # No file of the engine grows any more: the system then refuses as it does on a full disk.
        resource.prlimit(engine.process.pid, resource.RLIMIT_FSIZE, (8_192, resource.RLIM_INFINITY))
        await server.ask(500)
        await engine.hear(LogFailed)
        await engine.until(lambda: len(handed(engine)) + len(stored(tmp_path)) >= 1_020)
        await server.ask(20)
        resource.prlimit(engine.process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
        engine.tell(Shutdown(deadline_s=0.1))
        assert await engine.ends() == (0, b"")
    (failed,) = engine.said(LogFailed)
    assert failed.detail
    assert {*handed(engine), *stored(tmp_path)} == asked(0, 530)


@pytest.mark.parametrize("place", ["/proc/self", "/dev/null/log"])
async def test_a_folder_nobody_may_write_is_said_once(place: str) -> None:
    async with child() as engine, talking(engine, Path(place)) as server:
        await server.ask(100)
        await engine.until(lambda: len(handed(engine)) >= 200)
        await server.ask(100)
        await engine.until(lambda: len(handed(engine)) >= 400)
        engine.tell(Shutdown(deadline_s=0.1))
        assert await engine.ends() == (0, b"")
    assert len(engine.said(LogFailed)) == 1
    assert set(handed(engine)) == asked(0, 200)
    assert not engine.said(LogGrown)


async def test_a_folder_removed_meanwhile_is_noticed(tmp_path: Path) -> None:
    folder = tmp_path / "log"
    async with child() as engine, talking(engine, folder) as server:
        await server.ask(10)
        await engine.until(lambda: sum(one.messages for one in engine.said(LogGrown)) >= 20)
        shutil.rmtree(folder)
        await server.ask(10)
        await engine.until(lambda: len(handed(engine)) >= 20)
        engine.tell(Shutdown(deadline_s=0.1))
        assert await engine.ends() == (0, b"")
    assert len(engine.said(LogFailed)) == 1
    assert set(handed(engine)) == asked(10, 20)
    assert not folder.exists()


def handed(engine: Child) -> list[tuple[str, str]]:
    """The same of what came by Traced instead."""
    entries = [entry for event in engine.said(Traced) for entry in event.entries]
    return [(one.call_id, one.direction) for one in entries if one.kind == "message" and "ask" in one.call_id]
