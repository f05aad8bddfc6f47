"""A UDP signalling socket: one per trunk, on an ephemeral port, hearing everyone.

It stays unconnected, so that a message from elsewhere than the server is seen and can be
judged; on Linux the kernel still reports "port unreachable" through the error queue.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import socket
import sys
from collections.abc import Callable

Address = tuple[str, int]

MAX_DATAGRAM = 65_536
PER_WAKE = 64
"""Datagrams read before other work gets a turn."""
SEND_BUFFER = 262_144

_RECVERR = {socket.AF_INET: (socket.IPPROTO_IP, 11), socket.AF_INET6: (socket.IPPROTO_IPV6, 25)}
_ERRQUEUE = 0x2000


class UdpSocket:
    """Bound to the source address the system would route to the server by."""

    def __init__(
        self,
        remote: Address,
        received: Callable[[bytes, Address], None],
        failed: Callable[[str, str], None],
    ) -> None:
        """Open towards `remote`. `failed` gets a fault word and the system's text.

        Raises OSError where no route leads there.
        """
        family = socket.AF_INET6 if ":" in remote[0] else socket.AF_INET
        self._received = received
        self._failed = failed
        self._socket = socket.socket(family, socket.SOCK_DGRAM)
        try:
            self._socket.setblocking(False)
            self._socket.bind((source_address(remote), 0))
            self._queue_errors = sys.platform == "linux"
            if self._queue_errors:
                self._socket.setsockopt(*_RECVERR[family], 1)
            name = self._socket.getsockname()
            self.local: Address = (name[0], name[1])
            self._loop = asyncio.get_running_loop()
            self._loop.add_reader(self._socket, self._readable)
        except BaseException:
            self._socket.close()
            raise

    def send(self, data: bytes, remote: Address) -> None:
        """Send one datagram; a failure is reported through `failed`, never raised."""
        # An error queued by an earlier datagram is returned by this call and the datagram
        # is then not sent: ask a second time before believing it is this one's fault.
        for last in (False, True):
            try:
                self._socket.sendto(data, remote)
            except BlockingIOError:
                return  # the buffer is full: UDP may lose, the timers repeat
            except OSError as error:
                if last:
                    self._failed(*_described(error))
            else:
                return

    def close(self) -> None:
        """Stop hearing and free the port. Idempotent."""
        if self._socket.fileno() >= 0:
            self._loop.remove_reader(self._socket)
            self._socket.close()

    def _readable(self) -> None:
        for _ in range(PER_WAKE):
            if self._socket.fileno() < 0:
                return  # closed by what a datagram caused
            try:
                data, remote = self._socket.recvfrom(MAX_DATAGRAM)
            except BlockingIOError:
                break
            except OSError as error:
                self._failed(*_described(error))
                break
            self._received(data, (remote[0], remote[1]))
        if self._queue_errors and self._socket.fileno() >= 0:
            # Left unread, the queue keeps the socket readable and the loop spinning.
            with contextlib.suppress(OSError):
                for _ in range(PER_WAKE):
                    self._socket.recvmsg(1, 512, _ERRQUEUE)


def source_address(remote: Address) -> str:
    """The local address the system routes to `remote` by; no packet is sent. Raises OSError."""
    family = socket.AF_INET6 if ":" in remote[0] else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        probe.connect(remote)
        return str(probe.getsockname()[0])


def _described(error: OSError) -> tuple[str, str]:
    refused = error.errno in {errno.ECONNREFUSED, errno.ECONNRESET}
    return ("icmp" if refused else "unreachable", error.strerror or str(error))
