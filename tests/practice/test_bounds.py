"""What a stranger on loopback cannot do: fill memory, stop the gateway, or be forgotten about."""

from __future__ import annotations

import asyncio
import secrets

import pytest

from tccc_desk.practice import core, exchange, sockets
from tccc_desk.practice.accounts import Account
from tccc_desk.practice.authority import MAX_NONCES, NONCE_LIFE_S, Authority
from tccc_desk.practice.events import CallEnded, Troubled
from tccc_desk.practice.lines import STEM
from tccc_desk.sip.digest import parse_challenges
from tccc_desk.sip.headers import Headers
from tccc_desk.sip.message import Request

from .conftest import Running, until
from .scripted import ScriptedAgent


async def test_connections_are_bounded_and_the_next_one_is_dropped(running: Running) -> None:
    kept = [
        await asyncio.open_connection(running.ready.host, running.ready.port)
        for _ in range(sockets.MAX_CONNECTIONS)
    ]
    reader, writer = await asyncio.open_connection(running.ready.host, running.ready.port)
    try:
        data = await asyncio.wait_for(reader.read(), 5)
    except ConnectionError:
        data = b""
    assert data == b""
    for _, each in [*kept, (reader, writer)]:
        each.close()
    await until(lambda: not running.gateway._core.sockets._connections)
    assert (await (await running.agent("TCP")).register()).status == 200


async def test_remembered_udp_addresses_are_bounded(running: Running) -> None:
    server = running.gateway._core.sockets
    flows = [server.datagram_flow(("127.0.0.1", 1 + port)) for port in range(sockets.MAX_UDP_FLOWS + 50)]
    assert len(server._udp_flows) == sockets.MAX_UDP_FLOWS
    assert len({flow.id for flow in flows}) == len(flows)
    assert server.datagram_flow(flows[-1].remote) is flows[-1]


async def test_a_peer_that_never_reads_is_dropped(running: Running) -> None:
    agent = await running.agent("TCP")
    agent.wire.transport.pause_reading()
    (connection,) = running.gateway._core.sockets._connections.values()
    for _ in range(5000):
        connection.write(b"x" * 4000)
        if connection._transport is None or connection._transport.is_closing():
            break
    await until(lambda: not running.gateway._core.sockets._connections)


async def test_calls_are_bounded(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exchange, "MAX_CALLS", 1)
    agent = await running.agent()
    first = agent.invite(f"{STEM}04")
    await first.start()
    assert (await agent.response(first.transaction, provisional=True)).status == 180
    refused = await agent.invite(f"{STEM}00").run()
    assert (refused.status, "calls" in refused.headers.get("Warning")) == (503, True)
    running.gateway.hang_up()
    assert (await agent.response(first.transaction)).status == 480
    assert running.events(CallEnded)[0].by == "us"


async def test_a_bug_in_a_handler_is_answered_with_500_and_reported(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    agent = await running.agent()

    def broken(*_: object) -> bool:
        raise ZeroDivisionError

    monkeypatch.setattr(exchange.Exchange, "is_merged", broken)
    assert (await agent.invite(f"{STEM}00").run()).status == 500
    assert running.events(Troubled)[0].kind == "internal"
    assert (await agent.register()).status == 200


async def test_a_thousand_random_datagrams_leave_it_working(running: Running) -> None:
    agent = await running.agent("UDP")
    seed = secrets.SystemRandom()
    whole = b"INVITE sip:1 SIP/2.0\r\nVia: SIP/2.0/UDP a;branch=z9hG4bK1\r\n"
    whole += b"From: <sip:a>;tag=1\r\nTo: <sip:b>\r\n"
    for _ in range(1000):
        data = bytearray(whole)
        for _ in range(5):
            data[seed.randrange(len(data))] = seed.randrange(256)
        agent.write(bytes(data[: seed.randrange(len(data))]))
    assert (await agent.register()).status == 200


def credentials(authority: Authority, now: float, password: str) -> Request:
    agent = ScriptedAgent("UDP", "gateway01", password)
    (value,) = authority.challenges(now, algorithms=("MD5",))
    (challenge,) = parse_challenges(Headers([("WWW-Authenticate", value)]), "WWW-Authenticate")
    answer = agent.credentials.answer(challenge, "REGISTER", "sip:d")
    return Request("REGISTER", "sip:d", Headers([("Authorization", answer)]))


def test_nonces_are_bounded_and_grow_old() -> None:
    authority = Authority("realm", {"gateway01": Account("gateway01", "right")}, core.token)
    request = credentials(authority, 0.0, "right")

    def check(now: float) -> str:
        return authority.check(request, "Authorization", now, algorithms=("MD5",)).outcome

    assert check(NONCE_LIFE_S + 1) == "stale"
    assert check(0.0) == "accepted"
    assert check(0.0) == "stale"  # the count did not rise
    request = credentials(authority, 0.0, "right")
    for _ in range(MAX_NONCES):
        authority.challenges(0.0, algorithms=("MD5",))
    assert check(0.0) == "stale"
    request = credentials(authority, 0.0, "wrong")
    assert check(NONCE_LIFE_S + 1) == "wrong"
