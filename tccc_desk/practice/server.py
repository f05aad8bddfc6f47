"""Running the gateway: for a person at a terminal, or under the control of a program."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import os
import sys
import threading
from collections.abc import Callable

import msgspec

from tccc_desk.texts.catalogue import Language, text

from .control import MAX_LINE, carry_out, encode_line
from .events import Event, NotStarted, Ready, Stopped, Troubled
from .gateway import Gateway, Settings


async def run(
    settings: Settings,
    *,
    language: Language = "en",
    say: Callable[[str], None] = print,
    on_ready: Callable[[Ready], None] | None = None,
) -> None:
    """Run until cancelled, telling a person what happens, a line at a time. Raises OSError."""

    def tell(event: Event) -> None:
        say(described(event, language))

    gateway = Gateway(settings, tell)
    ready = await gateway.start()
    try:
        if on_ready is not None:
            on_ready(ready)
        else:
            for line in introduction(ready, language):
                say(line)
        if not is_loopback(settings.host):
            say(text("practice.warning.not-loopback", language, host=settings.host))
        await asyncio.Event().wait()
    finally:
        await gateway.close()


async def run_controlled(settings: Settings, stop: asyncio.Event) -> int:
    """Run until stdin closes, "quit" comes or `stop` is set; return the exit code."""
    loop = asyncio.get_running_loop()
    lines: asyncio.Queue[bytes | None] = asyncio.Queue()

    def write(line: bytes) -> None:
        try:
            sys.stdout.buffer.write(line)
            sys.stdout.buffer.flush()
        except OSError:  # our parent is gone, so are we
            stop.set()

    gateway = Gateway(settings, lambda event: write(encode_line(event)))
    try:
        ready = await gateway.start()
    except OSError as error:
        write(encode_line(NotStarted(why=str(error))))
        return 3
    write(encode_line(ready))
    if not is_loopback(settings.host):
        write(encode_line(Troubled(kind="not-loopback", detail=settings.host)))
    _read_stdin(loop, lines)
    halted = asyncio.create_task(stop.wait())
    try:
        while True:
            coming = asyncio.create_task(lines.get())
            await asyncio.wait({coming, halted}, return_when=asyncio.FIRST_COMPLETED)
            line = coming.result() if coming.done() else None
            coming.cancel()
            if line is None or (reply := carry_out(line, gateway)) is None:
                break
            write(encode_line(reply))
    finally:
        halted.cancel()
        await gateway.close()
    write(encode_line(Stopped()))
    return 0


def _read_stdin(loop: asyncio.AbstractEventLoop, lines: asyncio.Queue[bytes | None]) -> None:
    """Carry stdin's lines to the loop by a thread: loops cannot read pipes everywhere."""

    def read() -> None:
        # By os.read: a thread inside sys.stdin.buffer would abort the interpreter at its end.
        rest = b""
        with contextlib.suppress(RuntimeError):  # the loop has closed
            while data := os.read(descriptor, MAX_LINE):
                *complete, rest = (rest + data).split(b"\n")
                if len(rest) > MAX_LINE:  # no command is that long: let it be refused as it is
                    complete, rest = [*complete, rest], b""
                for line in complete:
                    loop.call_soon_threadsafe(lines.put_nowait, line)
            loop.call_soon_threadsafe(lines.put_nowait, None)

    descriptor = sys.stdin.fileno()

    threading.Thread(target=read, name="practice control", daemon=True).start()


def is_loopback(host: str) -> bool:
    """Whether an address to bind is one nobody else can reach."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def introduction(ready: Ready, language: Language) -> list[str]:
    """What a person needs to know to use the gateway, line by line."""
    lines = [
        text("practice.intro.server", language, host=ready.host, port=ready.port),
        text("practice.intro.domain", language, domain=ready.domain),
    ]
    lines += [
        text("practice.intro.account", language, username=each.username, password=each.password)
        for each in ready.accounts
    ]
    lines.append(text("practice.intro.lines", language))
    lines += [f"  {line.number}  {line.zh if language == 'zh' else line.en}" for line in ready.lines]
    return lines


def described(event: Event, language: Language) -> str:
    """An event as a sentence."""
    fields = msgspec.to_builtins(event)
    return text(f"practice.event.{fields.pop('event')}", language, **fields)
