"""The log told live to a HEP collector: only where one was entered, masked, and never in a call's way."""

from __future__ import annotations

import asyncio
import socket

import pytest

from tccc_desk.engine.collector import collector_command
from tccc_desk.engine.commands import ConfigureHep, ConfigureTrunk, Shutdown, VerifyTrunk
from tccc_desk.engine.door import Engine
from tccc_desk.engine.events import CredentialsVerified, Event, Traced
from tccc_desk.practice.client import PracticeProcess
from tccc_desk.trace.hep import decode
from tccc_desk.trunk.entry import checked_trunk

PASSWORD = "Canary7-collector"


@pytest.mark.parametrize(
    ("entered", "host", "port"),
    [
        ("homer.example", "homer.example", 9060),
        ("homer.example:9061", "homer.example", 9061),
        ("192.0.2.7:9060", "192.0.2.7", 9060),
        ("[2001:db8::7]:9062", "2001:db8::7", 9062),
        ("2001:db8::7", "2001:db8::7", 9060),
        ("homer.example:99999999", "homer.example", 9060),
        ("", "", 9060),
    ],
)
def test_an_address_is_read_as_it_is_entered(entered: str, host: str, port: int) -> None:
    assert collector_command(entered, 7) == ConfigureHep(host=host, port=port, capture_id=7)


async def verified(port: int) -> list[Event]:
    """Verify an account of the practice gateway with a collector on `port` (0: none)."""
    events: list[Event] = []
    done = asyncio.Event()

    def listen(event: Event) -> None:
        events.append(event)
        if isinstance(event, CredentialsVerified):
            done.set()

    practice = PracticeProcess()
    await practice.start(passwords={"gateway01": PASSWORD})
    try:
        ready = practice.ready
        trunk, _ = checked_trunk(
            {
                "username": "gateway01",
                "domain": "1400000001.tccc.qcloud.com",
                "server": f"{ready.host}:{ready.port}",
                "transport": "tcp",
            }
        )
        engine = Engine(listen)
        await engine.start()
        if port:
            engine.submit(ConfigureHep(host="127.0.0.1", port=port, capture_id=2001))
        engine.submit(ConfigureTrunk(trunk=trunk, password=PASSWORD))
        engine.submit(VerifyTrunk(trunk=trunk.name))
        async with asyncio.timeout(20):
            await done.wait()
            engine.submit(Shutdown())
            await engine.closed()
    finally:
        await practice.stop()
    return events


async def test_each_message_is_told_masked_as_in_the_log() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as collector:
        collector.bind(("127.0.0.1", 0))
        collector.setblocking(False)
        events = await verified(collector.getsockname()[1])
        told = []
        while True:
            try:
                told.append(decode(collector.recv(65536)))
            except BlockingIOError:
                break
    logged = [
        entry
        for event in events
        if isinstance(event, Traced)
        for entry in event.entries
        if entry.kind == "message"
    ]
    assert logged
    assert [packet.payload for packet in told] == [entry.raw for entry in logged]
    assert any(b'response="****' in packet.payload for packet in told)
    assert {packet.transport for packet in told} == {"TCP"}


async def test_a_collector_that_refuses_is_said_once_in_the_log() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    events = await verified(port)
    facts = [entry.fact for event in events if isinstance(event, Traced) for entry in event.entries]
    assert facts.count("fact.hep-failed") == 1
    assert any(isinstance(event, CredentialsVerified) for event in events)
