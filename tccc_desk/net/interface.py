"""Which network interface holds an address: an admin knows "eth0" and "tun0" by name."""

from __future__ import annotations

import contextlib
import socket
import struct
import sys

_SIOCGIFADDR = 0x8915


def interface_of(address: str) -> str:
    """Name of the interface with this IPv4 address; "" where the system does not tell."""
    if sys.platform != "linux" or ":" in address:
        return ""
    import fcntl  # noqa: PLC0415 - not on every system

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        for _, name in socket.if_nameindex():
            with contextlib.suppress(OSError):
                request = struct.pack("256s", name.encode()[:15])
                found = fcntl.ioctl(probe.fileno(), _SIOCGIFADDR, request)
                if socket.inet_ntoa(found[20:24]) == address:
                    return name
    return ""
