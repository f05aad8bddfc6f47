"""What an `Endpoint` hands out, in the order it happened.

`transaction` is the id `Endpoint.send` returned (client) or the endpoint gave (server).
A client transaction reports exactly one of: a final response, `TransactionTimedOut`,
`TransactionFailed`; an INVITE answered by 2xx may report further 2xx after the first.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from tccc_desk.sip.flow import Flow
    from tccc_desk.sip.message import Message, Request, Response


@dataclass(frozen=True, slots=True)
class Transmit:
    """Put `data` on `flow` now. `retransmission` is 0 the first time, n for the n-th repeat."""

    flow: Flow
    data: bytes
    message: Message
    retransmission: int = 0


@dataclass(frozen=True, slots=True)
class ResponseReceived:
    """A response to a request of ours: each 1xx, the final one, and every further 2xx to an INVITE.

    A repeated 2xx wants its ACK again; one with another To tag is another fork's dialog
    (RFC 3261 section 13.2.2.4).
    """

    transaction: str
    request: Request
    """As it was sent, our Via on top."""
    response: Response
    flow: Flow


@dataclass(frozen=True, slots=True)
class TransactionTimedOut:
    """Nothing (final) came in time.

    B: no answer to an INVITE, or no final one within 64*T1 of our CANCEL (section 9.1);
    F: no final answer to another request; H: our final answer to an INVITE was never acknowledged.
    """

    transaction: str
    request: Request
    timer: Literal["B", "F", "H"]
    transmissions: int
    """How often the request (H: the response) was put on the wire."""


@dataclass(frozen=True, slots=True)
class TransactionFailed:
    """The flow under a client transaction was lost. A local fact, never to be shown as a SIP reply."""

    transaction: str
    request: Request
    fault: str
    detail: str


@dataclass(frozen=True, slots=True)
class RequestReceived:
    """A request that opened a server transaction: never an ACK, never a CANCEL."""

    transaction: str
    request: Request
    """With received and rport filled in (RFC 3261 section 18.2.1, RFC 3581 section 4)."""
    flow: Flow


@dataclass(frozen=True, slots=True)
class AckReceived:
    """An ACK to a 2xx, each time one comes: the dialog's business (section 13.3.1.4)."""

    request: Request
    flow: Flow


@dataclass(frozen=True, slots=True)
class Cancelled:
    """A CANCEL matched an unanswered INVITE; it has its 200, the INVITE now wants its 487 (section 9.2)."""

    transaction: str
    request: Request
    """The INVITE."""


StrayReason = Literal["via-count", "transaction", "flow", "call-id", "cseq", "from-tag"]


@dataclass(frozen=True, slots=True)
class StrayResponse:
    """A response that belongs to nothing of ours; `why` names the first thing that did not match."""

    response: Response
    flow: Flow
    why: StrayReason


@dataclass(frozen=True, slots=True)
class Transition:
    """A state machine took an arrow (or stood still on one that acts)."""

    machine: str
    """Such as "invite client"."""
    key: str
    """The transaction's id."""
    state: str
    input: str
    next: str


Output = (
    Transmit
    | ResponseReceived
    | TransactionTimedOut
    | TransactionFailed
    | RequestReceived
    | AckReceived
    | Cancelled
    | StrayResponse
    | Transition
)
