"""Opens signalling flows and keeps them: what the engine knows of sockets."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal, Protocol

from tccc_desk.net.errors import TransportError
from tccc_desk.net.keep_alive import KeepAlive, Timing
from tccc_desk.net.resolver import Resolver, Target
from tccc_desk.net.stream import Check, Stream
from tccc_desk.net.threads import outside_the_loop
from tccc_desk.net.trust import client_context
from tccc_desk.net.udp import UdpSocket
from tccc_desk.sip.flow import Flow, host_port
from tccc_desk.sip.framing import PING

MAX_STRANGERS = 256
"""Flows kept for senders other than the server; the oldest is forgotten."""
MAX_REMEMBERED = 1024
"""Targets whose failure is remembered."""
CA_FILE_S = 5.0

Transport = Literal["udp", "tcp", "tls"]
Server = tuple[str, int | None]


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
    target: Target
    keep_alive: KeepAlive | None = None
    heard: bool = False
    """A message came from the server."""
    others: dict[tuple[str, int], Flow] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Wish:
    """What `Flows.open` was asked for, and what went wrong so far, by rank of the server."""

    trunk: str
    transport: Transport
    ca_file: str
    problems: list[tuple[int, TransportError]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Candidate:
    rank: int
    server: str
    """As the admin entered it: whom a certificate must name."""
    target: Target


class Flows:
    """All signalling sockets of one engine."""

    def __init__(
        self, listener: Listener, *, resolver: Resolver | None = None, timing: Timing | None = None
    ) -> None:
        self._listener = listener
        self._resolver = resolver or Resolver()
        self._timing = timing or Timing()
        self._open: dict[int, _Open] = {}
        self._of: dict[int, _Open] = {}
        """By the number of the server's flow and of every stranger's on the same socket."""
        self._failed: dict[tuple[str, Target], float] = {}
        self._addresses: dict[str, set[str]] = {}
        """What the names of each trunk's servers resolved to: any of them may call."""
        self._resolving: set[asyncio.Task[None]] = set()
        self._next = 1
        self._loop = asyncio.get_running_loop()

    async def open(
        self,
        trunk: str,
        servers: tuple[Server, ...],
        transport: Transport,
        *,
        others: tuple[Server, ...] = (),
        ca_file: str = "",
    ) -> Flow:
        """Resolve and open to the first server that can be reached (RFC 3263 section 4.3).

        The targets of the first server are tried in order, then those of the next; one that
        failed lately comes after all others. Every failure is noted. Raises TransportError
        with the fault of the foremost target when none can be reached. `others` are servers of
        the trunk that are not to be tried now, but may send datagrams.
        """
        wish = _Wish(trunk, transport, ca_file)
        put_off: list[_Candidate] = []
        self._addresses[trunk] = set()
        for rank, (server, port) in enumerate(servers):
            try:
                targets = await self._resolve(trunk, server, port, transport)
            except TransportError as error:
                wish.problems.append((rank, error))
                continue
            for target in targets:
                candidate = _Candidate(rank, server, target)
                if self._failed_lately(transport, target):
                    put_off.append(candidate)
                elif (flow := await self._try(wish, candidate)) is not None:
                    self._resolve_later(wish, (*servers[rank + 1 :], *others))
                    return flow
        for candidate in put_off:
            if (flow := await self._try(wish, candidate)) is not None:
                self._resolve_later(wish, others)
                return flow
        raise min(wish.problems, key=lambda one: one[0], default=(0, TransportError("dns", "no server")))[1]

    def send(self, flow: Flow, data: bytes) -> None:
        """Put octets on a flow, or on the socket a stranger's datagram came to."""
        opened = self._of.get(flow.id)
        if opened is None:
            return
        if isinstance(opened.socket, UdpSocket):
            opened.socket.send(data, flow.remote)
        else:
            opened.socket.send(data)

    def blame(self, flow: Flow) -> None:
        """Remember that the server behind a flow fell silent: the next `open` tries it last."""
        opened = self._open.get(flow.id)
        if opened is not None:
            self._remember_failure(flow.transport.lower(), opened.target)

    def close(self, flow: Flow) -> None:
        """Close quietly. Idempotent."""
        opened = self._open.pop(flow.id, None)
        if opened is not None:
            for number in (flow.id, *(other.id for other in opened.others.values())):
                self._of.pop(number, None)
            if opened.keep_alive is not None:
                opened.keep_alive.stop()
            opened.socket.close()

    def close_all(self) -> None:
        """Close every socket."""
        for task in self._resolving:
            task.cancel()
        for opened in list(self._open.values()):
            self.close(opened.flow)

    async def _resolve(
        self, trunk: str, server: str, port: int | None, transport: Transport
    ) -> tuple[Target, ...]:
        def remark(detail: str) -> None:
            self._listener.noted("fact.dns-failed", trunk, {"remote": server, "detail": detail}, None)

        try:
            targets = await self._resolver.resolve(server, port, transport, remark)
        except TransportError as error:
            remark(error.detail)
            raise
        self._addresses.setdefault(trunk, set()).update(target.host for target in targets)
        shown = ", ".join(_names(targets, with_port=port is None))
        self._listener.noted("fact.resolved", trunk, {"remote": server, "detail": shown}, None)
        return targets

    def _resolve_later(self, wish: _Wish, servers: tuple[Server, ...]) -> None:
        """Learn the addresses of servers that were not needed: datagrams may come from them, too."""

        async def resolve() -> None:
            for server, port in servers:
                with contextlib.suppress(TransportError):  # noted where it happened
                    await self._resolve(wish.trunk, server, port, wish.transport)

        if wish.transport == "udp" and servers:
            task = self._loop.create_task(resolve())
            self._resolving.add(task)
            task.add_done_callback(self._resolving.discard)

    async def _try(self, wish: _Wish, candidate: _Candidate) -> Flow | None:
        """A flow to one target, or None and one more of the wish's problems."""
        target = candidate.target
        try:
            return await self._to(wish, candidate)
        except TransportError as error:
            if error.why != "ca-file":  # which is nobody's failure but ours
                self._remember_failure(wish.transport, target)
            wish.problems.append((candidate.rank, error))
            details = {
                "remote": host_port((target.host, target.port)),
                "detail": error.detail,
                "seconds": f"{self._timing.connect_s:g}",
            }
            self._listener.noted("fact." + error.fault, wish.trunk, details, None)
            return None

    async def _to(self, wish: _Wish, candidate: _Candidate) -> Flow:
        trunk, target = wish.trunk, candidate.target
        where = (target.host, target.port)
        number, self._next = self._next, self._next + 1

        def lost(fault: str, detail: str) -> None:
            self._lost(number, fault, detail)

        if wish.transport == "udp":
            try:
                udp = UdpSocket(where, lambda data, remote: self._datagram(number, data, remote), lost)
            except OSError as error:
                raise TransportError("unreachable", error.strerror or str(error)) from error
            opened = _Open(Flow(number, "UDP", udp.local, where), trunk, udp, target)
            self._keep(opened, None)
            return opened.flow
        check = await _check(candidate.server, wish.ca_file) if wish.transport == "tls" else None
        remote = {"remote": host_port(where)}
        self._listener.noted("fact.connecting", trunk, remote, None)
        stream = await Stream.connect(
            where, lambda data: self._message(number, data), lost, check=check, timing=self._timing
        )
        kind: Literal["TCP", "TLS"] = "TLS" if check else "TCP"
        opened = _Open(Flow(number, kind, stream.local, stream.remote), trunk, stream, target)
        self._keep(opened, stream)
        self._listener.noted("fact.connected", trunk, remote, opened.flow)
        if check:
            self._listener.noted("fact.secured", trunk, remote | stream.certificate(), opened.flow)
        return opened.flow

    def _keep(self, opened: _Open, stream: Stream | None) -> None:
        flow = opened.flow
        self._open[flow.id] = self._of[flow.id] = opened

        def dead(detail: str) -> None:
            if stream is not None:
                stream.end("closed", detail)

        opened.keep_alive = KeepAlive(self._timing, lambda: self.send(flow, PING), stream, dead)

    def _failed_lately(self, transport: str, target: Target) -> bool:
        until = self._failed.get((transport, target), 0.0)
        return until > self._loop.time()

    def _remember_failure(self, transport: str, target: Target) -> None:
        self._failed.pop((transport, target), None)
        if len(self._failed) >= MAX_REMEMBERED:
            del self._failed[next(iter(self._failed))]
        self._failed[transport, target] = self._loop.time() + self._timing.failed_s

    def _message(self, number: int, data: bytes) -> None:
        opened = self._open.get(number)
        if opened is not None:
            self._heard(opened)
            self._listener.received(data, opened.flow, opened.trunk, trusted=True)

    def _heard(self, opened: _Open) -> None:
        if not opened.heard:
            opened.heard = True
            self._failed.pop((opened.flow.transport.lower(), opened.target), None)

    def _datagram(self, number: int, data: bytes, remote: tuple[str, int]) -> None:
        opened = self._open.get(number)
        if opened is None or not data.strip(b"\r\n\0 "):
            return  # a keep-alive
        if remote == opened.flow.remote:
            self._heard(opened)
            self._listener.received(data, opened.flow, opened.trunk, trusted=True)
            return
        flow = opened.others.get(remote)
        if flow is None:
            if len(opened.others) >= MAX_STRANGERS:
                forgotten = opened.others.pop(next(iter(opened.others)))
                self._of.pop(forgotten.id, None)
            flow = opened.others[remote] = Flow(self._next, "UDP", opened.flow.local, remote)
            self._of[flow.id] = opened
            self._next += 1
        trusted = remote[0] in self._addresses.get(opened.trunk, ())
        self._listener.received(data, flow, opened.trunk, trusted=trusted)

    def _lost(self, number: int, fault: str, detail: str) -> None:
        opened = self._open.get(number)
        if opened is not None:
            if not opened.heard:
                # It took us in and never said a word. One that had spoken has earned the next try.
                self._remember_failure(opened.flow.transport.lower(), opened.target)
            self.close(opened.flow)
            self._listener.lost(opened.flow, opened.trunk, fault, detail)


async def _check(server: str, ca_file: str) -> Check:
    """Trust for a TLS connection to a server as the admin entered it."""
    try:
        return Check(await outside_the_loop(lambda: client_context(ca_file), CA_FILE_S), server)
    except TimeoutError as error:
        raise TransportError("tls", f"{ca_file}: not read within {CA_FILE_S:g} s", why="ca-file") from error


def _names(targets: tuple[Target, ...], *, with_port: bool) -> Iterator[str]:
    for target in targets:
        yield host_port((target.host, target.port)) if with_port else target.host
