"""The stored trunks: one versioned file, never a secret in it."""

from __future__ import annotations

import builtins
import difflib
from collections.abc import Callable

import msgspec

from tccc_desk.store.errors import StoreError
from tccc_desk.store.files import exclusive, read_bounded, set_aside, write_atomic
from tccc_desk.store.paths import Folders
from tccc_desk.trunk.entry import checked_trunk, fields_of
from tccc_desk.trunk.errors import InputError
from tccc_desk.trunk.profile import Trunk

FORMAT = 1
MAX_TRUNKS = 1000

_Trunks = tuple[Trunk, ...]


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    format: int
    trunks: tuple[msgspec.Raw, ...]
    """Each decoded by itself: one broken trunk does not take the others with it."""


class _Format(msgspec.Struct, frozen=True):
    format: int


class Profiles:
    """Each method reads or rewrites the file under a lock, so window and command line agree.

    Every method raises StoreError: "store.trunks.newer" (a newer format, left untouched),
    "store.trunks.broken" (kept aside under the name in details["kept"]; what could be read
    is stored again, so the next call works), "store.file.unreadable", "store.file.unwritable".
    """

    def __init__(self, folders: Folders) -> None:
        self._path = folders.config / "trunks.json"

    def list(self) -> _Trunks:
        """Give the stored trunks in the order they were added."""
        try:
            return self._read()
        except _BrokenError:
            return self._change(lambda trunks: trunks)  # under the lock: mend, then say

    def get(self, name: str) -> Trunk:
        """Raise StoreError "store.trunk.unknown", or "..._near" with details["nearest"]."""
        trunks = self.list()
        return trunks[_index(trunks, name)]

    def add(self, trunk: Trunk) -> None:
        """Raise StoreError "store.trunk.exists" if the name is taken, InputError for an unusable value."""
        checked_trunk(fields_of(trunk))

        def added(trunks: _Trunks) -> _Trunks:
            _refuse_taken(trunks, trunk.name)
            if len(trunks) >= MAX_TRUNKS:
                raise StoreError("store.trunks.many", limit=str(MAX_TRUNKS))
            return (*trunks, trunk)

        self._change(added)

    def edit(self, name: str, trunk: Trunk) -> None:
        """Replace the trunk `name`; `trunk.name` may be a new one. Raises as `add` and `get` do."""
        checked_trunk(fields_of(trunk))

        def edited(trunks: _Trunks) -> _Trunks:
            at = _index(trunks, name)
            _refuse_taken(trunks[:at] + trunks[at + 1 :], trunk.name)
            return (*trunks[:at], trunk, *trunks[at + 1 :])

        self._change(edited)

    def remove(self, name: str) -> Trunk:
        """Remove and return it. The password is the caller's: see `vault.account_key`."""
        removed: builtins.list[Trunk] = []

        def without(trunks: _Trunks) -> _Trunks:
            at = _index(trunks, name)
            removed.append(trunks[at])
            return trunks[:at] + trunks[at + 1 :]

        self._change(without)
        return removed[0]

    def _read(self) -> _Trunks:
        data = read_bounded(self._path)
        return () if data is None else _decoded(data, str(self._path))

    def _change(self, change: Callable[[_Trunks], _Trunks]) -> _Trunks:
        """Read, change and write without letting another process in between."""
        with exclusive(self._path):
            try:
                before = self._read()
            except _BrokenError as broken:
                kept = set_aside(self._path)
                if broken.readable:
                    self._write(broken.readable)
                raise StoreError(
                    "store.trunks.broken",
                    path=str(self._path),
                    kept=kept.name,
                    readable=str(len(broken.readable)),
                ) from broken
            after = change(before)
            if after != before:
                self._write(after)
            return after

    def _write(self, trunks: _Trunks) -> None:
        encoded = msgspec.json.encode({"format": FORMAT, "trunks": trunks})
        write_atomic(self._path, msgspec.json.format(encoded, indent=2) + b"\n")


class _BrokenError(Exception):
    """The file is not what we write; `readable` are the trunks in it that still are."""

    def __init__(self, readable: _Trunks = ()) -> None:
        super().__init__()
        self.readable = readable


def _decoded(data: bytes, path: str) -> _Trunks:
    try:
        found = msgspec.json.decode(data, type=_Format).format
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise _BrokenError from None
    if found > FORMAT:
        raise StoreError("store.trunks.newer", path=path, found=str(found), known=str(FORMAT))
    try:
        file = msgspec.json.decode(data, type=_File)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise _BrokenError from None
    trunks: dict[str, Trunk] = {}
    for raw in file.trunks[:MAX_TRUNKS]:
        try:
            trunk = msgspec.json.decode(raw, type=Trunk)
            checked_trunk(fields_of(trunk))  # somebody's editor is a form too
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, InputError):
            continue
        trunks.setdefault(trunk.name, trunk)
    if found != FORMAT or len(trunks) != len(file.trunks):
        raise _BrokenError(tuple(trunks.values()))
    return tuple(trunks.values())


def _index(trunks: _Trunks, name: str) -> int:
    names = [trunk.name for trunk in trunks]
    if name in names:
        return names.index(name)
    near = difflib.get_close_matches(name[:64], names, n=1, cutoff=0.5)
    if near:
        raise StoreError("store.trunk.unknown_near", name=_shown(name), nearest=near[0])
    raise StoreError("store.trunk.unknown", name=_shown(name))


def _refuse_taken(trunks: _Trunks, name: str) -> None:
    if any(trunk.name == name for trunk in trunks):
        raise StoreError("store.trunk.exists", name=name)


def _shown(name: str) -> str:
    return "".join(c if c.isprintable() else "?" for c in name[:64])
