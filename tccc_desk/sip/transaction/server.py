"""The two server transactions: the tables' verbs on the wire."""

from __future__ import annotations

from dataclasses import replace

from tccc_desk.sip.flow import Flow
from tccc_desk.sip.message import Request, Response, encode_message
from tccc_desk.sip.outputs import Cancelled, RequestReceived, TransactionTimedOut, Transmit
from tccc_desk.sip.transaction import invite_server, non_invite_server
from tccc_desk.sip.transaction.actions import Do
from tccc_desk.sip.transaction.machine import Cause, Host, I, S, Transaction
from tccc_desk.sip.transaction.wire import to_tag


class _Server(Transaction[S, I]):
    """Hands its request up, sends and repeats responses on the flow the request came on."""

    _last: Transmit | None = None
    to_tag = ""
    """Tag of our responses, for the 200 to a CANCEL (section 9.2)."""

    def _transmit(self, response: Response, data: bytes, retransmission: int = 0) -> None:
        self._last = Transmit(self.flow, data, response, retransmission)
        self.to_tag = to_tag(response) or self.to_tag
        self._host.emit(self._last)

    def _perform(self, do: Do, now: float, cause: Cause | None) -> None:
        if do is Do.HAND_UP:
            self._host.emit(RequestReceived(self.id, self.request, self.flow))
        elif do is Do.RESPOND and isinstance(cause, Response):
            self._transmit(cause, encode_message(cause))
        elif do is Do.REPEAT:
            if self._last is not None:
                self._last = replace(self._last, retransmission=self._last.retransmission + 1)
                self._host.emit(self._last)
        elif do is Do.TIMED_OUT:
            sent = 0 if self._last is None else self._last.retransmission + 1
            self._host.emit(TransactionTimedOut(self.id, self.request, "H", sent))
        else:
            super()._perform(do, now, cause)


class InviteServer(_Server[invite_server.State, invite_server.Input]):
    """INVITE server transaction, with the UAS core's repeating of its 2xx (section 13.3.1.4)."""

    machine = "invite server"

    def __init__(self, host: Host, id: str, request: Request, flow: Flow) -> None:
        super().__init__(
            host,
            id,
            request,
            flow,
            table=invite_server.TABLE,
            opening=invite_server.OPENING,
            inputs=invite_server.Input,
        )
        self._cancelled = False

    def repeated(self, now: float) -> None:
        """Take the INVITE once more."""
        self.step(invite_server.Input.INVITE, now)

    def answer(self, response: Response, now: float, *, reliable_copy: bool = False) -> None:
        """Take the transaction user's response."""
        if reliable_copy and response.status < 200 and self.state is invite_server.State.PROCEEDING:
            repeats = 0 if self._last is None else self._last.retransmission
            self._transmit(response, encode_message(response), repeats + 1)
            return
        self.step(invite_server.answer_input(response.status), now, response)

    def _perform(self, do: Do, now: float, cause: Cause | None) -> None:
        if do is Do.TRYING:
            trying = self._host.trying(self.request)
            self._transmit(trying, encode_message(trying))
        elif do is Do.CANCELLED:
            if not self._cancelled:
                self._cancelled = True
                self._host.emit(Cancelled(self.id, self.request))
        else:
            super()._perform(do, now, cause)


class NonInviteServer(_Server[non_invite_server.State, non_invite_server.Input]):
    """Non-INVITE server transaction."""

    machine = "non-invite server"

    def __init__(self, host: Host, id: str, request: Request, flow: Flow) -> None:
        super().__init__(
            host,
            id,
            request,
            flow,
            table=non_invite_server.TABLE,
            opening=non_invite_server.OPENING,
            inputs=non_invite_server.Input,
        )

    def repeated(self, now: float) -> None:
        """Take the request once more."""
        self.step(non_invite_server.Input.REQUEST, now)

    def answer(self, response: Response, now: float, *, reliable_copy: bool = False) -> None:  # noqa: ARG002
        """Take the transaction user's response."""
        self.step(non_invite_server.answer_input(response.status), now, response)
