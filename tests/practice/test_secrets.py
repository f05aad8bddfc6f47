"""No repr of anything that holds a password shows it."""

from __future__ import annotations

import pytest

from tccc_desk.practice.accounts import PASSWORD_LENGTH, Account, new_password
from tccc_desk.practice.control import DoSetPassword
from tccc_desk.practice.events import AccountShown
from tccc_desk.practice.phone import PhoneSettings

CANARY = "Canary0PassphraseNeverShown"


@pytest.mark.parametrize(
    "holder",
    [
        Account("gateway01", CANARY),
        AccountShown(username="gateway01", password=CANARY),
        DoSetPassword(account="gateway01", password=CANARY),
        PhoneSettings(server="127.0.0.1", port=5060, username="pyvoip", password=CANARY),
    ],
    ids=lambda holder: type(holder).__name__,
)
def test_a_repr_leaves_the_password_out(holder: object) -> None:
    assert CANARY not in repr(holder)
    assert CANARY not in f"{holder}"


def test_a_new_password_keeps_the_providers_rules() -> None:
    for _ in range(200):
        password = new_password()
        assert len(password) == PASSWORD_LENGTH
        assert password.isascii()
        assert password.isalnum()
        assert any(map(str.isupper, password))
        assert any(map(str.islower, password))
        assert any(map(str.isdigit, password))
