"""`python -m tccc_desk.practice`: the practice gateway in a process of its own."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import locale
import os
import signal
import sys

from tccc_desk.texts.catalogue import Language

from .accounts import DEFAULT_DOMAIN
from .gateway import Settings
from .server import run, run_controlled


def main() -> int:
    """Parse the arguments, run, return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tccc_desk.practice", description=__doc__)
    parser.add_argument(
        "--host", default="127.0.0.1", help="address to bind; others than loopback are warned of"
    )
    parser.add_argument("--port", type=int, default=0, help="port for UDP and TCP; 0 finds a free one")
    parser.add_argument("--domain", default=DEFAULT_DOMAIN, help="instance domain")
    parser.add_argument("--control", action="store_true", help="JSON commands on stdin, JSON lines on stdout")
    parser.add_argument("--record-route", action="store_true", help="answer with a Record-Route, as a proxy")
    arguments = parser.parse_args()
    if not 0 <= arguments.port <= 65535:
        parser.error("--port is out of range")
    settings = Settings(
        host=arguments.host,
        port=arguments.port,
        domain=arguments.domain.lower(),
        record_route=arguments.record_route,
    )
    return asyncio.run(_main(settings, controlled=arguments.control))


async def _main(settings: Settings, *, controlled: bool) -> int:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):  # Windows: KeyboardInterrupt ends asyncio.run
            loop.add_signal_handler(number, stop.set)
    if controlled:
        return await run_controlled(settings, stop)
    running = asyncio.create_task(
        run(
            settings,
            language=_language(),
            say=_say,
        )
    )
    halted = asyncio.create_task(stop.wait())
    await asyncio.wait({running, halted}, return_when=asyncio.FIRST_COMPLETED)
    halted.cancel()
    running.cancel()
    try:
        await running
    except asyncio.CancelledError:
        return 0
    except OSError as error:
        sys.stderr.write(f"{error}\n")
        return 3
    return 0


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _language() -> Language:
    name = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or ""
    return "zh" if (name or locale.getlocale()[0] or "").lower().startswith("zh") else "en"


if __name__ == "__main__":
    sys.exit(main())
