"""`practice`: the practice gateway until interrupted."""

from __future__ import annotations

from tccc_desk.cli.exits import Exit
from tccc_desk.cli.output import Output
from tccc_desk.trunk.errors import InputError


def practice(port: int, _output: Output) -> Exit:
    """Run the gateway on `port` (0: a free one)."""
    raise InputError("command", "cli.error.later", option=f"practice --port {port}")
