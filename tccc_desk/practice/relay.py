"""A call relayed to pyVoIP's phone: a back-to-back user agent with one dialog on each side.

Signalling passes through here, sound does not: each side is told the other's address.
"""

from __future__ import annotations

import asyncio
from typing import Literal

from tccc_desk.sdp.negotiate import NegotiationFailed
from tccc_desk.sip.dialog import Dialog
from tccc_desk.sip.errors import RemoteProtocolError
from tccc_desk.sip.flow import Flow
from tccc_desk.sip.headers import Headers
from tccc_desk.sip.message import Request, cseq, response_to
from tccc_desk.sip.outputs import (
    AckReceived,
    Cancelled,
    RequestReceived,
    ResponseReceived,
    TransactionFailed,
    TransactionTimedOut,
)

from .bridge_sdp import Bridged
from .core import caller_of, token
from .events import CallAnswered, CallEnded, CallProgressed
from .leg import ALLOW, SDP, Stage

TALK_LIMIT_S = 600.0
"""The phone's library keeps every packet of a call in memory."""


class Relay:
    """Both sides of one call. `start` comes when the phone is there, `refuse` when it is not."""

    def __init__(self, stage: Stage, call: str, event: RequestReceived) -> None:
        """Take an authenticated INVITE. Raises RemoteProtocolError."""
        self.stage = stage
        self.core = stage.core
        self.call = call
        self._invite = event
        self._tag = token()
        self._caller = Dialog.from_request(event.request, self._tag)
        self._callee: Dialog | None = None
        self._phone: Flow | None = None
        self._contact = ""
        self._outgoing = ""
        self._ack: Request | None = None
        self._bridged: Bridged | None = None
        self._limit: asyncio.TimerHandle | None = None
        self.state: Literal["early", "answered", "ended"] = "early"
        self.core.adopt(event.transaction, self)
        self.core.adopt_dialog(event.request.headers.get("Call-ID"), self._tag, self)
        self.core.respond(event.transaction, response_to(event.request, 100))

    @property
    def invite(self) -> Request:
        """The caller's INVITE."""
        return self._invite.request

    def start(self, contact: str, flow: Flow) -> None:
        """Call the phone at its contact."""
        if self.state != "early":
            return
        self._phone, self._contact = flow, contact
        try:
            self._bridged = Bridged(self._invite.request.body)
        except NegotiationFailed as failed:
            self.refuse(failed.status)
            return
        local = token()
        host = self.core.sockets.local[0]
        headers = Headers(
            [
                ("From", f"<sip:{caller_of(self._invite.request)}@{host}>;tag={local}"),
                ("To", f"<{contact}>"),
                ("Call-ID", token()),
                ("CSeq", "1 INVITE"),
                ("Contact", self.core.contact(flow)),
                ("Content-Type", SDP),
            ]
        )
        self._outgoing = self.core.send(
            Request("INVITE", contact, headers, self._bridged.offer()), flow, self
        )

    def refuse(self, status: int, why: str = "") -> None:
        """End the call before it was answered."""
        if self.state != "early":
            return
        headers = [("Warning", f'399 practice "{why}"')] if why else []
        answer = response_to(self._invite.request, status, to_tag=self._tag, headers=headers)
        self.core.respond(self._invite.transaction, answer)
        self._end("us", status, answer.reason)

    def hang_up(self) -> None:
        """End the call on both sides."""
        if self.state == "early":
            self._drop_phone()
            self.refuse(480)
        elif self.state == "answered":
            self._bye_caller()
            self._bye_phone()
            self._end("us", 200, "OK")

    def phone_gone(self) -> None:
        """End the call on the caller's side: the phone's process died."""
        if self.state == "answered":
            self._bye_caller()
            self._end("fault", 0, "the phone of pyVoIP died")
        elif self._outgoing:
            self.refuse(503, "the phone of pyVoIP died")

    # from either side

    def on_request(self, event: RequestReceived) -> None:
        """Carry a BYE over; there is nothing to change in a call whose sound we do not handle."""
        request = event.request
        if request.method == "BYE":
            self.core.respond(event.transaction, response_to(request, 200))
            self._left(from_caller=request.headers.get("Call-ID") == self._caller.call_id)
        else:
            status = {"INVITE": 488, "OPTIONS": 200, "INFO": 200}.get(request.method, 405)
            self.core.respond(event.transaction, response_to(request, status, headers=[("Allow", ALLOW)]))

    def on_cancel(self, event: Cancelled) -> None:
        """Give up on the phone as well."""
        if self.state == "early":
            self.core.respond(event.transaction, response_to(event.request, 487, to_tag=self._tag))
            self._drop_phone()
            self._end("them", 487, "Request Terminated")

    def _left(self, *, from_caller: bool) -> None:
        if self.state == "early":  # RFC 3261 section 15.1.2; the phone has no dialog before its answer
            self._drop_phone()
            answer = response_to(self._invite.request, 487, to_tag=self._tag)
            self.core.respond(self._invite.transaction, answer)
            self._end("them", 487, answer.reason)
        elif from_caller:
            self._bye_phone()
            self._end("them", 200, "OK")
        else:
            self._bye_caller()
            self._end("us", 200, "OK")

    def on_ack(self, event: AckReceived) -> None:
        """Each side's ACK ends with us."""

    def on_response(self, event: ResponseReceived) -> None:
        """Follow the phone's answer to our INVITE."""
        response = event.response
        if cseq(response)[1] != "INVITE":
            return
        if response.status < 200:
            if response.status > 100 and self.state == "early":
                self._ring(response.status)
        elif response.status < 300:
            self._answered(event)
        elif self.state == "early":
            self.refuse(response.status)
        else:
            self.core.release(self)

    def on_failure(self, event: TransactionTimedOut | TransactionFailed) -> None:
        """Report the phone silent, or the caller without ACK."""
        if isinstance(event, TransactionTimedOut) and event.timer == "H":
            if self.state == "answered":
                self._bye_caller()
                self._bye_phone()
                self._end("fault", 0, "no ACK")
        elif event.transaction == self._outgoing:
            self.refuse(503, "pyVoIP's phone does not answer")

    def _ring(self, status: int) -> None:
        answer = response_to(
            self._invite.request,
            180,
            to_tag=self._tag,
            headers=[("Contact", self.core.contact(self._invite.flow))],
        )
        self.core.respond(self._invite.transaction, answer)
        self.stage.emit(CallProgressed(call=self.call, status=status, reason=answer.reason))

    def _answered(self, event: ResponseReceived) -> None:
        if self._ack is not None and self._phone is not None:
            self.core.send_ack(self._ack, self._phone)
            return
        try:
            self._callee = Dialog.from_response(event.request, event.response)
        except RemoteProtocolError as error:
            self.refuse(503, str(error))
            return
        _, self._ack = self._callee.request("ACK", contact=self._our_contact(), cseq=1)
        self.core.send_ack(self._ack, event.flow)
        if self.state == "ended":  # the caller gave up while the phone was answering
            self._bye_phone()
            self.core.release(self)
            return
        assert self._bridged is not None
        try:
            body = self._bridged.answer(event.response.body)
        except NegotiationFailed as failed:
            self._bye_phone()
            self.refuse(failed.status)
            return
        self.core.adopt_dialog(self._callee.call_id, self._callee.local_tag, self)
        self.state = "answered"
        answer = response_to(
            self._invite.request,
            200,
            to_tag=self._tag,
            headers=[
                ("Contact", self.core.contact(self._invite.flow)),
                ("Allow", ALLOW),
                ("Content-Type", SDP),
            ],
            body=body,
        )
        self.core.respond(self._invite.transaction, answer)
        self.stage.emit(CallAnswered(call=self.call, codec="PCMU"))
        self._limit = asyncio.get_running_loop().call_later(TALK_LIMIT_S, self.hang_up)

    def _our_contact(self) -> str:
        assert self._phone is not None
        return self.core.contact(self._phone)

    def _drop_phone(self) -> None:
        if self._outgoing:
            self.core.cancel(self._outgoing)

    def _bye_phone(self) -> None:
        if self._callee is not None and self._phone is not None:
            self._callee, request = self._callee.request("BYE", contact=self._our_contact())
            self.core.send(request, self._phone, self)

    def _bye_caller(self) -> None:
        self._caller, request = self._caller.request("BYE", contact=self.core.contact(self._invite.flow))
        self.core.send(request, self._invite.flow, self)

    def _end(self, by: Literal["us", "them", "fault"], status: int, reason: str) -> None:
        if self.state == "ended":
            return
        # A phone that was called but has not answered yet may still do so: its 2xx must find us.
        unfinished = self.state == "early" and bool(self._outgoing)
        self.state = "ended"
        if self._limit is not None:
            self._limit.cancel()
        self.core.release(self)
        if unfinished:
            self.core.adopt(self._outgoing, self)
        self.stage.emit(CallEnded(call=self.call, by=by, status=status, reason=reason))
