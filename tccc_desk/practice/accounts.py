"""The gateway's accounts: the names of the provider's document, passwords made up for each run."""

from __future__ import annotations

import secrets
import string
from dataclasses import dataclass

DEFAULT_DOMAIN = "1400000001.tccc.qcloud.com"
"""An instance domain that can belong to nobody's real trunk by accident."""
DEFAULT_USERNAMES = ("gateway01", "gateway02")
PASSWORD_LENGTH = 16


@dataclass(frozen=True, slots=True, repr=False)
class Account:
    """One registration account. Its repr leaves the password out."""

    username: str
    password: str

    def __repr__(self) -> str:
        return f"Account({self.username!r})"


def new_password() -> str:
    """Return a random password of letters and digits with an upper, a lower case letter and a digit in it.

    These are the rules the provider sets for account passwords.
    """
    classes = (string.ascii_uppercase, string.ascii_lowercase, string.digits)
    letters = [secrets.choice(each) for each in classes]
    letters += [secrets.choice("".join(classes)) for _ in range(PASSWORD_LENGTH - len(letters))]
    secrets.SystemRandom().shuffle(letters)
    return "".join(letters)


def new_accounts(usernames: tuple[str, ...] = DEFAULT_USERNAMES) -> dict[str, Account]:
    """Accounts by user name, each with a password of its own."""
    return {name: Account(name, new_password()) for name in usernames}
