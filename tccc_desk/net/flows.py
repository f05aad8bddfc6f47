"""Opens signalling flows and keeps them: what the engine knows of sockets."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Literal, Protocol

from tccc_desk.net.errors import TransportError
from tccc_desk.net.resolver import Target, resolve
from tccc_desk.net.stream import Stream
from tccc_desk.net.udp import UdpSocket
from tccc_desk.sip.flow import Flow
from tccc_desk.sip.framing import PING

KEEP_ALIVE_S = 25.0
"""Between pings: below the binding age of common NATs (30 s for UDP)."""
MAX_STRANGERS = 256
"""Flows kept for senders other than the server; the oldest is forgotten."""


class Listener(Protocol):
    """Told what happens on flows, on the loop's thread."""

    def received(self, data: bytes, flow: Flow, trunk: str, *, trusted: bool) -> None:
        """One message's octets."""

    def lost(self, flow: Flow, trunk: str, fault: str, detail: str) -> None:
        """The flow ended without our wish."""

    def noted(self, fact: str, trunk: str, details: dict[str, str], flow: Flow | None) -> None:
        """Something for the log: resolving, connecting, connected."""


@dataclass(slots=True)
class _Open:
    flow: Flow
    trunk: str
    socket: UdpSocket | Stream
    trusted: frozenset[str]
    ping: asyncio.TimerHandle | None = None
    others: dict[tuple[str, int], Flow] = field(default_factory=dict)


class Flows:
    """All signalling sockets of one engine."""

    def __init__(self, listener: Listener) -> None:
        self._listener = listener
        self._open: dict[int, _Open] = {}
        self._next = 1
        self._loop = asyncio.get_running_loop()

    async def open(
        self, trunk: str, servers: tuple[tuple[str, int | None], ...], transport: Literal["udp", "tcp", "tls"]
    ) -> Flow:
        """Resolve and open to the first server that can be reached.

        Raises TransportError with the last fault when none can.
        """
        last = TransportError("dns", "no server")
        for server, port in servers:
            try:
                targets = await resolve(server, port, transport)
            except TransportError as error:
                self._listener.noted(
                    "fact.dns-failed", trunk, {"remote": server, "detail": error.detail}, None
                )
                last = error
                continue
            shown = ", ".join(target.host for target in targets)
            self._listener.noted("fact.resolved", trunk, {"remote": server, "detail": shown}, None)
            for target in targets:
                try:
                    return await self._to(trunk, target, transport, frozenset(one.host for one in targets))
                except TransportError as error:
                    last = error
                    where = {"remote": f"{target.host}:{target.port}", "detail": error.detail}
                    self._listener.noted("fact." + error.fault, trunk, where, None)
        raise last

    def send(self, flow: Flow, data: bytes) -> None:
        """Put octets on a flow, or on the socket a stranger's datagram came to."""
        for opened in self._open.values():
            if opened.flow.id == flow.id or flow in opened.others.values():
                if isinstance(opened.socket, UdpSocket):
                    opened.socket.send(data, flow.remote)
                else:
                    opened.socket.send(data)
                return

    def close(self, flow: Flow) -> None:
        """Close quietly. Idempotent."""
        opened = self._open.pop(flow.id, None)
        if opened is not None:
            if opened.ping is not None:
                opened.ping.cancel()
            opened.socket.close()

    def close_all(self) -> None:
        """Close every socket."""
        for opened in list(self._open.values()):
            self.close(opened.flow)

    async def _to(self, trunk: str, target: Target, transport: str, trusted: frozenset[str]) -> Flow:
        where = (target.host, target.port)
        number, self._next = self._next, self._next + 1

        def lost(fault: str, detail: str) -> None:
            self._lost(number, fault, detail)

        if transport == "udp":
            try:
                udp = UdpSocket(where, lambda data, remote: self._datagram(number, data, remote), lost)
            except OSError as error:
                raise TransportError("unreachable", error.strerror or str(error)) from error
            opened = _Open(Flow(number, "UDP", udp.local, where), trunk, udp, trusted)
        else:
            self._listener.noted("fact.connecting", trunk, {"remote": f"{target.host}:{target.port}"}, None)
            stream = await Stream.connect(where, lambda data: self._message(number, data), lost)
            opened = _Open(Flow(number, "TCP", stream.local, stream.remote), trunk, stream, trusted)
        self._open[number] = opened
        if transport != "udp":
            remote = f"{target.host}:{target.port}"
            self._listener.noted("fact.connected", trunk, {"remote": remote}, opened.flow)
        self._keep_alive(number)
        return opened.flow

    def _keep_alive(self, number: int) -> None:
        opened = self._open.get(number)
        if opened is None:
            return
        if opened.ping is not None:
            self.send(opened.flow, PING)
        opened.ping = self._loop.call_later(KEEP_ALIVE_S, self._keep_alive, number)

    def _message(self, number: int, data: bytes) -> None:
        opened = self._open.get(number)
        if opened is not None:
            self._listener.received(data, opened.flow, opened.trunk, trusted=True)

    def _datagram(self, number: int, data: bytes, remote: tuple[str, int]) -> None:
        opened = self._open.get(number)
        if opened is None or not data.strip(b"\r\n\0 "):
            return  # a keep-alive
        if remote == opened.flow.remote:
            self._listener.received(data, opened.flow, opened.trunk, trusted=True)
            return
        flow = opened.others.get(remote)
        if flow is None:
            if len(opened.others) >= MAX_STRANGERS:
                del opened.others[next(iter(opened.others))]
            flow = opened.others[remote] = Flow(self._next, "UDP", opened.flow.local, remote)
            self._next += 1
        self._listener.received(data, flow, opened.trunk, trusted=False)

    def _lost(self, number: int, fault: str, detail: str) -> None:
        opened = self._open.get(number)
        if opened is not None:
            self.close(opened.flow)
            self._listener.lost(opened.flow, opened.trunk, fault, detail)
