"""A router between a client and a SIP server over UDP, that loses, rewrites or delays."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

Address = tuple[str, int]


class _Port(asyncio.DatagramProtocol):
    def __init__(self, heard: Callable[[bytes, Address], None]) -> None:
        self._heard = heard

    def datagram_received(self, data: bytes, addr: Address) -> None:
        self._heard(data, addr)


async def _open(heard: Callable[[bytes, Address], None]) -> asyncio.DatagramTransport:
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(lambda: _Port(heard), local_addr=("127.0.0.1", 0))
    return transport


@asynccontextmanager
async def udp_relay(
    server: Address,
    *,
    limit: int | None = None,
    out: Callable[[bytes], bytes] = lambda data: data,
    back: Callable[[bytes], bytes] = lambda data: data,
    delay_s: float = 0.0,
) -> AsyncIterator[int]:
    """Gives its port. `limit` is the octets above which a datagram to the server is lost."""
    loop = asyncio.get_running_loop()
    running: set[asyncio.Task[None]] = set()
    towards: dict[Address, asyncio.DatagramTransport] = {}

    def from_client(data: bytes, client: Address) -> None:
        if limit is None or len(data) <= limit:
            task = loop.create_task(forward(data, client))
            running.add(task)
            task.add_done_callback(running.discard)

    async def forward(data: bytes, client: Address) -> None:
        if client not in towards:
            towards[client] = await _open(lambda answer, _: from_server(answer, client))
        loop.call_later(delay_s, towards[client].sendto, out(data), server)

    def from_server(data: bytes, client: Address) -> None:
        if not inside.is_closing():
            inside.sendto(back(data), client)

    inside = await _open(from_client)
    try:
        yield inside.get_extra_info("sockname")[1]
    finally:
        for transport in (inside, *towards.values()):
            transport.abort()
        await asyncio.sleep(0)
