"""Media ports that misbehave, each in one way an admin meets in the field."""

from __future__ import annotations

import re
import socket
from typing import Literal

from tccc_desk.net.media import MediaPort
from tccc_desk.rtp.latch import Address

Trouble = Literal["", "private", "wrong-port", "deaf", "no-rtcp", "late", "lossy"]
PRIVATE_HOST = "10.255.255.1"
"""What the SDP of a line behind a NAT without help names; nothing from 127.0.0.1 gets there."""
LATE_S = 3.0
LOSS = 0.05
SWAPPED = 0.05
"""Part of the packets that go out after their follower, 20 ms late."""

_EVENTS = re.compile(rb"a=(?:rtpmap|fmtp):101 [^\r\n]*\r\n")


class WrongPort(MediaPort):
    """Sends its sound to the port where RTCP belongs."""

    def _send(self, sock: socket.socket, data: bytes, target: Address | None) -> bool:
        astray = (target[0], target[1] + 1) if target is not None and sock is self._rtp else target
        return super()._send(sock, data, astray)


class Deaf(MediaPort):
    """Throws away what arrives, as a firewall before it would; its RTCP says that nothing came."""

    def _read_rtp(self, until: float) -> None:
        self._discard(self._rtp, until)


class NoRtcp(MediaPort):
    """Never sends RTCP."""

    def _send(self, sock: socket.socket, data: bytes, target: Address | None) -> bool:
        return sock is not self._rtcp and super()._send(sock, data, target)


class Lossy(MediaPort):
    """Loses and swaps packets of its sound by the numbers above."""

    _kept: bytes | None = None

    def _send(self, sock: socket.socket, data: bytes, target: Address | None) -> bool:
        if sock is not self._rtp:
            return super()._send(sock, data, target)
        chance = self._clock.random.random()
        kept, self._kept = self._kept, None
        if kept is None and chance < SWAPPED:
            self._kept = data
            return True
        sent = chance > 1.0 - LOSS or super()._send(sock, data, target)  # lost on the way, as far as we know
        return sent if kept is None else super()._send(sock, kept, target)


PORTS: dict[Trouble, type[MediaPort]] = {
    "wrong-port": WrongPort,
    "deaf": Deaf,
    "no-rtcp": NoRtcp,
    "lossy": Lossy,
}


def without_events(description: bytes) -> bytes:
    """The same SDP without telephone-event, whose payload type we write as 101."""
    lines = _EVENTS.sub(b"", description).split(b"\r\n")
    return b"\r\n".join(line.replace(b" 101", b"") if line.startswith(b"m=") else line for line in lines)
