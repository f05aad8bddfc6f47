"""What tests of the command line share: an account, and the outcome of one run."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
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
