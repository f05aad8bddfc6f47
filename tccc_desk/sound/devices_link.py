"""The engine's end of one sound devices' process: started, read by a thread, ended for certain."""

from __future__ import annotations

import contextlib
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence

import msgspec

from tccc_desk.sound.devices_wire import DeviceFault, Unwire, WireBroken, wire

COMMAND = (sys.executable, "-m", "tccc_desk.sound.device_process")
_UNWRITTEN_MOST = 25
"""Frames for a process that does not read; then the newest are left out. Half a second."""


class Link:
    """A process and its pipes. `on_frame` and `on_end` are called on the reader's thread.

    `on_end` comes exactly once, also for a process that could not be started.
    """

    def __init__(
        self,
        arguments: Sequence[str],
        on_frame: Callable[[Link, bytes, bytes], None],
        on_end: Callable[[Link, DeviceFault], None],
    ) -> None:
        self._on_frame = on_frame
        self._on_end = on_end
        self._unwritten: queue.Queue[bytes | None] = queue.Queue(_UNWRITTEN_MOST)
        self._process: subprocess.Popen[bytes] | None = None
        self._ended = threading.Lock()
        self._reader = threading.Thread(
            target=self._run, args=(tuple(arguments),), name="sound-reader", daemon=True
        )
        self._reader.start()

    def send(self, kind: bytes, payload: bytes) -> None:
        """Queue a frame; never blocks."""
        with contextlib.suppress(queue.Full):
            self._unwritten.put_nowait(wire(kind, payload))

    def kill(self) -> None:
        """End the process at once, whatever it waits for. Its end is told by `on_end`."""
        self._ended.acquire(blocking=False)
        process = self._process
        if process is not None:
            process.kill()

    @property
    def running(self) -> bool:
        """Whether the process, or its reader, is still there."""
        return self._reader.is_alive()

    def join(self, timeout_s: float) -> None:
        """Wait for the reader's end, after which there is no process any more."""
        self._reader.join(timeout_s)

    def _run(self, arguments: tuple[str, ...]) -> None:
        try:
            process = self._process = subprocess.Popen(  # noqa: S603 - our own module and device ids, no shell
                [*COMMAND, *arguments],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            )
        except (OSError, ValueError) as error:  # an id can hold what no argument may
            self._on_end(self, DeviceFault("process-died", str(error)))
            return
        if self._ended.locked():  # killed while it was being started
            process.kill()
        assert process.stdin is not None
        assert process.stdout is not None
        writer = threading.Thread(
            target=self._write, args=(process.stdin.fileno(),), name="sound-writer", daemon=True
        )
        writer.start()
        cutter = Unwire()
        try:
            while data := os.read(process.stdout.fileno(), 65_536):
                for kind, payload in cutter.feed(data):
                    self._on_frame(self, kind, payload)
        except (OSError, WireBroken, msgspec.DecodeError, msgspec.ValidationError):
            pass  # a process that writes nonsense ends like one that died
        process.kill()
        status = process.wait()
        while writer.is_alive():  # its pipe is broken now
            with contextlib.suppress(queue.Full):
                self._unwritten.put_nowait(None)
            writer.join(0.05)
        process.stdin.close()
        process.stdout.close()
        self._on_end(self, DeviceFault("process-died", _said(status)))

    def _write(self, file: int) -> None:
        with contextlib.suppress(OSError):
            while (octets := self._unwritten.get()) is not None:
                os.write(file, octets)


def _said(status: int) -> str:
    if status < 0:
        with contextlib.suppress(ValueError):
            return signal.Signals(-status).name
    return str(status)


OnFrame = Callable[[Link, bytes, bytes], None]
OnEnd = Callable[[Link, DeviceFault], None]
StartLink = Callable[[Sequence[str], OnFrame, OnEnd], Link]
