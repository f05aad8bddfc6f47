"""The acceptance script as filled in, one file a trunk."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec

from tccc_desk.store.errors import StoreError
from tccc_desk.store.files import exclusive, faceless, read_bounded, remove, set_aside, write_atomic
from tccc_desk.store.paths import Folders, make_private
from tccc_desk.trunk.acceptance import Acceptance

FORMAT = 1
MAX_OCTETS = 512 * 1024


class _Format(msgspec.Struct, frozen=True):
    format: int


class _File(msgspec.Struct, frozen=True):
    format: int
    acceptance: Acceptance


class Acceptances:
    """Each method raises StoreError for a file that cannot be used.

    "store.acceptance.newer": of a newer version, left as it is; "store.acceptance.broken": kept aside
    under details["kept"], so that the next call begins anew.
    """

    def __init__(self, folders: Folders) -> None:
        self._folder = folders.data / "acceptance"

    def get(self, trunk: str) -> Acceptance:
        """Give what was filled in for a trunk of that name."""
        path = self._path(trunk)
        try:
            return self._read(path, trunk)
        except _BrokenError:
            with exclusive(path):
                raise _kept(path) from None

    def change(self, trunk: str, change: Callable[[Acceptance], Acceptance]) -> Acceptance:
        """Replace it by what `change` makes of it, under a lock."""
        make_private(self._folder)
        path = self._path(trunk)
        with exclusive(path):
            try:
                after = change(self._read(path, trunk))
            except _BrokenError:
                raise _kept(path) from None
            encoded = msgspec.json.encode(_File(FORMAT, after))
            write_atomic(path, msgspec.json.format(encoded, indent=2) + b"\n")
        return after

    def reset(self, trunk: str) -> bool:
        """Forget everything filled in; False where there was nothing."""
        path = self._path(trunk)
        if not path.exists():
            return False
        with exclusive(path):
            remove(path)
        return True

    def _path(self, trunk: str) -> Path:
        return self._folder / f"{faceless(trunk)}.json"

    def _read(self, path: Path, trunk: str) -> Acceptance:
        data = read_bounded(path, MAX_OCTETS)
        if data is None:
            return Acceptance(trunk=trunk)
        try:
            found = msgspec.json.decode(data, type=_Format).format
            if found > FORMAT:
                raise StoreError(
                    "store.acceptance.newer", path=str(path), found=str(found), known=str(FORMAT)
                )
            return msgspec.structs.replace(msgspec.json.decode(data, type=_File).acceptance, trunk=trunk)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise _BrokenError from error


class _BrokenError(Exception):
    """The file is none of ours."""


def _kept(path: Path) -> StoreError:
    return StoreError("store.acceptance.broken", path=str(path), kept=set_aside(path).name)
