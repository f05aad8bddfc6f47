"""A registrar and an answering line on 127.0.0.1 that do as little as they can: the load is the engine's.

REGISTER and INVITE are challenged once, each binding is granted, each call rings and is answered with a
description that asks for no sound. Nothing is judged: honest clients only.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections import Counter
from collections.abc import Callable

from tests.bench._messages import DOMAIN

ANSWER = (
    b"v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
    b"m=audio 9 RTP/AVP 8\r\na=rtpmap:8 PCMA/8000\r\na=inactive\r\n"
)
CHALLENGE = f'Digest realm="{DOMAIN}", nonce="awS0OmsEsw7iMU5+B2Ey11AO+c4W5G47", qop="auth"'.encode()
_COPIED = (b"Via:", b"From:", b"Call-ID:", b"CSeq:")
_LENGTH = re.compile(rb"\r\nContent-Length: *(\d+)", re.IGNORECASE)


class FarEnd:
    """Both ends of every test: `port` serves UDP and TCP."""

    def __init__(self, expires_s: int = 600) -> None:
        self.port = 0
        self.heard: Counter[str] = Counter()
        """Requests by method, repeats included."""
        self.granted_at: list[float] = []
        """When each binding was made or refreshed, monotonic seconds."""
        self._expires = expires_s
        self._closing: list[Callable[[], None]] = []

    async def start(self) -> None:
        """Begin to answer."""
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: _Stream(self), "127.0.0.1", 0, backlog=2048)
        self.port = server.sockets[0].getsockname()[1]
        datagrams, _ = await loop.create_datagram_endpoint(
            lambda: _Datagrams(self), local_addr=("127.0.0.1", self.port)
        )
        self._closing = [server.close, datagrams.close]

    def stop(self) -> None:
        """Answer no more."""
        for close in self._closing:
            close()

    def answers(self, data: bytes) -> list[bytes]:
        """What to send back for one message."""
        method = data[: data.find(b" ")].decode()
        self.heard[method] += 1
        credentials = b"\r\nAuthorization:" in data or b"\r\nProxy-Authorization:" in data
        match method:
            case "REGISTER":
                if not credentials:
                    return [_response(data, b"401 Unauthorized", b"WWW-Authenticate: " + CHALLENGE)]
                contact = next((line for line in data.split(b"\r\n") if line.startswith(b"Contact:")), b"")
                expires = b"0" if b"\r\nExpires: 0\r\n" in data else str(self._expires).encode()
                if expires != b"0":
                    self.granted_at.append(time.monotonic())
                listed = [contact + b";expires=" + expires] if contact and expires != b"0" else []
                return [_response(data, b"200 OK", *listed)]
            case "INVITE":
                if not credentials:
                    refused = b"407 Proxy Authentication Required"
                    return [_response(data, refused, b"Proxy-Authenticate: " + CHALLENGE)]
                contact = b"Contact: <sip:line@127.0.0.1:%d>" % self.port
                kind = b"Content-Type: application/sdp"
                return [
                    _response(data, b"180 Ringing", contact),
                    _response(data, b"200 OK", contact, kind, body=ANSWER),
                ]
            case "ACK" | "SIP/2.0":
                return []
            case _:
                return [_response(data, b"200 OK")]


def _response(request: bytes, status: bytes, *more: bytes, body: bytes = b"") -> bytes:
    lines = request[: request.find(b"\r\n\r\n")].split(b"\r\n")
    copied = [line for line in lines if line.startswith(_COPIED)]
    to = next(line for line in lines if line.startswith(b"To:"))
    if b";tag=" not in to:
        to += b";tag=far"
    length = b"Content-Length: %d" % len(body)
    return b"\r\n".join((b"SIP/2.0 " + status, *copied, to, *more, length, b"", b"")) + body


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, far_end: FarEnd) -> None:
        self._far_end = far_end

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: asyncio.DatagramTransport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        if data.strip():
            for answer in self._far_end.answers(data):
                self._transport.sendto(answer, addr)


class _Stream(asyncio.Protocol):
    def __init__(self, far_end: FarEnd) -> None:
        self._far_end = far_end
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: asyncio.Transport = transport

    def data_received(self, data: bytes) -> None:
        self._buffer = (self._buffer + data).lstrip(b"\r\n")
        while (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            length = _LENGTH.search(self._buffer, 0, end + 2)
            whole = end + 4 + (int(length[1]) if length else 0)
            if len(self._buffer) < whole:
                return
            message, self._buffer = self._buffer[:whole], self._buffer[whole:].lstrip(b"\r\n")
            for answer in self._far_end.answers(message):
                self._transport.write(answer)
