"""Where the window gets a trunk's password: this session's memory, the keyring, or the admin."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from tccc_desk.store.errors import SecretMissing, VaultError
from tccc_desk.store.vault import Secrets, SessionSecrets, Vault, account_key
from tccc_desk.trunk.profile import Trunk

Ask = Callable[[Trunk, VaultError], Awaitable[str | None]]
"""Asks the admin and says why; None is a refusal."""


class Passwords:
    """Session memory first: what was typed there was typed because the keyring would not keep it."""

    def __init__(self, keyring: Vault, session: Secrets | None = None) -> None:
        self._keyring = keyring
        self._session: Secrets = session or SessionSecrets()
        self._seen: set[str] = set()

    def known(self) -> tuple[str, ...]:
        """Give every password this session had to do with: what is handed over is searched for them."""
        return tuple(sorted(self._seen))

    async def backend(self) -> str:
        """Name the keyring; "" while there is none we trust."""
        try:
            return await self._keyring.backend_async()
        except VaultError:
            return ""

    async def keep(self, trunk: Trunk, password: str) -> VaultError | None:
        """Keep a password; the error says why it is kept for this session only."""
        account = account_key(trunk)
        self._seen.add(password)
        try:
            await self._keyring.write_async(account, password)
        except VaultError as error:
            await self._session.write_async(account, password)
            return error
        await self._session.delete_async(account)
        return None

    async def keep_for_session(self, trunk: Trunk, password: str) -> None:
        """Keep a password in memory only."""
        self._seen.add(password)
        await self._session.write_async(account_key(trunk), password)

    async def doubt(self, trunk: Trunk) -> bool:
        """Drop a refused password that only memory holds, so that the next `find` asks anew."""
        account = account_key(trunk)
        try:
            await self._session.read_async(account)
        except SecretMissing:
            return False  # the keyring's is the admin's to change, by editing the trunk
        await self._session.delete_async(account)
        return True

    async def find(self, trunk: Trunk, ask: Ask) -> str | None:
        """Find the password or ask for it; None when the admin did not give one."""
        password = await self._find(trunk, ask)
        if password:
            self._seen.add(password)
        return password

    async def _find(self, trunk: Trunk, ask: Ask) -> str | None:
        account = account_key(trunk)
        try:
            return await self._session.read_async(account)
        except SecretMissing:
            pass
        try:
            return await self._keyring.read_async(account)
        except VaultError as error:
            password = await ask(trunk, error)
            if password:
                if isinstance(error, SecretMissing):
                    await self.keep(trunk, password)
                else:
                    await self._session.write_async(account, password)
            return password

    async def forget(self, trunk: Trunk) -> None:
        """Forget an account's password here and in the keyring; a keyring that refuses keeps it."""
        account = account_key(trunk)
        await self._session.delete_async(account)
        try:
            await self._keyring.delete_async(account)
        except VaultError:
            return
