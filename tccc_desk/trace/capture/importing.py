"""An imported capture: a folder with segments of the log, and beside them what else was found.

Rows appear while the file is still read: each batch is a transaction, and readers merge segments as
they do with our own log. Nothing is written to an imported capture afterwards.
"""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from tccc_desk.trace.capture.findings import Findings
from tccc_desk.trace.capture.problem import CaptureProblem
from tccc_desk.trace.capture.reader import read
from tccc_desk.trace.segment_file import SegmentFile

ABOUT = "capture.json"
MAX_NAME = 64
MAX_ABOUT = 32 << 20
_NAME = re.compile(r"[^\W_][\w.-]{0,63}")
_ROOM = 64 << 30
"""So many octets of segments are never made: a segment then has the largest size there is."""

Progress = Callable[[float, int], bool]
"""Told how far the file is read (0 to 1) and the messages so far; False ends the import."""


class Imported(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of an imported capture."""

    name: str
    source: str
    """The file's own name, without its folder."""
    octets: int
    imported_at: float
    findings: Findings
    complete: bool = True
    """False while it is read, and after an import that was broken off."""
    trouble: str = ""
    """Text id of what ended the reading early."""


def name_for(path: Path, folder: Path) -> str:
    """Make a name from a file's, one that no capture in `folder` has."""
    stem = re.sub(r"[^\w.-]+", "-", path.name.removesuffix(".gz").rpartition(".")[0] or path.name)
    stem = stem.strip("-._")[: MAX_NAME - 8] or "capture"
    name, count = stem, 1
    while (folder / name).exists():
        count += 1
        name = f"{stem}-{count}"
    return name


def checked_name(name: str) -> str:
    """Give a name that is safe as a folder's. Raises CaptureProblem."""
    if not _NAME.fullmatch(name) or name.endswith("."):
        raise CaptureProblem("trace.capture.bad_name")
    return name


def import_capture(
    path: Path, captures: Path, name: str = "", progress: Progress = lambda _read, _messages: True
) -> Imported:
    """Read `path` into a folder of its own under `captures`. Blocks: run it in a process or thread.

    Raises CaptureProblem where nothing could be read; then nothing is left behind. A file that breaks
    off later keeps what was read, and `trouble` says why.
    """
    name = checked_name(name) if name else name_for(path, captures)
    folder = captures / name
    try:
        captures.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.mkdir(mode=0o700)
    except FileExistsError as error:
        raise CaptureProblem("trace.capture.exists", name=name) from error
    except OSError as error:
        raise CaptureProblem("trace.capture.no_room", reason=error.strerror or "?") from error
    try:
        return _read_into(path, folder, progress)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _read_into(path: Path, folder: Path, progress: Progress) -> Imported:
    about = Imported(
        name=folder.name,
        source=path.name,
        octets=0,
        imported_at=time.time(),
        findings=Findings(),
        complete=False,
    )
    _write(folder, about)
    segment: SegmentFile | None = None
    messages, wanted = 0, True
    try:
        for batch in read(path):
            if batch.entries:
                if segment is None:
                    segment = SegmentFile(folder, max_octets=_ROOM, go_on=False)
                segment.append(batch.entries)
                messages += len(batch.entries)
            about = msgspec.structs.replace(about, findings=batch.findings or about.findings)
            wanted = progress(batch.progress, messages)
            if not wanted:
                break
    except CaptureProblem as problem:
        if not messages:
            raise
        findings = msgspec.structs.replace(about.findings, messages=messages)
        about = msgspec.structs.replace(about, findings=findings, trouble=problem.finding)
    except (sqlite3.Error, OSError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise CaptureProblem("trace.capture.no_room", reason=reason) from error
    finally:
        if segment is not None:
            segment.close()
    about = msgspec.structs.replace(about, octets=path.stat().st_size, complete=wanted and not about.trouble)
    _write(folder, about)
    return about


def _write(folder: Path, about: Imported) -> None:
    new = folder / f"{ABOUT}.new"
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(msgspec.json.encode(about))
    new.replace(folder / ABOUT)


def captures_in(captures: Path) -> list[Imported]:
    """List what was imported, oldest first; a folder that is none of ours is passed over."""
    found = []
    for folder in sorted(captures.iterdir()) if captures.is_dir() else []:
        try:
            found.append(about_capture(captures, folder.name))
        except CaptureProblem:
            continue
    return sorted(found, key=lambda one: one.imported_at)


def about_capture(captures: Path, name: str) -> Imported:
    """Tell what is known of one. Raises CaptureProblem "trace.capture.unknown"."""
    path = captures / checked_name(name) / ABOUT
    try:
        with path.open("rb") as stream:
            return msgspec.json.decode(stream.read(MAX_ABOUT), type=Imported)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
        raise CaptureProblem("trace.capture.unknown", name=name) from error


def remove_capture(captures: Path, name: str) -> None:
    """Remove one for good. Raises CaptureProblem where there is none."""
    about_capture(captures, name)
    shutil.rmtree(captures / name, ignore_errors=True)
