"""Options about sound: what is sent, heard and recorded, over which devices and ports."""

from __future__ import annotations

import argparse
import re
from dataclasses import dataclass
from pathlib import Path
from typing import cast, get_args

from tccc_desk.engine.commands import ConfigureSound, Source
from tccc_desk.trunk.errors import InputError
from tccc_desk.trunk.plain import plain, shown

SOURCES = tuple(name for name in get_args(Source) if name != "file")
LOW_PORT, HIGH_PORT = 1024, 65_535
_RANGE = re.compile(r"([0-9]{1,5})-([0-9]{1,5})")
_MAX_PATH = 4096


@dataclass(frozen=True, slots=True)
class SoundPlan:
    """What was asked for, checked."""

    play: Source
    play_file: str
    listen: bool
    record_file: str
    devices: ConfigureSound
    """The engine's own choice unless an option says otherwise."""


def sound_plan(options: argparse.Namespace, field: str, *, default: Source) -> SoundPlan:
    """Check the options; `field` is the one that names the source. Raises InputError.

    Files are looked at now: a call that cannot sound as asked is not placed.
    """
    entered = getattr(options, field)
    play, play_file = (default, "") if entered is None else _source(field, entered)
    low, high = checked_ports(options.rtp_ports)
    return SoundPlan(
        play=play,
        play_file=play_file,
        listen=options.listen,
        record_file="" if options.record is None else _recordable(options.record),
        devices=ConfigureSound(
            microphone=plain("microphone", options.microphone, 512),
            speaker=plain("speaker", options.speaker, 512),
            port_low=low,
            port_high=high,
        ),
    )


def _source(field: str, entered: str) -> tuple[Source, str]:
    if entered in SOURCES:
        return cast("Source", entered), ""
    if not entered.lower().endswith((".wav", ".wave")) and "/" not in entered:
        allowed = ", ".join((*SOURCES, "FILE.wav"))
        raise InputError(field, "cli.error.choice", value=shown(entered), allowed=allowed)
    from tccc_desk.sound.checks import check_playable  # noqa: PLC0415  only files need it
    from tccc_desk.sound.faults import SoundFault  # noqa: PLC0415

    path = _path(field, entered)
    try:
        check_playable(path)
    except SoundFault as fault:
        raise InputError(field, fault.finding, **fault.details) from fault
    return "file", str(path)


def _recordable(entered: str) -> str:
    from tccc_desk.sound.checks import check_recordable  # noqa: PLC0415
    from tccc_desk.sound.faults import SoundFault  # noqa: PLC0415

    path = _path("record", entered)
    try:
        check_recordable(path)
    except SoundFault as fault:
        raise InputError("record", fault.finding, **fault.details) from fault
    return str(path)


def _path(field: str, entered: str) -> Path:
    return Path(plain(field, entered, _MAX_PATH, required=True)).expanduser().absolute()


def checked_ports(entered: str | None) -> tuple[int, int]:
    """Read "LOW-HIGH"; (0, 0) for nothing. Raises InputError."""
    if entered is None:
        return 0, 0
    found = _RANGE.fullmatch(plain("rtp_ports", entered, 32, required=True))
    low, high = (int(found[1]), int(found[2])) if found else (0, 0)
    if not (LOW_PORT <= low < high <= HIGH_PORT and high - low >= 1 + low % 2):
        raise InputError(
            "rtp_ports", "cli.error.ports", value=shown(entered), least=str(LOW_PORT), most=str(HIGH_PORT)
        )
    return low, high
