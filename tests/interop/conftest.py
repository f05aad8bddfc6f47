"""The product as its users run it, beside the real peers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.command_line import RealCli


@pytest.fixture
def real(tmp_path: Path) -> Iterator[RealCli]:
    """The command line, each run a process of its own."""
    real = RealCli(tmp_path / "home")
    yield real
    real.stop()
