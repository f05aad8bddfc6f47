"""What can be wrong with a sound file, as ids whose sentences `resources/translations/sound.toml` holds."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

WAV: frozenset[str] = frozenset(
    f"sound.wav.{name}"
    for name in (
        "missing",
        "directory",
        "not-a-file",
        "unreadable",
        "empty",
        "too-big",
        "not-wav",
        "no-format",
        "no-data",
        "truncated",
        "inconsistent",
        "compressed",
        "channels",
        "rate",
        "width",
        "ended",
        "broke-off",
    )
)
"""Findings about a file to play: refused before the call, or (the last two) said while it goes on."""

RECORDING: frozenset[str] = frozenset(
    f"sound.recording.{name}"
    for name in ("exists", "no-folder", "not-a-file", "unwritable", "disk-full", "failed", "full", "too-slow")
)
"""Findings about a file to write."""

_LONGEST_NAME = 200


class SoundFault(Exception):
    """A sound file cannot be used. `finding` is an id of this module, `details` fill its sentence."""

    def __init__(self, finding: str, details: Mapping[str, str]) -> None:
        super().__init__(finding)
        self.finding = finding
        self.details = dict(details)


def shown(path: Path) -> str:
    """A file's name as text that every channel carries: bounded, without half characters."""
    return path.name.encode("utf-8", "replace").decode()[:_LONGEST_NAME]


def said(error: BaseException) -> str:
    """The system's words about a failure."""
    words = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return words.encode("utf-8", "replace").decode()[:_LONGEST_NAME]
