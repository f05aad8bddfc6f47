"""Where to send: RFC 3263 for a server whose transport is already chosen.

NAPTR chooses no transport here: section 4.1 has a client ask it for that, and a trunk's
transport is always the admin's own choice. Where there are no SRV records under the usual
name, NAPTR is asked whether the service of that transport stands under another one. Then
section 4.2, from SRV to addresses, and section 4.3, one target after the other, which is
`net.flows`' part.
"""

from __future__ import annotations

import contextlib
import ipaddress
import random
import socket
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tccc_desk.net.errors import TransportError
from tccc_desk.net.threads import outside_the_loop

if TYPE_CHECKING:
    from dns.resolver import Resolver as Questioner

DEFAULT_PORT = {"udp": 5060, "tcp": 5060, "tls": 5061}
"""RFC 3261 section 19.1.2."""
MAX_TARGETS = 8
"""Addresses tried for one server: a hostile name server cannot make us knock on hundreds of doors."""

_chance = random.SystemRandom().random
_NAPTR_SERVICE = {"udp": "SIP+D2U", "tcp": "SIP+D2T", "tls": "SIPS+D2T"}
_SERVICE = {"udp": "_sip._udp", "tcp": "_sip._tcp", "tls": "_sips._tcp"}


@dataclass(frozen=True, slots=True)
class Target:
    """One address to try."""

    host: str
    """IP address in its usual text form, no brackets."""
    port: int


@dataclass(frozen=True, slots=True)
class Service:
    """One SRV record (RFC 2782)."""

    priority: int
    weight: int
    port: int
    name: str
    """Target host; "" says that the service is not offered."""


