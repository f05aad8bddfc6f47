"""RTP on an even port, RTCP on the next one (RFC 3550 section 11)."""

from __future__ import annotations

import random
import socket
import struct
import sys
import time
from contextlib import suppress

from tccc_desk.rtp.latch import Address

_EPHEMERAL_TRIES = 64
_RECEIVE_BUFFER = 262144
_LONGEST = 4096
"""More than any packet we read; a longer datagram arrives cut and is refused for its length."""
_SO_TIMESTAMPNS = 35
"""Linux, asm-generic/socket.h: the kernel's time of arrival with each datagram, as struct timespec."""
_TIMESPEC = struct.Struct("@ll")
_OLDEST_S = 1.0
STAMPED = sys.platform == "linux"
"""The kernel says when a datagram arrived."""


class PortsExhausted(Exception):
    """No pair of ports could be bound. `detail` is the system's last word, for the log."""

    def __init__(self, host: str, ports: tuple[int, int] | None, detail: str) -> None:
        wanted = f"from {ports[0]} to {ports[1]}" if ports else "of the system's choice"
        super().__init__(f"no pair of UDP ports {wanted} on {host}: {detail}")
        self.host = host
        self.ports = ports
        self.detail = detail


def open_pair(
    host: str, ports: tuple[int, int] | None, chance: random.Random
) -> tuple[socket.socket, socket.socket]:
    """Bind two non-blocking UDP sockets to `host`, an address literal. Raises PortsExhausted.

    `ports` is a range, both ends included; tried from a random place on, so that two programs sharing
    a range, or two calls in a row, do not meet on one pair.
    """
    detail = "the range holds no even port with its successor"
    for port in _candidates(ports, chance):
        try:
            return _bind_pair(host, port)
        except OSError as error:
            detail = error.strerror or str(error)
    raise PortsExhausted(host, ports, detail)


def _candidates(ports: tuple[int, int] | None, chance: random.Random) -> list[int]:
    if ports is None:
        return [0] * _EPHEMERAL_TRIES
    low, high = max(2, ports[0]), min(65535, ports[1])
    even = list(range(low + low % 2, high, 2))
    if not even:
        return []
    start = chance.randrange(len(even))
    return even[start:] + even[:start]


def _bind_pair(host: str, port: int) -> tuple[socket.socket, socket.socket]:
    first = _bind(host, port)
    try:
        bound: int = first.getsockname()[1]
        if bound % 2:
            second, first = first, _bind(host, bound - 1)
        else:
            second = _bind(host, bound + 1)
    except OSError:
        first.close()
        raise
    return first, second


def _bind(host: str, port: int) -> socket.socket:
    sock = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM)
    try:
        sock.setblocking(False)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER)
        if STAMPED:
            with suppress(OSError):  # without it the time of reading is the time of arrival
                sock.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
        sock.bind((host, port))
    except (OSError, OverflowError):
        sock.close()
        raise
    return sock


def receive(sock: socket.socket) -> tuple[bytes, Address, float] | None:
    """Read one datagram, its sender's address, and how many seconds it waited for us to read it.

    None if there is nothing to read now. The wait is known where the kernel stamps datagrams (Linux)
    and 0 elsewhere; with it our own load never counts as the network's jitter.
    """
    try:
        if not STAMPED:
            data, address = sock.recvfrom(_LONGEST)
            return data, (address[0], address[1]), 0.0
        data, ancillary, _, address = sock.recvmsg(_LONGEST, 64)
    except OSError:  # nothing there, or (Windows) an ICMP answer to something we sent
        return None
    waited = 0.0
    for level, kind, value in ancillary:
        if level == socket.SOL_SOCKET and kind == _SO_TIMESTAMPNS and len(value) == _TIMESPEC.size:
            seconds, nanoseconds = _TIMESPEC.unpack(value)
            waited = time.time() - seconds - nanoseconds / 1e9
    # A wall clock that was set meanwhile gives nonsense; then the time of reading is better.
    return data, (address[0], address[1]), waited if 0.0 < waited < _OLDEST_S else 0.0
