"""The two client transactions: the tables' verbs on the wire."""

from __future__ import annotations

from typing import Literal

from tccc_desk.sip.flow import Flow
from tccc_desk.sip.message import Request, Response, encode_message
from tccc_desk.sip.outputs import ResponseReceived, TransactionFailed, TransactionTimedOut, Transmit
from tccc_desk.sip.timers import Timer
from tccc_desk.sip.transaction import invite_client, non_invite_client
from tccc_desk.sip.transaction.actions import Do
from tccc_desk.sip.transaction.machine import Cause, Host, I, Loss, S, Transaction
from tccc_desk.sip.transaction.wire import ack_to


class _Client(Transaction[S, I]):
    """Sends its request, repeats it, hands up responses."""

    transmissions = 0
    quiet = False
    """True for our own CANCELs, whose fate concerns nobody above."""
    _data = b""
    _patience: Literal["B", "F"] = "F"
    """The timer that gives up."""

    def _transmit_request(self) -> None:
        self._host.emit(Transmit(self.flow, self._data, self.request, self.transmissions))
        self.transmissions += 1

    def _perform(self, do: Do, now: float, cause: Cause | None) -> None:
        if do in {Do.SEND, Do.RESEND}:
            self._transmit_request()
        elif self.quiet and do in {Do.REPORT, Do.TIMED_OUT, Do.FAIL}:
            return
        elif do is Do.REPORT and isinstance(cause, Response):
            self._host.emit(ResponseReceived(self.id, self.request, cause, self.flow))
        elif do is Do.TIMED_OUT:
            self._host.emit(TransactionTimedOut(self.id, self.request, self._patience, self.transmissions))
        elif do is Do.FAIL and isinstance(cause, Loss):
            self._host.emit(TransactionFailed(self.id, self.request, cause.fault, cause.detail))
        else:
            super()._perform(do, now, cause)


class InviteClient(_Client[invite_client.State, invite_client.Input]):
    """INVITE client transaction; also makes the ACK to a rejection (section 17.1.1.3)."""

    machine = "invite client"
    _patience = "B"

    def __init__(self, host: Host, id: str, request: Request, flow: Flow) -> None:
        super().__init__(
            host,
            id,
            request,
            flow,
            table=invite_client.TABLE,
            opening=invite_client.OPENING,
            inputs=invite_client.Input,
        )
        self._data = encode_message(request)
        self._acks = 0
        self._cancel_wanted = False
        self._cancel_sent = False

    def cancel(self, now: float) -> None:
        """Take the wish to give the call up."""
        self.step(invite_client.Input.CANCEL, now)

    def receive(self, response: Response, now: float) -> None:
        self.step(invite_client.response_input(response.status), now, response)

    def _perform(self, do: Do, now: float, cause: Cause | None) -> None:
        if do is Do.ACK and isinstance(cause, Response):
            ack = ack_to(self.request, cause)
            self._host.emit(Transmit(self.flow, encode_message(ack), ack, self._acks))
            self._acks += 1
        elif do is Do.WANT_CANCEL:
            self._cancel_wanted = True
        elif do is Do.CANCEL or (do is Do.CANCEL_IF_WANTED and self._cancel_wanted):
            if not self._cancel_sent:
                self._cancel_sent = True
                self._host.open_cancel(self.request, self.flow, now)
                self._start(Timer.B, now, None)
        elif do is not Do.CANCEL_IF_WANTED:
            super()._perform(do, now, cause)


class NonInviteClient(_Client[non_invite_client.State, non_invite_client.Input]):
    """Non-INVITE client transaction."""

    machine = "non-invite client"

    def __init__(self, host: Host, id: str, request: Request, flow: Flow, *, quiet: bool = False) -> None:
        super().__init__(
            host,
            id,
            request,
            flow,
            table=non_invite_client.TABLE,
            opening=non_invite_client.OPENING,
            inputs=non_invite_client.Input,
        )
        self._data = encode_message(request)
        self.quiet = quiet

    def receive(self, response: Response, now: float) -> None:
        self.step(non_invite_client.response_input(response.status), now, response)
