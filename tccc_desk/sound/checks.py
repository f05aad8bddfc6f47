"""Whether a sound file can be used, asked before a call is placed: nothing is left behind."""

from __future__ import annotations

import os
from pathlib import Path

from tccc_desk.sound.faults import SoundFault, shown
from tccc_desk.sound.wav_format import open_wav


def check_playable(path: Path) -> None:
    """Raise SoundFault for what is no WAV file we can play."""
    file, _ = open_wav(path)
    file.close()


def check_recordable(path: Path) -> None:
    """Raise SoundFault where no new file could be made now; it is made when the recording begins."""
    name = {"file": shown(path)}
    try:
        if os.path.lexists(path):
            ordinary = path.is_symlink() or path.is_file()
            raise SoundFault(f"sound.recording.{'exists' if ordinary else 'not-a-file'}", name)
        if not path.parent.is_dir():
            raise SoundFault("sound.recording.no-folder", name)
        if not os.access(path.parent, os.W_OK):
            raise SoundFault("sound.recording.unwritable", name | {"detail": os.strerror(13)})
    except (OSError, ValueError) as error:  # a name no file can have
        raise SoundFault("sound.recording.unwritable", name | {"detail": str(error)[:200]}) from error
