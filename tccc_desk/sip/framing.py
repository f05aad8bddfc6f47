"""A byte stream cut into messages by Content-Length (RFC 3261 18.3), with keep-alives (RFC 5626 3.5.1)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tccc_desk.sip.errors import RemoteProtocolError
from tccc_desk.sip.fields import read_content_length

PING = b"\r\n\r\n"
PONG = b"\r\n"

_SECTION = "RFC 3261 18.3"
_HEAD_END = b"\r\n\r\n"
_CONTENT_LENGTH = re.compile(
    rb"\r\n(?:content-length|l)[ \t]*+:([^\r\n]*+(?:\r\n[ \t][^\r\n]*+)*+)", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Ping:
    """The peer asks whether we are alive: answer with PONG."""


@dataclass(frozen=True, slots=True)
class Pong:
    """The peer's answer to our PING."""


class Framer:
    """One direction of one connection. Holds at most `limit` octets between two feeds.

    The work is linear in the octets fed, however they are cut into segments.
    """

    def __init__(self, limit: int = 65536) -> None:
        self._limit = limit
        self._buffer = bytearray()
        self._scanned = 0
        """Octets of the buffer known to hold no end of a header section."""
        self._wanted = 0
        """Octets of the message whose header section is complete, 0 before that."""
        self._half_ping = False
        """The last CRLF was reported as a Pong and may be the first half of a Ping."""
        self._fault: RemoteProtocolError | None = None

    def feed(self, data: bytes) -> list[bytes | Ping | Pong]:
        """Take a segment, return what is complete now.

        A lone CRLF at the end of what has arrived is a Pong at once: waiting for a second one
        would delay it for ever. Should the second one follow, a Ping is reported as well.

        RemoteProtocolError ends the stream, since nobody knows where the next message begins.
        Complete items before the fault are returned first; the error then comes with the next
        call, for which `feed(b"")` will do.
        """
        items: list[bytes | Ping | Pong] = []
        if self._fault is not None:
            raise self._fault.with_traceback(None)
        self._buffer += data
        try:
            while self._step(items):
                pass
        except RemoteProtocolError as fault:
            self._fault = fault
            self._buffer.clear()
            if not items:
                raise
        return items

    def _step(self, items: list[bytes | Ping | Pong]) -> bool:
        """Take one item off the buffer; False when more octets are needed."""
        buffer = self._buffer
        if not self._wanted:
            if not self._scanned:
                if buffer.startswith(b"\r\n"):
                    items.append(self._keep_alive())
                    return True
                if len(buffer) < 2 and b"\r".startswith(buffer):
                    return False
                self._half_ping = False
            if not self._read_head():
                return False
        if len(buffer) < self._wanted:
            return False
        items.append(bytes(buffer[: self._wanted]))
        del buffer[: self._wanted]
        self._wanted = self._scanned = 0
        return True

    def _keep_alive(self) -> Ping | Pong:
        buffer = self._buffer
        if self._half_ping or buffer.startswith(PING):
            del buffer[: len(PONG if self._half_ping else PING)]
            self._half_ping = False
            return Ping()
        del buffer[: len(PONG)]
        self._half_ping = True
        return Pong()

    def _read_head(self) -> bool:
        """Look for the end of the header section and learn the message's length from it."""
        buffer = self._buffer
        end = buffer.find(_HEAD_END, max(0, self._scanned - 3))
        self._scanned = len(buffer)
        if end < 0:
            if len(buffer) >= self._limit:
                raise self._refuse("header section without an end", status=513)
            return False
        found = _CONTENT_LENGTH.findall(buffer, 0, end)
        if len(found) != 1:
            raise self._refuse("Content-Length is missing" if not found else "Content-Length appears twice")
        text = bytes(found[0]).replace(b"\r\n", b"").strip(b" \t")
        self._wanted = end + len(_HEAD_END) + read_content_length(text.decode("ascii", "replace"))
        if self._wanted > self._limit:
            raise self._refuse("message too large", status=513)
        return True

    def _refuse(self, message: str, status: int = 400) -> RemoteProtocolError:
        return RemoteProtocolError(message, section=_SECTION, excerpt=bytes(self._buffer[:64]), status=status)
