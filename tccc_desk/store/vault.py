"""Passwords: in the system's keyring, or in memory for this session, nowhere else."""

from __future__ import annotations

from typing import Protocol

from tccc_desk.trunk.profile import Trunk

SERVICE = "tccc-desk"
TIMEOUT_S = 10.0


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


class Vault:
    """The system's keyring. Every method raises a VaultError after `timeout_s` at the latest."""

    def __init__(self, timeout_s: float = TIMEOUT_S) -> None:
        self._timeout_s = timeout_s

    def read(self, account: str) -> str:
        raise NotImplementedError

    def write(self, account: str, password: str) -> None:
        raise NotImplementedError

    def delete(self, account: str) -> None:
        """Delete the password; none being there is no error."""
        raise NotImplementedError

    async def read_async(self, account: str) -> str:
        raise NotImplementedError

    async def write_async(self, account: str, password: str) -> None:
        raise NotImplementedError

    async def delete_async(self, account: str) -> None:
        raise NotImplementedError


class SessionSecrets:
    """The same door without a keyring: gone with the process. The face chooses it and says so."""

    def read(self, account: str) -> str:
        raise NotImplementedError

    def write(self, account: str, password: str) -> None:
        raise NotImplementedError

    def delete(self, account: str) -> None:
        raise NotImplementedError

    async def read_async(self, account: str) -> str:
        raise NotImplementedError

    async def write_async(self, account: str, password: str) -> None:
        raise NotImplementedError

    async def delete_async(self, account: str) -> None:
        raise NotImplementedError
