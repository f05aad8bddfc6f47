"""Faults of files and of the keyring, each with the id of its sentence."""

from __future__ import annotations

from typing import ClassVar


class StoreError(Exception):
    """A file or an option that cannot be used. `finding` is a text id "store.<...>"."""

    def __init__(self, finding: str, **details: str) -> None:
        super().__init__(finding)
        self.finding = finding
        self.details = details


class VaultError(Exception):
    """The keyring did not give or take a password. Holds no secret, neither does its cause."""

    finding: ClassVar[str]

    def __init__(self, **details: str) -> None:
        super().__init__(self.finding)
        self.details = details


class VaultUnavailable(VaultError):
    """No keyring we trust is there (a plain-text file is none), or it failed."""

    finding = "store.vault.unavailable"


class VaultLocked(VaultError):
    """The keyring is locked and was not unlocked, or its prompt was dismissed."""

    finding = "store.vault.locked"


class SecretMissing(VaultError):
    """The keyring works and holds no password for this account."""

    finding = "store.vault.missing"


class VaultTimeout(VaultError):
    """The keyring did not answer in time, mostly because a prompt waits for the user."""

    finding = "store.vault.timeout"


class SecretTooLong(VaultError):
    """The password does not fit into this system's keyring."""

    finding = "store.vault.too_long"
