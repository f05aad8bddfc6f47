"""Events: what the engine saw. Frozen past-tense facts, one tagged struct each.

`at` is wall-clock time in seconds since the epoch, for display only. `said_by` is
"server" when a SIP response said it and "local" when this machine did; the two are never
mixed, and a local failure has status 0. `finding` is an id of `trunk.findings` that
`texts` turns into a sentence; `details` fills its place-holders.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from tccc_desk.engine.check_events import CheckFinished, CheckStageChanged
from tccc_desk.engine.log_events import LogFailed, LogGrown, Traced, TraceDropped
from tccc_desk.engine.sound_events import (
    DevicesListed,
    RecordingEnded,
    RecordingStarted,
    SoundDevice,
    SoundNoticed,
    SoundTested,
)
from tccc_desk.rtp import history, verdict
from tccc_desk.rtp.report import Measurement

__all__ = (
    "BindingEstablished",
    "BindingRefused",
    "BindingRemoved",
    "CallAnswered",
    "CallEnded",
    "CallHeld",
    "CallOffered",
    "CallPlaced",
    "CallProgressed",
    "CallRefused",
    "Challenge",
    "ChallengeReceived",
    "CheckFinished",
    "CheckStageChanged",
    "CommandRefused",
    "ContactChosen",
    "CredentialsVerified",
    "DevicesListed",
    "DigitReceived",
    "DigitsSent",
    "EngineStarted",
    "EngineStopped",
    "Event",
    "Fault",
    "FlowLost",
    "FlowOpened",
    "LargeRequestNoticed",
    "LatencyMeasured",
    "LogFailed",
    "LogGrown",
    "MediaMeasured",
    "MediaReport",
    "Noticed",
    "OneWay",
    "Outcome",
    "QualityHistory",
    "QualityPoint",
    "RecordingEnded",
    "RecordingStarted",
    "RegistrationFailed",
    "RegistrationStarted",
    "SaidBy",
    "SoundDevice",
    "SoundNoticed",
    "SoundTested",
    "StaleBindingRemoved",
    "TraceDropped",
    "Traced",
)

SaidBy = Literal["server", "local"]
Fault = Literal[
    "",  # none: a SIP response decided
    "dns",
    "refused",  # TCP connection refused
    "connect-timeout",
    "icmp",  # UDP: the host answered "port unreachable"
    "unreachable",  # no route, network down
    "tls",
    "closed",  # the flow was closed or reset while we waited
    "silence",  # sent, nothing came back (timer B or F)
    "slept",  # this machine was suspended: the flow is not trusted any more
    "address-changed",  # the way to the server has another source address now
    "internal",
]
Outcome = Literal["answered", "busy", "no_answer", "cancelled", "failed", "rejected"]


OneWay = verdict.OneWay
QualityHistory = history.QualityHistory
"""Makes intervals of the totals that `MediaMeasured` carries."""
QualityPoint = history.QualityPoint
MediaReport = Measurement
"""What was measured on one call's media, from its start until now."""


