"""How the admin arranged the window: remembered, and no loss when it is gone."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, MutableMapping

import msgspec

from tccc_desk.store.errors import StoreError
from tccc_desk.store.files import exclusive, read_bounded, write_atomic
from tccc_desk.store.paths import Folders

MAX_ITEMS = 200
MAX_LENGTH = 2_000


class ViewMemory(MutableMapping[str, str]):
    """Short words by a name of the window's own. A file that cannot be read or written costs nothing else."""

    def __init__(self, folders: Folders) -> None:
        self._path = folders.state / "view.json"
        self._items = self._read()

    def __getitem__(self, key: str) -> str:
        return self._items[key]

    def __setitem__(self, key: str, value: str) -> None:
        if self._items.get(key) != value and len(value) <= MAX_LENGTH:
            self._items[key] = value
            self._write()

    def __delitem__(self, key: str) -> None:
        del self._items[key]
        self._write()

    def __iter__(self) -> Iterator[str]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def _read(self) -> dict[str, str]:
        try:
            data = read_bounded(self._path)
            found = msgspec.json.decode(data, type=dict[str, str]) if data else {}
        except (StoreError, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return {}
        return dict(list(found.items())[:MAX_ITEMS])

    def _write(self) -> None:
        with contextlib.suppress(StoreError), exclusive(self._path):
            write_atomic(self._path, msgspec.json.encode(self._items))
