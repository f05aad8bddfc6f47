"""What a call sends as sound, and what becomes of the sound that arrives."""

from __future__ import annotations

from dataclasses import dataclass

from tccc_desk.engine.commands import Source


@dataclass(frozen=True, slots=True)
class Sounding:
    """A face's wish, see `PlaceTestCall`; files are absolute paths."""

    play: Source
    play_file: str = ""
    listen: bool = False
    record_file: str = ""


@dataclass(frozen=True, slots=True)
class Unfit:
    """Why a `Sounding` cannot be had: field of the command, finding, and what fills its sentence."""

    field: str
    finding: str
    details: dict[str, str]
