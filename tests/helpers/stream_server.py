"""A TCP or TLS server of a few lines, that leaves nothing behind."""

from __future__ import annotations

import asyncio
import ctypes
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Say nothing until the client goes."""
    while await reader.read(4096):
        pass


@asynccontextmanager
async def stream_server(
    talk: Talk = listen, *, host: str = "127.0.0.1", port: int = 0, tls: ssl.SSLContext | None = None
) -> AsyncIterator[int]:
    """Gives its port. `talk` has one connection; when it returns, the connection is closed."""
    running: set[asyncio.Task[Any]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        running.add(task)
        try:
            with suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
                await talk(reader, writer)
                writer.close()
                async with asyncio.timeout(1):
                    await writer.wait_closed()
        finally:
            writer.transport.abort()
            running.discard(task)

    listening = await asyncio.start_server(serve, host, port, ssl=tls)
    try:
        yield listening.sockets[0].getsockname()[1]
    finally:
        listening.close()
        waiting = list(running)
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        await asyncio.sleep(0)  # what was aborted is closed in the next round


def vanish(accepted: socket.socket) -> None:
    """Let every packet to this socket be dropped unseen, as if its host had lost its power.

    A socket filter that keeps nothing: the kernel neither acknowledges nor resets.
    """
    keep_nothing = ctypes.create_string_buffer(struct.pack("HBBI", 0x06, 0, 0, 0))  # BPF_RET | BPF_K, 0
    program = struct.pack("HL", 1, ctypes.addressof(keep_nothing))
    accepted.setsockopt(socket.SOL_SOCKET, 26, program)  # SO_ATTACH_FILTER
