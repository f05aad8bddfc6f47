"""Addresses of a capture in words, and which of two ends is "ours"."""

from __future__ import annotations

import functools
import ipaddress

PROVIDER_PORTS = frozenset({35090, 5089})
"""Where TCCC listens in registration mode and in IP mode: that end is never ours."""

Way = tuple[bytes, int, bytes, int]
"""Source address, source port, destination address, destination port."""


@functools.lru_cache(maxsize=65536)
def endpoint(address: bytes, port: int) -> str:
    """Write an address of 4 or 16 octets with its port, IPv6 in brackets."""
    if len(address) == 4:
        return f"{address[0]}.{address[1]}.{address[2]}.{address[3]}:{port}"
    return f"[{ipaddress.IPv6Address(address).compressed}]:{port}"


def is_private(address: bytes) -> bool:
    """Say whether an address belongs to a network of somebody's own."""
    host = ipaddress.ip_address(address)
    return host.is_private and not host.is_loopback


def sender_is_ours(way: Way, method: str) -> bool:
    """Guess from the first message between two ends whether its sender is the admin's side.

    The provider's port decides, then who registers, then the private address, then who asks first.
    `method` is "" for a response.
    """
    source, source_port, destination, destination_port = way
    provider = (source_port in PROVIDER_PORTS, destination_port in PROVIDER_PORTS)
    if provider[0] != provider[1]:
        return provider[1]
    if method == "REGISTER":
        return True
    private = (is_private(source), is_private(destination))
    if private[0] != private[1]:
        return private[0]
    return bool(method)
