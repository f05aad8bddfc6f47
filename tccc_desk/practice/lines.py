"""What answers at which line number: a number's last two digits choose its behaviour."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from .troubles import Trouble

STEM = "0755123456"
"""What stands before the two digits in the numbers we show; any other stem does as well."""
DEFAULT_LINE = f"{STEM}00"

Action = Literal["answer", "reject", "ring", "phone"]
Sound = Literal["echo", "tone", "silence", "none"]
Keys = Literal["events", "info", "tones"]


@dataclass(frozen=True, slots=True)
class Line:
    """One behaviour. `name` is the rest of its text id, `practice.line.<name>`."""

    digits: str
    name: str
    action: Action
    status: int = 200
    """The final response of a rejecting line."""
    sound: Sound = "echo"
    """What an answering line sends; "none" sends no RTP at all."""
    delay_s: float = 0.3
    """From the INVITE to its final response; 180 or 183 comes at once."""
    early_media: bool = False
    """183 with SDP and sound before the answer (RFC 3960), in place of 180."""
    hang_up_after_s: float | None = None
    """How long after the answer the line itself sends BYE."""
    trouble: Trouble = ""
    """What its media does wrong."""
    keys: Keys = "events"
    """How it takes digits: "info" agrees to no telephone-event, "tones" to no INFO either.

    These two send each digit back the way it came.
    """
    contact: str = ""
    """User part of the Contact of a 3xx."""

    @property
    def number(self) -> str:
        """The number we show for it."""
        return STEM + self.digits


LINES: tuple[Line, ...] = (
    Line("00", "echo", "answer"),
    Line("01", "tone", "answer", sound="tone"),
    Line("02", "hangs-up", "answer", sound="tone", hang_up_after_s=3.0),
    Line("03", "busy", "reject", 486),
    Line("04", "rings", "ring"),
    Line("05", "unavailable", "reject", 480),
    Line("06", "overloaded", "reject", 503),
    Line("07", "declined", "reject", 603),
    Line("08", "forbidden", "reject", 403),
    Line("09", "not-found", "reject", 404),
    Line("10", "no-codec", "reject", 488),
    Line("11", "early-media", "answer", sound="tone", delay_s=2.0, early_media=True),
    Line("12", "silent", "answer", sound="none"),
    Line("13", "moved", "reject", 302, contact=f"{STEM}00"),
    Line("14", "server-error", "reject", 500),
    Line("15", "late-timeout", "reject", 408, delay_s=3.0),
    Line("16", "mute", "answer", sound="silence"),
    Line("17", "private-address", "answer", sound="none", trouble="private"),
    Line("18", "wrong-port", "answer", sound="tone", trouble="wrong-port"),
    Line("19", "deaf", "answer", sound="tone", trouble="deaf"),
    Line("20", "no-rtcp", "answer", sound="tone", trouble="no-rtcp"),
    Line("21", "late-sound", "answer", sound="tone", trouble="late"),
    Line("22", "lossy", "answer", sound="tone", trouble="lossy"),
    Line("23", "digits-by-info", "answer", sound="silence", keys="info"),
    Line("24", "digits-as-tones", "answer", sound="silence", keys="tones"),
    Line("77", "pyvoip-phone", "phone"),
)

_NUMBER = re.compile(r"\+?[0-9]{3,20}")
_BY_DIGITS = {line.digits: line for line in LINES}


def find_line(number: str) -> Line | None:
    """The line behind a number as written in To; None for a number nobody has."""
    return _BY_DIGITS.get(number[-2:]) if _NUMBER.fullmatch(number) else None


def line_names(lines: Iterable[Line] = LINES) -> tuple[str, ...]:
    """Rests of the text ids, in the order of the digits."""
    return tuple(line.name for line in lines)
