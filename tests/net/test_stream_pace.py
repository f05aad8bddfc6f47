"""Messages that follow each other at once leave at once."""

from __future__ import annotations

import asyncio
import socket

from tccc_desk.net.stream import Stream


async def test_a_second_message_does_not_wait_for_the_first_to_be_acknowledged() -> None:
    """Nagle's algorithm would hold it back until the far end acknowledges, 40 ms as a rule."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(asyncio.Protocol, "127.0.0.1", 0)
    async with server:
        stream = await Stream.connect(server.sockets[0].getsockname()[:2], lambda _: None, lambda *_: None)
        try:
            assert stream._transport is not None
            tcp = stream._transport.get_extra_info("socket")
            assert tcp.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        finally:
            stream.close()
        await asyncio.sleep(0)
