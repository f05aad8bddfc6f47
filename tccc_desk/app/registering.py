"""The first registration of a trunk: who holds its account here, and who is registered there."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence

from tccc_desk.engine import events as e
from tccc_desk.engine.commands import ConfigureTrunk, RegisterTrunk, VerifyTrunk
from tccc_desk.store.errors import StoreError
from tccc_desk.store.presence import Claim, Occupied, Presence
from tccc_desk.store.state import AccountStates
from tccc_desk.store.vault import account_key
from tccc_desk.trunk.profile import Trunk
from tccc_desk.ui.panel import Submit
from tccc_desk.ui.questions import Choice
from tccc_desk.ui.state import DeskState

ANSWER_S = 40.0
"""Longer than timer F: a verification always ends with an event of its own before."""
UNSUPPORTED = "finding.verify.unsupported"

AskOthers = Callable[[Trunk, Sequence[str] | None], Awaitable[Choice]]
"""Shows the contacts found; None means the server did not say."""
Verdict = e.CredentialsVerified | e.BindingRefused | e.RegistrationFailed | e.CommandRefused


class Registering:
    """Claims accounts and asks before taking one over. Practice trunks are claimed by nobody."""

    def __init__(
        self,
        state: DeskState,
        submit: Submit,
        *,
        accounts: AccountStates,
        presence: Presence,
        ask_others: AskOthers,
    ) -> None:
        self._state = state
        self._submit = submit
        self._accounts = accounts
        self._presence = presence
        self._ask_others = ask_others
        self._claims: dict[str, Claim] = {}
        self._verdicts: dict[str, asyncio.Future[Verdict]] = {}
        self._ours: dict[str, str] = {}
        """Our last contact at each account: after a refused refresh it stands there until it expires."""
        state.arrived.connect(self._arrived)

    def claim(self, trunk: Trunk) -> bool:
        """Take the account for this window; say who has it otherwise."""
        account = account_key(trunk)
        if account in self._claims:
            return True
        claimed = self._presence.claim(account, "window")
        if isinstance(claimed, Occupied):
            id = "window.desk.held-window" if claimed.kind == "window" else "window.desk.held-cli"
            self._state.note(trunk.name, id, pid=claimed.pid)
            return False
        self._claims[account] = claimed
        self._state.note(trunk.name)
        return True

    def release(self, trunk: Trunk) -> None:
        """Give the account back."""
        claim = self._claims.pop(account_key(trunk), None)
        if claim is not None:
            claim.close()

    def close(self) -> None:
        """Give every account back."""
        for claim in self._claims.values():
            claim.close()
        self._claims.clear()

    async def register(self, trunk: Trunk, *, ask: bool) -> bool:
        """Register a configured trunk; with `ask`, only after the registrar said who is there.

        False when it was not asked for: refused, unreachable, or not wanted by the admin.
        """
        account = account_key(trunk)
        known = self._accounts.get(account)
        ours = [*known.leftovers, *filter(None, [self._ours.get(account)])]
        ask = ask and not known.registered_before and not self._state.status.trunk(trunk.name).bound
        if ask and not await self._may_take_over(trunk, ours):
            return False
        self._state.call_only.discard(trunk.name)
        self._state.note(trunk.name)
        self._submit(RegisterTrunk(trunk=trunk.name))
        return True

    async def _may_take_over(self, trunk: Trunk, ours: Sequence[str]) -> bool:
        self._state.note(trunk.name, "window.desk.asking")
        verdict = await self._verify(trunk.name)
        self._state.note(trunk.name)
        found: Sequence[str] | None
        if isinstance(verdict, e.CredentialsVerified):
            found = [one for one in verdict.contacts if not any(f"<{mine}>" in one for mine in ours)]
            if not found:
                return True
        elif isinstance(verdict, e.BindingRefused) and verdict.finding == UNSUPPORTED:
            found = None  # a registrar that will not list bindings: the admin decides unseeing
        else:
            return False
        choice = await self._ask_others(trunk, found)
        if choice == "call-only":
            self._state.call_only.add(trunk.name)
            self._state.note(trunk.name, "window.desk.call-only")
        return choice == "register"

    async def _verify(self, name: str) -> Verdict | None:
        waiting: asyncio.Future[Verdict] = asyncio.get_running_loop().create_future()
        self._verdicts[name] = waiting
        self._submit(VerifyTrunk(trunk=name))
        try:
            return await asyncio.wait_for(waiting, ANSWER_S)
        except TimeoutError:
            return None
        finally:
            self._verdicts.pop(name, None)

    def _arrived(self, event: e.Event) -> None:
        if isinstance(event, e.BindingEstablished):
            trunk = self._state.trunk_named(event.trunk)
            if trunk is not None:
                self._ours[account_key(trunk)] = event.contact
            if event.first:
                self._remember(event.trunk, registered_before=True, contact=event.contact)
        elif isinstance(event, e.ContactChosen):
            self._remember(event.trunk, contact=event.contact)
        elif isinstance(event, e.BindingRemoved):
            if event.confirmed and event.contact:
                self._remember(event.trunk, gone=event.contact)
        elif isinstance(event, e.StaleBindingRemoved):
            self._remember(event.trunk, gone=event.contact)
        elif isinstance(event, e.CommandRefused):
            if event.command == VerifyTrunk.__name__:
                self._settle(event)
        elif isinstance(event, e.CredentialsVerified | e.BindingRefused | e.RegistrationFailed):
            self._settle(event)
        elif isinstance(event, e.EngineStopped):
            for waiting in self._verdicts.values():
                waiting.cancel()

    def _settle(self, verdict: Verdict) -> None:
        waiting = self._verdicts.get(verdict.trunk)
        if waiting is not None and not waiting.done():
            waiting.set_result(verdict)

    def _remember(
        self,
        name: str,
        *,
        registered_before: bool | None = None,
        contact: str | None = None,
        gone: str | None = None,
    ) -> None:
        trunk = self._state.trunk_named(name)
        if trunk is None or not self._remembered(trunk):
            return
        # A full disk is no reason to stop: all that is lost is what a crash leaves behind.
        with contextlib.suppress(StoreError):
            self._accounts.put(
                account_key(trunk), registered_before=registered_before, contact=contact, gone=gone
            )

    def _remembered(self, trunk: Trunk) -> bool:
        # A trunk with a remark is of this session only: nothing of it is stored.
        return trunk.name not in self._state.remarks

    def configuration(self, trunk: Trunk, password: str) -> ConfigureTrunk:
        """Make the command that hands a trunk over, with what an earlier run may have left behind."""
        if not self._remembered(trunk) or account_key(trunk) not in self._claims:
            return ConfigureTrunk(trunk=trunk, password=password)
        instance = ""
        with contextlib.suppress(StoreError):
            instance = self._accounts.instance(account_key(trunk))
        former = self._accounts.get(account_key(trunk)).leftovers
        return ConfigureTrunk(trunk=trunk, password=password, former_contacts=former, instance_id=instance)
