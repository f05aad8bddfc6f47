"""What was measured on one call's media."""

from __future__ import annotations

from dataclasses import dataclass

from tccc_desk.rtp.verdict import Cause, OneWay


@dataclass(frozen=True, slots=True, kw_only=True)
class LoopProof:
    """What came back of the marks in our tone or sweep, found by correlation.

    `returned_percent` 0 says that nothing came back within two seconds; the others are 0 then.
    """

    delay_ms: float
    """From our sending to our playing what returned, the jitter buffer included."""
    attenuation_db: float
    """How much weaker it came back; negative if louder."""
    returned_percent: float
    """How much of what we sent came back, 0 to 100."""


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
    late: int = 0
    """Received, but after the jitter buffer had to play something else in their place."""
    reordered: int = 0
    duplicated: int = 0
    concealed: int = 0
    """Frames of 20 ms the jitter buffer had to make up, lost or late."""
    jitter_ms: float = 0.0
    """Interarrival jitter, RFC 3550 section 6.4.1."""
    playout_delay_ms: float | None = None
    """How long the jitter buffer keeps a packet at present; None while nothing arrived."""
    mos: float | None = None
    """None while nothing arrived."""
    remote: str = ""
    """host:port the sound comes from, or the address of their SDP while none came."""
    address_changes: int = 0
    """How often their sound came to be from elsewhere than announced or before."""
    foreign: int = 0
    """Datagrams from elsewhere than their sound or reports, or of another source at their address."""
    malformed: int = 0
    flooded: int = 0
    """Datagrams thrown away unread because too many came at once."""
    one_way: OneWay = "unknown"
    cause: Cause = ""
    """Why `one_way` is what it is, or why it cannot be known."""
    remote_report: bool = False
    """True once the far end's RTCP said something about our packets."""
    remote_lost: int | None = None
    """Cumulative packets of ours the far end reports lost."""
    round_trip_ms: float | None = None
    level_sent_dbov: float | None = None
    level_received_dbov: float | None = None
    loop: LoopProof | None = None
    dtmf_sent: str = ""
    dtmf_received: str = ""

    @property
    def ended(self) -> bool:
        """Their sound came, and then no more."""
        return self.cause == "nothing-arrives" and self.received > 0
