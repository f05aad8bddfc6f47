"""A TCP signalling connection we opened: bytes framed into messages, its end reported once."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Callable

from tccc_desk.net.errors import TransportError, fault_of
from tccc_desk.sip.errors import RemoteProtocolError
from tccc_desk.sip.framing import PONG, Framer, Ping, Pong

Address = tuple[str, int]

CONNECT_TIMEOUT_S = 10.0
MAX_UNSENT = 1_048_576
"""Octets a server may leave unread before the connection counts as dead."""
USER_TIMEOUT_MS = 20_000
"""Unacknowledged data older than this ends the connection (Linux TCP_USER_TIMEOUT)."""


class Stream(asyncio.Protocol):
    """One connection. `lost` is called exactly once, unless `close` came first."""

    def __init__(self, received: Callable[[bytes], None], lost: Callable[[str, str], None]) -> None:
        self._received = received
        self._lost = lost
        self._framer = Framer()
        self._transport: asyncio.Transport | None = None
        self._over = False
        self.local: Address = ("", 0)
        self.remote: Address = ("", 0)
        self.pongs = 0
        """Keep-alive answers seen so far (RFC 5626 section 3.5.1)."""

    @classmethod
    async def connect(
        cls, remote: Address, received: Callable[[bytes], None], lost: Callable[[str, str], None]
    ) -> Stream:
        """Connect to an address. Raises TransportError with the word for what went wrong."""
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT_S):
                _, stream = await loop.create_connection(lambda: cls(received, lost), *remote)
        except TimeoutError as error:
            raise TransportError("connect-timeout", f"no answer within {CONNECT_TIMEOUT_S:g} s") from error
        except OSError as error:
            raise TransportError(fault_of(error), error.strerror or str(error)) from error
        return stream

    def send(self, data: bytes) -> None:
        """Queue octets; a connection that takes none for long is ended."""
        if self._transport is None or self._over:
            return
        self._transport.write(data)
        if self._transport.get_write_buffer_size() > MAX_UNSENT:
            self._end("closed", "the far end stopped reading")

    def close(self) -> None:
        """End quietly: what is queued is still sent, `lost` is not called."""
        self._over = True
        if self._transport is not None:
            self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by the loop."""
        assert isinstance(transport, asyncio.Transport)  # what create_connection makes
        self._transport = transport
        self.local = transport.get_extra_info("sockname")[:2]
        self.remote = transport.get_extra_info("peername")[:2]
        tcp = transport.get_extra_info("socket")
        tcp.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        option = getattr(socket, "TCP_USER_TIMEOUT", None)
        if option is not None:
            with contextlib.suppress(OSError):
                tcp.setsockopt(socket.IPPROTO_TCP, option, USER_TIMEOUT_MS)

    def data_received(self, data: bytes) -> None:
        """Called by the loop."""
        try:
            items = self._framer.feed(data)
            while items:
                for item in items:
                    self._take(item)
                items = self._framer.feed(b"")  # a fault behind complete messages comes now
        except RemoteProtocolError as error:
            self._end("closed", str(error))

    def _take(self, item: bytes | Ping | Pong) -> None:
        match item:
            case Ping():
                self.send(PONG)
            case Pong():
                self.pongs += 1
            case bytes():
                if not self._over:
                    self._received(item)

    def connection_lost(self, error: Exception | None) -> None:
        """Called by the loop."""
        self._report("closed", str(error) if error else "closed by the far end")

    def _end(self, fault: str, detail: str) -> None:
        if self._transport is not None:
            self._transport.abort()
        self._report(fault, detail)

    def _report(self, fault: str, detail: str) -> None:
        if not self._over:
            self._over = True
            self._lost(fault, detail)
