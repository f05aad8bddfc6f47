"""What a command remembers of its account for the next one: where it may have left a binding."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from tccc_desk.engine.commands import ConfigureTrunk
from tccc_desk.engine.events import BindingRemoved, ContactChosen, Event, StaleBindingRemoved
from tccc_desk.store.errors import StoreError
from tccc_desk.trunk.profile import Trunk

if TYPE_CHECKING:
    from tccc_desk.store.state import AccountStates


class Memory:
    """Of an account this process holds. One that cannot be written costs nothing but itself."""

    def __init__(self, states: AccountStates, account: str) -> None:
        self._states = states
        self._account = account

    def configure(self, trunk: Trunk, password: str) -> ConfigureTrunk:
        """Hand over the trunk with what an earlier run left behind."""
        instance = ""
        with suppress(StoreError):
            instance = self._states.instance(self._account)
        return ConfigureTrunk(
            trunk=trunk,
            password=password,
            former_contacts=self._states.get(self._account).leftovers,
            instance_id=instance,
        )

    def take(self, event: Event) -> None:
        """Write down a Contact before it is sent, and strike out what is removed."""
        with suppress(StoreError):
            match event:
                case ContactChosen():
                    self._states.put(self._account, contact=event.contact)
                case StaleBindingRemoved():
                    self._states.put(self._account, gone=event.contact)
                case BindingRemoved() if event.confirmed and event.contact:
                    self._states.put(self._account, gone=event.contact)
