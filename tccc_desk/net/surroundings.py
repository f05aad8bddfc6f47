"""What this machine looks like from within: the way out, tunnels, a proxy meant for browsers."""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass

from tccc_desk.net.interface import interface_of
from tccc_desk.net.udp import source_address

_SOMEWHERE = ("192.0.2.1", 9)
"""An address of the documentation range: asked of the routing table only, no packet goes there."""
_TUNNELS = (
    "tun",
    "tap",
    "ppp",
    "wg",
    "utun",
    "ipsec",
    "zt",
    "tailscale",
    "nordlynx",
    "vpn",
    "gpd",
    "cscotun",
)
_PROXIES = ("all_proxy", "https_proxy", "http_proxy", "socks_proxy")


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """Names and addresses only; nothing was sent to find them."""

    source: str
    """The address requests leave from; "" while no way leads out."""
    interface: str = ""
    """Name of the interface that has it; "" where the system does not tell."""
    tunnels: tuple[str, ...] = ()
    """Interfaces that look like a VPN, used or not."""
    proxies: tuple[str, ...] = ()
    """Names of proxy settings of the environment. Their values may hold a password and stay there."""

    @property
    def tunnelled(self) -> bool:
        """Whether the way out leads through a tunnel."""
        return self.interface in self.tunnels


def look_around(remote: tuple[str, int] | None = None) -> Surroundings:
    """Look at the way to `remote`, or to the Internet as such."""
    try:
        source = source_address(remote or _SOMEWHERE)
    except OSError:
        source = ""
    try:
        names = [name for _, name in socket.if_nameindex()]
    except OSError:  # not everywhere, and not everybody may ask
        names = []
    return Surroundings(
        source=source,
        interface=interface_of(source) if source else "",
        tunnels=tuple(name for name in names if looks_like_tunnel(name)),
        proxies=tuple(sorted({name.lower() for name in os.environ if name.lower() in _PROXIES})),
    )


def looks_like_tunnel(name: str) -> bool:
    """Whether VPN software commonly gives an interface such a name."""
    return name.lower().startswith(_TUNNELS)
