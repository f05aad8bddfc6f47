"""Programs started for one test: on free loopback ports, logged to a file, ended by their own pid."""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

LOOPBACK = "127.0.0.1"
# Below the kernel's ephemeral range, so that no outgoing socket takes a port between our look and its use.
PORTS = range(20000, 32000, 2)
_pick = random.SystemRandom()


class PeerFailed(AssertionError):
    """A real peer did not start, did not get ready or did not do what was awaited; carries its log's end."""


def free_port() -> int:
    """An even port of 127.0.0.1 that is free for UDP and TCP now; so is the odd one above it."""
    for _ in range(200):
        port = _pick.choice(PORTS)
        sockets = [
            socket.socket(socket.AF_INET, kind) for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM) * 2
        ]
        try:
            for one, offset in zip(sockets, (0, 0, 1, 1), strict=True):
                one.bind((LOOPBACK, port + offset))
        except OSError:
            continue
        finally:
            for one in sockets:
                one.close()
        return port
    raise PeerFailed("no free port found")


def await_true(condition: Callable[[], bool], timeout_s: float, what: str) -> None:
    """Return once `condition` holds; PeerFailed with `what` after `timeout_s`."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > deadline:
            raise PeerFailed(f"{what}: not within {timeout_s} s")
        time.sleep(0.02)


class Program:
    """A child process in a session of its own, with both outputs in one log file.

    It gets SIGTERM when this process dies, so that no aborted test run leaves it behind.
    """

    def __init__(self, command: Sequence[str], log: Path, env: Mapping[str, str] | None = None) -> None:
        binary = shutil.which(command[0], path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
        if binary is None:
            raise PeerFailed(f"{command[0]} is not installed; `make test` installs it")
        guard = shutil.which("setpriv")
        prefix = [guard, "--pdeathsig", "TERM", "--"] if guard else []
        self.log = log
        self.name = Path(binary).name
        with log.open("ab") as output:
            self.process = subprocess.Popen(
                [*prefix, binary, *command[1:]],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                env=None if env is None else dict(env),
            )

    @property
    def running(self) -> bool:
        return self.process.poll() is None

    def tail(self, octets: int = 6000) -> str:
        """The end of the log."""
        return self.log.read_bytes()[-octets:].decode("utf-8", "replace")

    def await_ready(self, ready: Callable[[], bool], timeout_s: float = 15.0) -> None:
        """Wait until `ready`; PeerFailed with the log when the program ends before or takes too long."""

        def looked() -> bool:
            if not self.running:
                raise PeerFailed(f"{self.name} ended with {self.process.returncode}:\n{self.tail()}")
            return ready()

        try:
            await_true(looked, timeout_s, f"{self.name} ready")
        except PeerFailed as error:
            raise PeerFailed(f"{error}\n{self.tail()}") from None

    def wait(self, timeout_s: float) -> int:
        """Exit status of a program that ends by itself; PeerFailed when it does not."""
        try:
            return self.process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            raise PeerFailed(f"{self.name} still runs after {timeout_s} s:\n{self.tail()}") from None

    def stop(self) -> None:
        """End it: SIGTERM, again after a second (some first take leave of their calls), then SIGKILL."""
        for ask in (self.process.terminate, self.process.terminate, self._kill):
            if not self.running:
                return
            ask()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(1)

    def _kill(self) -> None:
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(5)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
