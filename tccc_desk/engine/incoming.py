"""The document's step 3: a call from the provider to us, with the number it wants dialled in To."""

from __future__ import annotations

from tccc_desk.engine.call import SDP, Call
from tccc_desk.engine.call_table import Action, Input, State
from tccc_desk.engine.commands import AnswerCall
from tccc_desk.engine.events import CallOffered, Fault
from tccc_desk.engine.hands import Hands
from tccc_desk.sdp.negotiate import NegotiationFailed, make_offer, read_answer
from tccc_desk.sip.dialog import Dialog
from tccc_desk.sip.errors import ProtocolError
from tccc_desk.sip.flow import Flow, host_port
from tccc_desk.sip.message import REASONS, Request, cseq, from_address, response_to, to_address
from tccc_desk.sip.uri import Uri
from tccc_desk.sip.wire import printable
from tccc_desk.trunk import findings
from tccc_desk.trunk.bindings import ALLOW

OFFER_TIMEOUT_S = 180.0
"""An unanswered card is refused with 480 after this: no INVITE waits for ever."""


class IncomingCall(Call):
    """One INVITE of theirs, ringing on a card until somebody decides."""

    incoming = True

    def __init__(
        self, handle: str, transaction: str, request: Request, flow: Flow, *, hands: Hands, now: float
    ) -> None:
        """Raises NegotiationFailed or NoMediaPort where the call cannot be taken at all."""
        super().__init__(handle, hands, now, source="echo", duration_s=None)
        self.call_id = request.headers.get("Call-ID")
        self.key = merge_key(request)
        self.flow = flow
        """Where it came from, and the only way our answer can go."""
        self._transaction = transaction
        self._request = request
        self._tag = hands.doors.token()
        self._body = b""
        self._refusal = 480
        self._media_host = flow.local[0]
        self._media_port = hands.doors.open_media(hands.trunk.name, handle, flow.local[0])
        try:
            if request.body:
                self._body, self._media = self._answer_to(request.body)
            else:
                self._body = self._offer()  # late offer: their answer comes with the ACK
        except NegotiationFailed:
            hands.doors.close_media(handle)
            raise
        self._dialog = Dialog.from_request(request, self._tag)
        self._state = State.OFFERED
        self._ring_until = now + OFFER_TIMEOUT_S
        self._ending.status, self._ending.finding = 0, "finding.call.caller-gave-up"
        self._ring(now)
        doors = hands.doors
        asserted = request.headers.get("P-Asserted-Identity")
        doors.emit(
            CallOffered(
                at=doors.wall(),
                trunk=hands.trunk.name,
                call=handle,
                call_id=printable(self.call_id),
                to=printable(to_address(request).uri.number),
                from_=printable(from_address(request).uri.number),
                request_uri=printable(request.uri),
                asserted_identity=printable(asserted),
                to_header=printable(request.headers.get("To")),
                from_header=printable(request.headers.get("From")),
                source=host_port(flow.remote),
                has_offer=bool(request.body),
            )
        )

    def answer(self, command: AnswerCall, now: float) -> bool:
        """Take the call; False where it is no longer there to take."""
        if self._state is not State.OFFERED:
            return False
        self._source = command.play
        self._duration_s = command.duration_s
        self._step(Input.ANSWER, now)
        return True

    def reject(self, status: int, now: float) -> bool:
        """Refuse with a status chosen by the admin; False where it is no longer there to refuse."""
        if self._state is not State.OFFERED:
            return False
        self._refusal = status
        self._step(Input.REJECT, now)
        return True

    def cancelled(self, now: float) -> None:
        """The caller gave up (section 9.2)."""
        self._step(Input.CANCELLED, now)

    def lost(self, fault: Fault, detail: str, now: float) -> None:
        """The flow is gone: an unanswered call with it, an answered one whose ACK can no longer come."""
        if self._state is State.OFFERED:
            trunk = self._hands.trunk
            self._ending.outcome, self._ending.fault, self._ending.by = "failed", fault, ""
            self._ending.finding = findings.path(fault, trunk.transport)
            self._ending.details = {"server": trunk.server, "detail": detail}
            self._step(Input.REJECTED, now)
        elif self._state in {State.ACCEPTED, State.LEAVING}:
            self._step(Input.NO_ACK, now)

    def acknowledged(self, request: Request, now: float) -> None:
        """The ACK to our 2xx; after a late offer it brings their answer."""
        if self._state in {State.ACCEPTED, State.LEAVING} and self._media is None:
            try:
                self._start_media(read_answer(self._body, request.body))
            except NegotiationFailed:
                self._step(Input.UNUSABLE, now)
                return
        super().acknowledged(request, now)

    def unacknowledged(self, transaction: str, now: float) -> None:
        """Timer H, for the first INVITE or a later one."""
        if transaction == self._transaction:
            self._step(Input.NO_ACK, now)
        else:
            super().unacknowledged(transaction, now)

    def _offer(self) -> bytes:
        self._sdp_version += 1
        return make_offer(
            self._media_host,
            self._media_port,
            self._codecs(),
            session_id=self._sdp_id,
            version=self._sdp_version,
        )

    def _ring(self, now: float) -> None:
        contact = [("Contact", f"<{self._hands.contact()}>"), ("Allow", ALLOW)]
        ringing = response_to(self._request, 180, to_tag=self._tag, headers=contact)
        self._answer(self._transaction, ringing, now)

    def _do(self, action: Action, now: float) -> None:
        match action:
            case Action.SEND_OK:
                self._ring_until = None
                if self._media is not None:
                    self._start_media(self._media)
                headers = [("Contact", f"<{self._hands.contact()}>"), ("Allow", ALLOW), ("Content-Type", SDP)]
                accept = response_to(self._request, 200, to_tag=self._tag, headers=headers, body=self._body)
                self._answer(self._transaction, accept, now)
            case Action.SEND_REFUSAL:
                status = self._refusal
                self._answer(self._transaction, response_to(self._request, status, to_tag=self._tag), now)
                self._ending.outcome = "busy" if status in {486, 600} else "rejected"
                self._ending.status, self._ending.reason = status, REASONS.get(status, "")
                self._ending.finding = "finding.call.rejected-by-us"
                self._ending.details = {"status": str(status)}
            case Action.SEND_TERMINATED:
                self._answer(self._transaction, response_to(self._request, 487, to_tag=self._tag), now)
                self._ending.outcome, self._ending.status = "cancelled", 487
                self._ending.reason = REASONS[487]
            case Action.NOTE_US if self._state is State.LEAVING:  # before the ACK made it a call
                self._ending.outcome, self._ending.finding = "cancelled", "finding.call.cancelled"
                self._ending.by = "us"
            case Action.NOTE_NO_ANSWER:
                self._ending.by = "us"
            case Action.NOTE_UNUSABLE:
                self._ending.outcome, self._ending.finding = "failed", "finding.call.bad-answer"
                self._ending.by = "us"
            case Action.START:
                self._started(now, 200, REASONS[200])
            case _:
                super()._do(action, now)


def merge_key(request: Request) -> tuple[str, str, int]:
    """What makes another copy of an INVITE, with another branch, a merged request (section 8.2.2.2)."""
    return request.headers.get("Call-ID"), from_address(request).tag.lower(), cseq(request)[0]


def readable(request: Request) -> bool:
    """Whether what a call needs of its INVITE can be read at all."""
    try:
        from_address(request), to_address(request)
        if request.headers.get("Contact"):
            Dialog.from_request(request, "x")
        Uri.parse(request.uri)
    except ProtocolError:
        return False
    return bool(request.headers.get("Contact"))
