"""What a registration tells its engine: wishes to be carried out and facts to be said."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from tccc_desk.sip.message import Request

Purpose = Literal["register", "refresh", "unregister", "verify"]


@dataclass(frozen=True, slots=True)
class NeedFlow:
    """Open a flow to the server, then call `flow_opened` or `flow_failed`."""


@dataclass(frozen=True, slots=True)
class SendRegister:
    """Send this over the flow, then call `sent` with the transaction's id."""

    request: Request


@dataclass(frozen=True, slots=True)
class Started:
    """A round begins."""

    purpose: Purpose


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


@dataclass(frozen=True, slots=True)
class Moved:
    """The binding machine took an arrow."""

    machine: str
    state: str
    input: str
    next: str


Report = (
    NeedFlow | SendRegister | Started | Challenged | Granted | Verified | Refused | Failed | Removed | Moved
)
