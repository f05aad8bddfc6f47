"""What an import tells besides the messages."""

from __future__ import annotations

import msgspec

from tccc_desk.trace.capture.media import MediaStream


class Findings(msgspec.Struct, frozen=True, kw_only=True):
    """What was in a capture or a pasted text."""

    packets: int = 0
    messages: int = 0
    unreadable: int = 0
    """Of `messages`: those that no view can take apart."""
    media: tuple[MediaStream, ...] = ()
    notes: dict[str, int] = {}
    """Text ids "trace.capture.note.<...>" of what was odd, each with how often."""
    links: tuple[int, ...] = ()
    """Link types nobody here reads."""
