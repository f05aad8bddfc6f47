"""The window's few command line arguments."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass

from tccc_desk import __version__


@dataclass(frozen=True, slots=True)
class Arguments:
    """`language` is "" to follow the settings and the desktop."""

    practice: bool = False
    language: str = ""


def parse(argv: Sequence[str]) -> Arguments:
    """Read the arguments; a mistake ends the process with a usage line, as usual."""
    parser = argparse.ArgumentParser(
        prog="tccc-desk",
        description="Prove that a SIP trunk works with Tencent Cloud Contact Center in registration mode.",
    )
    parser.add_argument("--practice", action="store_true", help="open on the built-in practice gateway")
    parser.add_argument("--lang", choices=("en", "zh"), default="", help="language of the window")
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    chosen = parser.parse_args(argv)
    return Arguments(practice=chosen.practice, language=chosen.lang)
