"""INVITE client transaction (RFC 3261 section 17.1.1 and figure 5, RFC 6026 section 7.2)."""

from __future__ import annotations

from enum import Enum
from typing import Final

from tccc_desk.sip.timers import Timer
from tccc_desk.sip.transaction.actions import Action, Do, Double, Start, Stop
from tccc_desk.sip.transaction.table import Row, Table, table


class State(Enum):
    CALLING = "Calling"
    PROCEEDING = "Proceeding"
    ACCEPTED = "Accepted"
    COMPLETED = "Completed"
    TERMINATED = "Terminated"


class Input(Enum):
    PROVISIONAL = "1xx"
    SUCCESS = "2xx"
    REJECTION = "300-699"
    CANCEL = "CANCEL wished"
    TIMER_A = "timer A"
    TIMER_B = "timer B"
    TIMER_D = "timer D"
    TIMER_M = "timer M"
    FLOW_LOST = "flow lost"


OPENING: Final[Row[State, Action]] = Row(State.CALLING, (Do.SEND, Start(Timer.A), Start(Timer.B)))

_TAKEN: Final[Row[State, Action]] = Row(
    State.ACCEPTED, (Stop(Timer.A), Stop(Timer.B), Do.REPORT, Start(Timer.M))
)
_REJECTED: Final[Row[State, Action]] = Row(
    State.COMPLETED, (Stop(Timer.A), Stop(Timer.B), Do.ACK, Do.REPORT, Start(Timer.D))
)
_LOST: Final[Row[State, Action]] = Row(State.TERMINATED, (Do.FAIL,))
_ENDED: Final[Row[State, Action]] = Row(State.TERMINATED)

# Figure 5 of RFC 3261. Accepted and timer M are RFC 6026's, which keeps the transaction for the 2xx
# that other forks and repeats bring. The two CANCEL rows and timer B in Proceeding are section 9.1:
# CANCEL waits for a provisional response, and 64*T1 after it the INVITE counts as cancelled.
# Once the final response is handed up a lost flow ends the transaction in silence.
TABLE: Table[State, Input, Action] = table(
    State,
    Input,
    {
        (State.CALLING, Input.PROVISIONAL): Row(
            State.PROCEEDING, (Stop(Timer.A), Stop(Timer.B), Do.REPORT, Do.CANCEL_IF_WANTED)
        ),
        (State.CALLING, Input.SUCCESS): _TAKEN,
        (State.CALLING, Input.REJECTION): _REJECTED,
        (State.CALLING, Input.CANCEL): Row(State.CALLING, (Do.WANT_CANCEL,)),
        (State.CALLING, Input.TIMER_A): Row(State.CALLING, (Do.RESEND, Double(Timer.A))),
        (State.CALLING, Input.TIMER_B): Row(State.TERMINATED, (Do.TIMED_OUT,)),
        (State.CALLING, Input.FLOW_LOST): _LOST,
        (State.PROCEEDING, Input.PROVISIONAL): Row(State.PROCEEDING, (Do.REPORT,)),
        (State.PROCEEDING, Input.SUCCESS): _TAKEN,
        (State.PROCEEDING, Input.REJECTION): _REJECTED,
        (State.PROCEEDING, Input.CANCEL): Row(State.PROCEEDING, (Do.CANCEL,)),
        (State.PROCEEDING, Input.TIMER_B): Row(State.TERMINATED, (Do.TIMED_OUT,)),
        (State.PROCEEDING, Input.FLOW_LOST): _LOST,
        (State.ACCEPTED, Input.SUCCESS): Row(State.ACCEPTED, (Do.REPORT,)),
        (State.ACCEPTED, Input.TIMER_M): _ENDED,
        (State.ACCEPTED, Input.FLOW_LOST): _ENDED,
        (State.COMPLETED, Input.REJECTION): Row(State.COMPLETED, (Do.ACK,)),
        (State.COMPLETED, Input.TIMER_D): _ENDED,
        (State.COMPLETED, Input.FLOW_LOST): _ENDED,
    },
    absorb={
        State.CALLING: (Input.TIMER_D, Input.TIMER_M),
        State.PROCEEDING: (Input.TIMER_A, Input.TIMER_D, Input.TIMER_M),
        State.ACCEPTED: (
            Input.PROVISIONAL,
            Input.REJECTION,
            Input.CANCEL,
            Input.TIMER_A,
            Input.TIMER_B,
            Input.TIMER_D,
        ),
        State.COMPLETED: (
            Input.PROVISIONAL,
            Input.SUCCESS,
            Input.CANCEL,
            Input.TIMER_A,
            Input.TIMER_B,
            Input.TIMER_M,
        ),
        State.TERMINATED: tuple(Input),
    },
)


def response_input(status: int) -> Input:
    """Return the class of a response to an INVITE."""
    if status < 200:
        return Input.PROVISIONAL
    return Input.SUCCESS if status < 300 else Input.REJECTION
