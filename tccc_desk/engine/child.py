"""The engine as the window's child process: `python -m tccc_desk.engine.child`.

Frames on standard input and output (`engine.channel`). It has a process of its own so that
nothing the window does can delay a packet or show up as jitter that is not the network's.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import queue
import signal
import sys
import threading
import time
from typing import BinaryIO

from tccc_desk.engine.channel import ChannelBroken, Deframer, decode_command, frame
from tccc_desk.engine.commands import Command, Shutdown
from tccc_desk.engine.door import Engine
from tccc_desk.engine.events import CallRefused, Event, MediaMeasured, Traced, TraceDropped

LAG_FRAMES = 200
"""Unread frames beyond which measurements are dropped; call events never are."""
LAG_OCTETS = 33_554_432
"""Unread octets beyond which log entries and refusals of strangers are dropped, too: a flood of messages
before a window that stands still must not take all memory."""
READ_OCTETS = 65_536


class Writer(threading.Thread):
    """Writes frames on a thread of its own: a window that lags must not hold up a call."""

    def __init__(self, stream: BinaryIO) -> None:
        super().__init__(name="channel-writer", daemon=True)
        self._stream = stream
        self._frames: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._dropped = 0
        self._queued = self._written = 0
        """Octets, each counted by one thread only."""

    def write(self, event: Event) -> None:
        """Queue an event; what can be spared may be dropped instead, and that is said later."""
        lagging = self._frames.qsize() > LAG_FRAMES
        flooded = self._queued - self._written > LAG_OCTETS
        if (lagging and isinstance(event, MediaMeasured)) or (
            flooded and isinstance(event, Traced | CallRefused)
        ):
            self._dropped += 1
            return
        if self._dropped and not lagging:
            self._put(TraceDropped(at=time.time(), measurements=self._dropped))
            self._dropped = 0
        self._put(event)

    def _put(self, event: Event) -> None:
        octets = frame(event)
        self._queued += len(octets)
        self._frames.put(octets)

    def finish(self) -> None:
        """Write what is queued, then end; give a window that does not read two seconds."""
        self._frames.put(None)
        self.join(2.0)

    def run(self) -> None:
        """Thread body."""
        with contextlib.suppress(OSError, ValueError):  # the window is gone
            while (octets := self._frames.get()) is not None:
                self._stream.write(octets)
                self._stream.flush()
                self._written += len(octets)


def read_commands(stream: BinaryIO, loop: asyncio.AbstractEventLoop, engine: Engine) -> None:
    """Thread body: hand each command to the loop; end of input is a shutdown.

    A thread, because a selector loop cannot read pipes on every system.
    """

    def submit(command: Command) -> None:
        with contextlib.suppress(RuntimeError):  # the loop has closed
            loop.call_soon_threadsafe(engine.submit, command)

    deframer = Deframer()
    try:
        while data := os.read(stream.fileno(), READ_OCTETS):
            for payload in deframer.feed(data):
                submit(decode_command(payload))
    except (ChannelBroken, OSError) as error:
        sys.stderr.write(f"engine: {error}\n")
    submit(Shutdown())


async def serve(commands: BinaryIO, events: BinaryIO) -> None:
    """Run an engine until it is told to shut down or its input ends."""
    writer = Writer(events)
    writer.start()
    engine = Engine(writer.write)
    await engine.start()
    loop = asyncio.get_running_loop()
    threading.Thread(
        target=read_commands, args=(commands, loop, engine), name="channel-reader", daemon=True
    ).start()
    await engine.closed()
    writer.finish()


def main() -> None:
    """Entry point of the child."""
    # Ctrl-C in the terminal that started the window reaches us too; the window decides.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    events = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # nothing but frames may reach the channel
    # A collection over the start-up's objects would hole the packet schedule for nothing.
    gc.collect()
    gc.freeze()
    loop = asyncio.SelectorEventLoop()
    try:
        loop.run_until_complete(serve(sys.stdin.buffer, events))
    finally:
        loop.close()


if __name__ == "__main__":
    main()
