"""The sheet for the network team: what is known stands in it, what is not is said."""

from __future__ import annotations

import re
from collections.abc import Callable

import msgspec
import pytest

from tccc_desk.diagnosis.firewall import WIDTH, Facts, doors, firewall_sheet, servers
from tccc_desk.texts.catalogue import LANGUAGES, Language, ids, text
from tccc_desk.trunk.profile import Trunk
from tests.helpers.window_script import TRUNK

FACTS = Facts(
    "2026-11-24 10:00",
    source="192.0.2.10",
    interface="eth0",
    outside="198.51.100.3",
    used="203.0.113.7:35090",
    resolved={"sip.tccc.qcloud.com": ("203.0.113.7", "2001:db8::7"), "sip2.tccc.qcloud.com": ()},
    rtp_low=20000,
    rtp_high=20100,
)
ELSEWHERE = msgspec.structs.replace(TRUNK, server="pbx.example.org", port=None, transport="udp")


def say(language: Language) -> Callable[..., str]:
    return lambda name, **values: text(name, language, **values)


@pytest.mark.parametrize("language", LANGUAGES)
def test_everything_known_stands_in_it(language: Language) -> None:
    sheet = firewall_sheet(TRUNK, FACTS, say(language))
    for value in ("192.0.2.10", "eth0", "198.51.100.3", "203.0.113.7, 2001:db8::7", "203.0.113.7:35090"):
        assert value in sheet
    for value in (
        "TCP",
        "UDP",
        "TLS",
        "35090",
        "5061",
        "20000",
        "20100",
        "5089",
        "53",
        "sip2.tccc.qcloud.com",
    ):
        assert value in sheet
    assert TRUNK.username in sheet
    assert not re.search(r"firewall\.|\{", sheet)
    assert language == "zh" or max(map(len, sheet.splitlines())) <= WIDTH


def test_what_is_not_known_is_said() -> None:
    sheet = firewall_sheet(None, Facts("now"), say("en"))
    assert sheet.count("not resolved yet") == 2
    assert "Address of this machine: not known yet" in sheet
    assert "any UDP port above 1023" in sheet
    assert sheet.count("ublished") >= 3
    assert "the name was not found" in firewall_sheet(TRUNK, FACTS, say("en"))


@pytest.mark.parametrize(
    ("trunk", "expected"),
    [
        (None, [("TCP", 35090), ("UDP", 35090), ("TLS", 5061)]),
        (TRUNK, [("TCP", 35090), ("UDP", 35090), ("TLS", 5061)]),
        (ELSEWHERE, [("UDP", None)]),
        (msgspec.structs.replace(ELSEWHERE, port=5080, transport="tls"), [("TLS", 5080)]),
    ],
)
def test_the_doors_are_the_providers_or_the_trunks_own(
    trunk: Trunk | None, expected: list[tuple[str, int | None]]
) -> None:
    assert [(door.transport, door.port) for door in doors(trunk)] == expected


def test_the_backup_is_asked_for_too() -> None:
    assert [host for host, _, _ in servers(TRUNK)] == ["sip.tccc.qcloud.com", "sip2.tccc.qcloud.com"]
    assert [host for host, _, _ in servers(ELSEWHERE)] == ["pbx.example.org"]
    both = msgspec.structs.replace(ELSEWHERE, backup_server="192.0.2.7", backup_port=5062)
    assert servers(both)[1] == ("192.0.2.7", 5062, "udp")


def test_no_sentence_is_left_over() -> None:
    said: set[str] = set()

    def collect(id: str, /, **values: object) -> str:
        said.add(id)
        return id

    for trunk in (None, TRUNK, ELSEWHERE):
        firewall_sheet(trunk, FACTS, collect)
        firewall_sheet(trunk, Facts("now"), collect)
    assert said == ids("firewall")
