"""What an arrow of a transaction does, as values: the tables list them, `Transaction` does them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from tccc_desk.sip.timers import Timer


class Do(Enum):
    """Everything but timers. The value is what the documentation shows."""

    SEND = "send the request"
    RESEND = "repeat the request"
    ACK = "send ACK"
    CANCEL = "send CANCEL once, start timer B"
    WANT_CANCEL = "remember the CANCEL"
    CANCEL_IF_WANTED = "send CANCEL and start timer B if it is wanted"
    HAND_UP = "hand up the request"
    REPORT = "hand up the response"
    RESPOND = "send the response"
    REPEAT = "repeat the last response"
    TRYING = "send 100"
    CANCELLED = "report the CANCEL once"
    TIMED_OUT = "report the time-out"
    FAIL = "report the lost flow"


@dataclass(frozen=True, slots=True)
class Start:
    """Start a timer, by its first interval or a given one."""

    timer: Timer
    interval: float | None = None

    def __str__(self) -> str:
        given = "" if self.interval is None else f" at {self.interval:g} s"
        return f"start timer {self.timer.value}{given}"


@dataclass(frozen=True, slots=True)
class Double:
    """Start a repeating timer again, at twice its last interval (except for A at most T2)."""

    timer: Timer

    def __str__(self) -> str:
        return f"start timer {self.timer.value} at twice the interval"


@dataclass(frozen=True, slots=True)
class Stop:
    """Stop a timer."""

    timer: Timer

    def __str__(self) -> str:
        return f"stop timer {self.timer.value}"


Action = Do | Start | Double | Stop
