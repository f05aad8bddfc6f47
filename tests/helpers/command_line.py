"""What tests of the command line share: an account, and the outcome of one run."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tccc_desk.engine.commands import Command

PASSWORD = "Canary7-secret-never-shown"
ACCOUNT = ["--username", "gateway01", "--domain", "1400000001.tccc.qcloud.com", "--server", "127.0.0.1:5060"]
SUBJECT = [*ACCOUNT, "--password-stdin"]
NAME = "gateway01@1400000001.tccc.qcloud.com"
"""What an unstored trunk is called."""


@dataclass
class Run:
    """What one run of the command line left behind."""

    exit: int
    out: str
    err: str
    commands: list[Command] = field(default_factory=list)

    @property
    def json(self) -> Any:
        """The one object on standard output."""
        return json.loads(self.out)


RunCli = Callable[..., Run]


class RealCli:
    """`python -m tccc_desk.cli` as a process of its own, its files under `home`."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self.extra: dict[str, str] = {}
        """Environment variables besides."""
        self.processes: list[subprocess.Popen[str]] = []

    @property
    def environment(self) -> dict[str, str]:
        """What the process sees: the password is not in it."""
        return {**os.environ, "TCCC_DESK_HOME": str(self._home), "LC_ALL": "C.UTF-8", **self.extra}

    def start(self, argv: Sequence[str], stdin: str = PASSWORD) -> subprocess.Popen[str]:
        """Start it and hand the password over; `finish` ends the matter."""
        process = self.start_waiting(argv)
        assert process.stdin is not None
        process.stdin.write(stdin)
        process.stdin.close()
        process.stdin = None
        return process

    def start_waiting(self, argv: Sequence[str], stdin: int = subprocess.PIPE) -> subprocess.Popen[str]:
        """Start it and leave its standard input open, nothing on it. It has no terminal but `stdin`."""
        process = subprocess.Popen(
            [sys.executable, "-m", "tccc_desk.cli", *argv],
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=self.environment,
            start_new_session=True,
            text=True,
            encoding="utf-8",
        )
        self.processes.append(process)
        return process

    def finish(self, process: subprocess.Popen[str], timeout_s: float = 30.0) -> Run:
        """Wait for the end; a process that does not end is killed and the test fails."""
        try:
            out, err = process.communicate(timeout=timeout_s)
        except subprocess.TimeoutExpired:
            process.kill()
            out, err = process.communicate()
            raise AssertionError(f"still ran after {timeout_s} s\n{out}\n{err}") from None
        return Run(process.returncode, out, err)

    def run(self, argv: Sequence[str], stdin: str = PASSWORD, timeout_s: float = 30.0) -> Run:
        """One run from start to end."""
        return self.finish(self.start(argv, stdin), timeout_s)

    @staticmethod
    def await_said(process: subprocess.Popen[str], pattern: str) -> None:
        """Read standard error until a line matches; ends with the process at the latest."""
        assert process.stderr is not None
        said = []
        for line in process.stderr:
            said.append(line)
            if re.search(pattern, line):
                return
        raise AssertionError(f"never said {pattern}: {said}")

    def stop(self) -> None:
        """End what a failed test left running."""
        for process in self.processes:
            if process.poll() is None:
                process.kill()
                process.communicate()


def account_at(server: str, transport: str = "tcp", username: str = "gateway01") -> list[str]:
    """Options that name an account of `server` (host:port) whose password comes by standard input."""
    named = ["--username", username, "--domain", "1400000001.tccc.qcloud.com", "--server", server]
    return [*named, "--transport", transport.lower(), "--password-stdin"]