class EngineStarted(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    at: float
    version: str
    pid: int


class EngineStopped(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The last event there is. In the child's case the face makes it when the child dies."""

    at: float
    crashed: bool = False
    detail: str = ""


class CommandRefused(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A command that made no sense now; nothing was sent."""

    at: float
    command: str
    field: str
    finding: str
    details: dict[str, str] = {}
    trunk: str = ""
    call: str = ""


class RegistrationStarted(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A REGISTER round begins: wish, refresh or retry; or it goes on at the other server."""

    at: float
    trunk: str
    purpose: Literal["register", "refresh", "unregister", "verify"]
    server: str
    """The server asked now, the primary or the backup."""
    transport: str


class FlowOpened(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    at: float
    trunk: str
    transport: str
    local: str
    remote: str
    interface: str = ""


class FlowLost(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    at: float
    trunk: str
    transport: str
    remote: str
    fault: Fault
    detail: str = ""


class Challenge(msgspec.Struct, frozen=True, kw_only=True):
    """A 401 or 407, as shown to the admin. The nonce is not repeated here."""

    status: int
    realm: str
    algorithm: str
    qop: str
    stale: bool = False


class ChallengeReceived(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    at: float
    trunk: str
    method: str
    challenge: Challenge


class BindingEstablished(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Registered or refreshed: 2xx to a REGISTER with our Contact."""

    at: float
    trunk: str
    status: int
    reason: str
    requested_expires_s: int
    granted_expires_s: int
    refresh_in_s: float
    contact: str
    other_contacts: tuple[str, ...]
    received: str
    """What the server saw as our address (Via received, RFC 3261 18.2.1); empty if not said."""
    rport: int | None
    elapsed_ms: float
    registers_sent: int
    """REGISTER requests of this round, retransmissions not counted."""
    first: bool
    """False for a refresh."""


class BindingRefused(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A final answer or our own decision that ends trying. Nothing more is sent."""

    at: float
    trunk: str
    status: int
    reason: str
    said_by: SaidBy
    finding: str
    details: dict[str, str] = {}
    elapsed_ms: float = 0.0
    registers_sent: int = 0
    purpose: Literal["register", "refresh", "unregister", "verify"] = "register"


class RegistrationFailed(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A transient failure; `retry_in_s` says when the next try comes, None that none will."""

    at: float
    trunk: str
    status: int
    reason: str
    said_by: SaidBy
    fault: Fault
    finding: str
    details: dict[str, str] = {}
    retry_in_s: float | None = None
    elapsed_ms: float = 0.0
    registers_sent: int = 0
    purpose: Literal["register", "refresh", "unregister", "verify"] = "register"


class BindingRemoved(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Our Contact is gone from the registrar, or was never there. `confirmed` is by a 2xx."""

    at: float
    trunk: str
    confirmed: bool
    contact: str = ""
    """The Contact URI that is gone; empty where none was ever sent."""


class ContactChosen(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The next REGISTER will carry this Contact URI for the first time.

    Said before it leaves. A face that stores it can hand it back in `ConfigureTrunk` after a
    crash, so that what was left behind is known as ours.
    """

    at: float
    trunk: str
    contact: str


class StaleBindingRemoved(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A binding of ours from an earlier flow or run was still listed and is removed now."""

    at: float
    trunk: str
    contact: str


class Noticed(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Something worth knowing that decided nothing: a rewritten Contact, a weaker challenge."""

    at: float
    trunk: str
    finding: str
    details: dict[str, str] = {}


class CredentialsVerified(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """2xx to a REGISTER without Contact: the password is right; these bindings are there."""

    at: float
    trunk: str
    status: int
    reason: str
    contacts: tuple[str, ...]
    received: str
    rport: int | None
    elapsed_ms: float
    registers_sent: int


class LatencyMeasured(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """From our OPTIONS to its final answer, whatever that was.

    Without an answer (or without a flow) `milliseconds` is None and `status` 0: a fact to know,
    no proof that the trunk is dead, since a server may ignore OPTIONS.
    """

    at: float
    trunk: str
    milliseconds: float | None
    status: int
    reason: str = ""


class LargeRequestNoticed(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A request above 1,300 octets is about to leave over UDP; once for each Call-ID.

    RFC 3261 section 18.1.1 wants TCP for it: networks lose fragments.
    """

    at: float
    trunk: str
    call_id: str
    method: str
    octets: int


class CallPlaced(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    at: float
    trunk: str
    call: str
    call_id: str
    """The Call-ID on the wire."""
    caller: str
    line: str


class CallProgressed(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A provisional response from 100 to 199; `pdd_ms` from the first of 180 to 183 on."""

    at: float
    trunk: str
    call: str
    status: int
    reason: str
    pdd_ms: float | None = None


class CallOffered(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """An incoming INVITE: TCCC asks us to dial `to` (the document's step 3)."""

    at: float
    trunk: str
    call: str
    call_id: str
    to: str
    """Number or user part of To."""
    from_: str
    request_uri: str
    asserted_identity: str
    to_header: str
    """The whole header field value, as it came."""
    from_header: str
    source: str
    has_offer: bool
    came_by: Literal["flow", "server", "allowed"] = "flow"
    """"flow": from where our requests go; "server": from another resolved address or port of the
    trunk's servers; "allowed": from an address the trunk allows by name."""


class CallAnswered(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    at: float
    trunk: str
    call: str
    status: int
    reason: str
    answer_ms: float
    codec: str
    remote_media: str


class MediaMeasured(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """At most four times a second per call."""

    at: float
    trunk: str
    call: str
    media: MediaReport


class DigitsSent(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    at: float
    trunk: str
    call: str
    digits: str
    method: str = "rfc4733"
    """"rfc4733", "info", "info-dtmf" or "inband": never "auto"."""


class DigitReceived(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    at: float
    trunk: str
    call: str
    digit: str
    method: str = "rfc4733"
    """"rfc4733", "info" or "inband"."""


class CallHeld(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A call was put on hold by one side, or taken back; each side's hold is its own."""

    at: float
    trunk: str
    call: str
    by: Literal["us", "them"]
    held: bool


class CallEnded(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The one end of a call, however it came. `status` 0 where no SIP response decided."""

    at: float
    trunk: str
    call: str
    call_id: str
    incoming: bool
    outcome: Outcome
    status: int
    reason: str
    said_by: SaidBy
    fault: Fault
    finding: str
    details: dict[str, str] = {}
    pdd_ms: float | None = None
    answer_ms: float | None = None
    duration_s: float = 0.0
    ended_by: Literal["us", "them", ""] = ""
    media: MediaReport | None = None


class CallRefused(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """An INVITE from a stranger, refused without bothering anyone; `count` so far."""

    at: float
    trunk: str
    source: str
    request_uri: str
    count: int
    finding: str = "finding.call.stranger"
    """Offers to allow the address in the trunk."""
    details: dict[str, str] = {}


Event = (
    EngineStarted
    | EngineStopped
    | CommandRefused
    | RegistrationStarted
    | FlowOpened
    | FlowLost
    | ChallengeReceived
    | BindingEstablished
    | BindingRefused
    | RegistrationFailed
    | BindingRemoved
    | ContactChosen
    | StaleBindingRemoved
    | Noticed
    | CredentialsVerified
    | LatencyMeasured
    | LargeRequestNoticed
    | CallPlaced
    | CallProgressed
    | CallOffered
    | CallAnswered
    | MediaMeasured
    | DigitsSent
    | DigitReceived
    | CallHeld
    | RecordingStarted
    | RecordingEnded
    | SoundNoticed
    | DevicesListed
    | SoundTested
    | CallEnded
    | CallRefused
    | CheckStageChanged
    | CheckFinished
    | Traced
    | LogGrown
    | LogFailed
    | TraceDropped
)
