"""Digits sent by SIP INFO, one at a time (RFC 6086 legacy usage: no Info-Package)."""

from __future__ import annotations

from collections import deque
from typing import Literal, Protocol

from tccc_desk.engine.errand import DialogBox, Errands
from tccc_desk.engine.events import DigitsSent, SoundNoticed
from tccc_desk.engine.hands import Hands
from tccc_desk.sip.message import Response
from tccc_desk.sip.wire import printable

PAUSE = ","
PAUSE_S = 2.0
SPACING_S = 0.25
"""From one INFO to the next at least: the far end plays 160 ms of tone for each, and a gap."""
DURATION_MS = 160
MAX_WAITING = 1024

InfoMethod = Literal["info", "info-dtmf"]


class Talk(Protocol):
    """What the digits need of their call."""

    handle: str
    call_id: str

    @property
    def box(self) -> DialogBox: ...


class InfoDigits:
    """Digits waiting for an INFO each (RFC 6086): the next goes when the one before was answered.

    A refusal ends the queue, since what follows it would be another number than the one meant.
    """

    def __init__(self, talk: Talk, hands: Hands, errands: Errands) -> None:
        self._talk = talk
        self._hands = hands
        self._errands = errands
        self._waiting: deque[tuple[str, InfoMethod]] = deque()
        self._asking = False
        self._not_before = 0.0
        self.unsent = ""
        """Digits that still waited when the call ended."""
        self.accepted = ""
        """Digits the far end agreed to."""

    def send(self, digits: str, method: InfoMethod, now: float) -> bool:
        """Queue digits; False where too many wait."""
        if len(self._waiting) + len(digits) > MAX_WAITING:
            return False
        self._waiting.extend((digit.upper(), method) for digit in digits)
        self._go_on(now)
        return True

    def deadline(self) -> float | None:
        """When `advance` is wanted next."""
        return self._not_before if self._waiting and not self._asking else None

    def advance(self, now: float) -> None:
        """Send what is due."""
        self._go_on(now)

    def closed(self) -> None:
        """The call ends; nothing more is sent."""
        self.unsent += "".join(digit for digit, _ in self._waiting if digit != PAUSE)
        self._waiting.clear()

    def _go_on(self, now: float) -> None:
        while self._waiting and not self._asking and now >= self._not_before:
            digit, method = self._waiting.popleft()
            if digit == PAUSE:
                self._not_before = now + PAUSE_S
            else:
                self._ask(digit, method, now)

    def _ask(self, digit: str, method: InfoMethod, now: float) -> None:
        if method == "info":
            body, content_type = f"Signal={digit}\r\nDuration={DURATION_MS}\r\n", "application/dtmf-relay"
        else:
            body, content_type = digit, "application/dtmf"
        self._asking = True
        self._not_before = now + SPACING_S

        def answered(response: Response | None, at: float) -> None:
            self._asking = False
            if response is not None and 200 <= response.status < 300:
                self._took(digit, method)
                self._go_on(at)
            else:
                self._refused(digit, content_type, response)

        self._errands.run(
            "INFO", self._talk.box, answered, now, body=body.encode("ascii"), content_type=content_type
        )

    def _took(self, digit: str, method: InfoMethod) -> None:
        self.accepted = (self.accepted + digit)[-MAX_WAITING:]
        doors = self._hands.doors
        trunk = self._hands.trunk.name
        doors.emit(
            DigitsSent(at=doors.wall(), trunk=trunk, call=self._talk.handle, digits=digit, method=method)
        )

    def _refused(self, digit: str, content_type: str, response: Response | None) -> None:
        left = "".join(waiting for waiting, _ in self._waiting if waiting != PAUSE)
        self._waiting.clear()
        doors = self._hands.doors
        details = {"digit": digit, "type": content_type, "left": str(len(left))}
        if response is not None:
            details |= {"status": str(response.status), "reason": printable(response.reason)}
        doors.emit(
            SoundNoticed(
                at=doors.wall(),
                trunk=self._hands.trunk.name,
                call=self._talk.handle,
                finding="finding.sound.info-refused" if response else "finding.sound.info-unanswered",
                details=details,
            )
        )
