"""What we remember about an account between runs, apart from what the admin entered."""

from __future__ import annotations

import uuid

import msgspec

from tccc_desk.store.errors import StoreError
from tccc_desk.store.files import exclusive, read_bounded, set_aside, write_atomic
from tccc_desk.store.paths import Folders

FORMAT = 1
MAX_FORMER = 8
"""Contacts remembered before the last one; bindings expire in minutes."""


class AccountState(msgspec.Struct, frozen=True, kw_only=True):
    """Nothing here was entered by anyone; losing it costs one question."""

    registered_before: bool = False
    """False: ask the registrar who is there before the first registration."""
    contact: str = ""
    """Our last Contact URI, stored before it is sent; "" once its removal was confirmed."""
    former: tuple[str, ...] = ()
    """Contact URIs before it that nobody confirmed the removal of, the latest first."""
    instance: str = ""
    """"urn:uuid:...", which device of the account we are (RFC 5626 section 4.1); made once."""

    @property
    def leftovers(self) -> tuple[str, ...]:
        """What a run that ended without taking leave may have left: all we may remove later."""
        return (self.contact, *self.former) if self.contact else self.former


class _Format(msgspec.Struct, frozen=True):
    format: int


class _File(msgspec.Struct, frozen=True):
    format: int = FORMAT
    accounts: dict[str, AccountState] = {}


class AccountStates:
    """Keyed by `vault.account_key`; a broken file is kept aside and counts as empty.

    A file of a newer version counts as empty too and is left alone: nothing is then
    remembered, and `put` and `forget` change nothing.
    """

    def __init__(self, folders: Folders) -> None:
        self._path = folders.state / "accounts.json"

    def get(self, account: str) -> AccountState:
        """Give what is remembered, or the defaults."""
        file = self._read()
        return (file.accounts if file else {}).get(account, AccountState())

    def put(
        self,
        account: str,
        *,
        registered_before: bool | None = None,
        contact: str | None = None,
        gone: str | None = None,
    ) -> None:
        """Change what is given; None leaves a value as it is.

        A new `contact` makes the last one a former one; `gone` is a contact known to be removed.
        """
        with exclusive(self._path):
            accounts = self._accounts_to_change()
            if accounts is None:
                return
            before = accounts.get(account, AccountState())
            after = msgspec.structs.replace(
                before,
                registered_before=before.registered_before
                if registered_before is None
                else registered_before,
                contact=_contact(before, contact, gone),
                former=_former(before, contact, gone),
            )
            if after != before or account not in accounts:
                accounts[account] = after
                self._write(accounts)

    def instance(self, account: str) -> str:
        """Which device of `account` we are; "" where nothing can be remembered."""
        known = self.get(account).instance
        if known:
            return known
        with exclusive(self._path):
            accounts = self._accounts_to_change()
            if accounts is None:
                return ""
            before = accounts.get(account, AccountState())
            after = msgspec.structs.replace(before, instance=before.instance or f"urn:uuid:{uuid.uuid4()}")
            accounts[account] = after
            self._write(accounts)
            return after.instance

    def forget(self, account: str) -> None:
        """Drop what is remembered; the next registration asks again who is there."""
        with exclusive(self._path):
            accounts = self._accounts_to_change()
            if accounts and accounts.pop(account, None):
                self._write(accounts)

    def _read(self) -> _File | None:
        """None stands for a file that is there and cannot be used."""
        try:
            data = read_bounded(self._path)
            if data is None:
                return _File()
            found = msgspec.json.decode(data, type=_Format).format
            return _File(format=found) if found > FORMAT else msgspec.json.decode(data, type=_File)
        except (StoreError, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return None

    def _accounts_to_change(self) -> dict[str, AccountState] | None:
        file = self._read()
        if file is None:
            set_aside(self._path)
            return {}
        return dict(file.accounts) if file.format == FORMAT else None

    def _write(self, accounts: dict[str, AccountState]) -> None:
        encoded = msgspec.json.encode(_File(accounts=accounts))
        write_atomic(self._path, msgspec.json.format(encoded, indent=2) + b"\n")


def _contact(before: AccountState, contact: str | None, gone: str | None) -> str:
    if contact is not None:
        return contact
    return "" if before.contact == gone else before.contact


def _former(before: AccountState, contact: str | None, gone: str | None) -> tuple[str, ...]:
    former = before.former
    if contact and before.contact:
        former = (before.contact, *former)
    kept = dict.fromkeys(one for one in former if one not in {contact, gone})
    return tuple(kept)[:MAX_FORMER]
