"""A step 3 call: TCCC asks the registered device to dial a number, over the flow it registered on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tccc_desk.sdp.negotiate import NegotiationFailed
from tccc_desk.sip.dialog import Dialog
from tccc_desk.sip.errors import RemoteProtocolError
from tccc_desk.sip.flow import Flow
from tccc_desk.sip.headers import Headers
from tccc_desk.sip.message import Request, Response, cseq, to_address
from tccc_desk.sip.outputs import ResponseReceived, TransactionFailed, TransactionTimedOut

from .core import token
from .events import CallAnswered, CallPlaced, CallProgressed
from .leg import ALLOW, SDP, Leg, Stage
from .lines import Sound


@dataclass(frozen=True, slots=True)
class Wish:
    """What a call-in shall be like. Numbers are checked before they come here."""

    account: str
    caller: str
    number: str
    """To: the number the device is asked to dial."""
    seconds: float | None = None
    """We hang up this long after the answer; None waits for the other side."""
    ring_timeout_s: float = 60.0
    sound: Sound = "tone"
    target: Literal["contact", "number"] = "contact"
    """What the Request-URI is: the registered contact, or the number at the instance domain."""


class CallIn(Leg):
    """The calling side of one call."""

    def __init__(self, stage: Stage, call: str, flow: Flow, *, contact: str, domain: str, wish: Wish) -> None:
        super().__init__(stage, call, flow, wish.sound)
        self._wish = wish
        self._contact = contact
        self._domain = domain
        self._transaction = ""
        self._ack: Request | None = None
        self._given_up = False

    def start(self) -> None:
        """Send the INVITE."""
        wish, domain = self._wish, self._domain
        caller = f"<sip:{wish.caller}@{domain}>"
        number = f"sip:{wish.number}@{domain}"
        headers = [
            ("From", f"{caller};tag={self.local_tag}"),
            ("To", f"<{number}>"),
            ("Call-ID", token()),
            ("CSeq", "1 INVITE"),
            ("Contact", self.contact),
            ("P-Asserted-Identity", caller),
            ("Allow", ALLOW),
            ("Content-Type", SDP),
        ]
        target = self._contact if wish.target == "contact" else number
        self.stage.emit(
            CallPlaced(
                call=self.call, account=wish.account, from_=wish.caller, to=wish.number, contact=self._contact
            )
        )
        invite = Request("INVITE", target, Headers(headers), self.media.offer())
        self._transaction = self.core.send(invite, self.flow, self)
        self.later(wish.ring_timeout_s, self._ring_timeout)

    def hang_up(self) -> None:
        """CANCEL while it rings, BYE afterwards."""
        if self.state == "early":
            self._given_up = True
            self.core.cancel(self._transaction)
        elif self.state == "answered":
            super().hang_up()

    def on_response(self, event: ResponseReceived) -> None:
        """Follow the INVITE; responses to anything else say nothing new."""
        response = event.response
        if cseq(response)[1] != "INVITE" or self.state == "ended":
            return
        if response.status < 200:
            self.stage.emit(CallProgressed(call=self.call, status=response.status, reason=response.reason))
        elif response.status < 300:
            self._answered(event)
        else:
            self.end("us" if self._given_up else "them", response.status, response.reason)

    def on_failure(self, event: TransactionTimedOut | TransactionFailed) -> None:
        """No answer came, or the flow died."""
        if event.transaction == self._transaction:
            detail = event.detail if isinstance(event, TransactionFailed) else f"timer {event.timer}"
            self.end("fault", 0, detail)
        else:
            super().on_failure(event)

    def _ring_timeout(self) -> None:
        if self.state == "early":
            self.hang_up()

    def _answered(self, event: ResponseReceived) -> None:
        """Acknowledge a 2xx; a repeated one wants its ACK again, another fork's wants a BYE as well."""
        response = event.response
        if self._ack is not None:
            if self.dialog is not None and to_address(response).tag == self.dialog.remote_tag:
                self.core.send_ack(self._ack, self.flow)
            else:
                self._decline_fork(event)
            return
        try:
            self.dialog = Dialog.from_response(event.request, response)
        except RemoteProtocolError as error:
            self.end("fault", response.status, str(error))
            return
        self._ack = self._acknowledge(event.request, self.dialog)
        self.core.adopt_dialog(self.dialog.call_id, self.dialog.local_tag, self)
        self.state = "answered"
        if self._given_up:
            self.hang_up()
            return
        self._settle(response)

    def _settle(self, response: Response) -> None:
        try:
            self.media.settle(response.body)
        except NegotiationFailed as failed:
            self.send_bye()
            self.end("fault", response.status, str(failed))
            return
        self.media.play()
        codec = self.media.parameters.codec if self.media.parameters else ""
        self.stage.emit(CallAnswered(call=self.call, codec=codec))
        if self._wish.seconds is not None:
            self.later(self._wish.seconds, self.hang_up)

    def _acknowledge(self, invite: Request, dialog: Dialog) -> Request:
        _, ack = dialog.request("ACK", contact=self.contact, cseq=cseq(invite)[0])
        self.core.send_ack(ack, self.flow)
        return ack

    def _decline_fork(self, event: ResponseReceived) -> None:
        fork = Dialog.from_response(event.request, event.response)
        self._acknowledge(event.request, fork)
        _, bye = fork.request("BYE", contact=self.contact)
        self.core.send(bye, self.flow, self)
