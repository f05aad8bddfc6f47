"""The stored trunks: one versioned file, never a secret in it."""

from __future__ import annotations

from tccc_desk.store.paths import Folders
from tccc_desk.trunk.profile import Trunk

FORMAT = 1


class Profiles:
    """Each method reads or rewrites the file under a lock, so window and command line agree.

    Every method raises StoreError: "store.trunks.newer" (a newer format, left untouched),
    "store.trunks.broken" (kept aside under the name in details["kept"]; what could be read
    is stored again, so the next call works), "store.file.unreadable", "store.file.unwritable".
    """

    def __init__(self, folders: Folders) -> None:
        self._path = folders.config / "trunks.json"

    def list(self) -> tuple[Trunk, ...]:
        """Give the stored trunks in the order they were added."""
        raise NotImplementedError

    def get(self, name: str) -> Trunk:
        """Raise StoreError "store.trunk.unknown" with the nearest name in details."""
        raise NotImplementedError

    def add(self, trunk: Trunk) -> None:
        """Raise StoreError "store.trunk.exists" if the name is taken."""
        raise NotImplementedError

    def edit(self, name: str, trunk: Trunk) -> None:
        """Replace the trunk `name`; `trunk.name` may be a new one."""
        raise NotImplementedError

    def remove(self, name: str) -> Trunk:
        """Remove and return it. The password is the caller's: see `vault.account_key`."""
        raise NotImplementedError
