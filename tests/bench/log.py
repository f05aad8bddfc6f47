"""The stored log: read at a million messages, and written at 5,000 a second while a call's sound goes on.

The reader is a process of its own, so that its memory is its own. Goals: opened within a second, the first
page within 100 ms (p99) by token, by Call-ID, by substring, any page within 16 ms, a first page within a
second while nothing is indexed yet; nothing lost of 5,000 a second for a minute, and sound no later for it.
`python -m tests.bench.log [MESSAGES]`
"""

from __future__ import annotations

import asyncio
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from tccc_desk.engine.channel import frame
from tccc_desk.engine.commands import ConfigureLog, ConfigureTrunk, PlaceTestCall, RegisterTrunk, Shutdown
from tccc_desk.trace import files, indexing
from tccc_desk.trace.book import LogBook
from tccc_desk.trace.query import Query
from tccc_desk.trunk.profile import Trunk
from tests.bench._far_end import _Stream
from tests.bench._messages import DOMAIN
from tests.bench.pacing import CALLER, LINE, Line, Receiver, figures
from tests.helpers.log_entries import call_id, store, word

SHORT = os.environ.get("BENCH") == "short"
SECONDS = 5.0 if SHORT else 60.0
ASKED = 2_500
"""Requests a second; each is answered, which makes two messages."""
TURNS = 50 if SHORT else 200
EVERY_S = 0.02
SIZE, DAYS = 1 << 34, 30


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000 if SHORT else 1_000_000
    with tempfile.TemporaryDirectory() as home:
        folder = Path(home) / "log"
        begun = time.perf_counter()
        _child("fill", folder, count)
        took = time.perf_counter() - begun
        octets = sum(files.size(files.segment_path(folder, name)) for name in files.names(folder))
        said = f"{count:,} entries in {len(files.names(folder))} segments, {octets / 1e6:.0f} MB"
        print(f"{said}, written at {count / took:,.0f} a second", flush=True)
        _child("scan", folder, count)
        upkeep = indexing.start(folder, SIZE, DAYS)
        begun = time.perf_counter()
        _child("follow", folder, count)
        print(f"indexed at {count / (time.perf_counter() - begun):,.0f} a second, read from meanwhile")
        assert upkeep.stdin is not None
        upkeep.stdin.close()
        upkeep.wait()
        index = sum(files.size(files.index_path(folder, name)) for name in files.names(folder))
        print(f"the index takes {index / 1e6:.0f} MB", flush=True)
        _child("read", folder, count)
    asyncio.run(write())


def _child(what: str, folder: Path, count: int) -> None:
    command = [sys.executable, "-m", "tests.bench.log", f"--{what}", str(folder), str(count)]
    subprocess.run(command, check=True)


