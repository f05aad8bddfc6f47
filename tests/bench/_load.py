"""One engine under load, in a process and on a core of its own; run by `scale`.

    python -m tests.bench._load PLAN

PLAN is JSON: port, transport, trunks, idle_s, rates (calls a second and seconds, in pairs), held. It
prints one line of JSON for each stage. The engine runs as in the product, the log included; what it
says is thrown away.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

from tccc_desk.engine.commands import ConfigureTrunk, HangUp, PlaceTestCall, RegisterTrunk, Shutdown
from tccc_desk.engine.door import PREPARE_S, Engine
from tccc_desk.engine.events import (
    BindingEstablished,
    BindingRemoved,
    CallAnswered,
    CallEnded,
    CallPlaced,
    CommandRefused,
    Event,
    RegistrationFailed,
)
from tccc_desk.trunk.profile import Trunk
from tests.bench._messages import DOMAIN

TALK_S = 0.25
"""A call is hung up this long after its answer."""
PAGE = os.sysconf("SC_PAGE_SIZE")


def resident() -> int:
    """Octets of memory in use."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * PAGE


class Load:
    """The engine, what it has said in numbers, and the wait for a number."""

    def __init__(self, plan: dict[str, Any]) -> None:
        self.plan = plan
        self.count: Counter[str] = Counter()
        self.answer_ms: list[float] = []
        self._placed: dict[str, float] = {}
        self._numbers = 0
        self._changed = asyncio.Event()
        self.engine = Engine(self._hear)

    def _hear(self, event: Event) -> None:
        match event:
            case BindingEstablished(first=first):
                self.count["registered" if first else "refreshed"] += 1
            case CallAnswered():
                self.count["answered"] += 1
                self.answer_ms.append((time.monotonic() - self._placed.pop(event.call)) * 1000)
            case CallEnded():
                self.count["ended"] += 1
                self.count[f"{event.outcome} {event.status} {event.fault}"] += 1
            case CommandRefused() | RegistrationFailed():
                self.count[f"{type(event).__name__} {event.finding}"] += 1
            case BindingRemoved(confirmed=True):
                self.count["removed"] += 1
            case CallPlaced():
                self.count["placed"] += 1
            case _:
                return
        self._changed.set()

    async def until(self, what: str, number: int, seconds: float) -> None:
        """Wait until it has happened that often, or the time is over."""
        async with asyncio.timeout(seconds):
            while self.count[what] < number:
                self._changed.clear()
                await self._changed.wait()

    def say(self, stage: str, **values: object) -> None:
        """One line of the report."""
        print(json.dumps({"stage": stage, **values}), flush=True)

    async def run(self) -> None:
        """Everything in the plan."""
        await self.engine.start()
        await asyncio.sleep(2 * PREPARE_S)  # what calls need is loaded now, and is no trunk's memory
        await self.register()
        await self.idle()
        if self.plan["held"]:
            await self.hold(self.plan["held"])
        for rate, seconds in self.plan["rates"]:
            await self.call(rate, seconds)
        busy, begun = time.process_time(), time.monotonic()
        self.engine.submit(Shutdown(deadline_s=30.0))
        await self.engine.closed()
        self.say(
            "stop",
            removed=self.count["removed"],
            seconds=time.monotonic() - begun,
            cpu_ms=(time.process_time() - busy) * 1000 / self.plan["trunks"],
        )

    async def register(self) -> None:
        """Bind every trunk."""
        trunks = self.plan["trunks"]
        gc.collect()
        memory, busy, begun = resident(), time.process_time(), time.monotonic()
        for number in range(trunks):
            trunk = Trunk(
                name=f"trunk{number}",
                username=f"gateway{number}",
                domain=DOMAIN,
                server="127.0.0.1",
                port=self.plan["port"],
                transport=self.plan["transport"],
            )
            self.engine.submit(ConfigureTrunk(trunk=trunk, password="Practice2026"))
            self.engine.submit(RegisterTrunk(trunk=trunk.name))
            if number % 20 == 19:
                await asyncio.sleep(0)  # as a face would: the answers are heard in between
        with_all: dict[str, object] = {}
        try:
            await self.until("registered", trunks, 60)
        except TimeoutError:
            with_all["trouble"] = dict(self.count)
        busy, taken = time.process_time() - busy, time.monotonic() - begun
        await asyncio.sleep(self.plan["settle_s"])  # the last transactions end
        gc.collect()
        self.say(
            "register",
            registered=self.count["registered"],
            seconds=taken,
            cpu_ms=busy * 1000 / trunks,
            memory_kib=(resident() - memory) / 1024 / trunks,
            **with_all,
        )

    async def idle(self) -> None:
        """Let time pass; refreshes go on."""
        busy, refreshed = time.process_time(), self.count["refreshed"]
        await asyncio.sleep(self.plan["idle_s"])
        self.say(
            "idle",
            refreshed=self.count["refreshed"] - refreshed,
            cpu_percent=(time.process_time() - busy) * 100 / self.plan["idle_s"],
        )

    def place(self, duration_s: float | None) -> str:
        """One call, on the next trunk in turn."""
        self._numbers += 1
        call = f"call{self._numbers}"
        self._placed[call] = time.monotonic()
        self.engine.submit(
            PlaceTestCall(
                trunk=f"trunk{self._numbers % self.plan['trunks']}",
                call=call,
                caller="13800138000",
                line="02188886001",
                play="silence",
                ring_timeout_s=30.0,
                duration_s=duration_s,
            )
        )
        return call

    async def call(self, rate: float, seconds: float) -> None:
        """Set calls up at their times, and wait until all have ended."""
        self.count.clear()
        self.answer_ms.clear()
        loop = asyncio.get_running_loop()
        number = int(rate * seconds)
        behind = 0.0
        busy, begun, memory = time.process_time(), loop.time(), resident()
        for index in range(number):
            wait = begun + index / rate - loop.time()
            behind = max(behind, -wait)
            # What a stall of the machine held back comes at twice the rate, not as one burst.
            await asyncio.sleep(max(0.5 / rate, wait))
            self.place(TALK_S)
        trouble: dict[str, object] = {}
        try:
            await self.until("ended", number, 35)
        except TimeoutError:
            trouble["trouble"] = dict(self.count)
        busy = time.process_time() - busy
        self.answer_ms.sort()
        answered = self.count["answered"]
        self.say(
            "call",
            rate=rate,
            seconds=seconds,
            placed=number,
            answered=answered,
            lost=number - self.count["answered 200 "],
            outcomes={name: value for name, value in self.count.items() if " " in name},
            cpu_ms=busy * 1000 / number,
            cpu_percent=busy * 100 / seconds,
            answer_p50_ms=self.answer_ms[answered // 2] if answered else None,
            answer_p99_ms=self.answer_ms[answered * 99 // 100] if answered else None,
            behind_ms=behind * 1000,
            memory_kib=(resident() - memory) / 1024,
            **trouble,
        )

    async def hold(self, number: int) -> None:
        """Keep calls up at once: what one costs in memory."""
        self.count.clear()
        gc.collect()
        memory = resident()
        calls = [self.place(None) for _ in range(number)]
        await self.until("answered", number, 20)
        gc.collect()
        self.say("held", calls=number, memory_kib=(resident() - memory) / 1024 / number)
        for call in calls:
            self.engine.submit(HangUp(call=call))
        await self.until("ended", number, 20)


def main() -> None:
    plan = json.loads(sys.argv[1])
    cores = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, cores[:1])

    async def run() -> None:
        await Load(plan).run()

    with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
        runner.run(run())


if __name__ == "__main__":
    main()
