"""Passwords: in the system's keyring, or in memory for this session, nowhere else.

Each call to the keyring runs in a thread of its own, since a prompt can block it for ever.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable
from typing import Generic, Protocol, TypeVar

from tccc_desk.store import keyring_door
from tccc_desk.store.errors import (
    SecretMissing,
    SecretTooLong,
    VaultError,
    VaultTimeout,
    VaultUnavailable,
)
from tccc_desk.trunk.profile import Trunk

TIMEOUT_S = 10.0
MAX_CODE_UNITS = 1280
"""A Windows credential holds 2,560 octets of UTF-16. Kept everywhere, so that trunks can move."""
MAX_STUCK = 4
"""Calls that may hang in a prompt at once; further ones time out without being tried."""

_Result = TypeVar("_Result")


def account_key(trunk: Trunk) -> str:
    """user@domain: who is registered and whose password it is, however the trunk is called.

    Trunks that differ only in name, server or transport share it: delete a password only
    when no stored trunk has its key any more.
    """
    return f"{trunk.username}@{trunk.domain}"


class Secrets(Protocol):
    """Where a face keeps passwords; `account` is an `account_key`."""

    def read(self, account: str) -> str: ...
    def write(self, account: str, password: str) -> None: ...
    def delete(self, account: str) -> None: ...
    async def read_async(self, account: str) -> str: ...
    async def write_async(self, account: str, password: str) -> None: ...
    async def delete_async(self, account: str) -> None: ...


class _Outcome(Generic[_Result]):
    """What the worker found: a value or a VaultError."""

    def __init__(self) -> None:
        self._values: list[_Result] = []
        self._error: VaultError = VaultUnavailable(reason="")

    def fill(self, work: Callable[[], _Result]) -> None:
        """Run `work`, which raises VaultError only."""
        try:
            self._values.append(work())
        except VaultError as error:
            error.__context__ = None  # the frames it leads to hold the password
            self._error = error.with_traceback(None)

    def get(self) -> _Result:
        """Give the value or raise the error."""
        if self._values:
            return self._values[0]
        raise self._error from None


class Vault:
    """The system's keyring. Every method raises a VaultError after `timeout_s` at the latest.

    A call that timed out goes on behind our back: when the user answers the prompt later,
    a password handed over is then stored.
    """

    def __init__(self, timeout_s: float = TIMEOUT_S) -> None:
        self._timeout_s = timeout_s
        self._running: set[threading.Thread] = set()

    def read(self, account: str) -> str:
        """Give the password, or raise SecretMissing."""
        return self._wait(lambda: keyring_door.read(account))

    def write(self, account: str, password: str) -> None:
        """Store or replace the password."""
        _refuse_long(password)
        self._wait(lambda: keyring_door.write(account, password))

    def delete(self, account: str) -> None:
        """Delete the password; none being there is no error."""
        self._wait(lambda: keyring_door.delete(account))

    def backend(self) -> str:
        """Name the keyring in use, "Secret Service" or another of `keyring_door.BACKENDS`."""
        return self._wait(keyring_door.backend_name)

    async def read_async(self, account: str) -> str:
        """As `read`, without blocking the running loop."""
        return await self._wait_async(lambda: keyring_door.read(account))

    async def write_async(self, account: str, password: str) -> None:
        """As `write`, without blocking the running loop."""
        _refuse_long(password)
        await self._wait_async(lambda: keyring_door.write(account, password))

    async def delete_async(self, account: str) -> None:
        """As `delete`, without blocking the running loop."""
        await self._wait_async(lambda: keyring_door.delete(account))

    async def backend_async(self) -> str:
        """As `backend`, without blocking the running loop."""
        return await self._wait_async(keyring_door.backend_name)

    def _wait(self, work: Callable[[], _Result]) -> _Result:
        outcome = _Outcome[_Result]()
        ended = threading.Event()
        self._start(work, outcome, ended.set)
        if not ended.wait(self._timeout_s):
            raise VaultTimeout(seconds=f"{self._timeout_s:g}")
        return outcome.get()

    async def _wait_async(self, work: Callable[[], _Result]) -> _Result:
        outcome = _Outcome[_Result]()
        loop = asyncio.get_running_loop()
        ended = asyncio.Event()

        def end() -> None:
            with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
                loop.call_soon_threadsafe(ended.set)

        self._start(work, outcome, end)
        try:
            await asyncio.wait_for(ended.wait(), self._timeout_s)
        except TimeoutError:
            raise VaultTimeout(seconds=f"{self._timeout_s:g}") from None
        return outcome.get()

    def _start(
        self, work: Callable[[], _Result], outcome: _Outcome[_Result], end: Callable[[], None]
    ) -> None:
        self._running = {thread for thread in self._running if thread.is_alive()}
        if len(self._running) >= MAX_STUCK:
            raise VaultTimeout(seconds="0")

        def run() -> None:
            outcome.fill(work)
            end()

        # A daemon: a prompt nobody answers must not keep the process from ending.
        thread = threading.Thread(target=run, name="keyring", daemon=True)
        self._running.add(thread)
        thread.start()


class SessionSecrets:
    """The same door without a keyring: gone with the process. The face chooses it and says so."""

    def __init__(self) -> None:
        self._passwords: dict[str, str] = {}

    def __repr__(self) -> str:
        return f"SessionSecrets({len(self._passwords)})"

    def read(self, account: str) -> str:
        """Give the password, or raise SecretMissing."""
        try:
            return self._passwords[account]
        except KeyError:
            raise SecretMissing(account=account) from None

    def write(self, account: str, password: str) -> None:
        """Remember the password until the process ends."""
        _refuse_long(password)
        self._passwords[account] = password

    def delete(self, account: str) -> None:
        """Forget the password; none being there is no error."""
        self._passwords.pop(account, None)

    async def read_async(self, account: str) -> str:
        """As `read`."""
        return self.read(account)

    async def write_async(self, account: str, password: str) -> None:
        """As `write`."""
        self.write(account, password)

    async def delete_async(self, account: str) -> None:
        """As `delete`."""
        self.delete(account)


def _refuse_long(password: str) -> None:
    if len(password.encode("utf-16-le", "surrogatepass")) > 2 * MAX_CODE_UNITS:
        raise SecretTooLong(limit=str(MAX_CODE_UNITS))
