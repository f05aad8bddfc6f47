"""Too much of everything: the engine stays bounded, and what the admin asks for still happens."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import threading
import time
import tracemalloc
from collections.abc import AsyncIterator, Iterable, Iterator

import pytest

from tccc_desk.engine.commands import HangUp
from tccc_desk.engine.events import (
    BindingEstablished,
    CallAnswered,
    CallEnded,
    CallOffered,
    CallRefused,
    FlowLost,
    RegistrationFailed,
)
from tccc_desk.sdp.negotiate import read_answer
from tccc_desk.sip.message import Request, encode_message, response_to
from tests.helpers.hostile_gateway.gateway import HOST, Link, Transport
from tests.helpers.hostile_gateway.sayings import accepted, honest, request, sdp, to
from tests.helpers.hostile_gateway.trial import Trial

BOTH: tuple[Transport, ...] = ("udp", "tcp")


@contextlib.asynccontextmanager
async def trial_on(transport: Transport, **options: object) -> AsyncIterator[Trial]:
    trial = Trial(transport, honest)
    await trial.begin(**options)
    try:
        yield trial
        trial.sound(echoes=False)
    finally:
        await trial.end()
    trial.sound(echoes=False)


async def paced(link: Link, datagrams: Iterable[bytes], a_second: int) -> float:
    """Send at a rate, as near as the loop can; gives the seconds it took."""
    began = time.monotonic()
    for number, data in enumerate(datagrams):
        link.say(data)
        ahead = number / a_second - (time.monotonic() - began)
        if ahead > 0.001:
            await asyncio.sleep(ahead)
        elif number % 20 == 0:
            await asyncio.sleep(0)
    return time.monotonic() - began


@pytest.mark.parametrize("transport", BOTH)
async def test_five_thousand_responses_to_nothing(transport: Transport) -> None:
    async with trial_on(transport) as trial:
        link = await trial.bound()
        flood = [
            encode_message(response_to(request(link, "OPTIONS"), 200 if number % 2 else 401, to_tag="x"))
            for number in range(5000)
        ]
        await paced(link, flood[:500], 5000)
        await asyncio.sleep(0.2)
        tracemalloc.start()
        try:
            before = tracemalloc.get_traced_memory()[0]
            flooding = asyncio.create_task(paced(link, flood[500:], 5000))
            trial.register()
            await trial.until(lambda: len(trial.said(BindingEstablished)) == 2)
            await flooding
            await asyncio.sleep(0.2)
            grown = tracemalloc.get_traced_memory()[0] - before
        finally:
            tracemalloc.stop()
        assert trial.facts["fact.stray-response"] > 2000
        assert grown < 1_000_000
        await trial.lives(same=True)


@pytest.mark.parametrize("transport", BOTH)
async def test_two_hundred_invites_a_second(transport: Transport) -> None:
    async with trial_on(transport) as trial:
        link = await trial.bound()
        sent, over = 0, False

        def flood() -> Iterator[bytes]:
            """Goes on until our own call is over, and for two seconds at least."""
            nonlocal sent
            while sent < 400 or not over:
                sent += 1
                yield encode_message(request(link, "INVITE", body=sdp()))

        flooding = asyncio.create_task(paced(link, flood(), 200))
        await trial.until(lambda: sent >= 100)
        trial.place()
        await trial.until(lambda: bool(trial.said(CallAnswered, "c")))
        trial.engine.submit(HangUp(call="c"))
        await trial.until(lambda: bool(trial.said(CallEnded, "c")))
        over = True
        await flooding

        def answered(*statuses: int) -> int:
            found = trial.gateway.answers("INVITE")
            return len({one.headers.get("Call-ID") for one in found if one.status in statuses})

        await trial.until(lambda: answered(180, 486) == sent)
        assert len(trial.said(CallOffered)) == 20
        assert answered(486) == sent - 20
        await trial.lives(same=True)


async def test_fifteen_hundred_invites_of_three_hundred_strangers() -> None:
    async with trial_on("udp") as trial:
        link = await trial.bound()
        invite = encode_message(request(link, "INVITE", body=sdp()))
        with contextlib.ExitStack() as stack:
            others = [
                stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) for _ in range(300)
            ]
            for other in others:
                other.bind(("127.0.0.2", 0))
            for _ in range(5):
                for other in others:
                    other.sendto(invite, link.remote)
                    await asyncio.sleep(0.0005)
            await trial.until(lambda: all(_heard(other, b"SIP/2.0 403") for other in others))
            assert not trial.said(CallOffered)
            assert 0 < len(trial.said(CallRefused)) < 100  # counted, but not shouted
            flows = trial.engine._flows._open.values()
            assert max(len(one.others) for one in flows) <= 256
        await trial.lives(same=True)


def _heard(sock: socket.socket, start: bytes) -> bool:
    try:
        return sock.recv(65536, socket.MSG_DONTWAIT | socket.MSG_PEEK).startswith(start)
    except BlockingIOError:
        return False


async def test_five_thousand_packets_a_second_into_a_call() -> None:
    """The call's own sound is told from the flood, and the sound of a spoofer is not followed."""
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as far,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as spoofer,
    ):
        far.bind((HOST, 0))
        port = far.getsockname()[1]
        async with trial_on("udp") as trial:
            trial.gateway.script = to(INVITE=lambda link, invite: link.say(accepted(link, invite, sdp(port))))
            trial.place(play="tone")
            await trial.until(lambda: bool(trial.said(CallAnswered, "c")))
            offer = trial.gateway.requests("INVITE")[0].body
            target = (HOST, read_answer(offer, offer).remote_port)
            stop = threading.Event()
            talked, flooded = _Talk(far, target, 50), _Talk(spoofer, target, 5000)
            talking = threading.Thread(target=talked.run, args=(stop,))
            flooding = threading.Thread(target=flooded.run, args=(stop,))
            talking.start()
            await trial.until(lambda: talked.sent >= 15)
            flooding.start()
            link = trial.link()
            link.say(request(link, "OPTIONS"))
            await trial.until(lambda: bool(trial.gateway.answers("OPTIONS")))
            await trial.until(lambda: flooded.sent >= 5000 and talked.sent >= 65)
            stop.set()
            talking.join()
            flooding.join()
            trial.engine.submit(HangUp(call="c"))
            await trial.until(lambda: bool(trial.said(CallEnded, "c")), 3)
            heard = trial.said(CallEnded, "c")[0].media
            assert heard is not None
            assert heard.remote == f"{HOST}:{port}"
            assert 20 <= heard.received <= talked.sent
            assert heard.sent >= 40
            await trial.lives(same=True)


