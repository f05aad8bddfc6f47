"""Trunks and calls on one core, with the cost of each; the far end runs on the other cores."""

from __future__ import annotations

import asyncio
import json
import os
import resource
import sys
from collections import Counter
from typing import Any

from tests.bench._far_end import FarEnd

SHORT = os.environ.get("BENCH") == "short"


async def load(**plan: Any) -> tuple[list[dict[str, Any]], FarEnd]:
    """Run one engine through a plan; its stages, and the far end with what it heard."""
    far_end = FarEnd(plan.pop("expires_s", 600))
    await far_end.start()
    filled = {"transport": "udp", "idle_s": 2.0, "settle_s": 0.2, "rates": [], "held": 0, **plan}
    program = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.bench._load", json.dumps({"port": far_end.port, **filled})),
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(180):
            output, _ = await program.communicate()
    finally:
        if program.returncode is None:
            program.kill()
            await program.wait()
        far_end.stop()
    return [json.loads(line) for line in output.splitlines()], far_end


async def trunks() -> None:
    """Registering, idling and refreshing, by the number of trunks."""
    print(
        "trunks  by   registered     in s  CPU ms each  KiB each  idle CPU %  removed     in s  CPU ms each"
    )
    for transport in ("udp", "tcp"):
        for number in (10, 100, 1000):
            stages, _ = await load(transport=transport, trunks=number)
            one, idle, stop = stages
            bound = f"{number:6d}  {transport}  {one['registered']:10d} {one['seconds']:8.2f}"
            print(
                f"{bound} {one['cpu_ms']:12.2f} {one['memory_kib']:9.1f} {idle['cpu_percent']:11.2f}"
                f" {stop['removed']:8d} {stop['seconds']:8.2f} {stop['cpu_ms']:12.2f}" + _trouble(one),
                flush=True,
            )


async def calls() -> None:
    """Setting up, answering and ending, by the calls a second."""
    print(
        "calls/s  for s  trunks  by   placed  lost  CPU ms each  CPU %  answer p50 ms"
        "  p99 ms  behind ms  KiB kept"
    )
    full = 10 if SHORT else 60
    for transport, trunks, rates in (
        ("udp", 10, [(10, 5), (50, 5), (100, 5)]),
        ("udp", 1000, [(100, full)]),
        ("tcp", 10, [(100, 5)]),
    ):
        # With a thousand trunks, each refreshes once while the calls are set up.
        stages, far_end = await load(
            transport=transport,
            trunks=trunks,
            rates=rates,
            idle_s=0.5,
            held=90,
            expires_s=(20 if SHORT else 60) if trunks == 1000 else 600,
        )
        for one in stages:
            if one["stage"] == "call":
                print(
                    f"{one['rate']:7d} {one['seconds']:6d} {trunks:7d}  {transport} {one['placed']:8d}"
                    f" {one['lost']:5d} {one['cpu_ms']:12.2f} {one['cpu_percent']:6.1f}"
                    f" {one['answer_p50_ms'] or 0:14.1f} {one['answer_p99_ms'] or 0:7.1f}"
                    f" {one['behind_ms']:10.1f} {one['memory_kib']:9.0f}"
                    + (f"  {one['outcomes']}" if one["lost"] else "")
                    + _trouble(one),
                    flush=True,
                )
            elif one["stage"] == "held":
                print(f"{one['calls']} calls up at once: {one['memory_kib']:.1f} KiB each", flush=True)
        if trunks == 1000:
            print(_spread(far_end, stages[0]), flush=True)


def _spread(far_end: FarEnd, registered: dict[str, Any]) -> str:
    """How far apart trunks that were registered at once refresh."""
    refreshed = far_end.granted_at[1000:2000]
    seconds = Counter(int(at - far_end.granted_at[0]) for at in refreshed)
    return (
        f"1000 trunks registered within {registered['seconds']:.1f} s: {len(refreshed)} refreshes over "
        f"{len(seconds)} s, most in one second {max(seconds.values(), default=0)}"
    )


def _trouble(stage: dict[str, Any]) -> str:
    return f"  {stage['trouble']}" if "trouble" in stage else ""


def main() -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(8192, hard), hard))
    for part in (trunks, calls):
        asyncio.run(part())


if __name__ == "__main__":
    main()
