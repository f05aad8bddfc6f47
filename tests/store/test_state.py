"""What is remembered about an account."""

from __future__ import annotations

import pytest

from tccc_desk.store.paths import Folders
from tccc_desk.store.state import AccountState, AccountStates

ACCOUNT = "gateway01@1400264214.tccc.qcloud.com"
CONTACT = "<sip:gateway01@192.0.2.1:40000;transport=tcp>"


def test_an_account_is_asked_about_until_it_was_registered(places: Folders) -> None:
    states = AccountStates(places)
    assert states.get(ACCOUNT) == AccountState(registered_before=False, contact="")
    states.put(ACCOUNT, contact=CONTACT)
    states.put(ACCOUNT, registered_before=True)
    states.put("other@example.org", contact="<sip:o@192.0.2.2>")
    assert AccountStates(places).get(ACCOUNT) == AccountState(registered_before=True, contact=CONTACT)
    states.put(ACCOUNT, contact="")
    assert states.get(ACCOUNT) == AccountState(registered_before=True, contact="")
    states.forget(ACCOUNT)
    states.forget(ACCOUNT)
    assert states.get(ACCOUNT) == AccountState()
    assert states.get("other@example.org").contact


@pytest.mark.parametrize("content", [b"", b"[]", b'{"format": 1, "accounts": 3}', b"[" * 100_000])
def test_a_broken_file_counts_as_empty_and_is_kept(places: Folders, content: bytes) -> None:
    path = places.state / "accounts.json"
    path.write_bytes(content)
    states = AccountStates(places)
    assert states.get(ACCOUNT) == AccountState()
    states.put(ACCOUNT, contact=CONTACT)
    assert states.get(ACCOUNT).contact == CONTACT
    assert [kept.read_bytes() for kept in places.state.glob("accounts.broken-*")] == [content]


def test_a_newer_file_is_left_alone(places: Folders) -> None:
    path = places.state / "accounts.json"
    path.write_bytes(b'{"format": 2, "accounts": []}')
    states = AccountStates(places)
    states.put(ACCOUNT, contact=CONTACT)
    states.forget(ACCOUNT)
    assert states.get(ACCOUNT) == AccountState()
    assert path.read_bytes() == b'{"format": 2, "accounts": []}'


def test_contacts_before_the_last_are_kept_until_they_are_gone(places: Folders) -> None:
    states = AccountStates(places)
    for number in range(12):
        states.put(ACCOUNT, contact=f"sip:a@192.0.2.1:{number}")
    assert len(states.get(ACCOUNT).leftovers) == 9
    states.put(ACCOUNT, gone="sip:a@192.0.2.1:10")
    states.put(ACCOUNT, contact="sip:a@192.0.2.1:9")  # once more: no former one now
    assert states.get(ACCOUNT).leftovers[:3] == tuple(f"sip:a@192.0.2.1:{port}" for port in (9, 11, 8))
    states.put(ACCOUNT, gone="sip:a@192.0.2.1:9")
    assert states.get(ACCOUNT).contact == ""
    assert states.get(ACCOUNT).leftovers[0] == "sip:a@192.0.2.1:11"


def test_an_account_is_one_device_for_good(places: Folders) -> None:
    instance = AccountStates(places).instance(ACCOUNT)
    assert instance.startswith("urn:uuid:")
    assert AccountStates(places).instance(ACCOUNT) == instance
    assert AccountStates(places).instance("other@example.org") != instance
    (places.state / "accounts.json").write_bytes(b'{"format": 2, "accounts": []}')
    assert AccountStates(places).instance(ACCOUNT) == ""
