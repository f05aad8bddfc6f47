"""Drives `session_table`: hold and resume both ways, refreshes, glare, and how each request is answered."""

from __future__ import annotations

from typing import Protocol

from tccc_desk.engine.agreement import Agreement
from tccc_desk.engine.errand import DialogBox, Errands
from tccc_desk.engine.hands import Hands
from tccc_desk.engine.held import say_holds, say_refused
from tccc_desk.engine.session_table import TABLE, Action, Input, State
from tccc_desk.engine.session_timer import MIN_SE_S, SessionTimer
from tccc_desk.sdp.description import MalformedSdp
from tccc_desk.sdp.negotiate import NegotiationFailed
from tccc_desk.sip.message import Message, Request, Response, cseq, response_to
from tccc_desk.trunk.bindings import ALLOW, SUPPORTED

SDP = "application/sdp"


class Talk(Protocol):
    """What a session needs of its call."""

    handle: str
    call_id: str
    incoming: bool

    @property
    def box(self) -> DialogBox: ...

    def sound(self) -> None:
        """Follow what was agreed on."""

    def fall(self, finding: str, details: dict[str, str], now: float) -> None:
        """End the call: it cannot go on."""


class Session:
    """One call's. Begins with the call's first offer and ends with its BYE."""

    def __init__(self, talk: Talk, hands: Hands, agreement: Agreement, errands: Errands) -> None:
        self.timer = SessionTimer()
        self.agreement = agreement
        self.state = State.OPENING
        self._talk = talk
        self._hands = hands
        self._errands = errands
        self._wish: bool | None = None
        """Hold or resume asked for and not yet agreed."""
        self._refresh = False
        self._asked_hold: bool | None = None
        self._former = b""
        self._method = "INVITE"
        self._update = False
        """Whether their Allow names UPDATE."""
        self.takes_info = False
        """Whether it names INFO."""
        self._raised = False
        self._extra: list[tuple[str, str]] | None = None
        self._wait_until: float | None = None
        self._request: Request | None = None
        self._transaction = ""
        self._box: DialogBox | None = None
        self._offered_in = 0

    def opened(self, message: Message, now: float) -> None:
        """The call is confirmed; `message` is what told us what they can do."""
        self.learn(message)
        self.step(Input.OPENED, now)

    def learn(self, message: Message) -> None:
        """Note whether they take UPDATE and INFO."""
        if "Allow" in message.headers:
            allowed = {name.strip().upper() for name in message.headers.split("Allow")}
            self._update, self.takes_info = "UPDATE" in allowed, "INFO" in allowed

    def hold(self, held: bool, now: float) -> bool:
        """Ask for hold or resume; False where there is no session to change or it is so already."""
        current = self.agreement.held_by_us if self._wish is None else self._wish
        if self.state in {State.OPENING, State.OVER} or current == held:
            return False
        self._wish = held
        self.step(Input.WISH, now)
        return True

    def requested(self, transaction: str, request: Request, box: DialogBox, now: float) -> None:
        """A re-INVITE or UPDATE of theirs in the dialog of `box`, which may be an early one."""
        self._transaction, self._request, self._box = transaction, request, box
        self.learn(request)
        content = request.headers.get("Content-Type").partition(";")[0].strip().casefold()
        if request.body and content != SDP:
            self._respond(415, now, [("Accept", SDP)])
        elif self.timer.too_small(request):
            self._respond(422, now, [("Min-SE", str(MIN_SE_S))])
        elif request.body:
            self.step(Input.THEIR_OFFER, now)
        else:
            self.step(Input.THEIR_QUESTION if request.method == "INVITE" else Input.THEIR_REFRESH, now)

    def acknowledged(self, request: Request, now: float) -> None:
        """An ACK to one of our 2xx: it brings the answer where that 2xx brought the offer."""
        if self.state is State.OFFERING and cseq(request)[0] == self._offered_in:
            self._request = request
            self.step(Input.ACK, now)

    def closed(self, now: float) -> None:
        """The call ends; nothing is asked or refreshed any more."""
        self.step(Input.CLOSED, now)

    def deadline(self) -> float | None:
        """When `advance` is wanted next."""
        if self.state in {State.OPENING, State.OVER}:
            return None
        times = (self._wait_until, self.timer.deadline())
        return min((at for at in times if at is not None), default=None)

    def advance(self, now: float) -> None:
        """Fire what is due."""
        if self.state in {State.OPENING, State.OVER}:
            return
        timer = self.timer
        if timer.expires_at is not None and now >= timer.expires_at:
            timer.expires_at = None
            self.step(Input.EXPIRED, now)
        if timer.refresh_at is not None and now >= timer.refresh_at:
            timer.refresh_at = None
            self._refresh = True
            self.step(Input.WISH, now)
        if self._wait_until is not None and now >= self._wait_until:
            self._wait_until = None
            self.step(Input.WAITED, now)

    def step(self, given: Input, now: float) -> None:
        """Follow one arrow."""
        row = TABLE[self.state, given]
        if (row.next, row.actions) != (self.state, ()):
            arrow = (self.state.name, given.name, row.next.name)
            self._hands.moved("session", arrow, now, self._talk.call_id)
        self.state = row.next
        for action in row.actions:
            self._do(action, now)
        if self.state is State.STABLE and (self._refresh or self._wish is not None):
            self.step(Input.WISH, now)

    def _do(self, action: Action, now: float) -> None:
        match action:
            case Action.ASK:
                self._ask(now)
            case Action.SETTLE:
                pass  # done in `_answered`, where the answer can be read
            case Action.WITHDRAW:
                if self._method == "INVITE":
                    self.agreement.withdraw(self._former)
            case Action.SAY_REFUSED:
                self._wish, self._refresh = None, False
            case Action.WAIT:
                self._wait_until = now + self._glare_wait()
            case Action.ANSWER | Action.OFFER | Action.ACCEPT:
                self._take(now)
            case Action.READ_ACK:
                self._read_ack(now)
            case Action.REFUSE_GLARE:
                self._respond(491, now)
            case Action.REFUSE_GONE:
                self._respond(481, now)
            case Action.REFUSE_EARLY:
                self._refuse_early(now)
            case Action.SAY_EXPIRED:
                seconds = {"seconds": str(self.timer.interval_s)}
                self._talk.fall("finding.call.session-expired", seconds, now)
            case Action.SAY_LOST if self._refresh:
                self._talk.fall("finding.call.refresh-failed", {}, now)
            case Action.SAY_LOST:
                self._talk.fall("finding.call.dialog-lost", {}, now)

    def _refuse_early(self, now: float) -> None:
        """Their offer came before the first exchange is through (RFC 3311 section 5.2, RFC 3261 14.2)."""
        if self._talk.incoming:
            self._respond(500, now, [("Retry-After", str(int(self._hands.doors.jitter() * 10)))])
        else:
            self._respond(491, now)  # it is our offer that waits

    def _glare_wait(self) -> float:
        """RFC 3261 section 14.1: who made the Call-ID waits longer, each in steps of 10 ms."""
        least, span = (0.0, 2.0) if self._talk.incoming else (2.1, 1.9)
        return least + round(self._hands.doors.jitter() * span, 2)

    def _ask(self, now: float) -> None:
        """Send a re-INVITE, or an UPDATE for a mere refresh where they take it."""
        hold = self._asked_hold = self._wish
        self._method = "UPDATE" if hold is None and self._update else "INVITE"
        body = b""
        if self._method == "INVITE":
            self._former = self.agreement.local
            body = self.agreement.offer(hold=hold)
        headers = [("Allow", ALLOW), ("Supported", SUPPORTED), *(self._extra or self.timer.asked())]
        self._extra = None
        self._errands.run(
            self._method,
            self._talk.box,
            self._answered,
            now,
            headers=tuple(headers),
            body=body,
            content_type=SDP if body else "",
        )

    def _answered(self, response: Response | None, now: float) -> None:
        """The final answer to ours, or none."""
        if self.state is State.OVER:
            return
        status = response.status if response is not None else 0
        if response is None or status in {408, 481}:
            self.step(Input.LOST, now)
        elif status < 300:
            self._agreed(response, now)
        elif status == 491:
            self.step(Input.GLARE, now)
        elif status == 422 and not self._raised and (extra := self.timer.raised(response)):
            self._raised, self._extra = True, extra
            self.step(Input.AGAIN, now)
        elif self._method == "UPDATE" and status in {405, 420, 501}:
            self._update = False
            self.step(Input.AGAIN, now)
        elif self._refresh:
            # RFC 4028 section 10: a session nobody refreshed must not go on.
            self.step(Input.LOST, now)
        else:
            say_refused(self._hands, self._talk.handle, response)
            self.step(Input.REFUSED, now)

    def _agreed(self, response: Response, now: float) -> None:
        self.learn(response)
        self.timer.granted(response, now)
        self._raised, self._refresh = False, False
        before = self._holds()
        if self._method == "INVITE":
            try:
                self.agreement.read(response.body, hold=self._asked_hold)
            except NegotiationFailed:
                self._wish = None
                self._talk.fall("finding.call.bad-answer", {}, now)
                return
            if self._wish == self._asked_hold:
                self._wish = None
            self._talk.sound()
        self.step(Input.AGREED, now)
        say_holds(self._hands, self._talk.handle, before, self._holds())

    def _take(self, now: float) -> None:
        """Accept theirs: answer the offer, make one, or just refresh."""
        request = self._request
        assert request is not None  # what brought us here
        before, body = self._holds(), b""
        if request.body:
            try:
                body = self.agreement.answer(request.body)
            except NegotiationFailed as refusal:
                self._respond(refusal.status, now)
                return
            self._talk.sound()
        elif request.method == "INVITE":
            self._former, self._offered_in = self.agreement.local, cseq(request)[0]
            body = self.agreement.offer()
        headers = [("Contact", f"<{self._hands.contact()}>"), ("Allow", ALLOW), ("Supported", SUPPORTED)]
        if self.state is not State.OPENING:
            headers += self.timer.accept(request, now)
        if body:
            headers.append(("Content-Type", SDP))
        box = self._box
        assert box is not None  # a request of theirs came inside a dialog
        box.dialog = box.dialog.refreshed(request)  # only an accepted one moves the target
        self._respond(200, now, headers, body)
        say_holds(self._hands, self._talk.handle, before, self._holds())

    def _read_ack(self, now: float) -> None:
        assert self._request is not None  # the ACK
        before = self._holds()
        try:
            self.agreement.read(self._request.body)
        except (NegotiationFailed, MalformedSdp):
            self._talk.fall("finding.call.bad-answer", {}, now)
            return
        self._talk.sound()
        say_holds(self._hands, self._talk.handle, before, self._holds())

    def _respond(
        self, status: int, now: float, headers: list[tuple[str, str]] | None = None, body: bytes = b""
    ) -> None:
        assert self._request is not None  # there is something to answer
        response = response_to(self._request, status, headers=headers or [], body=body)
        self._hands.endpoint.respond(self._transaction, response, now)

    def _holds(self) -> tuple[bool, bool]:
        return self.agreement.held_by_us, self.agreement.held_by_them
