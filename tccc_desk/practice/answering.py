"""A line that a step 2 call reaches: rings, answers or refuses as the line table says."""

from __future__ import annotations

from collections.abc import Callable

from tccc_desk.sdp.negotiate import NegotiationFailed
from tccc_desk.sip.dialog import Dialog
from tccc_desk.sip.message import Request, response_to
from tccc_desk.sip.outputs import Cancelled, RequestReceived

from .events import CallAnswered
from .leg import ALLOW, Leg, Stage
from .lines import Line

RING_LIMIT_S = 600.0
"""Even the line that rings for ever gives up its memory of a caller who never cancels."""
RINGS_FROM_S = 1.0
"""A line that refuses later than this rings meanwhile."""


class AnsweringCall(Leg):
    """The called side of one call."""

    def __init__(
        self, stage: Stage, call: str, event: RequestReceived, line: Line, contact: Callable[[str], str]
    ) -> None:
        """Take an authenticated INVITE; `contact` writes a line number as a Contact of this domain."""
        super().__init__(stage, call, event.flow, line.sound, trouble=line.trouble, keys=line.keys)
        self.line = line
        self._invite = event
        self._redirect = contact
        self._body = b""

    @property
    def invite(self) -> Request:
        """The INVITE that began it."""
        return self._invite.request

    def start(self) -> None:
        """Answer provisionally now and finally when the line's time has come. Raises RemoteProtocolError."""
        request, line = self._invite.request, self.line
        try:
            self.dialog = Dialog.from_request(request, self.local_tag)
            if line.action == "answer":
                self._waits_for_answer = not request.body
                self._body = self.media.answer(request.body) if request.body else self.media.offer()
        except NegotiationFailed as failed:
            self._refuse(failed.status)
            return
        except BaseException:
            self.media.close()
            raise
        self.core.adopt(self._invite.transaction, self)
        self.core.adopt_dialog(request.headers.get("Call-ID"), self.local_tag, self)
        if line.action == "answer" and line.early_media and request.body:
            self.core.respond(self._invite.transaction, self.success(request, self._body, 183))
            self.media.play()
        elif line.action == "reject" and line.delay_s < RINGS_FROM_S:
            self._provisional(100)
        else:
            self._provisional(180)
        if line.action == "ring":
            self.later(RING_LIMIT_S, lambda: self._refuse(480))
        elif line.action == "reject":
            self.later(line.delay_s, lambda: self._refuse(line.status))
        else:
            self.later(line.delay_s, self._answer)

    def hang_up(self) -> None:
        """End the call from our side: refuse it as long as it rings."""
        if self.state == "early":
            self._refuse(480)
        else:
            super().hang_up()

    def on_cancel(self, event: Cancelled) -> None:
        """Finish the INVITE its caller gave up (RFC 3261 section 9.2)."""
        if self.state == "early":
            self.core.respond(event.transaction, response_to(event.request, 487, to_tag=self.local_tag))
            self.end("them", 487, "Request Terminated")

    def left(self) -> None:
        """End the call; a BYE before the answer ends the INVITE as well (RFC 3261 section 15.1.2)."""
        if self.state == "early":
            answer = response_to(self._invite.request, 487, to_tag=self.local_tag)
            self.core.respond(self._invite.transaction, answer)
            self.end("them", 487, answer.reason)
        else:
            super().left()

    def _provisional(self, status: int) -> None:
        headers = [("Contact", self.contact)] if status > 100 else []
        tag = self.local_tag if status > 100 else ""
        answer = response_to(self._invite.request, status, to_tag=tag, headers=headers)
        self.core.respond(self._invite.transaction, answer)

    def _answer(self) -> None:
        self.state = "answered"
        self.core.respond(self._invite.transaction, self.success(self._invite.request, self._body))
        self.media.play()
        codec = self.media.parameters.codec if self.media.parameters else ""
        self.stage.emit(CallAnswered(call=self.call, codec=codec))
        if self.line.hang_up_after_s is not None:
            self.later(self.line.hang_up_after_s, self.hang_up)

    def _refuse(self, status: int) -> None:
        headers = [("Allow", ALLOW)]
        if self.line.contact and 300 <= status < 400:
            headers.append(("Contact", self._redirect(self.line.contact)))
        answer = response_to(self._invite.request, status, to_tag=self.local_tag, headers=headers)
        self.core.respond(self._invite.transaction, answer)
        self.end("us", status, answer.reason)
