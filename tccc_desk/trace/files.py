"""The files of the log folder: a segment, the index beside it, and the lock of who writes it.

`NAME.segment` is a SQLite file of one engine at a time, `NAME.index` is made from it outside the
engine, `NAME.live` is locked while an engine writes the segment. Names sort by when they were begun.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import sys
import time
from pathlib import Path

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

SEGMENT, INDEX, LIVE, BROKEN = ".segment", ".index", ".live", ".broken"
BESIDE = ("", "-wal", "-shm", "-journal")
"""What SQLite puts beside a file."""


def new_name() -> str:
    """Name a segment: UTC time, process, and a word so that no two are the same."""
    now = time.time()
    stamp = time.strftime("%Y%m%d-%H%M%S", time.gmtime(now))
    return f"{stamp}-{int(now * 1000) % 1000:03d}-{os.getpid()}-{secrets.token_hex(3)}"


def make_folder(folder: Path) -> None:
    """Make the folder for its owner only."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def names(folder: Path, suffix: str = SEGMENT) -> list[str]:
    """List the segments, oldest first; none where there is no folder."""
    with contextlib.suppress(OSError):
        found = (entry.name for entry in os.scandir(folder))
        return sorted(name.removesuffix(suffix) for name in found if name.endswith(suffix) and name != suffix)
    return []


def segment_path(folder: Path, name: str) -> Path:
    """Give the segment's file."""
    return folder / f"{name}{SEGMENT}"


def index_path(folder: Path, name: str) -> Path:
    """Give the file of the segment's index."""
    return folder / f"{name}{INDEX}"


def create_private(path: Path) -> None:
    """Make an empty file of mode 0600 before SQLite opens it; what SQLite puts beside inherits that."""
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))


def size(path: Path) -> int:
    """Octets of a file of SQLite with what is beside it."""
    total = 0
    for beside in BESIDE:
        with contextlib.suppress(OSError):
            total += path.with_name(path.name + beside).stat().st_size
    return total


def remove(path: Path) -> None:
    """Remove a file of SQLite with what is beside it. Raises OSError where the file itself stays."""
    path.unlink(missing_ok=True)
    for beside in BESIDE[1:]:
        with contextlib.suppress(OSError):
            path.with_name(path.name + beside).unlink(missing_ok=True)


class Hold:
    """A lock file held by this process; the system releases it when the process dies, however."""

    def __init__(self, descriptor: int, path: Path) -> None:
        self._descriptor = descriptor
        self._path = path

    @classmethod
    def take(cls, path: Path) -> Hold | None:
        """Lock `path`, made with mode 0600; None while another process holds it. Raises OSError."""
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            if sys.platform == "win32":
                msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
            else:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # Somebody may have unlinked the file between our opening and our locking it.
            same = path.exists() and path.stat().st_ino == os.fstat(descriptor).st_ino
        except OSError as error:
            os.close(descriptor)
            if isinstance(error, BlockingIOError | PermissionError):
                return None
            raise
        if not same:
            os.close(descriptor)
            return None
        return cls(descriptor, path)

    def release(self) -> None:
        """Give it back and take the file away."""
        with contextlib.suppress(OSError):
            if sys.platform != "win32":  # there an open file stays
                self._path.unlink(missing_ok=True)
        os.close(self._descriptor)


def hold_segment(folder: Path, name: str) -> Hold | None:
    """Hold a segment for writing or removing it; None while an engine writes it."""
    return Hold.take(folder / f"{name}{LIVE}")
