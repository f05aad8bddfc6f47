"""Keeps the log within its size and age: removes whole segments, the oldest first, outside the engine.

A segment that an engine writes is never touched; while one is removed, its lock is held, so that no
engine goes on with it meanwhile.
"""

from __future__ import annotations

import contextlib
import time
from pathlib import Path
from typing import NamedTuple

from tccc_desk.trace import files

DAY_S = 86_400.0


class Kept(NamedTuple):
    """A segment's files, its last change (wall clock) and octets, the index with it."""

    path: Path
    name: str
    changed_at: float
    octets: int


def inventory(folder: Path) -> list[Kept]:
    """What the log holds, the longest unchanged first; broken segments count as well."""
    found: list[Kept] = []
    with contextlib.suppress(OSError):
        for path in folder.iterdir():
            if path.suffix in (files.SEGMENT, files.BROKEN):
                with contextlib.suppress(OSError):  # another process was faster
                    changed = path.stat().st_mtime
                    with contextlib.suppress(FileNotFoundError):
                        ahead = path.with_name(path.name + "-wal").stat()
                        if ahead.st_size:  # readers make an empty one
                            changed = max(changed, ahead.st_mtime)
                    octets = files.size(path) + files.size(path.with_suffix(files.INDEX))
                    found.append(Kept(path, path.name.removesuffix(path.suffix), changed, octets))
    return sorted(found, key=lambda kept: kept.changed_at)


def retain(folder: Path, max_octets: int, max_days: int, now: float | None = None) -> list[str]:
    """Remove what is too old, then what is too much; gives the names of what was removed."""
    oldest = (time.time() if now is None else now) - max_days * DAY_S
    kept = inventory(folder)
    total = sum(one.octets for one in kept)
    removed: list[str] = []
    for one in kept:
        if one.changed_at >= oldest and total <= max_octets:
            continue
        if _remove(folder, one):
            total -= one.octets
            removed.append(one.name)
    _remove_orphans(folder)
    return removed


def _remove(folder: Path, kept: Kept) -> bool:
    with contextlib.suppress(OSError):
        hold = files.hold_segment(folder, kept.name)
        if hold is None:
            return False
        try:
            files.remove(kept.path)
            files.remove(files.index_path(folder, kept.name))
        finally:
            hold.release()
        return True
    return False


def _remove_orphans(folder: Path) -> None:
    """Indexes whose segment is gone: somebody removed it by hand."""
    with contextlib.suppress(OSError):
        for path in folder.glob(f"*{files.INDEX}"):
            if not path.with_suffix(files.SEGMENT).exists():
                files.remove(path)
