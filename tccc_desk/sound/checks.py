"""Whether a sound file can be used, asked before a call is placed: nothing is left behind."""

from __future__ import annotations

import os
from pathlib import Path

from tccc_desk.sound.faults import SoundFault, said, shown
from tccc_desk.sound.recorder import create
from tccc_desk.sound.wav_format import open_wav


def check_playable(path: Path) -> None:
    """Raise SoundFault for what is no WAV file we can play."""
    file, _ = open_wav(path)
    file.close()


def check_recordable(path: Path) -> None:
    """Raise SoundFault where no new file can be made; it is tried, since only the file system knows."""
    name = {"file": shown(path)}
    os.close(create(path, name))
    try:
        path.unlink(missing_ok=True)
    except OSError as error:  # a folder that only ever gains files
        raise SoundFault("sound.recording.unwritable", name | {"detail": said(error)}) from error
