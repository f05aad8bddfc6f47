"""What the document wants of a number, a domain or a realm: for single lines and for whole messages alike."""

from __future__ import annotations

import ipaddress

from tccc_desk.trunk.server import TCCC, is_instance_domain

UDP_SAFE = 1300
"""Octets: above it a request belongs on TCP where the path MTU is not known (RFC 3261 section 18.1.1)."""
UNSPECIFIED = frozenset({"0.0.0.0", "::"})  # noqa: S104 - compared
G711 = frozenset({"PCMA", "PCMU"})


def number_fits(found: str, wanted: str) -> bool:
    """Whether it is the number wanted; with none known, whether it is a number at all."""
    if wanted:
        return found == wanted
    return bool(found) and found.lstrip("+").isdecimal() and found.isascii()


def domain_fits(found: str, wanted: str) -> bool:
    """Whether it is the instance domain; with none known, whether it looks like one."""
    if wanted:
        return found.casefold() == wanted.casefold()
    return is_instance_domain(found.casefold())


def realm_fits(found: str, domain: str) -> bool:
    """Whether a realm is the instance domain, the provider's own name, or below one of them."""
    asked = found.casefold().rstrip(".")
    own = [name for name in (domain.casefold(), TCCC) if name]
    return any(asked == name or asked.endswith("." + name) for name in own)


def hops_fit(found: str) -> bool:
    """Whether Max-Forwards lets the request go on at all (RFC 3261 section 8.1.1.6)."""
    return found.isascii() and found.isdecimal() and 0 < int(found[:4]) <= 255


def public(host: str) -> bool:
    """Whether it is an address of the public network; a name is none."""
    try:
        return ipaddress.ip_address(host).is_global
    except ValueError:
        return False
