"""The log against Kamailio's own: octet for octet what was on the wire, the digest response masked."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest

from tccc_desk.engine.commands import Command, ConfigureTrunk, PlaceTestCall, RegisterTrunk, Shutdown
from tccc_desk.engine.door import Engine
from tccc_desk.engine.events import BindingEstablished, CallEnded, Event, FlowOpened, Traced
from tccc_desk.trace.sound_record import sound_records
from tccc_desk.trunk.entry import checked_trunk
from tests.helpers.baresip import LINE, Baresip
from tests.helpers.kamailio import DOMAIN, USERNAME, Kamailio
from tests.helpers.process import await_true

ANSWER = re.compile(rb'(?<=response=")[0-9a-f]+(?=")')


def starred(data: bytes) -> bytes:
    return ANSWER.sub(lambda hit: b"*" * len(hit.group()), data)


async def register_and_call(gateway: Kamailio, transport: str) -> list[Event]:
    """Everything the engine said from its start to its end."""
    events: list[Event] = []
    said: asyncio.Queue[Event] = asyncio.Queue()

    def listen(event: Event) -> None:
        events.append(event)
        said.put_nowait(event)

    async def until(kind: type[Event]) -> None:
        async with asyncio.timeout(20):
            while not isinstance(await said.get(), kind):
                pass

    trunk, _ = checked_trunk(
        {
            "username": USERNAME,
            "domain": DOMAIN,
            "server": gateway.server,
            "transport": transport.lower(),
        }
    )
    engine = Engine(listen)
    await engine.start()
    steps: list[tuple[Command, type[Event]]] = [
        (RegisterTrunk(trunk=trunk.name), BindingEstablished),
        (
            PlaceTestCall(trunk=trunk.name, call="a", caller="13900000001", line=LINE, duration_s=0.5),
            CallEnded,
        ),
    ]
    engine.submit(ConfigureTrunk(trunk=trunk, password=gateway.password))
    for command, kind in steps:
        engine.submit(command)
        await until(kind)
    engine.submit(Shutdown())
    async with asyncio.timeout(10):
        await engine.closed()
    return events


@pytest.mark.parametrize("transport", ["UDP", "TCP"])
async def test_the_log_shows_what_was_on_the_wire(tmp_path: Path, transport: str) -> None:
    with (
        Baresip(tmp_path / "baresip") as phone,
        Kamailio(tmp_path / "kamailio", far_end=phone.address) as gateway,
    ):
        events = await register_and_call(gateway, transport)
        entries = [entry for event in events if isinstance(event, Traced) for entry in event.entries]
        logged = [entry for entry in entries if entry.kind == "message"]
        sent = [entry.raw for entry in logged if entry.direction == "sent"]
        received = [entry.raw for entry in logged if entry.direction == "received"]
        (opened,) = (event for event in events if isinstance(event, FlowOpened))
        ours = address(opened.local)
        await asyncio.to_thread(
            await_true,
            lambda: len(arrived(gateway, ours)) + len(departed(gateway, ours)) >= len(logged),
            5,
            "Kamailio's dump of everything",
        )
        # Several processes write the dump, so that its order is not the wire's.
        assert sorted(sent) == sorted(map(starred, arrived(gateway, ours)))
        assert sorted(received) == sorted(departed(gateway, ours))
    assert any(b'response="***' in raw for raw in sent)
    (ended,) = (event for event in events if isinstance(event, CallEnded))
    (record,) = sound_records(entries)
    assert record.media == ended.media
    assert sum(point.received for point in record.points) == record.media.received > 0
    assert [entry.number for entry in entries] == list(range(1, len(entries) + 1))
    assert not any(gateway.password.encode() in raw for raw in sent)


def address(shown: str) -> tuple[str, int]:
    host, _, port = shown.rpartition(":")
    return host, int(port)


def arrived(gateway: Kamailio, source: tuple[str, int]) -> list[bytes]:
    return [message.data for message in gateway.wire() if message.received and message.source == source]


def departed(gateway: Kamailio, destination: tuple[str, int]) -> list[bytes]:
    wire = gateway.wire()
    return [one.data for one in wire if not one.received and one.destination == destination]
