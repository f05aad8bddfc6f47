"""Where recordings of calls go, and what they are called."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path

from tccc_desk.store.paths import Folders, make_private

_NOT_IN_NAMES = re.compile(r"[^0-9A-Za-z+*#._-]+")
_LONGEST_NUMBER = 32


class Recordings:
    """One folder of this user; each recording a new file, named by its time and its two numbers."""

    def __init__(self, folders: Folders, clock: Callable[[], float] = time.time) -> None:
        self.folder = folders.data / "recordings"
        self._clock = clock

    def name(self, caller: str, line: str) -> Path:
        """Give a file that is not there yet. Raises StoreError where the folder cannot be made."""
        make_private(self.folder)
        moment = time.strftime("%Y-%m-%d %H.%M.%S", time.localtime(self._clock()))
        numbers = " ".join(_harmless(number) for number in (caller, line) if number)
        stem = f"{moment} {numbers}".strip()
        taken = (
            self.folder / f"{stem}{'' if count == 1 else f' ({count})'}.wav" for count in range(1, 10_000)
        )
        return next(path for path in taken if not path.exists())


def _harmless(number: str) -> str:
    """A caller is free text from the network: only what no file system minds stays."""
    return _NOT_IN_NAMES.sub("_", number)[:_LONGEST_NUMBER].strip(".")
