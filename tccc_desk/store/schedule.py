"""Scheduled test calls, and what came of them: one file of schedules, one of past calls for each."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, TypeVar

import msgspec

from tccc_desk.store.errors import StoreError
from tccc_desk.store.files import exclusive, faceless, read_bounded, remove, set_aside, write_atomic
from tccc_desk.store.paths import Folders, make_private
from tccc_desk.trunk.run_history import Schedule, ScheduledRun

FORMAT = 1
MAX_SCHEDULES = 200
MAX_RUNS = 5_000
_KEPT_OF_MANY = 4_000

_T = TypeVar("_T")


class _Format(msgspec.Struct, frozen=True):
    format: int


class _Schedules(msgspec.Struct, frozen=True):
    format: int = FORMAT
    schedules: Annotated[tuple[Schedule, ...], msgspec.Meta(max_length=MAX_SCHEDULES)] = ()


class _Runs(msgspec.Struct, frozen=True):
    format: int = FORMAT
    runs: Annotated[tuple[ScheduledRun, ...], msgspec.Meta(max_length=MAX_RUNS)] = ()


class Schedules:
    """Each method raises StoreError for a file that cannot be used.

    "store.schedule.newer": of a newer version, left as it is; "store.schedule.broken": kept aside under
    details["kept"], so that the next call begins anew.
    """

    def __init__(self, folders: Folders) -> None:
        self._path = folders.config / "schedules.json"
        self._folder = folders.data / "schedules"

    def list(self) -> tuple[Schedule, ...]:
        """Give the schedules in the order they were added."""
        return _read(self._path, _Schedules).schedules

    def get(self, name: str) -> Schedule:
        """Raise StoreError "store.schedule.unknown" where there is none of that name."""
        for schedule in self.list():
            if schedule.name == name:
                return schedule
        raise StoreError("store.schedule.unknown", name=_shown(name))

    def add(self, schedule: Schedule) -> None:
        """Raise StoreError "store.schedule.exists" or "store.schedule.many"."""

        def added(before: tuple[Schedule, ...]) -> tuple[Schedule, ...]:
            if any(one.name == schedule.name for one in before):
                raise StoreError("store.schedule.exists", name=schedule.name)
            if len(before) >= MAX_SCHEDULES:
                raise StoreError("store.schedule.many", limit=str(MAX_SCHEDULES))
            return (*before, schedule)

        self._change(added)

    def remove(self, name: str) -> Schedule:
        """Remove a schedule and its history."""
        schedule = self.get(name)
        self._change(lambda before: tuple(one for one in before if one.name != name))
        remove(self._history(name))
        return schedule

    def runs(self, name: str) -> tuple[ScheduledRun, ...]:
        """Give the calls of a schedule, in the order they were placed."""
        return _read(self._history(name), _Runs).runs

    def append(self, name: str, run: ScheduledRun) -> None:
        """Add a call; the oldest give way beyond `MAX_RUNS`."""
        make_private(self._folder)
        path = self._history(name)
        with exclusive(path):
            runs = (*_read(path, _Runs).runs, run)
            _write(path, _Runs(runs=runs if len(runs) <= MAX_RUNS else runs[-_KEPT_OF_MANY:]))

    def _change(self, change: Callable[[tuple[Schedule, ...]], tuple[Schedule, ...]]) -> None:
        with exclusive(self._path):
            _write(self._path, _Schedules(schedules=change(_read(self._path, _Schedules).schedules)))

    def _history(self, name: str) -> Path:
        return self._folder / f"{faceless(name)}.json"


def _read(path: Path, kind: Callable[[], _T]) -> _T:
    data = read_bounded(path)
    if data is None:
        return kind()
    try:
        found = msgspec.json.decode(data, type=_Format).format
        if found > FORMAT:
            raise StoreError("store.schedule.newer", path=str(path), found=str(found), known=str(FORMAT))
        decoded: _T = msgspec.json.decode(data, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        kept = set_aside(path).name
        raise StoreError("store.schedule.broken", path=str(path), kept=kept) from None
    return decoded


def _write(path: Path, document: msgspec.Struct) -> None:
    write_atomic(path, msgspec.json.format(msgspec.json.encode(document), indent=1) + b"\n")


def _shown(name: str) -> str:
    return "".join(c if c.isprintable() else "?" for c in name[:64])
