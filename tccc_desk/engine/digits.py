"""A call's digits: how each is sent, and those received by several methods told once each."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from typing import Literal

from tccc_desk.engine.errand import Errands
from tccc_desk.engine.events import DigitReceived, DigitsSent, MediaReport, SoundNoticed
from tccc_desk.engine.hands import Hands
from tccc_desk.engine.info_digits import MAX_WAITING, PAUSE, InfoDigits, Talk
from tccc_desk.sdp.negotiate import MediaParameters
from tccc_desk.trunk.profile import DtmfMethod

SAME_KEY_S = 1.0
"""So long after a digit by one method the same digit by another one is the same press of a key."""

Sent = Literal["rfc4733", "info", "info-dtmf", "inband"]


def chosen(wanted: DtmfMethod, *, events_agreed: bool, takes_info: bool) -> Sent:
    """What a method means in one call: "auto" follows the answer."""
    if wanted != "auto":
        return wanted
    if events_agreed:
        return "rfc4733"
    return "info" if takes_info else "inband"


class CallDigits:
    """One call's, both ways."""

    def __init__(self, talk: Talk, hands: Hands, errands: Errands) -> None:
        self._talk = talk
        self._hands = hands
        self._info = InfoDigits(talk, hands, errands)
        self._received = ReceivedDigits()
        self._ordered = 0
        """Digits the media port was given, those that went out included."""
        self._last = ""
        """The last of them, more than can wait there."""

    def send(
        self,
        digits: str,
        method: DtmfMethod | Literal[""],
        now: float,
        *,
        media: MediaParameters,
        takes_info: bool,
    ) -> str:
        """Send or queue digits; gives why not as the end of a `finding.command` id, "" if it goes.

        `method` "" is the trunk's. `takes_info` is whether their Allow names INFO.
        """
        events_agreed = media.telephone_event is not None
        way = chosen(method or self._hands.trunk.dtmf, events_agreed=events_agreed, takes_info=takes_info)
        if way == "info" or way == "info-dtmf":  # noqa: PLR1714 - narrows the type
            return "" if self._info.send(digits, way, now) else "too-many-digits"
        if way == "rfc4733" and not events_agreed:
            return "no-telephone-event"
        doors = self._hands.doors
        if not doors.send_digits(self._talk.handle, digits, inband=way == "inband"):
            return "too-many-digits"
        ordered = digits.upper().replace(PAUSE, "")
        self._ordered += len(ordered)
        self._last = (self._last + ordered)[-2 * MAX_WAITING :]
        trunk = self._hands.trunk.name
        doors.emit(
            DigitsSent(at=doors.wall(), trunk=trunk, call=self._talk.handle, digits=digits, method=way)
        )
        return ""

    def listens(self, media: MediaParameters) -> bool:
        """Whether tones are to be looked for in what arrives: where no other way was agreed.

        Not beside telephone-events: it costs as much as everything else a call does.
        """
        wanted = self._hands.trunk.dtmf
        return wanted == "inband" or (wanted == "auto" and media.telephone_event is None)

    def heard(self, digit: str, method: str, now: float) -> None:
        """Tell a digit that came, once."""
        if self._received.take(digit, method, now):
            doors = self._hands.doors
            trunk = self._hands.trunk.name
            doors.emit(
                DigitReceived(
                    at=doors.wall(), trunk=trunk, call=self._talk.handle, digit=digit, method=method
                )
            )

    def amend(self, media: MediaReport) -> MediaReport:
        """The same measurement with the digits no media port saw: those of INFO."""
        sent = (media.dtmf_sent + self._info.accepted)[-MAX_WAITING:]
        return replace(media, dtmf_sent=sent, dtmf_received=self._received.digits)

    def deadline(self) -> float | None:
        """When `advance` is wanted next."""
        return self._info.deadline()

    def advance(self, now: float) -> None:
        """Send what is due."""
        self._info.advance(now)

    def closed(self) -> None:
        """The call ends; nothing more is sent."""
        self._info.closed()

    def say_unsent(self, media: MediaReport | None) -> None:
        """Name the digits that still waited at the end; `media` is what the port measured."""
        sent = len(media.dtmf_sent) if media is not None else 0
        waiting = max(0, self._ordered - sent) if self._ordered <= MAX_WAITING else 0
        unsent = (self._last[-waiting:] if waiting else "") + self._info.unsent
        if not unsent:
            return
        doors = self._hands.doors
        doors.emit(
            SoundNoticed(
                at=doors.wall(),
                trunk=self._hands.trunk.name,
                call=self._talk.handle,
                finding="finding.sound.digits-cut",
                details={"digits": unsent},
            )
        )


@dataclass(slots=True)
class _Press:
    at: float
    digit: str
    methods: set[str]


class ReceivedDigits:
    """Tells which received digits are new: a key that comes as an event and as a tone is one key."""

    def __init__(self) -> None:
        self._presses: deque[_Press] = deque(maxlen=32)
        self.digits = ""
        """All of them, each once."""

    def take(self, digit: str, method: str, now: float) -> bool:
        """Whether `digit` is to be told; False where another method brought it before."""
        for press in self._presses:
            recent = now - press.at <= SAME_KEY_S
            if recent and press.digit == digit and method not in press.methods:
                press.methods.add(method)
                return False
        self._presses.append(_Press(now, digit, {method}))
        self.digits = (self.digits + digit)[-MAX_WAITING:]
        return True
