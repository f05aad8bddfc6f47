"""Where to send: RFC 3263 section 4 for a server whose transport is already chosen."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import random
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from tccc_desk.net.errors import TransportError

DEFAULT_PORT = {"udp": 5060, "tcp": 5060, "tls": 5061}
"""RFC 3261 section 19.1.2."""
TIMEOUT_S = 8.0
MAX_TARGETS = 8
"""Addresses tried for one server: a hostile name server cannot make us knock on hundreds of doors."""

_SERVICE = {"udp": "_sip._udp", "tcp": "_sip._tcp", "tls": "_sips._tcp"}
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Target:
    """One address to try."""

    host: str
    """IP address in its usual text form, no brackets."""
    port: int


async def resolve(server: str, port: int | None, transport: str) -> tuple[Target, ...]:
    """Targets of `server` in the order to try them. Raises TransportError("dns", ...).

    An address is taken as it is; with a port, A and AAAA are asked; without one, SRV first
    (RFC 3263 section 4.2), then A and AAAA at the transport's default port.
    """
    with contextlib.suppress(ValueError):
        return (Target(str(ipaddress.ip_address(server)), port or DEFAULT_PORT[transport]),)
    if port is None:
        services = await _outside_the_loop(lambda: _services(server, transport))
        if services:
            targets: list[Target] = []
            for name, service_port in services:
                with contextlib.suppress(TransportError):
                    targets += await _addresses(name, service_port)
            if targets:
                return tuple(targets[:MAX_TARGETS])
    return await _addresses(server, port or DEFAULT_PORT[transport])


async def _addresses(name: str, port: int) -> tuple[Target, ...]:
    try:
        found = await _outside_the_loop(lambda: socket.getaddrinfo(name, port, type=socket.SOCK_STREAM))
    except (OSError, UnicodeError) as error:
        raise TransportError("dns", f"{name}: {error}") from error
    hosts = dict.fromkeys(str(entry[4][0]) for entry in found)
    if not hosts:
        raise TransportError("dns", f"{name}: no address")
    return tuple(Target(host, port) for host in list(hosts)[:MAX_TARGETS])


def _services(name: str, transport: str) -> list[tuple[str, int]]:
    """SRV targets by priority, weighted at random within one (RFC 2782). Empty where there are none."""
    # Imported here: an admin's server has a port, and a start should not pay for this.
    import dns.exception  # noqa: PLC0415
    import dns.resolver  # noqa: PLC0415

    try:
        answer = dns.resolver.resolve(f"{_SERVICE[transport]}.{name}", "SRV", lifetime=TIMEOUT_S / 2)
    except (dns.exception.DNSException, OSError, UnicodeError):
        return []
    chance = random.SystemRandom().random
    records = [
        (record.priority, -chance() * (record.weight + 1), str(record.target).rstrip("."), record.port)
        for record in answer
    ]
    return [(target, port) for _, _, target, port in sorted(records)[:MAX_TARGETS] if target]


async def _outside_the_loop(work: Callable[[], _T]) -> _T:
    """Run blocking work in a daemon thread: a stuck name server must not keep the process alive."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[_T] = loop.create_future()

    def finish(result: _T | None, error: BaseException | None) -> None:
        if done.done():
            return
        if error is not None:
            done.set_exception(error)
        else:
            done.set_result(result)  # type: ignore[arg-type]

    def run() -> None:
        try:
            outcome: tuple[_T | None, BaseException | None] = (work(), None)
        except Exception as error:  # noqa: BLE001 - handed to whoever waits
            outcome = (None, error)
        with contextlib.suppress(RuntimeError):  # the loop closed while we were asking
            loop.call_soon_threadsafe(finish, *outcome)

    threading.Thread(target=run, name="resolver", daemon=True).start()
    try:
        return await asyncio.wait_for(done, TIMEOUT_S)
    except TimeoutError as error:
        raise TransportError("dns", f"no answer within {TIMEOUT_S:g} s") from error
