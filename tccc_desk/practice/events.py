"""What the gateway tells: frozen past-tense facts, one JSON object a line when a face listens.

Each carries "event", its kebab-case name. Texts for people are `practice.event.<name>`, filled
with the fields.
"""

from __future__ import annotations

import re
from typing import Literal

import msgspec


def _kebab(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "-", name).lower()


class _Event(
    msgspec.Struct, frozen=True, kw_only=True, tag_field="event", tag=_kebab, rename={"from_": "from"}
):
    pass


class AccountShown(msgspec.Struct, frozen=True, kw_only=True):
    """An account with its password: in the ready line only, which goes to whoever started us."""

    username: str
    password: str

    def __repr__(self) -> str:
        """Leave the password out: a repr may end in a log or a crash report."""
        return f"AccountShown({self.username!r})"


class LineShown(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the line table."""

    number: str
    name: str
    en: str
    zh: str


class Ready(_Event, frozen=True, kw_only=True):
    """The first line there is."""

    host: str
    port: int
    domain: str
    accounts: tuple[AccountShown, ...]
    lines: tuple[LineShown, ...]
    default_line: str
    faults: tuple[str, ...]
    pid: int


class Registered(_Event, frozen=True, kw_only=True):
    account: str
    contact: str
    expires: int
    flow: str


class Unregistered(_Event, frozen=True, kw_only=True):
    account: str
    contact: str
    why: Literal["asked", "connection-lost"]


class Refused(_Event, frozen=True, kw_only=True):
    """A request was answered with an error; `why` in words of the protocol."""

    method: str
    status: int
    why: str


class CallArrived(_Event, frozen=True, kw_only=True):
    """A step 2 call reached a line."""

    call: str
    account: str
    from_: str
    to: str
    line: str


class CallPlaced(_Event, frozen=True, kw_only=True):
    """A step 3 call was sent to a registered contact."""

    call: str
    account: str
    from_: str
    to: str
    contact: str


class CallProgressed(_Event, frozen=True, kw_only=True):
    call: str
    status: int
    reason: str


class CallAnswered(_Event, frozen=True, kw_only=True):
    call: str
    codec: str


class DigitReceived(_Event, frozen=True, kw_only=True):
    call: str
    digit: str


class CallEnded(_Event, frozen=True, kw_only=True):
    """The one end of a call. `status` is the final response, 200 where it had been answered, else 0."""

    call: str
    by: Literal["us", "them", "fault"]
    status: int
    reason: str
    sent: int = 0
    """RTP packets."""
    received: int = 0


class FaultSet(_Event, frozen=True, kw_only=True):
    name: str


class PhoneChanged(_Event, frozen=True, kw_only=True):
    """pyVoIP's phone: starting, ready, gone."""

    state: Literal["starting", "ready", "gone"]
    detail: str = ""


class Troubled(_Event, frozen=True, kw_only=True):
    """Something unreadable came in, or a part of the gateway failed; it goes on."""

    kind: str
    detail: str


class NotStarted(_Event, frozen=True, kw_only=True):
    """The sockets could not be bound; the process ends."""

    why: str


class Stopped(_Event, frozen=True, kw_only=True):
    """The last line."""


Event = (
    Ready
    | Registered
    | Unregistered
    | Refused
    | CallArrived
    | CallPlaced
    | CallProgressed
    | CallAnswered
    | DigitReceived
    | CallEnded
    | FaultSet
    | PhoneChanged
    | Troubled
    | NotStarted
    | Stopped
)
