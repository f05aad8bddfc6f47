"""What happens with trunks: from the store to the engine with their passwords, and back."""

from __future__ import annotations

from collections.abc import Callable

from tccc_desk.app.asking import Asking
from tccc_desk.app.passwords import Passwords
from tccc_desk.app.registering import Registering
from tccc_desk.app.trunk_book import TrunkBook
from tccc_desk.engine.commands import ForgetTrunk, PlaceTestCall, RunCheck, UnregisterTrunk
from tccc_desk.engine.events import BindingRefused, BindingRemoved, EngineStopped, Event
from tccc_desk.interchange.found import ForeignGateway, Refused
from tccc_desk.store.errors import StoreError
from tccc_desk.store.state import AccountStates
from tccc_desk.trunk.profile import Trunk
from tccc_desk.ui.configuration_source import Source
from tccc_desk.ui.panel import Submit
from tccc_desk.ui.state import DeskState

Say = Callable[..., None]
"""Says a text id with values in the window's banner."""


class TrunkDesk:
    """Configures a trunk in the engine before a command names it."""

    def __init__(
        self,
        state: DeskState,
        submit: Submit,
        *,
        book: TrunkBook,
        passwords: Passwords,
        accounts: AccountStates,
        registering: Registering,
        asking: Asking,
        say: Say,
        wanted: Callable[[str], bool],
    ) -> None:
        self._state = state
        self._submit = submit
        self._book = book
        self._passwords = passwords
        self._accounts = accounts
        self._registering = registering
        self._asking = asking
        self._say = say
        self._wanted = wanted
        self._configured: dict[str, Trunk] = {}
        self._doubted: set[str] = set()
        """Trunks whose password the server refused."""
        state.arrived.connect(self._arrived)

    def load(self) -> None:
        """Show the stored trunks; a file that cannot be read is said."""
        try:
            self._state.set_trunks(self._book.list())
        except StoreError as error:
            self._say(error.finding, **error.details)

    async def add_temporary(self, trunk: Trunk, password: str, remark: str) -> None:
        """Show a trunk of this session only, and why it is one."""
        self._book.add_temporary(trunk)
        await self._passwords.keep_for_session(trunk, password)
        self._state.remarks[trunk.name] = remark
        self.load()
        self._state.select(trunk.name)

    async def register(self, name: str, *, ask: bool) -> None:
        """Register at the admin's wish; with `ask` an unknown account's other devices come first."""
        trunk = self._state.trunk_named(name)
        if trunk is None:
            return
        if not self._book.is_temporary(name) and not self._registering.claim(trunk):
            return
        if not (await self._configure(trunk) and await self._registering.register(trunk, ask=ask)):
            self._registering.release(trunk)

    async def call(self, command: PlaceTestCall) -> None:
        """Place a call."""
        trunk = self._state.trunk_named(command.trunk)
        if trunk is not None and await self._configure(trunk):
            self._submit(command)

    async def check(self, command: RunCheck) -> bool:
        """Run a check; False where its trunk or its password is not there."""
        trunk = self._state.trunk_named(command.trunk)
        if trunk is None or not await self._configure(trunk):
            return False
        self._submit(command)
        return True

    def remember_numbers(self, name: str, caller: str, line: str) -> None:
        """Offer these numbers again next time."""
        try:
            self._book.remember_numbers(name, caller, line)
        except StoreError as error:
            self._say(error.finding, **error.details)

    async def edit(self, trunk: Trunk | None) -> None:
        """Add a trunk, or change one."""
        if trunk is not None and self._book.is_temporary(trunk.name):
            self._say("window.practice.started")
            return
        if trunk is not None:
            trunk = self._stored(trunk)
        await self._enter(trunk, None)

    async def bring_in(self, given: Source | Refused | None) -> None:
        """Add a trunk that another system's configuration describes."""
        foreign = await self._asking.configuration(given)
        if foreign is not None:
            await self._enter(None, foreign)

    async def _enter(self, trunk: Trunk | None, foreign: ForeignGateway | None) -> None:
        keyring = await self._passwords.backend()
        entered = await self._asking.trunk(
            lambda name: self._book.taken(name, trunk), keyring, trunk, foreign
        )
        if entered is None:
            return
        made, password = entered
        try:
            self._book.put(made, trunk)
        except StoreError as error:
            self._say(error.finding, **error.details)
            return
        if trunk is not None:
            self._forget_in_engine(trunk)
        if password and await self._passwords.keep(made, password):
            self._say("window.password.session", trunk=made.name)
        self.load()
        self._state.select(made.name)

    async def remove(self, trunk: Trunk | None) -> None:
        """Remove a stored trunk; its account's password goes with the last trunk that uses it."""
        if trunk is None:
            return
        if self._book.is_temporary(trunk.name):
            self._say("window.practice.started")
            return
        if not await self._asking.removal(trunk):
            return
        try:
            last = self._book.remove(trunk)
        except StoreError as error:
            self._say(error.finding, **error.details)
            return
        self._forget_in_engine(trunk)
        self.load()
        if last:
            self._accounts.forget(self._book.account(trunk))
            await self._passwords.forget(trunk)

    def _stored(self, trunk: Trunk) -> Trunk:
        """Give the trunk as it is stored now: its last numbers may be newer than those shown."""
        try:
            return next((one for one in self._book.list() if one.name == trunk.name), trunk)
        except StoreError:
            return trunk

    async def _configure(self, trunk: Trunk) -> bool:
        if trunk.name in self._doubted:
            self._doubted.discard(trunk.name)
            # A practice trunk's password is nobody's to know, so nobody is asked for it.
            if not self._book.is_temporary(trunk.name) and await self._passwords.doubt(trunk):
                self._configured.pop(trunk.name, None)
        if self._configured.get(trunk.name) == trunk:
            return True
        password = await self._passwords.find(trunk, self._asking.password)
        if not password:
            return False
        self._submit(self._registering.configuration(trunk, password))
        self._configured[trunk.name] = trunk
        return True

    def _forget_in_engine(self, trunk: Trunk) -> None:
        self._state.forget(trunk.name)
        if self._configured.pop(trunk.name, None) is not None:
            self._submit(UnregisterTrunk(trunk=trunk.name))
            self._submit(ForgetTrunk(trunk=trunk.name))
        self._registering.release(trunk)

    def _arrived(self, event: Event) -> None:
        if isinstance(event, EngineStopped):
            self._configured.clear()
        elif isinstance(event, BindingRemoved):
            # Wished for again meanwhile: the account stays ours.
            if not self._wanted(event.trunk):
                self._give_back(event.trunk)
        elif isinstance(event, BindingRefused):
            if event.finding == "finding.register.credentials-refused":
                self._doubted.add(event.trunk)
            if event.purpose != "verify":
                self._give_back(event.trunk)  # a refusal ends the trying, and with it our hold

    def _give_back(self, name: str) -> None:
        trunk = self._state.trunk_named(name)
        if trunk is not None:
            self._registering.release(trunk)
