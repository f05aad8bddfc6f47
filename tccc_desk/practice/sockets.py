"""The gateway's server sockets: UDP and TCP on one port number, messages in, bytes out.

Each remote UDP address is a flow, each TCP connection is one; both are bounded. What comes
in is parsed here, so that nothing above sees bytes: datagrams and streams nobody can read
are counted and reported, a stream that lost its framing is closed.
"""

from __future__ import annotations

import asyncio
import itertools
from collections import OrderedDict
from collections.abc import Callable
from typing import Protocol, cast

from tccc_desk.sip.errors import RemoteProtocolError
from tccc_desk.sip.flow import Flow
from tccc_desk.sip.framing import PONG, Framer, Ping
from tccc_desk.sip.message import Message, Request, parse_message, salvage

MAX_UDP_FLOWS = 1000
MAX_CONNECTIONS = 200
MAX_UNSENT = 1 << 20
"""Octets a TCP peer may leave unread before we drop its connection."""
PORT_TRIES = 50


class Receiver(Protocol):
    """Who takes what the sockets bring."""

    def message(self, message: Message, flow: Flow) -> None:
        """Take a well-formed message."""

    def malformed(self, request: Request | None, error: RemoteProtocolError, flow: Flow) -> None:
        """Take what could not be parsed; `request` where enough of one is left to answer 400."""

    def lost(self, flow: Flow, detail: str) -> None:
        """Learn that a TCP connection is gone."""


class Sockets:
    """Both server sockets."""

    def __init__(self, receiver: Receiver) -> None:
        self.receiver = receiver
        self.deaf = False
        """Drop whatever arrives: the fault "silence"."""
        self.spared: Callable[[Message, Flow], bool] = lambda _message, _flow: False
        """What is heard even then."""
        self._numbers = itertools.count(1)
        self._local = ("", 0)
        self._server: asyncio.Server | None = None
        self._udp: asyncio.DatagramTransport | None = None
        self._udp_flows: OrderedDict[tuple[str, int], Flow] = OrderedDict()
        self._connections: dict[int, _Connection] = {}

    @property
    def local(self) -> tuple[str, int]:
        """Host and port both sockets are bound to."""
        return self._local

    async def open(self, host: str, port: int = 0) -> None:
        """Bind both; port 0 finds a number that is free on both. Raises OSError."""
        loop = asyncio.get_running_loop()
        for attempt in range(PORT_TRIES):
            server = await loop.create_server(lambda: _Connection(self), host, port)
            local = server.sockets[0].getsockname()[:2]
            try:
                self._udp, _ = await loop.create_datagram_endpoint(lambda: _Datagrams(self), local_addr=local)
            except OSError:
                server.close()
                if port or attempt == PORT_TRIES - 1:
                    raise
                continue
            self._server, self._local = server, (local[0], local[1])
            return

    async def close(self) -> None:
        """Close everything; `lost` is not called for what closes now."""
        if self._server is not None:
            self._server.close()
        for connection in list(self._connections.values()):
            connection.drop()
        self._connections.clear()
        if self._udp is not None:
            self._udp.close()
        await asyncio.sleep(0)  # transports close their sockets in the loop's next round

    def send(self, flow: Flow, data: bytes) -> None:
        """Put one message on its flow; nothing happens when the flow is gone."""
        if flow.transport == "UDP":
            if self._udp is not None and not self._udp.is_closing():
                self._udp.sendto(data, flow.remote)
        elif (connection := self._connections.get(flow.id)) is not None:
            connection.write(data)

    def kill_connections(self) -> int:
        """Reset every TCP connection, as a NAT that forgot them would look like; returns how many."""
        connections = list(self._connections.values())
        for connection in connections:
            connection.drop()
        return len(connections)

    def datagram_flow(self, remote: tuple[str, int]) -> Flow:
        """The flow of one remote UDP address, made when it is new; the longest unused one makes room."""
        flow = self._udp_flows.get(remote)
        if flow is None:
            flow = Flow(next(self._numbers), "UDP", self._local, remote)
            self._udp_flows[remote] = flow
            if len(self._udp_flows) > MAX_UDP_FLOWS:
                self._udp_flows.popitem(last=False)
        self._udp_flows.move_to_end(remote)
        return flow

    def take(self, data: bytes, flow: Flow) -> None:
        """Parse one message and hand it up."""
        try:
            message = parse_message(data)
        except RemoteProtocolError as error:
            rest = salvage(data)
            if not self.deaf:
                self.receiver.malformed(rest if isinstance(rest, Request) else None, error, flow)
        else:
            if not self.deaf or self.spared(message, flow):
                self.receiver.message(message, flow)

    def connected(self, connection: _Connection, remote: tuple[str, int]) -> Flow | None:
        """Give a new connection its flow; None refuses it."""
        if len(self._connections) >= MAX_CONNECTIONS:
            return None
        flow = Flow(next(self._numbers), "TCP", self._local, remote)
        self._connections[flow.id] = connection
        return flow

    def disconnected(self, flow: Flow, detail: str) -> None:
        """Forget a connection and say so, unless we closed everything ourselves."""
        if self._connections.pop(flow.id, None) is not None:
            self.receiver.lost(flow, detail)


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, sockets: Sockets) -> None:
        self._sockets = sockets

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        if data.strip(b"\r\n\x00"):  # anything else is a keep-alive
            self._sockets.take(data, self._sockets.datagram_flow((addr[0], addr[1])))

    def error_received(self, exc: Exception) -> None:
        """ICMP about some earlier datagram: no news for a server, its transactions time out."""


class _Connection(asyncio.Protocol):
    def __init__(self, sockets: Sockets) -> None:
        self._sockets = sockets
        self._framer = Framer()
        self._flow: Flow | None = None
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        peer = transport.get_extra_info("peername")
        self._flow = self._sockets.connected(self, (peer[0], peer[1]))
        if self._flow is None:
            self.drop()

    def data_received(self, data: bytes) -> None:
        if self._flow is None:
            return
        try:
            items = self._framer.feed(data)
            while items:
                for item in items:
                    if isinstance(item, bytes):
                        self._sockets.take(item, self._flow)
                    elif isinstance(item, Ping) and not self._sockets.deaf:
                        self.write(PONG)
                items = self._framer.feed(b"")  # a fault behind complete messages comes now
        except RemoteProtocolError as error:
            self._sockets.receiver.malformed(None, error, self._flow)
            self.drop()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._flow is not None:
            self._sockets.disconnected(self._flow, str(exc) if exc else "closed")

    def write(self, data: bytes) -> None:
        transport = self._transport
        if transport is None or transport.is_closing():
            return
        transport.write(data)
        if transport.get_write_buffer_size() > MAX_UNSENT:
            self.drop()

    def drop(self) -> None:
        if self._transport is not None:
            self._transport.abort()
