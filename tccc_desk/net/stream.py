"""A TCP or TLS signalling connection we opened: bytes framed into messages, its end reported once."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass

from tccc_desk.net.errors import TransportError, fault_of
from tccc_desk.net.keep_alive import Timing
from tccc_desk.net.trust import certificate_facts, why_of, words_of
from tccc_desk.sip.errors import RemoteProtocolError
from tccc_desk.sip.framing import PONG, Framer, Ping, Pong

Address = tuple[str, int]

MAX_UNSENT = 1_048_576
"""Octets a server may leave unread before the connection counts as dead."""
_GOODBYE_S = 1.0
"""How long the far end may take over the end of TLS."""


@dataclass(frozen=True, slots=True)
class Check:
    """What makes a connection TLS: trust, and whom the certificate must name."""

    context: ssl.SSLContext
    server: str


class Stream(asyncio.Protocol):
    """One connection. `lost` is called exactly once, unless `close` came first."""

    def __init__(
        self,
        received: Callable[[bytes], None],
        lost: Callable[[str, str], None],
        timing: Timing | None = None,
    ) -> None:
        self._received = received
        self._lost = lost
        self._timing = timing or Timing()
        self._framer = Framer()
        self._transport: asyncio.Transport | None = None
        self._over = False
        self._ending = ""
        self.local: Address = ("", 0)
        self.remote: Address = ("", 0)
        self.pongs = 0
        """Keep-alive answers seen so far (RFC 5626 section 3.5.1)."""
        self.heard = 0
        """Octets that have come so far."""

    @classmethod
    async def connect(
        cls,
        remote: Address,
        received: Callable[[bytes], None],
        lost: Callable[[str, str], None],
        *,
        check: Check | None = None,
        timing: Timing | None = None,
    ) -> Stream:
        """Connect to an address; with `check`, over TLS.

        Raises TransportError with the word for what went wrong, its `why` for TLS.
        """
        timing = timing or Timing()
        loop = asyncio.get_running_loop()
        tcp = await _connected(remote, timing)
        # What may follow a handshake that fails in here belongs to nobody yet.
        stream = cls(received, lost, timing)
        try:
            if check is None:
                await loop.create_connection(lambda: stream, sock=tcp)
            else:
                await loop.create_connection(
                    lambda: stream,
                    sock=tcp,
                    ssl=check.context,
                    server_hostname=check.server,
                    ssl_handshake_timeout=timing.handshake_s,
                    ssl_shutdown_timeout=_GOODBYE_S,
                )
        except OSError as error:
            tcp.close()
            if check is None:
                raise TransportError(fault_of(error), error.strerror or str(error)) from error
            raise TransportError("tls", words_of(error), why=why_of(error)) from error
        except BaseException:
            tcp.close()
            raise
        if stream._over:
            raise TransportError("closed", stream._ending)  # before anybody knew of it
        return stream

    def send(self, data: bytes) -> None:
        """Queue octets; a connection that takes none for long is ended."""
        if self._transport is None or self._over:
            return
        self._transport.write(data)
        if self._transport.get_write_buffer_size() > MAX_UNSENT:
            self.end("closed", "the far end stopped reading")

    def close(self) -> None:
        """End quietly: what is queued is still sent, `lost` is not called."""
        self._over = True
        if self._transport is None:
            return
        self._transport.close()
        secured = self._transport.get_extra_info("ssl_object") is not None
        if secured and not self._transport.get_write_buffer_size():
            self._transport.abort()  # our close_notify is out; theirs is nothing to wait for

    def certificate(self) -> dict[str, str]:
        """For the log, see `net.trust.certificate_facts`; empty without TLS."""
        tls = self._transport.get_extra_info("ssl_object") if self._transport is not None else None
        return certificate_facts(tls) if tls is not None else {}

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by the loop."""
        assert isinstance(transport, asyncio.Transport)  # what create_connection makes
        self._transport = transport
        self.local = transport.get_extra_info("sockname")[:2]
        self.remote = transport.get_extra_info("peername")[:2]

    def data_received(self, data: bytes) -> None:
        """Called by the loop."""
        self.heard += len(data)
        try:
            items = self._framer.feed(data)
            while items:
                for item in items:
                    self._take(item)
                items = self._framer.feed(b"")  # a fault behind complete messages comes now
        except RemoteProtocolError as error:
            self.end("closed", str(error))

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
        self._transport = None
        match error:
            case None:
                said = "closed by the far end"
            case OSError():
                said = words_of(error)
            case _:
                said = str(error)
        self._report("closed", said)

    def end(self, fault: str, detail: str) -> None:
        """Give the connection up as dead: at once, what is queued is dropped."""
        transport, self._transport = self._transport, None
        if transport is not None:
            transport.abort()
        self._report(fault, detail)

    def _report(self, fault: str, detail: str) -> None:
        if not self._over:
            self._over = True
            self._ending = detail
            self._lost(fault, detail)


async def _connected(remote: Address, timing: Timing) -> socket.socket:
    """A TCP connection that notices a far end which vanished. Raises TransportError."""
    loop = asyncio.get_running_loop()
    tcp = socket.socket(socket.AF_INET6 if ":" in remote[0] else socket.AF_INET, socket.SOCK_STREAM)
    try:
        tcp.setblocking(False)
        tcp.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        # An ACK and the next INVITE follow each other at once: neither may wait for the far end.
        tcp.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        option = getattr(socket, "TCP_USER_TIMEOUT", None)
        if option is not None:
            with contextlib.suppress(OSError):
                tcp.setsockopt(socket.IPPROTO_TCP, option, timing.user_timeout_ms)
        try:
            async with asyncio.timeout(timing.connect_s):
                await loop.sock_connect(tcp, remote)
        except TimeoutError as error:
            raise TransportError("connect-timeout", f"no answer within {timing.connect_s:g} s") from error
        except OSError as error:
            raise TransportError(fault_of(error), error.strerror or str(error)) from error
    except BaseException:
        tcp.close()
        raise
    return tcp
