"""From a server's name to addresses, asked of a real name server on loopback."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator

import pytest

from tccc_desk.net.errors import TransportError
from tccc_desk.net.resolver import MAX_TARGETS, Resolver, Service, Target, in_order
from tests.helpers.name_server import NameServer, Zone, name_server

ZONE: Zone = {
    ("_sip._tcp.trunk.test", "SRV"): [
        "20 0 5080 back.trunk.test.",
        "10 0 5070 two.trunk.test.",
    ],
    ("_sips._tcp.trunk.test", "SRV"): ["0 0 5071 two.trunk.test."],
    ("two.trunk.test", "A"): ["192.0.2.1", "192.0.2.2"],
    ("two.trunk.test", "AAAA"): ["2001:db8::1"],
    ("back.trunk.test", "A"): ["192.0.2.9"],
    ("plain.trunk.test", "A"): ["192.0.2.5"],
    ("six.trunk.test", "AAAA"): ["2001:db8::6", "::ffff:192.0.2.6"],
    ("empty.trunk.test", "TXT"): ["no address here"],
    ("moved.trunk.test", "NAPTR"): [
        '10 20 "s" "SIP+D2U" "" _sip._udp.moved.trunk.test.',
        '20 10 "s" "SIP+D2T" "" later.trunk.test.',
        '10 10 "s" "SIP+D2T" "" _sip._tcp.trunk.test.',
        '1 1 "u" "SIP+D2T" "!x!y!" .',
    ],
    ("_sip._tcp.closed.trunk.test", "SRV"): ["0 0 0 ."],
    ("closed.trunk.test", "A"): ["192.0.2.7"],
    ("_sip._tcp.broken.trunk.test", "SRV"): ["0 0 5060 nowhere.trunk.test.", "1 0 5062 plain.trunk.test."],
    ("_sip._tcp.lost.trunk.test", "SRV"): ["0 0 5060 nowhere.trunk.test."],
    ("_sip._udp.many.trunk.test", "SRV"): [f"{n} 0 5060 h{n}.many.trunk.test." for n in range(60)],
    **{(f"h{n}.many.trunk.test", "A"): [f"192.0.2.{n}", f"198.51.100.{n}"] for n in range(60)},
}


@pytest.fixture
async def names() -> AsyncIterator[NameServer]:
    async with name_server(ZONE) as server:
        yield server


@pytest.fixture
def resolver(names: NameServer) -> Resolver:
    return Resolver((names.address,), timeout_s=1.0)


async def test_without_a_port_srv_says_where(resolver: Resolver, names: NameServer) -> None:
    assert await resolver.resolve("trunk.test", None, "tcp") == (
        Target("2001:db8::1", 5070),
        Target("192.0.2.1", 5070),
        Target("192.0.2.2", 5070),
        Target("192.0.2.9", 5080),
    )
    assert names.asked[0] == ("_sip._tcp.trunk.test", "SRV")
    assert "NAPTR" not in [kind for _, kind in names.asked]
    assert {target.port for target in await resolver.resolve("trunk.test", None, "tls")} == {5071}


async def test_naptr_says_under_which_name_the_chosen_transport_is(resolver: Resolver) -> None:
    found = await resolver.resolve("moved.trunk.test", None, "tcp")
    assert {target.port for target in found} == {5070, 5080}
    with pytest.raises(TransportError):
        await resolver.resolve("moved.trunk.test", None, "tls")


async def test_with_a_port_srv_is_not_asked(resolver: Resolver, names: NameServer) -> None:
    assert await resolver.resolve("back.trunk.test", 35090, "tcp") == (Target("192.0.2.9", 35090),)
    assert {kind for _, kind in names.asked} == {"A", "AAAA"}


@pytest.mark.parametrize(("transport", "port"), [("udp", 5060), ("tcp", 5060), ("tls", 5061)])
async def test_without_srv_the_default_port(resolver: Resolver, transport: str, port: int) -> None:
    assert await resolver.resolve("plain.trunk.test", None, transport) == (Target("192.0.2.5", port),)


@pytest.mark.parametrize(
    ("literal", "host"),
    [("192.0.2.1", "192.0.2.1"), ("2001:DB8:0::1", "2001:db8::1"), ("::ffff:192.0.2.1", "192.0.2.1")],
)
async def test_an_address_is_taken_as_it_is(
    resolver: Resolver, names: NameServer, literal: str, host: str
) -> None:
    assert await resolver.resolve(literal, None, "udp") == (Target(host, 5060),)
    assert names.asked == []


async def test_ipv6_only_and_mapped_addresses(resolver: Resolver) -> None:
    found = await resolver.resolve("six.trunk.test", 5060, "tcp")
    assert found == (Target("2001:db8::6", 5060), Target("192.0.2.6", 5060))


@pytest.mark.parametrize(
    "name", ["nowhere.trunk.test", "empty.trunk.test", "lost.trunk.test", "a" * 70 + ".test"]
)
async def test_a_name_that_leads_nowhere_is_a_dns_fault(resolver: Resolver, name: str) -> None:
    with pytest.raises(TransportError) as failed:
        await resolver.resolve(name, None, "tcp")
    assert failed.value.fault == "dns"


async def test_a_service_not_offered_is_not_sought_elsewhere(resolver: Resolver) -> None:
    with pytest.raises(TransportError, match="not offered"):
        await resolver.resolve("closed.trunk.test", None, "tcp")


async def test_one_dead_name_among_the_services_is_passed_over_and_said(resolver: Resolver) -> None:
    said: list[str] = []
    found = await resolver.resolve("broken.trunk.test", None, "tcp", said.append)
    assert found == (Target("192.0.2.5", 5062),)
    assert ["nowhere.trunk.test" in one for one in said] == [True]


async def test_a_router_that_ignores_srv_questions_is_said_and_survived(names: NameServer) -> None:
    names.silent.add("SRV")
    said: list[str] = []
    resolver = Resolver((names.address,), timeout_s=0.4)
    found = await resolver.resolve("plain.trunk.test", None, "tcp", said.append)
    assert found == (Target("192.0.2.5", 5060),)
    assert ["_sip._tcp.plain.trunk.test" in one for one in said] == [True]


async def test_a_dead_name_server_is_given_up_in_time(names: NameServer) -> None:
    names.silent |= {"SRV", "A", "AAAA"}
    resolver = Resolver((names.address,), timeout_s=0.4)
    async with asyncio.timeout(3):
        with pytest.raises(TransportError) as failed:
            await resolver.resolve("plain.trunk.test", None, "tcp")
    assert failed.value.fault == "dns"


async def test_hundreds_of_records_are_cut(resolver: Resolver, names: NameServer) -> None:
    found = await resolver.resolve("many.trunk.test", None, "udp")
    assert len(found) == MAX_TARGETS
    assert found[0] == Target("192.0.2.0", 5060)
    assert len(names.asked) < 20


async def test_the_system_is_asked_where_no_name_server_is_given() -> None:
    found = await Resolver().resolve("localhost", 5060, "tcp")
    assert {target.host for target in found} <= {"127.0.0.1", "::1"}
    assert found


def test_the_lower_priority_comes_first_and_weights_share_the_rest() -> None:
    services = [
        Service(10, 60, 1, "big"),
        Service(10, 20, 2, "small"),
        Service(10, 20, 3, "other"),
        Service(20, 0, 4, "backup"),
    ]
    draws = [n / 1000 for n in range(1000)]
    first: Counter[str] = Counter()
    for draw in draws:
        ordered = in_order(services, lambda draw=draw: draw)  # type: ignore[misc]
        assert ordered[-1].name == "backup"
        assert sorted(one.name for one in ordered) == ["backup", "big", "other", "small"]
        first[ordered[0].name] += 1
    assert first["big"] == pytest.approx(600, abs=25)
    assert first["small"] == pytest.approx(200, abs=25)


def test_weight_nought_is_seldom_before_a_weight() -> None:
    services = [Service(0, 10, 1, "heavy"), Service(0, 0, 2, "light")]
    assert [one.name for one in in_order(services, lambda: 0.5)] == ["heavy", "light"]
    assert [one.name for one in in_order(services, lambda: 0.0)] == ["light", "heavy"]
    assert in_order([], lambda: 0.5) == []
