"""Where a command's messages are kept: the log the window shows, too."""

from __future__ import annotations

import argparse
import contextlib
import functools
import time
from pathlib import Path

from tccc_desk.cli.session import OpenDoor, open_engine
from tccc_desk.engine.commands import ConfigureLog
from tccc_desk.store.errors import StoreError
from tccc_desk.store.options import Options
from tccc_desk.store.paths import folders
from tccc_desk.trace import files
from tccc_desk.trace.retention import DAY_S

LOOSE = 64
"""Segments beyond which a command starts the upkeep itself: no window may ever run here."""


def log_command() -> ConfigureLog | None:
    """The log of this profile, by its settings; None where it is switched off or no folder can be made."""
    try:
        places = folders()
    except StoreError:  # said where the account is claimed
        return None
    options = Options(places)
    if not options.get("keep_log"):
        return None
    return ConfigureLog(
        folder=str(places.log),
        max_octets=int(options.get("log_max_megabytes")) << 20,
        max_days=int(options.get("log_max_days")),
    )


def keeping(open_door: OpenDoor, options: argparse.Namespace) -> tuple[OpenDoor, ConfigureLog | None]:
    """The real engine, told to keep its log; any other door, and `--no-log`, as it is."""
    if open_door is not open_engine or getattr(options, "no_log", True):
        return open_door, None
    log = log_command()
    return functools.partial(open_engine, log=log), log


def keep_up(log: ConfigureLog) -> None:
    """Where only commands ever run, let one of them have the log indexed and shortened."""
    folder = Path(log.folder)
    found = files.names(folder)
    octets = sum(files.size(files.segment_path(folder, name)) for name in found)
    if len(found) > LOOSE or octets > log.max_octets or _too_old(folder, found[:1], log.max_days):
        from tccc_desk.trace import indexing  # noqa: PLC0415  rarely

        indexing.start(folder, log.max_octets, log.max_days, once=True)


def _too_old(folder: Path, oldest: list[str], days: int) -> bool:
    """Tell whether the segment begun first was last written before the age limit."""
    with contextlib.suppress(OSError):
        return any(
            files.segment_path(folder, name).stat().st_mtime < time.time() - days * DAY_S for name in oldest
        )
    return False
