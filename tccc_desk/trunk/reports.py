"""What a registration tells its engine: wishes to be carried out and facts to be said."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from tccc_desk.sip.message import Request
from tccc_desk.trunk.profile import Trunk

Purpose = Literal["register", "refresh", "unregister", "verify"]


@dataclass(frozen=True, slots=True)
class NeedFlow:
    """Open a flow to the server of `at`, then call `flow_opened` or `flow_failed`."""

    at: Trunk


@dataclass(frozen=True, slots=True)
class SendRegister:
    """Send this over the flow, then call `sent` with the transaction's id."""

    request: Request


@dataclass(frozen=True, slots=True)
class Started:
    """A round begins, or goes on at the other server."""

    purpose: Purpose
    server: str


@dataclass(frozen=True, slots=True)
class ContactChosen:
    """The next REGISTER will carry this Contact for the first time: store it before."""

    contact: str


@dataclass(frozen=True, slots=True)
class StaleRemoved:
    """A binding of ours from before is gone: the registrar confirmed its removal."""

    contact: str


@dataclass(frozen=True, slots=True)
class Noticed:
    """Something an admin should know that decides nothing."""

    finding: str
    details: dict[str, str]


@dataclass(frozen=True, slots=True)
class Challenged:
    """A challenge, before anybody decided whether to answer it."""

    method: str
    status: int
    realm: str
    algorithm: str
    qop: str
    stale: bool


@dataclass(frozen=True, slots=True)
class Result:
    """How a round ended, whatever way."""

    purpose: Purpose
    status: int
    reason: str
    said_by: Literal["server", "local"]
    elapsed_ms: float
    registers_sent: int
    fault: str = ""
    finding: str = ""
    details: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Granted:
    """Bound or refreshed."""

    result: Result
    contact: str
    requested_s: int
    granted_s: int
    refresh_in_s: float
    others: tuple[str, ...]
    received: str
    rport: int | None
    first: bool


@dataclass(frozen=True, slots=True)
class Verified:
    """The credentials are right; nothing was changed."""

    result: Result
    contacts: tuple[str, ...]
    received: str
    rport: int | None


@dataclass(frozen=True, slots=True)
class Refused:
    """Over until the admin asks again."""

    result: Result


@dataclass(frozen=True, slots=True)
class Failed:
    """Over for now."""

    result: Result
    retry_in_s: float | None


@dataclass(frozen=True, slots=True)
class Removed:
    """Our binding is gone, as far as we know."""

    confirmed: bool
    contact: str


@dataclass(frozen=True, slots=True)
class Moved:
    """The binding machine took an arrow."""

    machine: str
    state: str
    input: str
    next: str


Report = (
    NeedFlow
    | SendRegister
    | Started
    | ContactChosen
    | Challenged
    | Granted
    | StaleRemoved
    | Noticed
    | Verified
    | Refused
    | Failed
    | Removed
    | Moved
)
