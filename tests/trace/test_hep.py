"""HEPv3 packets written and read; what Kamailio makes of them stands in tests/net/test_hep_sender.py."""

from __future__ import annotations

import random
from contextlib import suppress
from pathlib import Path

import msgspec
import pytest

from tccc_desk.trace.hep import HepError, HepPacket, decode, encode, hep_of
from tests.trace._call import call
from tests.trace._frames import capture, ethernet, ip, taken, udp


def test_what_is_encoded_comes_back(tmp_path: Path) -> None:
    for one in call(tmp_path, 1, "TCP"):
        packet = hep_of(one)
        assert packet is not None
        back = decode(packet)
        assert (back.payload, back.transport) == (one.raw, "TCP")
        assert back.at == pytest.approx(one.at, abs=1e-6)
        assert back.source[1] == (5060 if one.direction == "sent" else 35090)


def test_facts_and_what_has_no_address_are_not_told(tmp_path: Path) -> None:
    one = call(tmp_path)[0]
    assert hep_of(msgspec.structs.replace(one, kind="fact")) is None
    assert hep_of(msgspec.structs.replace(one, local="desk.example:5060")) is None
    assert hep_of(msgspec.structs.replace(one, raw=b"x" * 70_000)) is None
    with pytest.raises(HepError):
        encode(HepPacket(0.0, "UDP", (b"1234", 1), (b"1" * 16, 1), b""))


def test_the_decoder_survives_anything(tmp_path: Path) -> None:
    good = hep_of(call(tmp_path)[0])
    assert good is not None
    chance = random.Random(9)
    for _ in range(3000):
        broken = bytearray(good[: chance.randrange(len(good))] if chance.random() < 0.3 else good)
        for _ in range(chance.randint(1, 5)):
            broken[chance.randrange(len(broken))] = chance.randrange(256) if broken else 0
            if not broken:
                break
        with suppress(HepError):
            decode(bytes(broken))


def test_messages_on_their_way_to_a_collector_are_read_from_a_capture(tmp_path: Path) -> None:
    one = call(tmp_path)[0]
    packet = hep_of(one)
    assert packet is not None
    entries, _ = taken(tmp_path, capture([ethernet(ip(udp(packet, 50000, 9060)))]))
    assert [(entry.raw, entry.local, entry.remote) for entry in entries] == [(one.raw, one.local, one.remote)]
