"""`practice`: the practice gateway until interrupted."""

from __future__ import annotations

import asyncio
import signal

import msgspec

from tccc_desk.cli.exits import Exit
from tccc_desk.cli.output import Output
from tccc_desk.practice.events import Ready
from tccc_desk.practice.gateway import Settings
from tccc_desk.practice.server import run


def practice(port: int, output: Output) -> Exit:
    """Run the gateway on `port` (0: a free one). It ends with a signal, which is its ordinary end."""
    with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
        return runner.run(_practise(port, output))


async def _practise(port: int, output: Output) -> Exit:
    running = asyncio.create_task(
        run(
            Settings(port=port),
            language=output.language,
            say=output.remark if output.json else output.line,
            on_ready=(lambda ready: _introduce(ready, output)) if output.json else None,
        )
    )
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        try:
            loop.add_signal_handler(number, running.cancel)
        except NotImplementedError:  # Windows: KeyboardInterrupt cancels us
            break
    try:
        await running
    except asyncio.CancelledError:
        return Exit.INTERRUPTED
    except OSError as error:
        said = output.words("cli.error.port_taken", port=port, reason=error.strerror or type(error).__name__)
        output.fault("practice", "bind", "cli.error.port_taken", said)
    return Exit.FAULT


def _introduce(ready: Ready, output: Output) -> None:
    """Print where the gateway is, as soon as it is there: the one object of this command."""
    body = msgspec.to_builtins(ready)
    body.pop("event", None)
    output.result("practice", True, {"server": f"{ready.host}:{ready.port}", **body}, [])