class Resolver:
    """Asks the system, or the name servers it is given."""

    def __init__(
        self,
        nameservers: tuple[tuple[str, int], ...] = (),
        *,
        chance: Callable[[], float] = _chance,
        timeout_s: float = 8.0,
    ) -> None:
        """With `nameservers`, (address, port) each, neither the system's nor its hosts file is asked.

        `chance` gives numbers from 0 up to 1, `timeout_s` bounds one question.
        """
        self._nameservers = nameservers
        self._chance = chance
        self._timeout_s = timeout_s

    async def resolve(
        self, server: str, port: int | None, transport: str, remark: Callable[[str], None] = lambda _: None
    ) -> tuple[Target, ...]:
        """Targets of `server` in the order to try them. Raises TransportError("dns", ...).

        An address is taken as it is; with a port, A and AAAA are asked; without one, SRV first,
        then A and AAAA at the transport's default port (RFC 3263 section 4.2). `remark` gets what
        went wrong on the way and did not end it.
        """
        with contextlib.suppress(ValueError):
            return (Target(_address(server), port or DEFAULT_PORT[transport]),)
        if port is not None:
            return await self._addresses(server, port)
        services = await self._services(f"{_SERVICE[transport]}.{server}", remark)
        if not services and (elsewhere := await self._pointed_to(server, _NAPTR_SERVICE[transport])):
            services = await self._services(elsewhere, remark)
        if not services:
            return await self._addresses(server, DEFAULT_PORT[transport])
        found: dict[Target, None] = {}
        last = TransportError("dns", f"{_SERVICE[transport]}.{server}: the service is not offered")
        for service in in_order(services, self._chance):
            if not service.name or len(found) >= MAX_TARGETS:
                continue
            try:
                found |= dict.fromkeys(await self._addresses(service.name, service.port))
            except TransportError as error:
                last = error
                remark(error.detail)
        if not found:
            raise last
        return tuple(found)[:MAX_TARGETS]

    async def _services(self, name: str, remark: Callable[[str], None]) -> list[Service]:
        """SRV records, none where there are none.

        A question that fails counts as none and is said: some routers answer A questions only.
        """

        def ask() -> list[Service]:
            import dns.exception  # noqa: PLC0415 - an admin's server has a port; a start need not pay
            import dns.rdtypes.IN.SRV  # noqa: PLC0415
            import dns.resolver  # noqa: PLC0415

            try:
                answer = self._questioner().resolve(name, "SRV", lifetime=self._timeout_s / 2)
            except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
                return []
            except (dns.exception.DNSException, OSError, UnicodeError) as error:
                raise TransportError("dns", f"{name}: {error}") from error
            records = [one for one in answer if isinstance(one, dns.rdtypes.IN.SRV.SRV)][: 4 * MAX_TARGETS]
            return [
                Service(one.priority, one.weight, one.port, str(one.target).rstrip(".")) for one in records
            ]

        try:
            return await outside_the_loop(ask, self._timeout_s)
        except TimeoutError:
            remark(f"{name}: no answer within {self._timeout_s:g} s")
        except TransportError as error:
            remark(error.detail)
        return []

    async def _pointed_to(self, server: str, service: str) -> str:
        """The SRV name that NAPTR gives for a service (RFC 3263 section 4.1); "" where it gives none."""

        def ask() -> str:
            import dns.exception  # noqa: PLC0415
            import dns.rdtypes.IN.NAPTR  # noqa: PLC0415

            try:
                answer = self._questioner().resolve(server, "NAPTR", lifetime=self._timeout_s / 2)
            except (dns.exception.DNSException, OSError, UnicodeError):
                return ""  # few servers have any: without them the name itself is tried
            fitting = [
                (one.order, one.preference, str(one.replacement).rstrip("."))
                for one in answer
                if isinstance(one, dns.rdtypes.IN.NAPTR.NAPTR)
                and one.service.decode("ascii", "replace").upper() == service
                and one.flags.lower() == b"s"
            ]
            return min(fitting)[2] if fitting else ""

        try:
            return await outside_the_loop(ask, self._timeout_s)
        except TimeoutError:
            return ""

    async def _addresses(self, name: str, port: int) -> tuple[Target, ...]:
        ask = self._asked if self._nameservers else _system_addresses
        try:
            hosts = await outside_the_loop(lambda: ask(name), self._timeout_s)
        except TimeoutError as error:
            raise TransportError("dns", f"{name}: no answer within {self._timeout_s:g} s") from error
        except (OSError, UnicodeError) as error:
            raise TransportError("dns", f"{name}: {error}") from error
        if not hosts:
            raise TransportError("dns", f"{name}: no address")
        return tuple(Target(host, port) for host in dict.fromkeys(hosts))[:MAX_TARGETS]

    def _asked(self, name: str) -> list[str]:
        import dns.exception  # noqa: PLC0415
        import dns.resolver  # noqa: PLC0415

        hosts: list[str] = []
        problem: Exception | None = None
        for kind in ("AAAA", "A"):
            try:
                answer = self._questioner().resolve(name, kind, lifetime=self._timeout_s / 2)
            except dns.resolver.NoAnswer:
                continue
            except (dns.exception.DNSException, OSError) as error:
                problem = error
            else:
                hosts += [_address(str(one)) for one in answer]
        if problem is not None and not hosts:
            raise OSError(str(problem))
        return hosts

    def _questioner(self) -> Questioner:
        import dns.nameserver  # noqa: PLC0415
        import dns.resolver  # noqa: PLC0415

        if not self._nameservers:
            return dns.resolver.get_default_resolver()
        questioner = dns.resolver.Resolver(configure=False)
        questioner.nameservers = [
            dns.nameserver.Do53Nameserver(host, port) for host, port in self._nameservers
        ]
        return questioner


def in_order(services: Iterable[Service], chance: Callable[[], float]) -> list[Service]:
    """The order of RFC 2782: by priority, within one by lot, the weights being the tickets."""
    ordered: list[Service] = []
    # Weight 0 stands first, where only a draw of 0 takes it before one that has a weight.
    left = sorted(services, key=lambda one: (one.priority, one.weight > 0))
    while left:
        group = [one for one in left if one.priority == left[0].priority]
        draw = int(chance() * (sum(one.weight for one in group) + 1))
        drawn = group[-1]
        for drawn in group:
            draw -= drawn.weight
            if draw <= 0:
                break
        left.remove(drawn)
        ordered.append(drawn)
    return ordered


def _system_addresses(name: str) -> list[str]:
    # In the system's order (RFC 6724), which puts addresses it has no way to last.
    found = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
    return [_address(str(entry[4][0])) for entry in found]


def _address(text: str) -> str:
    """The usual form. An IPv4 address mapped into IPv6 is the IPv4 address. Raises ValueError."""
    address = ipaddress.ip_address(text)
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    return str(address)
