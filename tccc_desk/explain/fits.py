"""What the document wants of a number, a domain or a realm: for single lines and for whole messages alike."""

from __future__ import annotations

import ipaddress
import re

from tccc_desk.rtp.addresses import private
from tccc_desk.trunk.server import TCCC, is_instance_domain

UDP_SAFE = 1300
"""Octets: above it a request belongs on TCP where the path MTU is not known (RFC 3261 section 18.1.1)."""
UNSPECIFIED = frozenset({"0.0.0.0", "::"})  # noqa: S104 - compared
G711 = frozenset({"PCMA", "PCMU"})

_LABELLED_NUMBER = re.compile(r"\+?\d{0,6}number\d{1,6}", re.ASCII)
_LABELLED_DOMAIN = re.compile(r"instance\d{1,6}\.tccc\.qcloud\.com", re.ASCII)
"""What `trace.masking` puts in the place of a number and an instance: a masked log is judged, too."""
_STAND_INS = tuple(
    ipaddress.ip_network(one)
    for one in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32")
)


def number_fits(found: str, wanted: str) -> bool:
    """Whether it is the number wanted; with none known, whether it is a number at all."""
    if wanted:
        return found == wanted
    plain = bool(found) and found.lstrip("+").isdecimal() and found.isascii()
    return plain or _LABELLED_NUMBER.fullmatch(found) is not None


def domain_fits(found: str, wanted: str) -> bool:
    """Whether it is the instance domain; with none known, whether it looks like one."""
    if wanted:
        return found.casefold() == wanted.casefold()
    host = found.casefold()
    return is_instance_domain(host) or _LABELLED_DOMAIN.fullmatch(host) is not None


def realm_fits(found: str, domain: str) -> bool:
    """Whether a realm is the instance domain, the provider's own name, or below one of them."""
    asked = found.casefold().rstrip(".")
    own = [name for name in (domain.casefold(), TCCC) if name]
    return any(asked == name or asked.endswith("." + name) for name in own)


def hops_fit(found: str) -> bool:
    """Whether Max-Forwards lets the request go on at all (RFC 3261 section 8.1.1.6)."""
    return found.isascii() and found.isdecimal() and 0 < int(found[:4]) <= 255


def stands_in(host: str) -> bool:
    """Whether it is an address of the documentation ranges (RFC 5737, RFC 3849): of a masked log, mostly."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return any(address in one for one in _STAND_INS)


def unreachable(host: str) -> bool:
    """Whether other networks cannot reach an address; of a stand-in nobody knows."""
    return private(host) and not stands_in(host)


def public(host: str) -> bool:
    """Whether it is an address of the public network; a name is none."""
    try:
        return ipaddress.ip_address(host).is_global
    except ValueError:
        return False
