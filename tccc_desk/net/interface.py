"""Which network interface holds an address: an admin knows "eth0" and "tun0" by name."""

from __future__ import annotations

import contextlib
import ipaddress
import socket
import struct
import sys
from pathlib import Path

_SIOCGIFADDR = 0x8915
_IPV6 = Path("/proc/net/if_inet6")


def interface_of(address: str) -> str:
    """Name of the interface with this address; "" where the system does not tell."""
    if sys.platform != "linux":
        return ""
    return _holder_of_ipv6(address) if ":" in address else _holder_of_ipv4(address)


def _holder_of_ipv4(address: str) -> str:
    import fcntl  # noqa: PLC0415 - not on every system

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        for _, name in socket.if_nameindex():
            with contextlib.suppress(OSError):
                request = struct.pack("256s", name.encode()[:15])
                found = fcntl.ioctl(probe.fileno(), _SIOCGIFADDR, request)
                if socket.inet_ntoa(found[20:24]) == address:
                    return name
    return ""


def _holder_of_ipv6(address: str) -> str:
    with contextlib.suppress(OSError, ValueError):
        wanted = ipaddress.IPv6Address(address).packed.hex()
        for line in _IPV6.read_text(encoding="ascii").splitlines():
            words = line.split()
            if len(words) == 6 and words[0] == wanted:
                return words[5]
    return ""
