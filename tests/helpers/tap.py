"""A TCP relay on loopback that keeps what passes: what was on the wire, whoever sent it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from tests.helpers.stream_server import stream_server


@dataclass
class Tap:
    """Gives its port, and what passed both ways."""

    port: int = 0
    passed: bytearray = field(default_factory=bytearray)

    def digest_responses(self) -> set[bytes]:
        """Every answer to a challenge that was sent."""
        return set(re.findall(rb'response="([0-9a-f]{32})"', bytes(self.passed)))


@asynccontextmanager
async def tap(host: str, port: int) -> AsyncIterator[Tap]:
    """Stand before `host:port`."""
    made = Tap()

    async def hand_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(65536):
                made.passed += data
                writer.write(data)
                await writer.drain()
        writer.close()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        to_server, from_client = await asyncio.open_connection(host, port), (reader, writer)
        try:
            async with asyncio.TaskGroup() as both:
                both.create_task(hand_on(from_client[0], to_server[1]))
                both.create_task(hand_on(to_server[0], from_client[1]))
        finally:
            to_server[1].transport.abort()

    async with stream_server(talk) as made.port:
        yield made
