"""One dialog of the gateway with a caller or a callee: what both directions share."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from tccc_desk.net.media import MediaClock, MediaPort
from tccc_desk.rtp.dtmf_detector import DigitDetector
from tccc_desk.sdp.negotiate import MediaParameters, NegotiationFailed, answer_offer, make_offer, read_answer
from tccc_desk.sip.dialog import Dialog
from tccc_desk.sip.flow import Flow
from tccc_desk.sip.message import Request, Response, response_to
from tccc_desk.sip.outputs import (
    AckReceived,
    Cancelled,
    RequestReceived,
    ResponseReceived,
    TransactionFailed,
    TransactionTimedOut,
)

from .core import Core, token
from .events import CallEnded, DigitReceived, Event
from .info import RELAY, read_digit, write_digit
from .lines import Keys, Sound
from .troubles import LATE_S, PORTS, PRIVATE_HOST, Trouble, without_events

ALLOW = "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO"
CODECS = ("PCMA", "PCMU")
SDP = "application/sdp"


@dataclass(slots=True)
class Stage:
    """Where calls happen: what each of them is given."""

    core: Core
    clock: MediaClock
    emit: Callable[[Event], None]
    mute: bool = False
    """No RTP from us on new calls: the fault "one-way"."""
    record_route: bool = False


class Sounding:
    """A leg's media: one port, what was offered and what was agreed."""

    def __init__(
        self,
        stage: Stage,
        host: str,
        sound: Sound,
        on_digit: Callable[[str], None],
        *,
        trouble: Trouble = "",
        keys: Keys = "events",
    ) -> None:
        self._sound = "none" if stage.mute else sound
        self._port = PORTS.get(trouble, MediaPort).open(host, stage.clock)
        self._host = PRIVATE_HOST if trouble == "private" else host
        self._keys = keys
        self._late_s = LATE_S if trouble == "late" else 0.0
        self._loop = asyncio.get_running_loop()
        self._on_digit = on_digit
        self._session = secrets.randbelow(2**31)
        self._version = 0
        self._offer = b""
        self._started = False
        self.parameters: MediaParameters | None = None
        self.sent = self.received = 0

    def offer(self) -> bytes:
        """Return our offer, to be settled by `settle`."""
        self._version += 1
        self._offer = make_offer(
            self._host, self._port.port, CODECS, session_id=self._session, version=self._version
        )
        return self._offer

    def settle(self, answer: bytes) -> None:
        """Take the answer to our offer. Raises NegotiationFailed."""
        self.parameters = read_answer(self._offer, answer)

    def answer(self, offer: bytes) -> bytes:
        """Return our answer to their offer. Raises NegotiationFailed."""
        self._version += 1
        answer, self.parameters = answer_offer(
            offer, self._host, self._port.port, CODECS, session_id=self._session, version=self._version
        )
        if self._keys != "events":
            self.parameters = replace(self.parameters, telephone_event=None)
            return without_events(answer)
        return answer

    def play(self) -> None:
        """Start sending, or follow changed parameters."""
        if self.parameters is None or self._sound == "none":
            return
        if self._started:
            self._port.update(self.parameters)
        else:
            self._started = True
            if self._keys == "tones":
                self._port.attach(DigitDetector(self._heard))
            self._loop.call_later(self._late_s, self._port.start, self.parameters, self._sound, self._heard)

    def send_tones(self, digits: str) -> None:
        """Send digits within the sound."""
        self._port.send_tones(digits)

    def close(self) -> None:
        """Stop and count."""
        measured = self._port.close()
        self.sent, self.received = measured.sent, measured.received

    def _heard(self, digit: str) -> None:
        """Carry a digit from the media thread to ours; a loop that is closing wants none."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._on_digit, digit)


class Leg:
    """A dialog with media of our own. Subclasses are the caller's side or the callee's."""

    def __init__(
        self,
        stage: Stage,
        call: str,
        flow: Flow,
        sound: Sound,
        *,
        trouble: Trouble = "",
        keys: Keys = "events",
    ) -> None:
        self.stage = stage
        self.core = stage.core
        self.call = call
        self.flow = flow
        self.local_tag = token()
        self.dialog: Dialog | None = None
        self.state: Literal["early", "answered", "ended"] = "early"
        self.media = Sounding(
            stage, stage.core.sockets.local[0], sound, self._digit, trouble=trouble, keys=keys
        )
        self._keys = keys
        self._allow = ALLOW.replace(", INFO", "") if keys == "tones" else ALLOW
        self._timers: list[asyncio.TimerHandle] = []
        self._waits_for_answer = False

    @property
    def contact(self) -> str:
        """Our Contact header value."""
        return self.core.contact(self.flow)

    def later(self, delay_s: float, act: Callable[[], None]) -> None:
        """Do something unless the call ended by then."""
        self._timers.append(asyncio.get_running_loop().call_later(delay_s, act))

    def hang_up(self) -> None:
        """End an answered call from our side."""
        self.send_bye()
        self.end("us", 200, "OK")

    def send_bye(self) -> None:
        """Send BYE; its response is nobody's concern."""
        if self.dialog is not None:
            self.dialog, request = self.dialog.request("BYE", contact=self.contact)
            self.core.send(request, self.flow, self)

    def end(self, by: Literal["us", "them", "fault"], status: int, reason: str) -> None:
        """Close the media and forget the call; the first reason given stands."""
        if self.state == "ended":
            return
        self.state = "ended"
        for timer in self._timers:
            timer.cancel()
        self.media.close()
        self.core.release(self)
        self.stage.emit(
            CallEnded(
                call=self.call,
                by=by,
                status=status,
                reason=reason,
                sent=self.media.sent,
                received=self.media.received,
            )
        )

    # what the dialog brings

    def on_request(self, event: RequestReceived) -> None:
        """Answer a request inside the dialog."""
        request = event.request
        if self.dialog is not None and request.method != "ACK" and self.dialog.accepts(request) == "stale":
            self.core.respond(event.transaction, response_to(request, 500))
            return
        if self.dialog is not None and request.method != "INVITE":
            self.dialog = self.dialog.refreshed(request)
        match request.method:
            case "BYE":
                self.core.respond(event.transaction, response_to(request, 200))
                self.left()
            case "INVITE" if self.state == "early":
                later = [("Retry-After", "3")]  # RFC 3261 section 14.2: the first one has no answer yet
                self.core.respond(event.transaction, response_to(request, 500, headers=later))
            case "INVITE":
                self._renegotiate(event)
            case "OPTIONS":
                self._allowing(event, 200)
            case "INFO" if self._keys != "tones":
                status, digit = read_digit(request)
                self._allowing(event, status)
                if digit:
                    self._digit(digit)
            case _:
                self._allowing(event, 405)

    def _allowing(self, event: RequestReceived, status: int) -> None:
        answer = response_to(event.request, status, headers=[("Allow", self._allow)])
        self.core.respond(event.transaction, answer)

    def left(self) -> None:
        """End the call because of their BYE."""
        self.end("them", 200, "OK")

    def on_response(self, event: ResponseReceived) -> None:
        """A response to our BYE says nothing new."""

    def on_failure(self, event: TransactionTimedOut | TransactionFailed) -> None:
        """Timer H, our 2xx was never acknowledged: end with BYE (RFC 3261 section 13.3.1.4)."""
        if isinstance(event, TransactionTimedOut) and event.timer == "H" and self.state != "ended":
            self.send_bye()
            self.end("fault", 0, "no ACK")

    def on_ack(self, event: AckReceived) -> None:
        """Take the answer to our own offer, when the INVITE had none (RFC 3261 section 13.2.2.4)."""
        if not self._waits_for_answer or self.state != "answered":
            return
        self._waits_for_answer = False
        try:
            self.media.settle(event.request.body)
        except NegotiationFailed:
            self.hang_up()
        else:
            self.media.play()

    def on_cancel(self, event: Cancelled) -> None:
        """Only an INVITE that came in can be cancelled."""

    def _renegotiate(self, event: RequestReceived) -> None:
        """Answer a re-INVITE: hold, resume, or moved media (RFC 3261 section 14.2)."""
        request = event.request
        before = self.media.parameters
        try:
            body = self.media.answer(request.body) if request.body else self.media.offer()
        except NegotiationFailed as failed:
            self.media.parameters = before
            self.core.respond(event.transaction, response_to(request, failed.status))
            return
        if self.dialog is not None:
            self.dialog = self.dialog.refreshed(request)
        self.core.adopt(event.transaction, self)
        self._waits_for_answer = not request.body
        self.core.respond(event.transaction, self.success(request, body))
        self.media.play()

    def success(self, request: Request, body: bytes, status: int = 200) -> Response:
        """Return a response with our SDP."""
        headers = [("Contact", self.contact), ("Allow", self._allow), ("Content-Type", SDP)]
        if self.stage.record_route:
            headers.append(("Record-Route", self.core.route(self.flow)))
        return response_to(request, status, to_tag=self.local_tag, headers=headers, body=body)

    def _digit(self, digit: str) -> None:
        if self.state == "ended":
            return
        self.stage.emit(DigitReceived(call=self.call, digit=digit))
        if self._keys == "tones":
            self.media.send_tones(digit)
        elif self._keys == "info" and self.dialog is not None:
            self.dialog, request = self.dialog.request(
                "INFO", contact=self.contact, body=write_digit(digit), content_type=RELAY
            )
            self.core.send(request, self.flow, self)
