"""What we remember about an account between runs, apart from what the admin entered."""

from __future__ import annotations

import msgspec

from tccc_desk.store.paths import Folders


class AccountState(msgspec.Struct, frozen=True, kw_only=True):
    registered_before: bool = False
    """False: ask the registrar who is there before the first registration."""
    contact: str = ""
    """Our last Contact URI, stored before it is sent: the only binding we may remove later."""


class AccountStates:
    """Keyed by `vault.account_key`; a broken file counts as empty."""

    def __init__(self, folders: Folders) -> None:
        self._path = folders.state / "accounts.json"

    def get(self, account: str) -> AccountState:
        raise NotImplementedError

    def put(self, account: str, *, registered_before: bool | None = None, contact: str | None = None) -> None:
        """Change what is given; None leaves a value as it is."""
        raise NotImplementedError

    def forget(self, account: str) -> None:
        raise NotImplementedError
