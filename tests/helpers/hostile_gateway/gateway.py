"""Real sockets that hear requests honestly and answer them as a script says."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Callable
from typing import Literal, cast

from tccc_desk.sip.errors import RemoteProtocolError
from tccc_desk.sip.framing import Framer, Ping
from tccc_desk.sip.message import Message, Request, Response, encode_message, parse_message

HOST = "127.0.0.1"
Transport = Literal["udp", "tcp"]
Address = tuple[str, int]


class Link:
    """Where a client is: one TCP connection, or one address behind our UDP port."""

    def __init__(self, gateway: Gateway) -> None:
        self.gateway = gateway
        self.remote: Address = ("", 0)
        self.stream: asyncio.Transport | None = None
        self.pings = 0

    def say(self, message: Message | bytes) -> None:
        """Send octets as they are; a datagram each over UDP."""
        data = message if isinstance(message, bytes) else encode_message(message)
        if self.stream is not None:
            self.stream.write(data)
        else:
            self.gateway.datagrams.sendto(data, self.remote)

    def close(self) -> None:
        """FIN after what was said; over UDP, our port goes away and comes back with `reopen`."""
        (self.stream or self.gateway.datagrams).close()

    def reset(self) -> None:
        """RST: what is on its way is lost."""
        if self.stream is None:
            self.close()
            return
        tcp = self.stream.get_extra_info("socket")
        tcp.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.stream.abort()


Script = Callable[[Link, Request], None]
Greeting = Callable[[Link], None]


class _Connection(asyncio.Protocol):
    def __init__(self, gateway: Gateway) -> None:
        self._link = Link(gateway)
        self._framer = Framer()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._link.stream = cast("asyncio.Transport", transport)
        self._link.remote = transport.get_extra_info("peername")[:2]
        self._link.gateway.connected(self._link)

    def data_received(self, data: bytes) -> None:
        for item in self._framer.feed(data):
            if isinstance(item, bytes):
                self._link.gateway.hears(item, self._link)
            elif isinstance(item, Ping):
                self._link.pings += 1


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    def datagram_received(self, data: bytes, remote: Address) -> None:
        if data.strip(b"\r\n"):
            self._gateway.hears(data, self._gateway.link_to(remote))


class Gateway:
    """One port. `script` is called with every request, `greeting` with every new connection."""

    def __init__(self, transport: Transport, script: Script, greeting: Greeting | None = None) -> None:
        self.transport = transport
        self.script = script
        self.greeting = greeting
        self.heard: list[Message] = []
        self.links: list[Link] = []
        self.unreadable: list[bytes] = []
        """What the client sent that is no SIP: its fault, unless it only gave back what we had written."""
        self.port = 0
        self._server: asyncio.Server | None = None
        self._handles: list[asyncio.TimerHandle] = []

    async def open(self) -> None:
        """Bind, on the same port again after `shut`."""
        loop = asyncio.get_running_loop()
        if self.transport == "tcp":
            self._server = await loop.create_server(lambda: _Connection(self), HOST, self.port)
            self.port = self._server.sockets[0].getsockname()[1]
        else:
            self.datagrams, _ = await loop.create_datagram_endpoint(
                lambda: _Datagrams(self), local_addr=(HOST, self.port)
            )
            bound = self.datagrams.get_extra_info("socket")
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_000_000)
            self.port = bound.getsockname()[1]

    def shut(self) -> None:
        """Hear nobody any more."""
        for handle in self._handles:
            handle.cancel()
        if self._server is not None:
            self._server.close()
            for link in self.links:
                if link.stream is not None:
                    link.stream.abort()
        else:
            self.datagrams.abort()

    def connected(self, link: Link) -> None:
        self.links.append(link)
        if self.greeting is not None:
            self.greeting(link)

    def link_to(self, remote: Address) -> Link:
        """The link of a datagram's sender."""
        for link in self.links:
            if link.remote == remote:
                return link
        link = Link(self)
        link.remote = remote
        self.links.append(link)
        return link

    def hears(self, data: bytes, link: Link) -> None:
        try:
            message = parse_message(data)
        except RemoteProtocolError:
            self.unreadable.append(data)
            return
        self.heard.append(message)
        if isinstance(message, Request):
            self.script(link, message)

    def later(self, delay_s: float, act: Callable[[], None]) -> None:
        """Do something after a while, unless shut by then."""
        self._handles.append(asyncio.get_running_loop().call_later(delay_s, act))

    def requests(self, method: str) -> list[Request]:
        return [one for one in self.heard if isinstance(one, Request) and one.method == method]

    def answers(self, method: str) -> list[Response]:
        """What the client answered to requests of ours of that method."""
        suffix = " " + method
        return [
            one
            for one in self.heard
            if isinstance(one, Response) and one.headers.get("CSeq").endswith(suffix)
        ]

    def statuses(self, method: str) -> list[int]:
        return [one.status for one in self.answers(method)]
