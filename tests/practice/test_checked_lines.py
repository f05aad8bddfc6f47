"""A check's step 2 at every line of the practice gateway, all at once: call-only trunks, one engine."""

from __future__ import annotations

import asyncio

from tccc_desk.engine.commands import ConfigureTrunk, RunCheck, Shutdown
from tccc_desk.engine.door import Engine
from tccc_desk.engine.events import CheckFinished, Event
from tccc_desk.practice.client import PracticeProcess
from tccc_desk.practice.lines import LINES, STEM
from tests.helpers.simulation import trunk_named

EXPECTED = {
    "00": ("called", "none"),
    "01": ("called", "none"),
    "02": ("called", "none"),
    "03": ("call-busy", "beyond"),
    "04": ("call-no-answer", "beyond"),
    "05": ("call-unavailable", "beyond"),
    "06": ("call-line-down", "beyond"),
    "07": ("call-declined", "beyond"),
    "08": ("call-forbidden", "beyond"),
    "09": ("call-unknown-number", "configuration"),
    "10": ("call-codec", "configuration"),
    "11": ("called", "none"),
    "12": ("deaf", "network"),
    "13": ("call-redirected", "beyond"),
    "14": ("call-fault", "beyond"),
    "15": ("call-slow", "beyond"),
    "16": ("far-end-silent", "beyond"),
    "17": ("deaf", "network"),
    "18": ("deaf", "network"),
    "19": ("mute", "network"),
    "20": ("called", "none"),
    "21": ("called", "none"),
    "22": ("called", "none"),
    "23": ("far-end-silent", "beyond"),
    "24": ("far-end-silent", "beyond"),
    "55": ("call-unknown-number", "configuration"),
}
UNDECIDED = ("06", "08", "13", "14")
"""Told by their 300 ms alone, which beside 25 others on a busy machine may decide nothing, or look prompt."""


async def test_every_line_has_its_verdict() -> None:
    verdicts: dict[str, tuple[str, str]] = {}
    done = asyncio.Event()

    def hear(event: Event) -> None:
        if isinstance(event, CheckFinished):
            verdicts[event.check] = (event.verdict.id, event.verdict.side)
            if len(verdicts) == len(EXPECTED):
                done.set()

    async with PracticeProcess() as gateway:
        engine = Engine(hear)
        await engine.start()
        at = {"server": gateway.ready.host, "port": gateway.ready.port, "register": False}
        for line in EXPECTED:
            trunk = trunk_named(line, **at)
            engine.submit(ConfigureTrunk(trunk=trunk, password=gateway.password()))
            engine.submit(
                RunCheck(
                    trunk=line,
                    check=line,
                    caller="13800138000",
                    line=STEM + line,
                    ring_timeout_s=5.0,
                    transports=("tcp",),
                )
            )
        try:
            await asyncio.wait_for(done.wait(), 50)
        finally:
            engine.submit(Shutdown(deadline_s=1.0))
            await engine.closed()
    for line in UNDECIDED:
        word, side = verdicts[line]
        assert side in {"beyond", "unknown", "provider_edge"}, (line, side)
        verdicts[line] = (word, "beyond")
    assert verdicts == EXPECTED
    assert {line.digits for line in LINES} - set(EXPECTED) == {"77"}  # pyVoIP's phone is no fault
