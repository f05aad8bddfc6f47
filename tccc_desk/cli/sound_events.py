"""What was noticed about the sound of calls, folded into what a command reports."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TypeVar

import msgspec

from tccc_desk.cli.results import CallResult, NoticeSeen, RecordingSeen, sentence_of
from tccc_desk.engine.events import DigitReceived, DigitsSent, Event, RecordingEnded, SoundNoticed
from tccc_desk.texts.catalogue import Language

MAX_NOTICES = 32
R = TypeVar("R", bound=CallResult)


@dataclass(slots=True)
class _Seen:
    recordings: list[RecordingSeen] = field(default_factory=list)
    notices: list[NoticeSeen] = field(default_factory=list)
    sent_by: dict[str, None] = field(default_factory=dict)
    received_by: dict[str, None] = field(default_factory=dict)


class SoundEvents:
    """`take` every event, those after the calls' end too; then `complete` each result."""

    def __init__(self, language: Language) -> None:
        self._language: Language = language
        self._calls: dict[str, _Seen] = {}

    def take(self, event: Event) -> None:
        """Fold `event` in."""
        match event:
            case RecordingEnded():
                self._of(event.call).recordings.append(self._recording(event))
            case SoundNoticed():
                notices = self._of(event.call).notices
                if len(notices) < MAX_NOTICES:
                    said = sentence_of(event.finding, event.details, self._language)
                    notices.append(NoticeSeen(finding=event.finding, sentence=said))
            case DigitsSent():
                self._of(event.call).sent_by[event.method] = None
            case DigitReceived():
                self._of(event.call).received_by[event.method] = None
            case _:
                pass

    def take_all(self, events: Iterable[Event]) -> None:
        """Fold several in."""
        for event in events:
            self.take(event)

    def complete(self, result: R, call: str) -> R:
        """The result of a call with what was noticed about its sound."""
        seen = self._of(call)
        media = result.media
        if media is not None:
            media = msgspec.structs.replace(
                media, dtmf_sent_by=tuple(seen.sent_by), dtmf_received_by=tuple(seen.received_by)
            )
        return msgspec.structs.replace(
            result, media=media, recordings=tuple(seen.recordings), notices=tuple(seen.notices)
        )

    def _of(self, call: str) -> _Seen:
        return self._calls.setdefault(call, _Seen())

    def _recording(self, event: RecordingEnded) -> RecordingSeen:
        details = {"file": event.file, "seconds": f"{event.seconds:.1f}", "detail": event.detail}
        return RecordingSeen(
            file=event.file,
            seconds=round(event.seconds, 3),
            finding=event.fault or None,
            sentence=sentence_of(event.fault, details, self._language),
        )
