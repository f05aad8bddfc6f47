"""Which target is tried when, and how a flow that died is noticed; all on real loopback sockets."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from tccc_desk.net.errors import TransportError
from tccc_desk.net.flows import MAX_STRANGERS, Flows
from tccc_desk.net.interface import interface_of
from tccc_desk.net.keep_alive import Timing
from tccc_desk.net.resolver import Resolver
from tccc_desk.sip.framing import PING, PONG
from tests.helpers.listening import Heard
from tests.helpers.name_server import NameServer, name_server
from tests.helpers.stream_server import stream_server as server
from tests.helpers.stream_server import vanish

OPTIONS = b"OPTIONS sip:a@b SIP/2.0\r\nContent-Length: 0\r\n\r\n"
QUICK = Timing(keep_alive_s=0.1, pong_s=0.05, connect_s=2.0, failed_s=60.0)
CALM = Timing(connect_s=2.0)


@asynccontextmanager
async def flows(timing: Timing = CALM, names: NameServer | None = None) -> AsyncIterator[tuple[Flows, Heard]]:
    heard = Heard()
    resolver = Resolver((names.address,), timeout_s=2.0) if names else None
    opened = Flows(heard, resolver=resolver, timing=timing)
    try:
        yield opened, heard
    finally:
        opened.close_all()
        await asyncio.sleep(0)


def closed_port(host: str = "127.0.0.1") -> int:
    with socket.socket() as probe:
        probe.bind((host, 0))
        port: int = probe.getsockname()[1]
        return port


async def test_targets_are_tried_in_order_and_every_failure_is_noted() -> None:
    async with server(host="127.0.0.3") as port:
        zone = {
            ("_sip._tcp.trunk.test", "SRV"): [f"{n} 0 {port} h{n}.trunk.test." for n in (1, 2, 3)],
            **{(f"h{n}.trunk.test", "A"): [f"127.0.0.{n}"] for n in (1, 2, 3)},
        }
        async with name_server(zone) as names, flows(names=names) as (opened, heard):
            flow = await opened.open("t", (("trunk.test", None),), "tcp")
            assert flow.remote == ("127.0.0.3", port)
            assert [one["remote"] for one in heard.said("fact.refused")] == [
                f"127.0.0.1:{port}",
                f"127.0.0.2:{port}",
            ]
            (resolved,) = heard.said("fact.resolved")
            assert resolved["detail"] == f"127.0.0.1:{port}, 127.0.0.2:{port}, 127.0.0.3:{port}"


async def test_a_target_that_failed_lately_goes_last() -> None:
    dead = closed_port()
    async with server() as port, flows() as (opened, heard):
        servers = (("127.0.0.1", dead), ("127.0.0.1", port))
        for _ in range(3):
            flow = await opened.open("t", servers, "tcp")
            assert flow.remote[1] == port
        assert len(heard.said("fact.refused")) == 1
        # Alone, or with all others failed, it is tried all the same.
        with pytest.raises(TransportError):
            await opened.open("t", (("127.0.0.1", dead),), "tcp")
        async with server(port=dead):
            assert (await opened.open("t", (("127.0.0.1", dead),), "tcp")).remote[1] == dead


async def test_after_a_while_the_first_is_the_first_again() -> None:
    dead = closed_port()
    async with server() as port, flows(Timing(failed_s=0.05)) as (opened, _):
        servers = (("127.0.0.1", dead), ("127.0.0.1", port))
        await opened.open("t", servers, "tcp")
        await asyncio.sleep(0.06)
        async with server(port=dead):
            assert (await opened.open("t", servers, "tcp")).remote[1] == dead


async def test_a_silent_udp_server_is_put_off_once_it_was_blamed() -> None:
    async with flows() as (opened, _):
        servers = (("127.0.0.1", 9), ("127.0.0.2", 9))
        first = await opened.open("t", servers, "udp")
        assert first.remote[0] == "127.0.0.1"
        opened.blame(first)
        opened.close(first)
        assert (await opened.open("t", servers, "udp")).remote[0] == "127.0.0.2"


async def test_a_server_that_hangs_up_without_a_word_is_put_off_one_that_spoke_is_not() -> None:
    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)

    async def speak_and_hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(OPTIONS)
        await reader.read(1)

    for talk, again in ((hang_up, "127.0.0.1"), (speak_and_hang_up, "127.0.0.2")):
        async with server(talk, host="127.0.0.2") as port, server(port=port), flows() as (opened, heard):
            servers = (("127.0.0.2", port), ("127.0.0.1", port))
            flow = await opened.open("t", servers, "tcp")
            if talk is speak_and_hang_up:
                await heard.until(lambda heard=heard: heard.messages)  # type: ignore[misc]
            opened.send(flow, b"x")
            await heard.until(lambda heard=heard: heard.ends)  # type: ignore[misc]
            assert (await opened.open("t", servers, "tcp")).remote[0] == again


async def test_when_nothing_can_be_reached_the_first_servers_fault_is_told() -> None:
    zone = {("backup.trunk.test", "TXT"): ["no address"]}
    async with name_server(zone) as names, flows(names=names) as (opened, heard):
        with pytest.raises(TransportError) as failed:
            await opened.open("t", (("127.0.0.1", closed_port()), ("backup.trunk.test", 5060)), "tcp")
        assert failed.value.fault == "refused"
        assert len(heard.said("fact.refused")) == len(heard.said("fact.dns-failed")) == 1


async def test_a_port_that_swallows_connections_times_out() -> None:
    # The accept queue of a listener is full: the kernel drops further SYNs.
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        fillers = []
        for _ in range(3):
            filler = socket.socket()
            filler.setblocking(False)
            filler.connect_ex(full.getsockname())
            fillers.append(filler)
        await asyncio.sleep(0.01)
        async with flows(Timing(connect_s=0.2)) as (opened, heard):
            with pytest.raises(TransportError) as failed:
                await opened.open("t", (full.getsockname(),), "tcp")
            assert failed.value.fault == "connect-timeout"
            assert heard.said("fact.connect-timeout")[0]["seconds"] == "0.2"
        for filler in fillers:
            filler.close()


@pytest.mark.parametrize("transport", ["udp", "tcp"])
async def test_ipv6_flows_are_bound_to_a_real_address(transport: str) -> None:
    async with server(host="::1") as port, flows() as (opened, _):
        flow = await opened.open("t", (("::1", port),), transport)  # type: ignore[arg-type]
        assert (flow.local[0], flow.remote) == ("::1", ("::1", port))
        assert str(flow) == f"{transport.upper()} [::1]:{flow.local[1]} -> [::1]:{port}"


def test_the_interface_of_an_address_is_named() -> None:
    assert [interface_of(one) for one in ("127.0.0.1", "::1", "192.0.2.1", "2001:db8::1")] == [
        "lo",
        "lo",
        "",
        "",
    ]


async def test_udp_is_pinged_and_not_judged() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as far:
        far.bind(("127.0.0.1", 0))
        far.setblocking(False)
        async with flows(QUICK) as (opened, heard):
            flow = await opened.open("t", (far.getsockname(),), "udp")
            loop = asyncio.get_running_loop()
            for _ in range(3):
                data, source = await asyncio.wait_for(loop.sock_recvfrom(far, 100), 2)
                assert (data, source) == (PING, flow.local)
                far.sendto(PONG, source)  # a server may; it is no message
            await asyncio.sleep(0.1)
            assert (heard.ends, heard.messages) == ([], [])


async def test_strangers_are_told_apart_answered_where_they_are_and_bounded() -> None:
    async with flows() as (opened, heard):
        flow = await opened.open("t", (("127.0.0.1", 9),), "udp")
        seen = set()
        for _ in range(MAX_STRANGERS + 3):
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
                stranger.bind(("127.0.0.2", 0))
                stranger.sendto(OPTIONS, flow.local)
                count = len(heard.messages)
                await heard.until(lambda count=count: len(heard.messages) > count)  # type: ignore[misc]
                data, source, trusted = heard.messages[-1]
                assert (data, source.remote, trusted) == (OPTIONS, stranger.getsockname(), False)
                assert source.id != flow.id
                opened.send(source, b"answer")
                stranger.settimeout(2)
                assert stranger.recv(100) == b"answer"
                seen.add(source.id)
        assert len(opened._of) <= MAX_STRANGERS + 1
        opened.close(flow)
        assert opened._of == {}


async def test_a_server_that_never_answers_pings_is_left_alone() -> None:
    enough = asyncio.Event()

    async def count(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        assert await reader.readexactly(5 * len(PING)) == 5 * PING
        enough.set()
        await reader.read()

    async with server(count) as port, flows(QUICK) as (opened, heard):
        await opened.open("t", (("127.0.0.1", port),), "tcp")
        await asyncio.wait_for(enough.wait(), 5)
        assert heard.ends == []


async def test_a_missing_pong_ends_a_flow_that_had_pongs() -> None:
    async def answer_twice(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for _ in range(2):
            await reader.readexactly(len(PING))
            writer.write(PONG)
        while await reader.read(100):
            pass

    async with server(answer_twice) as port, flows(QUICK) as (opened, heard):
        flow = await opened.open("t", (("127.0.0.1", port),), "tcp")
        await heard.until(lambda: heard.ends)
        assert heard.ends == [
            (flow, "closed", "no answer to a keep-alive within 0.05 s; earlier ones were answered")
        ]


async def test_any_octet_since_the_ping_proves_as_much_as_a_pong() -> None:
    pings = 0

    async def answer_otherwise(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal pings
        while await reader.readexactly(len(PING)) == PING:
            pings += 1
            writer.write(PONG if pings == 1 else OPTIONS)

    async with server(answer_otherwise) as port, flows(QUICK) as (opened, heard):
        await opened.open("t", (("127.0.0.1", port),), "tcp")
        await heard.until(lambda: len(heard.messages) > 4)
        assert heard.ends == []


@pytest.mark.parametrize("pongs", [True, False])
async def test_a_peer_whose_host_vanished_is_noticed(pongs: bool) -> None:
    """By the pong that is missing; where there never was one, by the ping nobody acknowledges."""
    gone = asyncio.Event()

    async def answer_and_vanish(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if pongs:
            await reader.readexactly(len(PING))
            writer.write(PONG)
        vanish(writer.get_extra_info("socket"))
        await gone.wait()

    timing = Timing(keep_alive_s=0.1, pong_s=0.2 if pongs else 60.0, user_timeout_ms=20_000 if pongs else 500)
    async with server(answer_and_vanish) as port, flows(timing) as (opened, heard):
        flow = await opened.open("t", (("127.0.0.1", port),), "tcp")
        await heard.until(lambda: heard.ends, 10)
        ((lost, fault, detail),) = heard.ends
        assert (lost, fault) == (flow, "closed")
        assert ("keep-alive" if pongs else "timed out") in detail
        assert opened._open == {}
        gone.set()


async def test_a_server_that_stops_reading_is_given_up() -> None:
    gone = asyncio.Event()

    async def stare(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.transport.pause_reading()  # type: ignore[attr-defined]
        await gone.wait()

    async with server(stare) as port, flows() as (opened, heard):
        flow = await opened.open("t", (("127.0.0.1", port),), "tcp")
        for _ in range(2000):
            opened.send(flow, b"x" * 8192)
            if heard.ends:
                break
        assert heard.ends == [(flow, "closed", "the far end stopped reading")]
        gone.set()


async def test_a_reset_is_told_once_and_closing_is_quiet() -> None:
    async def reset(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        linger = struct.pack("ii", 1, 0)
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        writer.transport.abort()

    async with server(reset) as port, flows() as (opened, heard):
        flow = await opened.open("t", (("127.0.0.1", port),), "tcp")
        other = await opened.open("t", (("127.0.0.1", port),), "tcp")
        opened.close(other)
        opened.close(other)
        opened.send(other, OPTIONS)
        opened.send(flow, OPTIONS)
        await heard.until(lambda: heard.ends)
        assert heard.ends == [(flow, "closed", "Connection reset by peer")]


async def test_a_servers_other_address_and_the_backup_s_are_known_when_they_send() -> None:
    async with flows() as (opened, heard):
        flow = await opened.open("t", (("127.0.0.1", 9),), "udp", others=(("127.0.0.3", 9),))
        await heard.until(lambda: "127.0.0.3" in opened._addresses["t"])
        for host, known in (("127.0.0.1", True), ("127.0.0.3", True), ("127.0.0.4", False)):
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
                sender.bind((host, 0))
                count = len(heard.messages)
                sender.sendto(OPTIONS, flow.local)
                await heard.until(lambda count=count: len(heard.messages) > count)  # type: ignore[misc]
                assert heard.messages[-1][2] is known
