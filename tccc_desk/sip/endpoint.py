"""The transaction layer of one user agent (RFC 3261 section 17), over any number of flows.

Messages, flows and the time come in by methods; `outputs` hands out, in order, what is to be
transmitted and what the transaction user must know. The driver calls `outputs` after every
call, then arms one timer for `deadline` and calls `advance` when it is due.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from tccc_desk.sip.flow import Flow
    from tccc_desk.sip.message import Message, Request, Response
    from tccc_desk.sip.outputs import Output

MAX_SERVER_TRANSACTIONS = 2000
"""Above this many a new request gets a stateless 503 and is not handed up."""


class Endpoint:
    """All transactions of one user agent.

    `token` gives a fresh unpredictable word of at least 16 token characters for branches and tags.
    """

    def __init__(self, *, token: Callable[[], str], user_agent: str = "") -> None:
        self._token = token
        self._user_agent = user_agent

    def send(self, request: Request, flow: Flow, now: float) -> str:
        """Open a client transaction for `request` (any method but ACK) and transmit it.

        Puts our Via on top, and Max-Forwards and User-Agent where absent. Returns the
        transaction's id, branch and method.
        """
        raise NotImplementedError

    def send_ack(self, request: Request, flow: Flow, now: float) -> bytes:
        """Transmit the ACK to a 2xx: a transaction of its own without state (section 13.2.2.4).

        Returns the octets.
        """
        raise NotImplementedError

    def cancel(self, transaction: str, now: float) -> None:
        """Give up an INVITE of ours: CANCEL once a provisional response is there (section 9.1).

        Nothing happens when the final response is already in or the transaction gone.
        """
        raise NotImplementedError

    def respond(
        self, transaction: str, response: Response, now: float, *, reliable_copy: bool = False
    ) -> None:
        """Answer a request handed up by `RequestReceived`, provisionally or finally.

        A 2xx to an INVITE is repeated until its ACK comes (section 13.3.1.4). `reliable_copy`
        marks the transaction user's own repeat of a reliable provisional (RFC 3262 section 3),
        which is traced as a retransmission. Nothing is sent when the transaction is gone with its
        flow. Raises LocalProtocolError for a second final response to an INVITE.
        """
        raise NotImplementedError

    def acknowledged(self, transaction: str, now: float) -> None:
        """Stop repeating the 2xx of an INVITE server transaction: the caller saw its ACK.

        `receive` does this itself for an ACK that matches by dialog.
        """
        raise NotImplementedError

    def reply(self, request: Request, flow: Flow, response: Response, now: float) -> None:
        """Answer a request without a transaction (section 8.2.7), such as one that failed the parse."""
        raise NotImplementedError

    def receive(self, message: Message, flow: Flow, now: float) -> None:
        """Take in one parsed message from `flow`."""
        raise NotImplementedError

    def flow_lost(self, flow_id: int, fault: str, detail: str, now: float) -> None:
        """Fail the client transactions on a flow; its server transactions end silently."""
        raise NotImplementedError

    def deadline(self) -> float | None:
        """When `advance` is wanted next, None when no timer runs."""
        raise NotImplementedError

    def advance(self, now: float) -> None:
        """Fire the timers due by `now`."""
        raise NotImplementedError

    def outputs(self) -> list[Output]:
        """Everything that happened since the last call, in order."""
        raise NotImplementedError

    def pending(self, flow_id: int) -> int:
        """How many transactions live on a flow."""
        raise NotImplementedError
