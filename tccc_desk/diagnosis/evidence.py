"""What the stages of a check saw: plain values, filled as it goes, judged at the end."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from tccc_desk.diagnosis.answers import Answer, Rewritten
from tccc_desk.diagnosis.origin import Origin
from tccc_desk.trunk.profile import Trunk

PathState = Literal["opening", "open", "failed", "silent"]


@dataclass(slots=True)
class PathSeen:
    """One transport to one server, without a password."""

    transport: str
    server: str
    """host:port as entered or filled in."""
    state: PathState = "opening"
    fault: str = ""
    """`engine.events.Fault` where it failed."""
    why: str = ""
    """Of a TLS failure, `net.trust.WHYS`."""
    detail: str = ""
    local: str = ""
    remote: str = ""
    options: Answer | None = None
    """None while unanswered: a server may ignore OPTIONS."""
    challenge: Answer | None = None
    """The answer to a REGISTER without credentials."""
    repeats: int = 0
    """Requests of ours that had to be sent again."""
    large: dict[int, bool] = field(default_factory=dict)
    """Octets of a padded OPTIONS over UDP -> whether it was answered."""
    garbage: bool = False
    """Octets came that are no SIP."""

    @property
    def answered(self) -> bool:
        """Whether a SIP answer came over it."""
        return self.options is not None or self.challenge is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How a REGISTER round or a call ended."""

    state: Literal["ok", "refused", "failed"]
    status: int = 0
    reason: str = ""
    by_server: bool = False
    fault: str = ""
    finding: str = ""
    details: dict[str, str] = field(default_factory=dict)
    outcome: str = ""
    """Of a call: `engine.events.Outcome`."""
    one_way: str = ""
    cause: str = ""
    """Of a call's sound: `rtp.verdict`."""


@dataclass(slots=True)
class Evidence:
    """Everything a verdict is made of. What a stage never reached stays None."""

    trunk: Trunk
    source: str | None = None
    """Our address on the way out; "" where this machine has none."""
    clock_ok: bool = True
    paths: dict[str, PathSeen] = field(default_factory=dict)
    """By transport; the trunk's own among them once the path is tried."""
    backup: PathSeen | None = None
    name_failed: bool = False
    challenge_fault: str = ""
    """Why the challenge will not be answered: "realm", "algorithm", "qop" or "none"."""
    challenge_details: dict[str, str] = field(default_factory=dict)
    query_refused: bool = False
    """The server takes no REGISTER without Contact: the password is judged by registering."""
    credentials: Outcome | None = None
    others: tuple[str, ...] = ()
    held_back: bool = False
    """Not registered, because another device holds the account."""
    registration: Outcome | None = None
    call: Outcome | None = None
    call_id: str = ""
    """Of the call placed, for the provider's ticket."""
    waited: bool = False
    came: Outcome | None = None
    origin: Origin | None = None
    """Of the answer that decided."""
    rewritten: tuple[Rewritten, ...] = ()
    stopped: bool = False
    internal: str = ""

    @property
    def own(self) -> PathSeen | None:
        """The trunk's own transport."""
        return self.paths.get(self.trunk.transport)