class _Talk:
    """RTP of silence at a rate, in bursts of 10 ms."""

    def __init__(self, sock: socket.socket, target: tuple[str, int], a_second: int) -> None:
        self._sock, self._target, self._rate = sock, target, a_second
        self.sent = 0

    def run(self, stop: threading.Event) -> None:
        began = time.monotonic()
        while not stop.wait(0.01):
            while self.sent < (time.monotonic() - began) * self._rate:
                clock = (self.sent * 160) & 0xFFFFFFFF
                head = struct.pack("!BBHII", 0x80, 8, self.sent & 0xFFFF, clock, 0x1234 + self._rate)
                with contextlib.suppress(OSError):
                    self._sock.sendto(head + b"\xd5" * 160, self._target)
                self.sent += 1


async def test_a_far_end_that_stops_reading() -> None:
    """What it does not take is kept up to a bound; then the connection is given up."""
    async with trial_on("tcp") as trial:
        link = await trial.bound()
        assert link.stream is not None
        link.stream.pause_reading()
        asked = [encode_message(request(link, "OPTIONS")) for _ in range(500)]
        for _ in range(80):
            link.say(b"".join(asked))
            await asyncio.sleep(0.01)
            if trial.said(FlowLost):
                break
        await trial.until(lambda: bool(trial.said(FlowLost)))
        await trial.until(lambda: len(trial.said(BindingEstablished, "t")) == 2)
        await trial.lives(same=True)


@pytest.mark.parametrize("transport", BOTH)
async def test_a_server_that_goes_away_and_comes_back(transport: Transport) -> None:
    """Refused by the host in mid-registration: said, and tried again with patience."""
    async with trial_on(transport) as trial:
        await trial.bound()
        trial.gateway.shut()
        await asyncio.sleep(0.1)
        trial.register()
        await trial.until(lambda: bool(trial.said(RegistrationFailed)))
        await asyncio.sleep(0.5)
        faults = {one.fault for one in trial.said(RegistrationFailed)}
        assert faults <= ({"icmp"} if transport == "udp" else {"closed", "refused"})
        assert trial.said(FlowLost)
        await trial.gateway.open()
        await trial.until(lambda: len(trial.said(BindingEstablished, "t")) == 2)
        await trial.lives(same=True)


async def test_a_server_that_closes_every_connection_once_registered() -> None:
    """No storm: at most three REGISTERs a second, and no more connections than that."""

    def script(link: Link, asked: Request) -> None:
        honest(link, asked)
        link.close()

    async with trial_on("tcp") as trial:
        trial.gateway.script = script
        trial.register()
        await asyncio.sleep(3)
        assert 1 < len(trial.gateway.requests("REGISTER")) <= 9
        assert len(trial.gateway.links) <= 9
        await trial.lives(same=True)
