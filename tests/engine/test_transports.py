"""The engine on real sockets: a flow that died under it is replaced, a call over IPv6 has sound."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from tccc_desk.engine.commands import ConfigureTrunk, PlaceTestCall, RegisterTrunk, Shutdown
from tccc_desk.engine.door import Engine
from tccc_desk.engine.events import (
    BindingEstablished,
    CallEnded,
    Event,
    FlowLost,
    FlowOpened,
    RegistrationFailed,
)
from tccc_desk.net.flows import Flows
from tccc_desk.net.keep_alive import Timing
from tccc_desk.sdp.negotiate import answer_offer
from tccc_desk.sip.framing import PONG, Framer, Ping
from tccc_desk.sip.message import Request, Response, encode_message, parse_message, response_to
from tests.helpers.simulation import PASSWORD, trunk_named
from tests.helpers.stream_server import stream_server, vanish

QUICK = Timing(keep_alive_s=0.1, pong_s=0.1)


class Events(list[Event]):
    """Events as they come, to be waited for."""

    def __init__(self) -> None:
        super().__init__()
        self._news = asyncio.Event()

    def listen(self, event: Event) -> None:
        self.append(event)
        self._news.set()

    def of(self, kind: type) -> list[Event]:
        return [event for event in self if isinstance(event, kind)]

    async def until(self, condition: Callable[[], object], timeout_s: float = 10.0) -> None:
        async with asyncio.timeout(timeout_s):
            while not condition():
                self._news.clear()
                await self._news.wait()


@asynccontextmanager
async def echoing() -> AsyncIterator[int]:
    """Something that echoes datagrams on [::1]; gives its port."""
    sound, _ = await asyncio.get_running_loop().create_datagram_endpoint(Echo, local_addr=("::1", 0))
    try:
        yield sound.get_extra_info("sockname")[1]
    finally:
        sound.close()
        await asyncio.sleep(0)


@asynccontextmanager
async def desk(host: str, port: int, timing: Timing) -> AsyncIterator[tuple[Engine, Events]]:
    events = Events()
    engine = Engine(events.listen, make_flows=lambda listener: Flows(listener, timing=timing))
    await engine.start()
    engine.submit(ConfigureTrunk(trunk=trunk_named("t", server=host, port=port), password=PASSWORD))
    try:
        yield engine, events
    finally:
        engine.submit(Shutdown(deadline_s=1.0))
        await asyncio.wait_for(engine.closed(), 3)
        await asyncio.sleep(0)


class Far:
    """A server's side of one connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self.pings = 0

    async def requests(self) -> AsyncIterator[Request]:
        """Until the client goes; pings are answered."""
        framer = Framer()
        while data := await self._reader.read(4096):
            for item in framer.feed(data):
                if isinstance(item, Ping):
                    self.pings += 1
                    self._writer.write(PONG)
                elif isinstance(item, bytes):
                    message = parse_message(item)
                    if isinstance(message, Request):
                        yield message
            if self.pings:
                return

    def say(self, response: Response) -> None:
        self._writer.write(encode_message(response))

    def vanish(self) -> None:
        vanish(self._writer.get_extra_info("socket"))


def granted(request: Request) -> Response:
    contact = f"{request.headers.get('Contact')};expires={request.headers.get('Expires')}"
    return response_to(request, 200, to_tag="s", headers=[("Contact", contact)])


async def test_a_server_whose_host_vanished_is_registered_with_anew() -> None:
    connections = 0
    done = asyncio.Event()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        far = Far(reader, writer)
        async for request in far.requests():
            far.say(granted(request))
        if connections == 1:
            far.vanish()
            await done.wait()
        else:
            async for request in far.requests():
                far.say(granted(request))

    async with stream_server(talk) as port, desk("127.0.0.1", port, QUICK) as (engine, events):
        engine.submit(RegisterTrunk(trunk="t"))
        await events.until(lambda: len(events.of(BindingEstablished)) == 2)
        done.set()
        (lost,) = events.of(FlowLost)
        assert isinstance(lost, FlowLost)
        assert (lost.fault, "keep-alive" in lost.detail) == ("closed", True)
        first, second = events.of(FlowOpened)
        assert isinstance(first, FlowOpened)
        assert isinstance(second, FlowOpened)
        assert first.local != second.local
        (failed,) = events.of(RegistrationFailed)
        assert isinstance(failed, RegistrationFailed)
        assert (failed.said_by, failed.fault, failed.finding) == ("local", "closed", "finding.path.closed")


class Echo(asyncio.DatagramProtocol):
    """Sends sound back where it came from, as a source of its own (SSRC)."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, sender: tuple[str, int]) -> None:
        self._transport.sendto(data[:8] + b"echo" + data[12:], sender)  # type: ignore[attr-defined]


async def test_a_call_over_ipv6_has_sound_both_ways() -> None:
    invites: list[Request] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far = Far(reader, writer)
        async for request in far.requests():
            if request.method == "INVITE":
                invites.append(request)
                body, _ = answer_offer(request.body, "::1", sound_port, ("PCMA",), session_id=1, version=1)
                headers = [
                    ("Contact", f"<sip:far@[::1]:{port};transport=tcp>"),
                    ("Content-Type", "application/sdp"),
                ]
                far.say(response_to(request, 200, to_tag="s", headers=headers, body=body))
            elif request.method != "ACK":
                far.say(response_to(request, 200))

    async with (
        echoing() as sound_port,
        stream_server(talk, host="::1") as port,
        desk("::1", port, Timing()) as (engine, events),
    ):
        engine.submit(
            PlaceTestCall(trunk="t", call="c", caller="13900000001", line="075512345600", duration_s=0.6)
        )
        await events.until(lambda: events.of(CallEnded))
        (ended,) = events.of(CallEnded)
        assert isinstance(ended, CallEnded)
        assert (ended.outcome, ended.status) == ("answered", 200)
        assert ended.media is not None
        assert ended.media.received > 10
        assert ended.media.remote == f"[::1]:{sound_port}"
    (invite,) = invites
    assert invite.headers.get("Via").startswith("SIP/2.0/TCP [::1]:")
    assert invite.headers.get("Contact").startswith("<sip:gateway01@[::1]:")
    assert b"\r\nc=IN IP6 ::1\r\n" in invite.body
