"""Where the servers of a trunk are for this machine now: their addresses, and ours towards them."""

from __future__ import annotations

import contextlib
import ipaddress
import socket
from collections.abc import Iterable
from dataclasses import dataclass

from tccc_desk.net.errors import TransportError
from tccc_desk.net.resolver import Resolver


@dataclass(frozen=True, slots=True)
class Reached:
    """One server; nothing was sent to it."""

    host: str
    addresses: tuple[str, ...] = ()
    """Empty where the name was not found."""
    source: str = ""
    """Our own address towards the first of them."""


async def reach(servers: Iterable[tuple[str, int | None, str]], resolver: Resolver) -> tuple[Reached, ...]:
    """Resolve each (host, port, transport); a name that is not found has no addresses."""
    found = []
    for host, port, transport in servers:
        try:
            targets = await resolver.resolve(host, port, transport)
        except TransportError:
            found.append(Reached(host))
            continue
        addresses = tuple(dict.fromkeys(target.host for target in targets))
        found.append(Reached(host, addresses, _source_towards(targets[0].host, targets[0].port)))
    return tuple(found)


def _source_towards(address: str, port: int) -> str:
    """Ask the system's routes; a UDP socket that only connects sends nothing."""
    family = (
        socket.AF_INET6 if ipaddress.ip_address(address.partition("%")[0]).version == 6 else socket.AF_INET
    )
    with contextlib.suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as asked:
        asked.connect((address, port))
        return str(asked.getsockname()[0])
    return ""
