"""Non-INVITE client transaction (RFC 3261 section 17.1.2 and figure 6)."""

from __future__ import annotations

from enum import Enum
from typing import Final

from tccc_desk.sip.timers import T2, Timer
from tccc_desk.sip.transaction.actions import Action, Do, Double, Start, Stop
from tccc_desk.sip.transaction.table import Row, Table, table


class State(Enum):
    TRYING = "Trying"
    PROCEEDING = "Proceeding"
    COMPLETED = "Completed"
    TERMINATED = "Terminated"


class Input(Enum):
    PROVISIONAL = "1xx"
    FINAL = "200-699"
    TIMER_E = "timer E"
    TIMER_F = "timer F"
    TIMER_K = "timer K"
    FLOW_LOST = "flow lost"


OPENING: Final[Row[State, Action]] = Row(State.TRYING, (Do.SEND, Start(Timer.E), Start(Timer.F)))

_ANSWERED: Final[Row[State, Action]] = Row(
    State.COMPLETED, (Stop(Timer.E), Stop(Timer.F), Do.REPORT, Start(Timer.K))
)
_TIMED_OUT: Final[Row[State, Action]] = Row(State.TERMINATED, (Do.TIMED_OUT,))
_LOST: Final[Row[State, Action]] = Row(State.TERMINATED, (Do.FAIL,))
_ENDED: Final[Row[State, Action]] = Row(State.TERMINATED)

# Figure 6 of RFC 3261. A provisional response does not stop timer E, it slows it to T2.
TABLE: Table[State, Input, Action] = table(
    State,
    Input,
    {
        (State.TRYING, Input.PROVISIONAL): Row(State.PROCEEDING, (Do.REPORT,)),
        (State.TRYING, Input.FINAL): _ANSWERED,
        (State.TRYING, Input.TIMER_E): Row(State.TRYING, (Do.RESEND, Double(Timer.E))),
        (State.TRYING, Input.TIMER_F): _TIMED_OUT,
        (State.TRYING, Input.FLOW_LOST): _LOST,
        (State.PROCEEDING, Input.PROVISIONAL): Row(State.PROCEEDING, (Do.REPORT,)),
        (State.PROCEEDING, Input.FINAL): _ANSWERED,
        (State.PROCEEDING, Input.TIMER_E): Row(State.PROCEEDING, (Do.RESEND, Start(Timer.E, T2))),
        (State.PROCEEDING, Input.TIMER_F): _TIMED_OUT,
        (State.PROCEEDING, Input.FLOW_LOST): _LOST,
        (State.COMPLETED, Input.TIMER_K): _ENDED,
        (State.COMPLETED, Input.FLOW_LOST): _ENDED,
    },
    absorb={
        State.TRYING: (Input.TIMER_K,),
        State.PROCEEDING: (Input.TIMER_K,),
        State.COMPLETED: (Input.PROVISIONAL, Input.FINAL, Input.TIMER_E, Input.TIMER_F),
        State.TERMINATED: tuple(Input),
    },
)


def response_input(status: int) -> Input:
    """Return the class of a response to a request other than INVITE."""
    return Input.PROVISIONAL if status < 200 else Input.FINAL
