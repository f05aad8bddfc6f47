"""Trunk checks over real sockets: what listens is not what it should be, or the way is not honest."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from tccc_desk.engine.commands import ConfigureTrunk, RunCheck, Shutdown
from tccc_desk.engine.door import Engine
from tccc_desk.engine.events import CheckFinished, Event, Traced
from tccc_desk.sip.message import Request
from tests.helpers.certificates import Authority
from tests.helpers.hostile_gateway.gateway import HOST, Gateway, Script
from tests.helpers.hostile_gateway.sayings import (
    after,
    answer,
    both,
    challenge,
    granted,
    honest,
    to,
)
from tests.helpers.simulation import PASSWORD, trunk_named
from tests.helpers.stream_server import stream_server
from tests.helpers.udp_relay import udp_relay

MOVED = ("Contact", "<sip:x@198.51.100.2>")
BASIC = ("WWW-Authenticate", "Basic realm=x")
CALL = {"caller": "13800138000", "line": "075512345600"}


async def checked(
    port: int, transport: str, command: dict[str, Any] | None = None, **changes: object
) -> CheckFinished:
    """One check of a trunk at a loopback port; the engine ends with it."""
    done: asyncio.Future[CheckFinished] = asyncio.get_running_loop().create_future()

    def hear(event: Event) -> None:
        assert isinstance(event, Traced) or "\0" not in getattr(event, "trunk", "")
        if isinstance(event, CheckFinished) and not done.done():
            done.set_result(event)

    engine = Engine(hear)
    await engine.start()
    fields = {"server": HOST, "port": port, "transport": transport} | changes
    engine.submit(ConfigureTrunk(trunk=trunk_named("t", **fields), password=PASSWORD))
    engine.submit(RunCheck(trunk="t", check="c", transports=(transport,), **(command or {})))  # type: ignore[arg-type]
    try:
        return await asyncio.wait_for(done, 55)
    finally:
        engine.submit(Shutdown(deadline_s=0.3))
        await engine.closed()


def asked(script: Script = honest) -> Script:
    """Honest, but REGISTER wants credentials first."""

    def register(link: Any, request: Request) -> None:
        if "Authorization" in request.headers and "Contact" not in request.headers and script is honest:
            answer(200)(link, request)
        elif "Authorization" in request.headers:
            script(link, request)
        else:
            challenge()(link, request)

    return to(REGISTER=register)


async def at_gateway(
    script: Script, transport: str, command: dict[str, Any] | None = None
) -> tuple[CheckFinished, Gateway]:
    gateway = Gateway(transport, script)  # type: ignore[arg-type]
    await gateway.open()
    try:
        return await checked(gateway.port, transport, command), gateway
    finally:
        gateway.shut()


def passwords(gateway: Gateway) -> int:
    return sum("Authorization" in one.headers for one in gateway.requests("REGISTER"))


@pytest.mark.parametrize("transport", ["udp", "tcp"])
async def test_an_honest_gateway(transport: str) -> None:
    finished, _ = await at_gateway(asked(), transport)
    assert finished.verdict.id == "registered"


@pytest.mark.parametrize("transport", ["udp", "tcp"])
@pytest.mark.parametrize(
    ("script", "verdict", "side", "shown"),
    [
        (to(REGISTER=challenge()), "credentials", "configuration", 1),
        (to(REGISTER=challenge(realm="elsewhere.example")), "challenge-realm", "provider_edge", 0),
        (to(REGISTER=challenge(algorithm="X-9")), "challenge-odd", "provider_edge", 0),
        (to(REGISTER=challenge(qop="auth-int")), "challenge-odd", "provider_edge", 0),
        (to(REGISTER=answer(401)), "challenge-odd", "provider_edge", 0),
        (
            to(REGISTER=answer(401, BASIC)),
            "challenge-odd",
            "provider_edge",
            0,
        ),
        (to(REGISTER=answer(403)), "register-forbidden", "provider_edge", 0),
        (to(REGISTER=answer(404)), "register-unknown", "configuration", 0),
        (to(REGISTER=answer(503, ("Retry-After", "9"))), "register-trouble", "provider_edge", 0),
        (
            to(REGISTER=answer(302, MOVED)),
            "register-redirected",
            "provider_edge",
            0,
        ),
        (asked(answer(403)), "register-forbidden", "provider_edge", 1),
        (asked(answer(404)), "register-unknown", "configuration", 1),
        (asked(answer(600)), "register-rejected", "provider_edge", 1),
    ],
)
async def test_a_registrar_that_says_no(
    script: Script, verdict: str, side: str, shown: int, transport: str
) -> None:
    finished, gateway = await at_gateway(script, transport)
    assert (finished.verdict.id, finished.verdict.side) == (verdict, side)
    assert passwords(gateway) == shown


async def talk_http(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
    await reader.read(1)


async def complain(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(1)
    writer.write(b"SIP/2.0 400 Bad Request\r\nContent-Length: 0\r\n\r\n")


async def close_at_once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"")


async def close_when_asked(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")


Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@pytest.mark.parametrize(
    ("talk", "verdict", "side"),
    [
        (talk_http, "not-sip", "configuration"),
        (close_at_once, "closed", "unknown"),
        (close_when_asked, "closed", "unknown"),
    ],
)
async def test_a_port_that_is_not_a_registrar(talk: Talk, verdict: str, side: str) -> None:
    async with stream_server(talk) as port:
        finished = await checked(port, "tcp")
    assert (finished.verdict.id, finished.verdict.side) == (verdict, side)


@pytest.mark.parametrize(
    ("named", "days", "known", "verdict"),
    [
        (HOST, (-1, 30), False, "tls-issuer"),
        ("elsewhere.example", (-1, 30), True, "tls-name"),
        (HOST, (-30, -2), True, "tls-expired"),
        (HOST, (5, 30), True, "tls-clock"),
    ],
)
async def test_a_certificate_that_does_not_fit(
    tmp_path: Path, named: str, days: tuple[int, int], known: bool, verdict: str
) -> None:
    authority = Authority(tmp_path)
    identity = authority.issue(named, begins=days[0], ends=days[1])
    async with stream_server(tls=identity.server()) as port:
        ca_file = str(authority.file) if known else ""
        finished = await checked(port, "tls", ca_file=ca_file)
    assert finished.verdict.id == verdict


async def test_tcp_spoken_to_as_tls() -> None:
    async with stream_server(complain) as port:
        finished = await checked(port, "tls")
    assert finished.verdict.id == "tls-mixed"


def _findings(finished: CheckFinished) -> set[str]:
    return {one.id for one in finished.findings}


async def test_a_router_that_loses_large_datagrams() -> None:
    async with AsyncExitStack() as stack:
        gateway = Gateway("udp", asked())
        await gateway.open()
        stack.callback(gateway.shut)
        port = await stack.enter_async_context(udp_relay((HOST, gateway.port), limit=1300))
        finished = await checked(port, "udp")
    assert finished.verdict.id == "registered"
    assert "check.found.large-lost" in _findings(finished)
    lost = next(one for one in finished.findings if one.id == "check.found.large-lost")
    assert lost.details["octets"] == "1400"


async def test_a_router_that_loses_the_larger_invite() -> None:
    def invite(link: Any, request: Request) -> None:
        (honest if "Proxy-Authorization" in request.headers else challenge(407))(link, request)

    def script(link: Any, request: Request) -> None:
        (invite if request.method == "INVITE" else asked())(link, request)

    async with AsyncExitStack() as stack:
        gateway = Gateway("udp", script)
        await gateway.open()
        stack.callback(gateway.shut)
        port = await stack.enter_async_context(udp_relay((HOST, gateway.port), limit=1000))
        finished = await checked(port, "udp", CALL)
    assert (finished.verdict.id, finished.verdict.side) == ("call-large", "network")


async def test_a_router_that_rewrites_via_is_told_and_plain_nat_is_not() -> None:
    via = re.compile(rb"(Via: SIP/2.0/UDP )127\.0\.0\.1:(\d+)")
    async with AsyncExitStack() as stack:
        gateway = Gateway("udp", asked())
        await gateway.open()
        stack.callback(gateway.shut)
        server = (HOST, gateway.port)
        nat = await stack.enter_async_context(udp_relay(server))
        plain = await checked(nat, "udp")
        alg = await stack.enter_async_context(
            udp_relay(server, out=lambda data: via.sub(rb"\g<1>198.51.100.7:5060", data))
        )
        rewritten = await checked(alg, "udp")
    assert "check.found.alg-none" in _findings(plain)
    assert "check.found.alg" in _findings(rewritten)


async def test_repeats_on_a_slow_way_are_told() -> None:
    async with AsyncExitStack() as stack:
        gateway = Gateway("udp", asked())
        await gateway.open()
        stack.callback(gateway.shut)
        port = await stack.enter_async_context(udp_relay((HOST, gateway.port), delay_s=0.7))
        finished = await checked(port, "udp")
    assert finished.verdict.id == "registered"
    assert "check.found.repeats" in _findings(finished)


def _invited(*acts: Script) -> Script:
    register = asked()

    def script(link: Any, request: Request) -> None:
        (both(*acts) if request.method == "INVITE" else register)(link, request)

    return script


@pytest.mark.parametrize(
    ("script", "verdict", "side"),
    [
        (_invited(answer(486)), "call-busy", "provider_edge"),
        (_invited(answer(100), answer(180), answer(486)), "call-busy", "beyond"),
        (_invited(answer(403)), "call-forbidden", "provider_edge"),
        (_invited(answer(100), after(0.6, answer(403))), "call-forbidden", "beyond"),
        (_invited(answer(183), answer(503)), "call-line-down", "beyond"),
        (_invited(answer(503)), "call-line-down", "provider_edge"),
        (_invited(answer(404)), "call-unknown-number", "configuration"),
        (_invited(answer(488)), "call-codec", "configuration"),
    ],
)
async def test_who_said_no_to_a_call(script: Script, verdict: str, side: str) -> None:
    finished, _ = await at_gateway(script, "tcp", CALL)
    assert (finished.verdict.id, finished.verdict.side) == (verdict, side)


async def test_a_registrar_that_grants_nothing() -> None:
    def register(link: Any, request: Request) -> None:
        if "Contact" in request.headers:
            link.say(granted(request, "0"))
        else:
            answer(200)(link, request)

    finished, _ = await at_gateway(asked(register), "tcp")
    assert finished.verdict.id == "register-not-kept"
