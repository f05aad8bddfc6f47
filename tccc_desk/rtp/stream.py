"""The values a media session begins with."""

from __future__ import annotations

from dataclasses import dataclass

RATE = 8000
"""Clock rate of G.711 and of our telephone-events."""


@dataclass(frozen=True, slots=True)
class Stream:
    """What to send and what to expect: the media half of a finished negotiation."""

    remote_host: str
    remote_port: int
    remote_rtcp_port: int
    codec: str
    payload_type: int
    ptime_ms: int
    telephone_event: int | None
    sending: bool
    """The direction lets us send."""
    receiving: bool
    """The direction lets them send."""
    receive_types: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Identity:
    """The numbers RFC 3550 wants random (sections 5.1 and 8), drawn by the caller."""

    ssrc: int
    sequence: int
    timestamp: int
    cname: str
