"""Which of the bindings a registrar lists are ours, whatever it lists."""

from __future__ import annotations

import pytest

from tccc_desk.sip.headers import Headers
from tccc_desk.sip.message import Response
from tccc_desk.trunk.bindings import read_bindings
from tccc_desk.trunk.own_contacts import MAX_FORMER, OwnContacts
from tccc_desk.trunk.servers import BACK_AFTER_S, Servers, worth_another
from tests.helpers.simulation import trunk_named

OURS = "sip:gateway01@192.0.2.10:40000;transport=tcp"


def listing(*contacts: str, expires: str = "") -> Response:
    headers = [("Via", "SIP/2.0/TCP 192.0.2.10:40000;branch=z9hG4bKx")]
    headers += [("Contact", contact) for contact in contacts]
    return Response(200, "OK", Headers([*headers, *([("Expires", expires)] if expires else [])]))


@pytest.mark.parametrize(
    "listed",
    [
        "<sip:gateway01@192.0.2.10:40000;transport=tcp>;expires=60",
        "<sip:gateway01@192.0.2.10:40000;transport=TCP;ob>;q=0.5;expires=60",
        "<sip:gateway01@192.0.2.10:40000>;expires=60",
        "sip:gateway01@192.0.2.10:40000;expires=60",
    ],
)
def test_parameters_a_registrar_adds_change_nothing(listed: str) -> None:
    assert read_bindings(listing(listed, "<sip:pbx@h>"), OURS, 120).granted_s == 60


@pytest.mark.parametrize(
    "listed",
    [
        "<sip:gateway02@192.0.2.10:40000>",
        "<sip:gateway01@192.0.2.10:40001>",
        "<sip:gateway01@192.0.2.10>",
        "<sip:GATEWAY01@198.51.100.7:40000>",
        "*",
        '"',
        "<tel:+8613800138000>",
    ],
)
def test_what_is_not_ours_grants_nothing(listed: str) -> None:
    found = read_bindings(listing(listed, expires="60"), OURS, 120)
    assert (found.granted_s, found.stale, found.rewritten) == (None, (), "")
    assert found.others == (listed,)


def test_of_two_with_our_user_at_other_places_none_is_taken_for_ours() -> None:
    both = ("<sip:gateway01@198.51.100.7:5060>", "<sip:gateway01@198.51.100.8:5060>")
    assert read_bindings(listing(*both), OURS, 120).granted_s is None


def test_headers_in_a_listed_uri_are_not_sent_back() -> None:
    own = OwnContacts(["sip:gateway01@192.0.2.9:1"])
    own.choose(OURS)
    listed = "<sip:gateway01@192.0.2.9:1;x=y?Subject=hi>"
    assert read_bindings(listing(f"<{OURS}>", listed), OURS, 120, own).stale == (
        "sip:gateway01@192.0.2.9:1;x=y",
    )


def test_the_present_contact_is_never_a_former_one() -> None:
    own = OwnContacts([OURS])
    assert own.choose(OURS)
    assert not own.choose(OURS)
    found = read_bindings(listing(f"<{OURS}>;expires=50"), OURS, 120, own)
    assert (found.granted_s, found.stale, found.others) == (50, (), ())
    for number in range(2 * MAX_FORMER):
        own.choose(f"sip:gateway01@192.0.2.10:{number + 1}")
    old = read_bindings(listing("<sip:gateway01@192.0.2.10:2>"), "", 0, own)
    assert old.stale == ()  # too long ago: another device's, as far as we know


@pytest.mark.parametrize(
    ("status", "fault", "asked", "worth"),
    [
        (503, "", None, True),
        (503, "", 0, False),
        (408, "", None, True),
        (500, "", None, False),
        (480, "", None, False),
        (0, "silence", None, True),
        (0, "dns", None, True),
        (0, "tls", None, True),
        (0, "closed", None, False),
        (0, "slept", None, False),
        (0, "address-changed", None, False),
    ],
)
def test_what_the_other_server_may_do_better(status: int, fault: str, asked: int | None, worth: bool) -> None:
    assert worth_another(status, fault, asked) is worth


def test_one_server_is_all_there_is() -> None:
    servers = Servers(trunk_named("t"))
    servers.begin(0.0)
    assert not servers.move_on(1.0)
    assert servers.at == servers.other == servers.trunk


def test_the_way_to_the_backup_and_back() -> None:
    servers = Servers(trunk_named("t", backup_server="192.0.2.2"))
    servers.begin(0.0)
    assert servers.move_on(1.0)
    assert (servers.at.server, servers.at.backup_server, servers.other.server) == (
        "192.0.2.2",
        "192.0.2.1",
        "192.0.2.1",
    )
    servers.begin(2.0)
    assert servers.at.server == "192.0.2.2"
    servers.begin(1.0 + BACK_AFTER_S)
    assert servers.at.server == "192.0.2.1"
    assert servers.move_on(700.0)
    assert not servers.move_on(701.0)
    assert servers.at.server == "192.0.2.1"
