"""The document's step 3: a call from the provider to us, with the number it wants dialled in To."""

from __future__ import annotations

from typing import Literal

from tccc_desk.engine.call import Call
from tccc_desk.engine.call_table import Action, Input, State
from tccc_desk.engine.commands import AnswerCall
from tccc_desk.engine.early import SDP
from tccc_desk.engine.errand import DialogBox
from tccc_desk.engine.events import CallOffered, Fault
from tccc_desk.engine.hands import Hands
from tccc_desk.engine.reliable import Unacknowledged, wanted
from tccc_desk.engine.sounding import Sounding
from tccc_desk.sdp.negotiate import NegotiationFailed
from tccc_desk.sip.dialog import Dialog
from tccc_desk.sip.errors import ProtocolError
from tccc_desk.sip.flow import Flow, host_port
from tccc_desk.sip.message import REASONS, Request, from_address, response_to, to_address
from tccc_desk.sip.uri import Uri
from tccc_desk.sip.wire import printable
from tccc_desk.trunk.bindings import ALLOW, SUPPORTED

CameBy = Literal["flow", "server", "allowed"]
OFFER_TIMEOUT_S = 180.0
"""An unanswered card is refused with 480 after this: no INVITE waits for ever."""


class IncomingCall(Call):
    """One INVITE of theirs, ringing on a card until somebody decides."""

    incoming = True

    def __init__(
        self,
        handle: str,
        transaction: str,
        request: Request,
        flow: Flow,
        *,
        hands: Hands,
        came_by: CameBy,
        now: float,
    ) -> None:
        """Raises NoMediaPort where the call cannot be taken at all."""
        super().__init__(handle, hands, now, sounding=Sounding("echo"), duration_s=None)
        self.call_id = request.headers.get("Call-ID")
        self.flow = flow
        """Where it came from, and the only way our answer can go."""
        self._transaction = transaction
        self._request = request
        self._tag = hands.doors.token()
        self._body = b""
        self._refusal = 480
        self._unfit = 0
        """Status for an offer no answer of ours could suit, such as another codec only; 0 for a good one."""
        self._unheard: Unacknowledged | None = None
        if came_by != "flow":
            self._errands.flow = flow  # what we ask inside the dialog goes where it came from
        self._agree(flow.local[0], hands.doors.open_media(hands.trunk.name, handle, flow.local[0]))
        try:
            # Without an offer of theirs ours goes into the 2xx; their answer comes with the ACK.
            self._body = self._agreement.answer(request.body) if request.body else self._agreement.offer()
        except NegotiationFailed as refusal:
            hands.doors.close_media(handle)
            self._unfit = refusal.status
        self._box = DialogBox(Dialog.from_request(request, self._tag))
        self._state = State.OFFERED
        self._ring_until = now + OFFER_TIMEOUT_S
        self._ending.status, self._ending.finding = 0, "finding.call.caller-gave-up"
        if not self._unfit:
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
                came_by=came_by,
            )
        )

    def refuse_unfit(self, now: float) -> None:
        """Refuse an offer that no answer of ours could suit.

        It is told as a call that came: who waits for one would otherwise look for it elsewhere.
        """
        if self._unfit:
            self._refusal = self._unfit
            self._step(Input.REJECT, now)

    def answer(self, command: AnswerCall, now: float) -> bool:
        """Take the call; False where it is no longer there to take."""
        if self._state is not State.OFFERED:
            return False
        self._sounding = Sounding(command.play, command.play_file, command.listen, command.record_file)
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
        """The caller gave up (section 9.2): the INVITE gets its 487."""
        self._step(Input.CANCELLED, now)

    def lost(self, fault: Fault, detail: str, now: float) -> None:
        """The flow is gone: an unanswered call with it, an answered one whose ACK can no longer come."""
        if self._state is State.OFFERED:
            self._ending.locally(self._hands.trunk, fault, detail)
            self._step(Input.REJECTED, now)
        elif self._state in {State.ACCEPTED, State.LEAVING}:
            self._step(Input.NO_ACK, now)

    def acknowledged(self, request: Request, now: float) -> None:
        """The ACK to our 2xx; after a late offer it brings their answer."""
        if self._state in {State.ACCEPTED, State.LEAVING} and self._agreement.media is None:
            try:
                self._agreement.read(request.body)
            except NegotiationFailed:
                self._step(Input.UNUSABLE, now)
                return
            self.sound()
        super().acknowledged(request, now)

    def deadline(self) -> float | None:
        """When `advance` is wanted next."""
        due = self._unheard.due if self._unheard is not None else None
        return min((at for at in (super().deadline(), due) if at is not None), default=None)

    def advance(self, now: float) -> None:
        """Fire the timers, the repeats of a reliable 180 among them."""
        unheard = self._unheard
        if unheard is not None and unheard.due is not None and now >= unheard.due:
            if self._state is not State.OFFERED:
                unheard.due = None  # the final answer is out (RFC 3262 section 3)
            elif unheard.repeat(now):
                self._ring(now, again=True)
            else:
                self._step(Input.NO_ACK, now)
        super().advance(now)

    def unacknowledged(self, transaction: str, now: float) -> None:
        """Timer H, for the first INVITE or a later one."""
        if transaction == self._transaction:
            self._step(Input.NO_ACK, now)
        else:
            super().unacknowledged(transaction, now)

    def _ring(self, now: float, *, again: bool = False) -> None:
        headers = [("Contact", f"<{self._hands.contact()}>"), ("Allow", ALLOW)]
        if self._unheard is None and wanted(self._request):
            rseq = 1 + int(self._hands.doors.jitter() * 2**30)
            self._unheard = Unacknowledged(rseq, self._request, now)
        if self._unheard is not None:
            headers += [("Require", "100rel"), ("RSeq", str(self._unheard.rseq))]
        ringing = response_to(self._request, 180, to_tag=self._tag, headers=headers)
        self._hands.endpoint.respond(self._transaction, ringing, now, reliable_copy=again)

    def _pracked(self, transaction: str, request: Request, now: float) -> None:
        if self._unheard is not None and self._unheard.confirmed_by(request):
            self._reply(transaction, request, 200, now)
        else:
            super()._pracked(transaction, request, now)

    def _refuse(self, status: int, now: float) -> None:
        self._answer(self._transaction, response_to(self._request, status, to_tag=self._tag), now)
        self._ending.status, self._ending.reason = status, REASONS.get(status, "")

    def _do(self, action: Action, now: float) -> None:
        match action:
            case Action.SEND_OK:
                self._ring_until = None
                self.sound()
                assert self._session is not None  # there since the INVITE
                headers = [
                    ("Contact", f"<{self._hands.contact()}>"),
                    ("Allow", ALLOW),
                    ("Supported", SUPPORTED),
                    *self._session.timer.accept(self._request, now),
                    ("Content-Type", SDP),
                ]
                accept = response_to(self._request, 200, to_tag=self._tag, headers=headers, body=self._body)
                self._answer(self._transaction, accept, now)
            case Action.SEND_TERMINATED:
                self._refuse(487, now)
                self._ending.outcome = "cancelled"
            case Action.SEND_UNHEARD:
                self._refuse(504, now)
                self._ending.finding = "finding.call.no-prack"
            case Action.SEND_REFUSAL:
                status = self._refusal
                self._refuse(status, now)
                self._ending.outcome = "busy" if status in {486, 600} else "rejected"
                self._ending.finding = "finding.call.rejected-by-us"
                if self._unfit:
                    self._ending.outcome, self._ending.finding = "failed", "finding.call.unfit-offer"
                self._ending.details = {"status": str(status)}
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
                assert self._session is not None  # there since the INVITE
                self._session.opened(self._request, now)
            case _:
                super()._do(action, now)


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
