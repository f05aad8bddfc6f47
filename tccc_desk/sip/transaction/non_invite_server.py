"""Non-INVITE server transaction (RFC 3261 section 17.2.2 and figure 8)."""

from __future__ import annotations

from enum import Enum
from typing import Final

from tccc_desk.sip.timers import Timer
from tccc_desk.sip.transaction.actions import Action, Do, Start
from tccc_desk.sip.transaction.table import Row, Table, table


class State(Enum):
    TRYING = "Trying"
    PROCEEDING = "Proceeding"
    COMPLETED = "Completed"
    TERMINATED = "Terminated"


class Input(Enum):
    REQUEST = "request repeated"
    PROVISIONAL = "1xx from TU"
    FINAL = "200-699 from TU"
    TIMER_J = "timer J"
    FLOW_LOST = "flow lost"


OPENING: Final[Row[State, Action]] = Row(State.TRYING, (Do.HAND_UP,))

_ANSWERED: Final[Row[State, Action]] = Row(State.COMPLETED, (Do.RESPOND, Start(Timer.J)))
_ENDED: Final[Row[State, Action]] = Row(State.TERMINATED)

# Figure 8 of RFC 3261. A further response from the TU in Completed is dropped, not refused:
# section 17.2.2 says so.
TABLE: Table[State, Input, Action] = table(
    State,
    Input,
    {
        (State.TRYING, Input.PROVISIONAL): Row(State.PROCEEDING, (Do.RESPOND,)),
        (State.TRYING, Input.FINAL): _ANSWERED,
        (State.TRYING, Input.FLOW_LOST): _ENDED,
        (State.PROCEEDING, Input.REQUEST): Row(State.PROCEEDING, (Do.REPEAT,)),
        (State.PROCEEDING, Input.PROVISIONAL): Row(State.PROCEEDING, (Do.RESPOND,)),
        (State.PROCEEDING, Input.FINAL): _ANSWERED,
        (State.PROCEEDING, Input.FLOW_LOST): _ENDED,
        (State.COMPLETED, Input.REQUEST): Row(State.COMPLETED, (Do.REPEAT,)),
        (State.COMPLETED, Input.TIMER_J): _ENDED,
        (State.COMPLETED, Input.FLOW_LOST): _ENDED,
    },
    absorb={
        State.TRYING: (Input.REQUEST, Input.TIMER_J),
        State.PROCEEDING: (Input.TIMER_J,),
        State.COMPLETED: (Input.PROVISIONAL, Input.FINAL),
        State.TERMINATED: (Input.REQUEST, Input.TIMER_J, Input.FLOW_LOST),
    },
    refuse={State.TERMINATED: (Input.PROVISIONAL, Input.FINAL)},
)


def answer_input(status: int) -> Input:
    """Return the class of the transaction user's response."""
    return Input.PROVISIONAL if status < 200 else Input.FINAL
