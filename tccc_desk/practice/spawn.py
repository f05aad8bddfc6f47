"""How a Python child of ours is started: same interpreter, same package, nothing else shared."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

LINE_LIMIT = 1 << 20


async def spawn(module: str, *arguments: str) -> asyncio.subprocess.Process:
    """Start `python -m module` with pipes on stdin and stdout. Raises OSError.

    Arguments are visible to every user of the machine: no secret goes there, nor into the
    environment, which only learns where this very package lives.
    """
    home = str(Path(__file__).parents[2])
    path = os.environ.get("PYTHONPATH")
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        module,
        *arguments,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        limit=LINE_LIMIT,
        env={**os.environ, "PYTHONPATH": f"{home}{os.pathsep}{path}" if path else home},
    )


async def end(process: asyncio.subprocess.Process, patience_s: float) -> None:
    """Close its stdin, which ends children of ours; kill one that does not care."""
    if process.stdin is not None:
        process.stdin.close()
    try:
        await asyncio.wait_for(process.wait(), patience_s)
    except TimeoutError:
        process.kill()
        await process.wait()
