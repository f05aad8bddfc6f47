"""What both kinds of call share: the table driver, the dialog, the sound, the one end."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from tccc_desk.engine.agreement import Agreement
from tccc_desk.engine.call_table import TABLE, Action, Input, State
from tccc_desk.engine.commands import Source
from tccc_desk.engine.digits import CallDigits
from tccc_desk.engine.ending import Ending
from tccc_desk.engine.errand import DialogBox, Errands
from tccc_desk.engine.events import CallAnswered, Fault, MediaReport
from tccc_desk.engine.hands import Hands
from tccc_desk.engine.session import Session
from tccc_desk.engine.sounding import Sounding
from tccc_desk.engine.within import reply, unsupported
from tccc_desk.sip.flow import host_port
from tccc_desk.sip.message import Message, Request, Response, cseq, response_to
from tccc_desk.sip.wire import printable
from tccc_desk.trunk.profile import DtmfMethod

PATIENCE_S = 5.0
"""Nobody waits longer for the answer to a BYE or CANCEL; the transaction goes on alone."""


class Call:
    """A call of either direction. Subclasses do the actions that differ. Is a `session.Talk`."""

    incoming = False

    def __init__(
        self, handle: str, hands: Hands, now: float, *, sounding: Sounding, duration_s: float | None
    ) -> None:
        self.handle = handle
        self.call_id = ""
        self._hands = hands
        self._sounding = sounding
        self._duration_s = duration_s
        self._state = State.PREPARING
        self._box: DialogBox | None = None
        self._errands = Errands(self, hands, answers=not self.incoming)
        self._digits = CallDigits(self, hands, self._errands)
        self._agreement: Agreement
        self._session: Session | None = None
        self._began = now
        self._answered_at: float | None = None
        self._ended_at: float | None = None
        self._measured: MediaReport | None = None
        self._pdd_ms: float | None = None
        self._answer_ms: float | None = None
        self._ring_until: float | None = None
        self._hang_up_at: float | None = None
        self._reinvite = ""
        self._fallen: tuple[str, dict[str, str]] = ("", {})
        self._ending = Ending()

    @property
    def state(self) -> State:
        """Where the call stands."""
        return self._state

    @property
    def box(self) -> DialogBox:
        """The confirmed dialog; only asked for once there is one."""
        assert self._box is not None  # a session asks in an answered call only
        return self._box

    def hang_up(self, now: float) -> None:
        """CANCEL, BYE or refuse, as the state asks for."""
        self._step(Input.HANG_UP, now)

    def hold(self, held: bool, now: float) -> bool:
        """Hold or resume; False where there is nothing to hold or it is so already."""
        return self._state is State.ACTIVE and self._session is not None and self._session.hold(held, now)

    def send_digits(self, digits: str, method: DtmfMethod | Literal[""], now: float) -> str:
        """Send or queue digits; gives why not as the end of a `finding.command` id, "" if it goes."""
        media = self._agreement.media if self._state is State.ACTIVE else None
        if media is None or self._session is None:
            return "wrong-state"
        return self._digits.send(digits, method, now, media=media, takes_info=self._session.takes_info)

    def heard(self, digit: str, method: str, now: float) -> None:
        """A digit came in their sound, as an event or as a tone."""
        if self._state is not State.ENDED:
            self._digits.heard(digit, method, now)

    def amended(self, media: MediaReport) -> MediaReport:
        """A measurement of this call, complete with what is known beside its sound."""
        return self._digits.amend(media)

    def change_sound(self, play: Source, play_file: str, listen: bool | None) -> bool:
        """Send something else, listen or stop listening; False without sound."""
        if self._state is not State.ACTIVE or self._agreement.media is None:
            return False
        keep = self._sounding.listen if listen is None else listen
        self._sounding = replace(self._sounding, play=play, play_file=play_file, listen=keep)
        self._hands.doors.change_media(self.handle, self._sounding)
        return True

    def record(self, file: str) -> bool:
        """Record from now on, or with "" no more; False without sound."""
        if self._state is not State.ACTIVE or self._agreement.media is None:
            return False
        self._sounding = replace(self._sounding, record_file=file)
        self._hands.doors.record_media(self.handle, file)
        return True

    def deadline(self) -> float | None:
        """When `advance` is wanted next."""
        times = [self._ring_until, self._hang_up_at, self._digits.deadline()]
        if self._session is not None:
            times.append(self._session.deadline())
        return min((at for at in times if at is not None), default=None)

    def advance(self, now: float) -> None:
        """Fire the timers of the call itself."""
        if self._ring_until is not None and now >= self._ring_until:
            self._ring_until = None
            self._step(Input.RING_TIMEOUT, now)
        if self._hang_up_at is not None and now >= self._hang_up_at:
            self._hang_up_at = None
            self._step(_WHEN_LATE.get(self._state, Input.HANG_UP), now)
        self._digits.advance(now)
        if self._session is not None:
            self._session.advance(now)

    def responded(self, transaction: str, response: Response, now: float) -> None:
        """A response to a request of this call."""
        self._errands.responded(transaction, response, now)

    def failed(
        self, transaction: str, fault: Fault, detail: str, now: float, *, transmissions: int = 0
    ) -> None:
        """A request of this call got no answer, or lost its flow."""
        del fault, detail, transmissions
        self._errands.failed(transaction, now)

    def owns_dialog(self, request: Request) -> bool:
        """Whether a request belongs to this call's dialog, or to an early one of it."""
        return self._box_of(request) is not None

    def acknowledged(self, request: Request, now: float) -> None:
        """An ACK to our 2xx arrived."""
        self._step(Input.ACK, now)
        if self._session is not None:
            self._session.acknowledged(request, now)

    def unacknowledged(self, transaction: str, now: float) -> None:
        """Timer H: a 2xx of ours was repeated for 32 s and never acknowledged (section 13.3.1.4)."""
        if transaction == self._reinvite:
            self._step(Input.NO_ACK, now)

    def requested(self, transaction: str, request: Request, now: float) -> None:
        """A request inside the dialog (RFC 3261 section 12.2.2)."""
        box = self._box_of(request)
        assert box is not None  # owns_dialog said so
        if box.dialog.accepts(request) == "stale":
            self._reply(transaction, request, 500, now)
            return
        box.dialog = replace(box.dialog, remote_cseq=cseq(request)[0])
        if missing := unsupported(request):
            self._reply(transaction, request, 420, now, [("Unsupported", missing)])
            return
        if "Replaces" in request.headers:
            self._reply(transaction, request, 400, now)  # RFC 3891 section 3: a new INVITE's only
            return
        match request.method:
            case "BYE":
                self._byed(transaction, request, now)
            case "PRACK":
                self._pracked(transaction, request, now)
            case "INVITE" | "UPDATE" if self._session is not None:
                if request.method == "INVITE":
                    self._reinvite = transaction
                self._session.requested(transaction, request, box, now)
            case _:
                answer = reply(request)
                self._reply(transaction, request, answer.status, now, list(answer.headers))
                if answer.digit:
                    self._digits.heard(answer.digit, "info", now)

    def sound(self, *, answered: bool = False) -> None:
        """Start the sound, or have it follow what was agreed on; `answered` ends early media."""
        media = self._agreement.media
        if media is not None:
            tones = self._digits.listens(media)
            self._hands.doors.start_media(self.handle, media, self._sounding, tones=tones, answered=answered)

    def fall(self, finding: str, details: dict[str, str], now: float) -> None:
        """End the call: its session cannot go on."""
        self._fallen = finding, details
        self._step(Input.FALLEN, now)

    def _box_of(self, request: Message) -> DialogBox | None:
        return self._box if self._box is not None and self._box.dialog.matches(request) else None

    def _byed(self, transaction: str, request: Request, now: float) -> None:
        self._reply(transaction, request, 200, now)
        self._step(Input.BYE, now)

    def _pracked(self, transaction: str, request: Request, now: float) -> None:
        self._reply(transaction, request, 481, now)  # RFC 3262 section 3: it acknowledges nothing of ours

    def _codecs(self) -> tuple[str, ...]:
        return self._hands.trunk.codecs

    def _agree(self, host: str, port: int) -> None:
        """The sound has its port: from here on there is something to settle."""
        number = int(self._hands.doors.wall())
        self._agreement = Agreement(host, port, self._codecs(), session_id=number)
        self._session = Session(self, self._hands, self._agreement, self._errands)

    def _reply(
        self,
        transaction: str,
        request: Request,
        status: int,
        now: float,
        headers: list[tuple[str, str]] | None = None,
    ) -> None:
        self._answer(transaction, response_to(request, status, headers=headers or []), now)

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
                # Section 15.1.1: no sending, no listening once the BYE is on its way, answered or not.
                self._measured = self._hands.doors.close_media(self.handle)
                self._send_bye(now)
            case Action.NOTE_US | Action.NOTE_THEM:
                self._ending.by = "us" if action is Action.NOTE_US else "them"
            case Action.NOTE_NO_ACK:
                if self._answered_at is None:
                    self._ending.outcome, self._ending.said_by = "failed", "local"
                    self._ending.status, self._ending.reason, self._ending.fault = 0, "", "silence"
                self._ending.finding, self._ending.by = "finding.call.no-ack", "us"
            case Action.NOTE_FALLEN:
                self._ending.finding, self._ending.details = self._fallen
                self._ending.by = "us"
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
        media = self._agreement.media
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

    def _send_bye(self, now: float) -> None:
        self._digits.closed()
        if self._session is not None:
            self._session.closed(now)
        if self._box is None:
            self._step(Input.BYE_DONE, now)
            return
        self._errands.run("BYE", self._box, lambda _, at: self._step(Input.BYE_DONE, at), now)

    def _finish(self, now: float) -> None:
        self._ring_until = self._hang_up_at = None
        self._digits.closed()
        if self._session is not None:
            self._session.closed(now)
        ended_at = self._ended_at if self._ended_at is not None else now
        doors = self._hands.doors
        media = doors.close_media(self.handle) or self._measured
        self._digits.say_unsent(media)
        doors.emit(
            self._ending.event(
                at=doors.wall(),
                trunk=self._hands.trunk.name,
                call=self.handle,
                call_id=self.call_id,
                incoming=self.incoming,
                pdd_ms=self._pdd_ms,
                answer_ms=self._answer_ms,
                duration_s=ended_at - self._answered_at if self._answered_at is not None else 0.0,
                media=self.amended(media) if media is not None else None,
            )
        )
        self._hands.ended(self.handle)


_WHEN_LATE = {State.CANCELLING: Input.REJECTED, State.ENDING: Input.BYE_DONE}
"""What the call's own clock means once we are only waiting for the far end's agreement."""
