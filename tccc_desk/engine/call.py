"""What both kinds of call share: the table driver, the dialog, the sound, the one end."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal

from tccc_desk.engine.call_table import TABLE, Action, Input, State
from tccc_desk.engine.commands import Source
from tccc_desk.engine.events import CallAnswered, CallEnded, DigitsSent, Fault, Outcome, SaidBy
from tccc_desk.engine.hands import Hands
from tccc_desk.sdp.negotiate import MediaParameters, NegotiationFailed, answer_offer
from tccc_desk.sip.dialog import Dialog
from tccc_desk.sip.digest import AuthenticationImpossible
from tccc_desk.sip.flow import host_port
from tccc_desk.sip.message import Request, Response, cseq, response_to
from tccc_desk.sip.wire import printable
from tccc_desk.trunk.bindings import ALLOW

SDP = "application/sdp"
PATIENCE_S = 5.0
"""Nobody waits longer for the answer to a BYE or CANCEL; the transaction goes on alone."""


@dataclass(slots=True)
class Ending:
    """How a call ended, filled in as it becomes known."""

    outcome: Outcome = "failed"
    status: int = 0
    reason: str = ""
    said_by: SaidBy = "local"
    fault: Fault = ""
    finding: str = ""
    details: dict[str, str] = field(default_factory=dict)
    by: Literal["us", "them", ""] = ""


class Call:
    """A call of either direction. Subclasses do the actions that differ."""

    incoming = False

    def __init__(
        self, handle: str, hands: Hands, now: float, *, source: Source, duration_s: float | None
    ) -> None:
        self.handle = handle
        self.call_id = ""
        self._hands = hands
        self._source: Source = source
        self._duration_s = duration_s
        self._state = State.PREPARING
        self._dialog: Dialog | None = None
        self._media: MediaParameters | None = None
        self._media_host = ""
        self._media_port = 0
        self._sdp_version = 0
        self._sdp_id = int(hands.doors.wall())
        self._began = now
        self._answered_at: float | None = None
        self._ended_at: float | None = None
        self._pdd_ms: float | None = None
        self._answer_ms: float | None = None
        self._ring_until: float | None = None
        self._hang_up_at: float | None = None
        self._reinvite = ""
        self._bye = ""
        self._bye_answered = False
        self._ending = Ending()

    @property
    def state(self) -> State:
        """Where the call stands."""
        return self._state

    def hang_up(self, now: float) -> None:
        """CANCEL, BYE or refuse, as the state asks for."""
        self._step(Input.HANG_UP, now)

    def send_digits(self, digits: str) -> bool:
        """Queue telephone-events; False where there is no call to hear them or no agreed type."""
        if self._state is not State.ACTIVE or self._media is None or self._media.telephone_event is None:
            return False
        self._hands.doors.send_digits(self.handle, digits)
        doors = self._hands.doors
        doors.emit(DigitsSent(at=doors.wall(), trunk=self._hands.trunk.name, call=self.handle, digits=digits))
        return True

    def deadline(self) -> float | None:
        """When `advance` is wanted next."""
        return min((at for at in (self._ring_until, self._hang_up_at) if at is not None), default=None)

    def advance(self, now: float) -> None:
        """Fire the timers of the call itself."""
        if self._ring_until is not None and now >= self._ring_until:
            self._ring_until = None
            self._step(Input.RING_TIMEOUT, now)
        if self._hang_up_at is not None and now >= self._hang_up_at:
            self._hang_up_at = None
            self._step(_WHEN_LATE.get(self._state, Input.HANG_UP), now)

    def responded(self, transaction: str, response: Response, now: float) -> None:
        """A response to a request of this call."""
        if transaction != self._bye or response.status < 200:
            return
        if response.status in {401, 407} and not self._bye_answered:
            self._bye_answered = True
            self._send_bye(now, response)
            return
        self._step(Input.BYE_DONE, now)

    def failed(
        self, transaction: str, fault: Fault, detail: str, now: float, *, transmissions: int = 0
    ) -> None:
        """A request of this call got no answer, or lost its flow."""
        del fault, detail, transmissions
        if transaction == self._bye:
            self._step(Input.BYE_DONE, now)

    def owns_dialog(self, request: Request) -> bool:
        """Whether a request belongs to this call's dialog."""
        return self._dialog is not None and self._dialog.matches(request)

    def acknowledged(self, request: Request, now: float) -> None:
        """An ACK to our 2xx arrived."""
        del request
        self._step(Input.ACK, now)

    def unacknowledged(self, transaction: str, now: float) -> None:
        """Timer H: a 2xx of ours was repeated for 32 s and never acknowledged (section 13.3.1.4)."""
        if transaction == self._reinvite:
            self._step(Input.NO_ACK, now)

    def requested(self, transaction: str, request: Request, now: float) -> None:
        """A request inside the dialog (RFC 3261 section 12.2.2)."""
        assert self._dialog is not None  # owns_dialog said so
        if self._dialog.accepts(request) == "stale":
            self._answer(transaction, response_to(request, 500), now)
            return
        self._dialog = replace(self._dialog, remote_cseq=cseq(request)[0])
        match request.method:
            case "BYE":
                self._answer(transaction, response_to(request, 200), now)
                self._step(Input.BYE, now)
            case "INVITE" | "UPDATE":
                self._reoffered(transaction, request, now)
            case "OPTIONS" | "INFO":
                self._answer(transaction, response_to(request, 200, headers=[("Allow", ALLOW)]), now)
            case "REFER":
                # Never followed: a test call must not be sent elsewhere by its far end.
                self._answer(transaction, response_to(request, 603), now)
            case _:
                self._answer(transaction, response_to(request, 405, headers=[("Allow", ALLOW)]), now)

    def _reoffered(self, transaction: str, request: Request, now: float) -> None:
        """A re-INVITE or UPDATE: hold, resume, another address (RFC 3264 section 8)."""
        contact = [("Contact", f"<{self._hands.contact()}>"), ("Allow", ALLOW)]
        body = b""
        assert self._dialog is not None  # a re-INVITE comes inside one
        if request.body:
            if not self._media_port:
                self._answer(transaction, response_to(request, 488), now)
                return
            try:
                body, media = self._answer_to(request.body)
            except NegotiationFailed as refusal:
                self._answer(transaction, response_to(request, refusal.status), now)
                return
            self._start_media(media)
        elif request.method == "INVITE":
            body = self._offer()
        if body:
            contact.append(("Content-Type", SDP))
        if request.method == "INVITE":
            self._reinvite = transaction
        self._dialog = self._dialog.refreshed(request)  # only an accepted one moves the target
        self._answer(transaction, response_to(request, 200, headers=contact, body=body), now)

    def _answer_to(self, offer: bytes) -> tuple[bytes, MediaParameters]:
        """Our answer to an offer. Raises NegotiationFailed."""
        self._sdp_version += 1
        return answer_offer(
            offer,
            self._media_host,
            self._media_port,
            self._codecs(),
            session_id=self._sdp_id,
            version=self._sdp_version,
        )

    def _codecs(self) -> tuple[str, ...]:
        return self._hands.trunk.codecs

    def _offer(self) -> bytes:
        raise NotImplementedError

    def _start_media(self, parameters: MediaParameters) -> None:
        self._media = parameters
        self._hands.doors.start_media(self.handle, parameters, self._source)

    def _answer(self, transaction: str, response: Response, now: float) -> None:
        self._hands.endpoint.respond(transaction, response, now)

    def _step(self, given: Input, now: float) -> None:
        row = TABLE[self._state, given]
        if (row.next, row.actions) != (self._state, ()):
            arrow = (self._state.name, given.name, row.next.name)
            self._hands.moved("call", arrow, now, self.call_id)
        self._state = row.next
        for action in row.actions:
            self._do(action, now)

    def _do(self, action: Action, now: float) -> None:
        match action:
            case Action.SEND_BYE:
                self._ring_until = None
                self._hang_up_at = now + PATIENCE_S
                self._ended_at = now
                self._send_bye(now, None)
            case Action.NOTE_US | Action.NOTE_THEM:
                self._ending.by = "us" if action is Action.NOTE_US else "them"
            case Action.NOTE_NO_ACK:
                if self._answered_at is None:
                    self._ending.outcome, self._ending.said_by = "failed", "local"
                    self._ending.status, self._ending.reason, self._ending.fault = 0, "", "silence"
                self._ending.finding, self._ending.by = "finding.call.no-ack", "us"
            case Action.FINISH:
                self._finish(now)
            case _:
                raise AssertionError(f"{type(self).__name__} has no {action}")

    def _started(self, now: float, status: int, reason: str) -> None:
        """The call is answered and confirmed by a 2xx with `status` and `reason`."""
        self._ring_until = None
        self._answered_at = now
        self._answer_ms = (now - self._began) * 1000
        if self._duration_s is not None:
            self._hang_up_at = now + self._duration_s
        media = self._media
        self._ending.outcome, self._ending.finding = "answered", "finding.call.ok"
        self._ending.status, self._ending.reason = status, reason
        self._ending.said_by = "local" if self.incoming else "server"
        self._ending.details = {}
        doors = self._hands.doors
        doors.emit(
            CallAnswered(
                at=doors.wall(),
                trunk=self._hands.trunk.name,
                call=self.handle,
                status=status,
                reason=printable(reason),
                answer_ms=self._answer_ms,
                codec=media.codec if media else "",
                remote_media=host_port((media.remote_host, media.remote_port)) if media else "",
            )
        )

    def _send_bye(self, now: float, challenge: Response | None) -> None:
        if self._dialog is None:
            self._step(Input.BYE_DONE, now)
            return
        headers: list[tuple[str, str]] = []
        if challenge is not None:
            authenticator = self._hands.authenticator()
            try:
                authenticator.take(challenge)
            except AuthenticationImpossible:
                self._step(Input.BYE_DONE, now)
                return
            headers = authenticator.headers("BYE", self._dialog.remote_target)
        self._dialog, request = self._dialog.request("BYE", contact="", headers=headers)
        self._bye = self._hands.send(self, request, now)
        if not self._bye:
            self._step(Input.BYE_DONE, now)

    def _finish(self, now: float) -> None:
        self._ring_until = self._hang_up_at = None
        ended_at = self._ended_at if self._ended_at is not None else now
        ending, doors = self._ending, self._hands.doors
        duration = ended_at - self._answered_at if self._answered_at is not None else 0.0
        doors.emit(
            CallEnded(
                at=doors.wall(),
                trunk=self._hands.trunk.name,
                call=self.handle,
                call_id=printable(self.call_id),
                incoming=self.incoming,
                outcome=ending.outcome,
                status=ending.status,
                reason=printable(ending.reason),
                said_by=ending.said_by,
                fault=ending.fault,
                finding=ending.finding,
                details={name: printable(value) for name, value in ending.details.items()},
                pdd_ms=self._pdd_ms,
                answer_ms=self._answer_ms,
                duration_s=duration,
                ended_by=ending.by,
                media=doors.close_media(self.handle),
            )
        )
        self._hands.ended(self.handle)


_WHEN_LATE = {State.CANCELLING: Input.REJECTED, State.ENDING: Input.BYE_DONE}
"""What the call's own clock means once we are only waiting for the far end's agreement."""