def _worst(name: str, queries: Iterator[Callable[[], object]], turns: int) -> None:
    took: list[float] = []
    for _ in range(turns):
        ask = next(queries)
        begun = time.perf_counter()
        ask()
        took.append((time.perf_counter() - begun) * 1000)
    took.sort()
    p50, p99 = took[turns // 2], took[min(turns - 1, turns * 99 // 100)]
    print(f"  {name:34} p50 {p50:7.2f}  p99 {p99:7.2f}  longest {took[-1]:7.2f} ms", flush=True)


def _wishes(book: LogBook, count: int) -> dict[str, Iterator[Callable[[], object]]]:
    """What is asked for: the same seed, so that every run asks the same."""
    dice = random.Random(5)
    calls = count // 6

    def asking(make: Callable[[int], Query]) -> Iterator[Callable[[], object]]:
        while True:
            query = make(dice.randrange(calls))
            yield lambda query=query: book.page(query)

    def rows() -> Iterator[Callable[[], object]]:
        while True:
            row = dice.randrange(count * 5 // 6)
            yield lambda row=row: book.page_at(row)

    return {
        "newest page, no filter": asking(lambda _: Query()),
        "any page, by row number": rows(),
        "by token (a branch)": asking(lambda call: Query(text=f"z9hG4bK{word('branch', call, 2)[:20]}")),
        "by Call-ID, typed": asking(lambda call: Query(text=call_id(call))),
        "by Call-ID, chosen": asking(lambda call: Query(call_id=call_id(call))),
        "by substring (8 within a word)": asking(lambda call: Query(text=word("tag", call)[2:10])),
        "by 7 of a number, all much alike": asking(lambda call: Query(text=f"138{call:08d}"[3:10])),
        "by substring that is nowhere": asking(lambda call: Query(text=f"no{call}where")),
        "only problems": asking(lambda _: Query(only_problems=True)),
        "486 of INVITE": asking(lambda _: Query(methods=("INVITE",), status_classes=(4,))),
    }


def _opened(folder: Path) -> LogBook:
    begun = time.perf_counter()
    book = LogBook(folder)
    book.page(Query())
    print(f"  opened, newest page read: {(time.perf_counter() - begun) * 1000:.0f} ms", flush=True)
    return book


def scan(folder: Path, count: int) -> None:
    """Nothing is indexed: what is new is found at once, what is old by going on from page to page."""
    print("nothing indexed yet")
    book = _opened(folder)
    for name in ("by substring (8 within a word)", "by substring that is nowhere"):
        _worst(f"{name}, first answer", _wishes(book, count)[name], 10)


def follow(folder: Path, count: int) -> None:
    """Ask on until everything is indexed."""
    book = LogBook(folder)
    longest, turns = 0.0, 0
    wishes = _wishes(book, count)["by substring (8 within a word)"]
    while book.index_progress() < 0.999:
        ask = next(wishes)
        begun = time.perf_counter()
        ask()
        longest, turns = max(longest, time.perf_counter() - begun), turns + 1
        time.sleep(0.2)
        book.refresh()
    print(f"while it is indexed: first answer to a substring within {longest * 1000:.0f} ms, {turns} asked")


def read(folder: Path, count: int) -> None:
    """Everything is indexed."""
    print("indexed")
    book = _opened(folder)
    for name, wishes in _wishes(book, count).items():
        _worst(name, wishes, TURNS)
    print(
        f"  the reader's memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB at most"
    )


class Flood(Line):
    """Answers a call with the receiver's port, and asks by OPTIONS."""

    def __init__(self, ports: list[int]) -> None:
        super().__init__(ports)
        self.stream: asyncio.Transport | None = None

    async def start(self) -> None:
        far_end = self

        class Kept(_Stream):
            def connection_made(self, transport: asyncio.BaseTransport) -> None:
                super().connection_made(transport)
                far_end.stream = self._transport

        server = await asyncio.get_running_loop().create_server(lambda: Kept(self), "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        self._closing = [server.close]

    async def ask(self, seconds: float) -> int:
        """Ask at the rate; gives how many, all of them answered."""
        assert self.stream is not None
        begun, asked = time.monotonic(), 0
        while (passed := time.monotonic() - begun) < seconds:
            for number in range(asked, int(passed * ASKED)):
                self.stream.write(_options(number))
            asked = int(passed * ASKED)
            await asyncio.sleep(EVERY_S)
        async with asyncio.timeout(60):
            while self.heard["SIP/2.0"] < asked:  # noqa: ASYNC110
                await asyncio.sleep(EVERY_S)
        return asked


def _options(number: int) -> bytes:
    return (
        b"OPTIONS sip:gateway01@127.0.0.1 SIP/2.0\r\n"
        b"Via: SIP/2.0/TCP 127.0.0.1;branch=z9hG4bKask%d\r\nMax-Forwards: 70\r\n"
        b"From: <sip:far@127.0.0.1>;tag=f%d\r\nTo: <sip:gateway01@127.0.0.1>\r\n"
        b"Call-ID: ask%d@127.0.0.1\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n" % (number, number, number)
    )


async def write() -> None:
    """Sound beside nothing, beside the messages, and beside the messages with their log."""
    print(f"an engine with a call's sound, {ASKED:,} requests a second for {SECONDS:.0f} s, each answered")
    await _written("the call alone", None, flood=False)
    await _written("messages, no log", None, flood=True)
    with tempfile.TemporaryDirectory() as home:
        folder = Path(home)
        upkeep = indexing.start(folder, SIZE, DAYS)
        asked = await _written("messages, logged and indexed", folder, flood=True)
        assert upkeep.stdin is not None
        upkeep.stdin.close()
        upkeep.wait()
        book = LogBook(folder)
        print(f"  asked and answered {2 * asked:,}, in the log {_stored(book):,}", flush=True)
        book.close()


def _stored(book: LogBook) -> int:
    found, place = 0, None
    while page := book.page(Query(methods=("OPTIONS",)), before=place, limit=5_000):
        found, place = found + len(page), page[0].position
    return found


async def _written(name: str, folder: Path | None, *, flood: bool) -> int:
    receiver = Receiver()
    far_end = Flood(receiver.ports)
    await far_end.start()
    trunk = Trunk(
        name="t", username="gateway01", domain=DOMAIN, server="127.0.0.1", port=far_end.port, transport="tcp"
    )
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tccc_desk.engine.child"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.DEVNULL,
    )
    assert process.stdin is not None
    log = ConfigureLog(folder=str(folder or ""), max_octets=SIZE, max_days=DAYS, traced=False)
    for command in (
        log,
        ConfigureTrunk(trunk=trunk, password="Practice2026"),
        RegisterTrunk(trunk="t"),
        PlaceTestCall(trunk="t", call="c", caller=CALLER, line=LINE, play="tone", duration_s=None),
    ):
        process.stdin.write(frame(command))
    ours = receiver.came[receiver.ports[0]]
    async with asyncio.timeout(20):
        while not ours:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    await asyncio.sleep(1.0)
    receiver.forget()
    before = _seconds_of_cpu(process.pid)
    asked = await far_end.ask(SECONDS) if flood else 0
    if not flood:
        await asyncio.sleep(SECONDS)
    busy = (_seconds_of_cpu(process.pid) - before) / SECONDS
    print(f"  {name:29}{figures(list(ours))}  {busy * 100:.0f} % of a core", flush=True)
    process.stdin.write(frame(Shutdown(deadline_s=1.0)))
    async with asyncio.timeout(15):
        await process.wait()
    far_end.stop()
    return asked


def _seconds_of_cpu(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def fill(folder: Path, count: int) -> None:
    """Write the log, as it would be after a run that long."""
    store(folder, count, start=time.time() - count * 0.01)


if __name__ == "__main__":
    if sys.argv[1:2] and sys.argv[1].startswith("--"):
        {"--fill": fill, "--scan": scan, "--follow": follow, "--read": read}[sys.argv[1]](
            Path(sys.argv[2]), int(sys.argv[3])
        )
    else:
        main()
