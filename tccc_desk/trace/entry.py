"""One line of the signalling log: a message as it was on the wire, or a local fact."""

from __future__ import annotations

from typing import Literal

import msgspec

Kind = Literal["message", "fact", "transition"]
Direction = Literal["sent", "received", "local"]


class TraceEntry(msgspec.Struct, frozen=True, kw_only=True):
    """Born in two places only: the tap (messages, transport facts) and a machine's transition."""

    number: int
    """Counts from 1 within one engine run."""
    at: float
    """Wall clock, seconds since the epoch."""
    monotonic: float
    kind: Kind
    direction: Direction
    trunk: str
    transport: str = ""
    local: str = ""
    remote: str = ""
    method: str = ""
    """Method of a request, or the CSeq method of a response."""
    status: int = 0
    """Status code of a response, 0 otherwise."""
    reason: str = ""
    call_id: str = ""
    cseq: int | None = None
    summary: str = ""
    """Wire text shortened to one line for messages. For facts: empty, see `fact`."""
    fact: str = ""
    """Text id of a transport or timer fact, such as "fact.refused"."""
    details: dict[str, str] = {}
    retransmission: int = 0
    """0 first time, n for the n-th repeat."""
    raw: bytes = b""
    """The octets on the wire, digest response masked with '*' of the same length."""
