"""The document's step 2: a call from us to the provider."""

from __future__ import annotations

from tccc_desk.engine.call import PATIENCE_S, Call
from tccc_desk.engine.call_table import Action, Input, State
from tccc_desk.engine.commands import PlaceTestCall
from tccc_desk.engine.doors import NoMediaPort
from tccc_desk.engine.early import SDP, EarlyDialogs
from tccc_desk.engine.errand import DialogBox
from tccc_desk.engine.events import CallPlaced, CallProgressed, ChallengeReceived, Fault, SoundNoticed
from tccc_desk.engine.hands import Hands
from tccc_desk.engine.invitation import Invitation
from tccc_desk.engine.sounding import Sounding
from tccc_desk.sdp.negotiate import NegotiationFailed
from tccc_desk.sip.dialog import Dialog
from tccc_desk.sip.digest import AuthenticationImpossible
from tccc_desk.sip.message import Message, Request, Response, to_address
from tccc_desk.sip.wire import printable
from tccc_desk.trunk import findings


class OutgoingCall(Call):
    """One INVITE of ours, its challenge, its answer or refusal."""

    def __init__(self, command: PlaceTestCall, hands: Hands, now: float) -> None:
        sounding = Sounding(command.play, command.play_file, command.listen, command.record_file)
        super().__init__(command.call, hands, now, sounding=sounding, duration_s=command.duration_s)
        self.call_id = hands.doors.token()
        self._command = command
        self._invitation = Invitation(command, hands, self.call_id)
        self._invite = ""
        self._accepted: Response | None = None
        self._ring_until = now + command.ring_timeout_s
        self._early: EarlyDialogs
        self._answer_body = b""
        """Our answer to a late offer, for the ACK."""
        self._ending.finding = "finding.path.internal"
        doors = hands.doors
        doors.emit(
            CallPlaced(
                at=doors.wall(),
                trunk=hands.trunk.name,
                call=self.handle,
                call_id=self.call_id,
                caller=command.caller,
                line=command.line,
            )
        )

    def sent(self, call_id: str, tag: str) -> bool:
        """Whether an INVITE with this Call-ID and From tag is ours."""
        return (call_id, tag.lower()) == (self.call_id, self._invitation.tag.lower())

    def ready(self, now: float) -> None:
        """There is a flow: bind a port for the sound and call."""
        if self._state is not State.PREPARING:
            return
        flow = self._hands.flow
        assert flow is not None  # what ready means
        try:
            port = self._hands.doors.open_media(self._hands.trunk.name, self.handle, flow.local[0])
        except NoMediaPort as error:
            self._ending.finding, self._ending.details = error.finding, error.details
            self._ending.fault = "internal"
            self._step(Input.NOT_READY, now)
            return
        self._agree(flow.local[0], port)
        self._early = EarlyDialogs(self._errands, self._agreement, late_offer=self._command.late_offer)
        self._step(Input.READY, now)

    def not_ready(self, fault: Fault, detail: str, now: float, *, why: str = "") -> None:
        """No flow to the server could be opened."""
        self._ending.locally(self._hands.trunk, fault, detail, why)
        self._step(Input.NOT_READY, now)

    def responded(self, transaction: str, response: Response, now: float) -> None:
        """A response to our INVITE, or to a request inside its dialog."""
        if transaction != self._invite:
            super().responded(transaction, response, now)
            return
        if response.status < 200:
            self._progressed(response, now)
        elif response.status < 300:
            self._succeeded(response, now)
        elif response.status in {401, 407} and self._state is State.CALLING:
            self._challenged(response, now)
        elif response.status == 422 and self._state is State.CALLING and self._lengthened(response):
            self._step(Input.CHALLENGE, now)
        else:
            self._refused(response, findings.call_refusal(response.status))
            self._step(Input.REJECTED, now)

    def failed(
        self, transaction: str, fault: Fault, detail: str, now: float, *, transmissions: int = 0
    ) -> None:
        """No answer to our INVITE, or the flow went away under it."""
        if transaction != self._invite:
            super().failed(transaction, fault, detail, now)
            return
        if self._state is State.CALLING:
            self._ending.locally(self._hands.trunk, fault, detail)
            if fault == "silence" and self._invitation.challenged and self._hands.trunk.transport == "udp":
                # The first INVITE was answered by a challenge, the larger one by nothing.
                self._ending.finding = "finding.call.large-udp"
            self._ending.details["transmissions"] = str(transmissions)
        self._step(Input.REJECTED, now)

    def _codecs(self) -> tuple[str, ...]:
        return self._command.codecs or self._hands.trunk.codecs

    def _box_of(self, request: Message) -> DialogBox | None:
        if self._box is not None or self._invitation.request is None:
            return super()._box_of(request)
        early = self._early.find(request)
        return early.box if early is not None else None

    def _byed(self, transaction: str, request: Request, now: float) -> None:
        if self._box is None:
            # Section 15: a callee must not end an early dialog by BYE; the INVITE's answer does.
            self._reply(transaction, request, 481, now)
        else:
            super()._byed(transaction, request, now)

    def _lengthened(self, response: Response) -> bool:
        return self._session is not None and self._invitation.lengthens(response, self._session.timer)

    def _progressed(self, response: Response, now: float) -> None:
        if 180 <= response.status <= 183 and self._pdd_ms is None:
            self._pdd_ms = (now - self._began) * 1000
        if response.status > 100 and self._state in {State.CALLING, State.CANCELLING}:
            assert self._invitation.request is not None  # there was an INVITE to answer
            settled = self._early.provisional(self._invitation.request, response, now)
            if settled is not None and self._state is State.CALLING:
                self.sound()  # early media, of the fork heard last
        doors = self._hands.doors
        doors.emit(
            CallProgressed(
                at=doors.wall(),
                trunk=self._hands.trunk.name,
                call=self.handle,
                status=response.status,
                reason=printable(response.reason),
                pdd_ms=self._pdd_ms,
            )
        )

    def _succeeded(self, response: Response, now: float) -> None:
        if self._accepted is not None:
            self._further_success(response, now)
            return
        self._accepted = response
        self._step(Input.SUCCESS if self._understood(response) else Input.UNUSABLE, now)

    def _understood(self, response: Response) -> bool:
        """Whether the 2xx, or what this fork said before it, leaves us with sound to exchange."""
        early = self._early.find(response)
        if early is not None and early.media is not None and (self._command.late_offer or not response.body):
            self._agreement.settle_on(early.media)
            return True
        if not response.body:
            return False
        try:
            if self._command.late_offer:
                self._answer_body = self._agreement.answer(response.body)
            else:
                self._agreement.read(response.body)
        except NegotiationFailed:
            return False
        return True

    def _further_success(self, response: Response, now: float) -> None:
        """A repeated 2xx wants its ACK again; another fork's is thanked and ended (section 13.2.2.4)."""
        if self._box is not None and to_address(response).tag == self._box.dialog.remote_tag:
            self._acknowledge(now)
            return
        assert self._invitation.request is not None  # there was an INVITE to answer
        self._hands.disown(self._invitation.request, response, now)

    def _challenged(self, response: Response, now: float) -> None:
        doors = self._hands.doors
        trunk = self._hands.trunk
        for shown in self._invitation.challenges(response):
            doors.emit(ChallengeReceived(at=doors.wall(), trunk=trunk.name, method="INVITE", challenge=shown))
        self._refused(response, "finding.call.credentials")
        try:
            answers = self._invitation.answers(response)
        except AuthenticationImpossible as error:
            self._ending.finding = findings.AUTHENTICATION[error.reason]
            self._ending.details |= {
                "realm": error.realm,
                "algorithm": error.algorithm,
                "domain": trunk.domain,
            }
            self._step(Input.REJECTED, now)
            return
        self._step(Input.CHALLENGE if answers else Input.REJECTED, now)

    def _do(self, action: Action, now: float) -> None:
        match action:
            case Action.SEND_INVITE:
                self._send_invite(now)
            case Action.SEND_CANCEL:
                self._ring_until = None
                self._hang_up_at = now + PATIENCE_S
                self._hands.endpoint.cancel(self._invite, now)
            case Action.CONFIRM:
                self._confirm(now)
                self.sound(answered=True)
                assert self._accepted is not None  # what confirmed it
                assert self._session is not None  # there since the INVITE
                self._started(now, self._accepted.status, self._accepted.reason)
                self._session.timer.granted(self._accepted, now)
                self._session.opened(self._accepted, now)
                if self._command.dtmf:
                    self._say_unsent(self.send_digits(self._command.dtmf, "", now))
            case Action.CONFIRM_SILENTLY:
                self._confirm(now)
            case Action.NOTE_CANCEL:
                self._ending.decided("cancelled", "finding.call.cancelled")
            case Action.NOTE_NO_ANSWER:
                rang = self._pdd_ms is not None
                finding = "finding.call.no-answer" if rang else "finding.call.no-ringing"
                self._ending.decided("no_answer", finding)
                self._ending.details = {"seconds": f"{self._command.ring_timeout_s:g}"}
            case Action.NOTE_UNUSABLE:
                self._ending.decided("failed", "finding.call.bad-answer")
            case _:
                super()._do(action, now)

    def _say_unsent(self, why: str) -> None:
        if why:
            doors = self._hands.doors
            trunk, finding = self._hands.trunk.name, "finding.sound.digits-unsent"
            doors.emit(SoundNoticed(at=doors.wall(), trunk=trunk, call=self.handle, finding=finding))

    def _send_invite(self, now: float) -> None:
        # A retry repeats the same offer; a late one has none.
        body = b"" if self._command.late_offer else self._agreement.local or self._agreement.offer()
        self._invite = self._hands.send(self, self._invitation.next(body), now)
        if not self._invite:
            self._ending.locally(self._hands.trunk, "closed", "")
            self._step(Input.REJECTED, now)

    def _confirm(self, now: float) -> None:
        assert self._invitation.request is not None  # a 2xx answers a request
        assert self._accepted is not None  # and is what brought us here
        # An early dialog of this fork lives on: its CSeq has risen with each PRACK.
        early = self._early.find(self._accepted)
        if early is None:
            self._box = DialogBox(Dialog.from_response(self._invitation.request, self._accepted))
        else:
            early.box.dialog = early.box.dialog.confirmed(self._accepted)
            self._box = early.box
        self._acknowledge(now)

    def _acknowledge(self, now: float) -> None:
        flow = self._hands.flow
        if flow is None or self._box is None:
            return
        _, ack = self._box.dialog.request(
            "ACK",
            contact="",
            headers=self._invitation.credentials(),
            cseq=self._invitation.cseq,
            body=self._answer_body,
            content_type=SDP if self._answer_body else "",
        )
        self._hands.endpoint.send_ack(ack, flow, now)

    def _refused(self, response: Response, finding: str) -> None:
        if self._state is not State.CALLING:
            return  # we had given up already: the 487 is only the echo of our CANCEL
        contacts = response.headers.split("Contact") if 300 <= response.status < 400 else ()
        details = {"line": self._command.line, "contact": ", ".join(contacts[:5])}
        self._ending.refused(response.status, response.reason, finding, details)
