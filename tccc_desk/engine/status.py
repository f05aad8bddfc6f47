"""What holds now, per trunk and per call: the immutable picture `fold.reduce` makes of events.

Free of Qt, so every face shows the same state. Times are wall clock seconds as the
events carry them; whoever shows a countdown subtracts the present.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from tccc_desk.engine import events as e


class Registration(Enum):
    """The words of the trunk list; the value is the last component of a text id."""

    OFF = "off"
    VERIFYING = "verifying"
    REGISTERING = "registering"
    REGISTERED = "registered"
    RETRYING = "retrying"
    REJECTED = "rejected"
    FAILED = "failed"
    UNREGISTERING = "unregistering"


class Phase(Enum):
    """Where a call is. The first five are the steps of a call we place."""

    CALLING = "calling"
    TRYING = "trying"
    RINGING = "ringing"
    ANSWERED = "answered"
    ENDED = "ended"
    OFFERED = "offered"


class Mark(Enum):
    """Whether something was proved, by events only."""

    UNKNOWN = "unknown"
    PROVEN = "proven"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Proof:
    """A mark and the time of its evidence (0 while unknown)."""

    mark: Mark = Mark.UNKNOWN
    at: float = 0.0


PROOFS = ("name", "path", "password", "calls_in", "calls_out", "sound")
"""What a trunk has to prove, in the order an admin reads it."""


@dataclass(frozen=True, slots=True)
class LastAnswer:
    """What was said last about the registration, and by whom."""

    at: float
    status: int
    reason: str
    said_by: e.SaidBy
    fault: e.Fault = ""
    finding: str = ""
    details: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TrunkStatus:
    """One trunk as far as events told."""

    name: str
    registration: Registration = Registration.OFF
    server: str = ""
    transport: str = ""
    local: str = ""
    remote: str = ""
    interface: str = ""
    requested_expires_s: int | None = None
    granted_expires_s: int | None = None
    refresh_at: float | None = None
    expires_at: float | None = None
    retry_at: float | None = None
    contact: str = ""
    other_contacts: tuple[str, ...] = ()
    received: str = ""
    rport: int | None = None
    challenge: e.Challenge | None = None
    answer: LastAnswer | None = None
    proofs: Mapping[str, Proof] = field(default_factory=lambda: dict.fromkeys(PROOFS, Proof()))
    refused_calls: int = 0
    latency_ms: float | None = None
    """Of the last answered OPTIONS."""

    @property
    def bound(self) -> bool:
        """True while the registrar holds a binding of ours, as far as we know."""
        return self.expires_at is not None


@dataclass(frozen=True, slots=True)
class CallStatus:
    """One call as far as events told. `steps` holds the time each phase was reached."""

    call: str
    trunk: str
    incoming: bool
    phase: Phase
    started_at: float
    call_id: str = ""
    caller: str = ""
    line: str = ""
    steps: Mapping[Phase, float] = field(default_factory=dict)
    status: int = 0
    reason: str = ""
    codec: str = ""
    pdd_ms: float | None = None
    answer_ms: float | None = None
    media: e.MediaReport | None = None
    digits_sent: str = ""
    digits_received: str = ""
    digits_sent_by: str = ""
    """Method of the digits sent last, as `DigitsSent` has it."""
    digits_received_by: str = ""
    recording: str = ""
    """The file being written now."""
    recording_since: float = 0.0
    recorded: tuple[e.RecordingEnded, ...] = ()
    sound_notices: tuple[e.SoundNoticed, ...] = ()
    """The last few, oldest first."""
    held_by_us: bool = False
    held_by_them: bool = False
    offer: e.CallOffered | None = None
    end: e.CallEnded | None = None


@dataclass(frozen=True, slots=True)
class Status:
    """Everything the events of one engine run add up to."""

    running: bool = False
    crashed: bool = False
    detail: str = ""
    version: str = ""
    pid: int = 0
    trunks: Mapping[str, TrunkStatus] = field(default_factory=dict)
    calls: Mapping[str, CallStatus] = field(default_factory=dict)
    refusal: e.CommandRefused | None = None
    dropped_measurements: int = 0
    devices: e.DevicesListed | None = None
    sound_test: e.SoundTested | None = None
    log_failure: str = ""
    """Why the log on disk is not written; "" while it is."""

    def trunk(self, name: str) -> TrunkStatus:
        """Give the trunk's status; a trunk nothing was heard of is off."""
        return self.trunks.get(name) or TrunkStatus(name)

    def live_calls(self) -> tuple[CallStatus, ...]:
        """Give the calls that have not ended, oldest first."""
        return tuple(call for call in self.calls.values() if call.phase is not Phase.ENDED)
