"""What was measured on one call's media."""

from __future__ import annotations

from dataclasses import dataclass

from tccc_desk.rtp.verdict import OneWay


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """From the start of the media until now. The engine's events carry it as it is."""

    codec: str = ""
    payload_type: int | None = None
    ptime_ms: int = 20
    sent: int = 0
    received: int = 0
    """Repeats not counted."""
    lost: int = 0
    jitter_ms: float = 0.0
    """Interarrival jitter, RFC 3550 section 6.4.1."""
    mos: float | None = None
    """None while nothing arrived."""
    remote: str = ""
    """host:port the sound comes from, or the address of their SDP while none came."""
    one_way: OneWay = "unknown"
    remote_report: bool = False
    """True once the far end's RTCP said something about our packets."""
    remote_lost: int | None = None
    """Cumulative packets of ours the far end reports lost."""
    round_trip_ms: float | None = None
    level_sent_dbov: float | None = None
    level_received_dbov: float | None = None
    dtmf_sent: str = ""
    dtmf_received: str = ""
