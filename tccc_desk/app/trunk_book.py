"""The trunks the window shows: the stored ones, and before them those of this session only."""

from __future__ import annotations

import msgspec

from tccc_desk.store.profiles import Profiles
from tccc_desk.store.vault import account_key
from tccc_desk.trunk.profile import Trunk


class TrunkBook:
    """Every method may raise StoreError."""

    def __init__(self, profiles: Profiles) -> None:
        self._profiles = profiles
        self._temporary: dict[str, Trunk] = {}

    def list(self) -> tuple[Trunk, ...]:
        """Give every trunk; a stored one with a session trunk's name is hidden meanwhile."""
        stored = (trunk for trunk in self._profiles.list() if trunk.name not in self._temporary)
        return (*self._temporary.values(), *stored)

    def add_temporary(self, trunk: Trunk) -> None:
        """Add a trunk that is stored nowhere."""
        self._temporary[trunk.name] = trunk

    def is_temporary(self, name: str) -> bool:
        """Tell a trunk of this session."""
        return name in self._temporary

    def taken(self, name: str, edited: Trunk | None) -> bool:
        """Tell whether `name` is another trunk's than the edited one."""
        if edited is not None and name == edited.name:
            return False
        return name in {trunk.name for trunk in self.list()}

    def put(self, trunk: Trunk, edited: Trunk | None) -> None:
        """Store a new trunk, or an edited one under its old place."""
        if edited is None:
            self._profiles.add(trunk)
        else:
            self._profiles.edit(edited.name, trunk)

    def remove(self, trunk: Trunk) -> bool:
        """Remove a stored trunk; True when no other uses its account."""
        self._profiles.remove(trunk.name)
        return self.account(trunk) not in {self.account(one) for one in self._profiles.list()}

    def remember_numbers(self, name: str, caller: str, line: str) -> None:
        """Offer these numbers again next time."""
        if name in self._temporary:
            return
        trunk = self._profiles.get(name)
        if (trunk.caller_number, trunk.line_number) != (caller, line):
            changed = msgspec.structs.replace(trunk, caller_number=caller, line_number=line)
            self._profiles.edit(name, changed)

    @staticmethod
    def account(trunk: Trunk) -> str:
        """Give the key of the trunk's account."""
        return account_key(trunk)
