"""Addresses of sound: one spelling each, and whether other networks can reach them."""

from __future__ import annotations

import ipaddress

from tccc_desk.rtp.latch import Address


def usable(host: str, port: int) -> Address | None:
    """An address literal in its one canonical spelling; None for 0.0.0.0, names and port 0."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return None
    return None if address.is_unspecified or not port else (str(address), port)


def text(address: Address) -> str:
    """host:port, an IPv6 address in brackets."""
    host, port = address
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def private(host: str) -> bool:
    """Whether only the networks it belongs to can reach an address: RFC 1918, 6598, 4193, link-local."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    # This machine alone is no network behind a NAT.
    return not (address.is_global or address.is_loopback)
