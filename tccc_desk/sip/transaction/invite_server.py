"""INVITE server transaction (RFC 3261 section 17.2.1 and figure 7, RFC 6026 section 7.1)."""

from __future__ import annotations

from enum import Enum
from typing import Final

from tccc_desk.sip.timers import Timer
from tccc_desk.sip.transaction.actions import Action, Do, Double, Start, Stop
from tccc_desk.sip.transaction.table import Row, Table, table


class State(Enum):
    PROCEEDING = "Proceeding"
    ACCEPTED = "Accepted"
    COMPLETED = "Completed"
    CONFIRMED = "Confirmed"
    TERMINATED = "Terminated"


class Input(Enum):
    INVITE = "INVITE repeated"
    ACK = "ACK"
    CANCEL = "CANCEL"
    PROVISIONAL = "1xx from TU"
    SUCCESS = "2xx from TU"
    REJECTION = "300-699 from TU"
    TIMER_TRYING = "200 ms passed"
    TIMER_SUCCESS = "2xx interval passed"
    TIMER_G = "timer G"
    TIMER_H = "timer H"
    TIMER_I = "timer I"
    TIMER_L = "timer L"
    FLOW_LOST = "flow lost"


OPENING: Final[Row[State, Action]] = Row(State.PROCEEDING, (Do.HAND_UP, Start(Timer.TRYING)))

_ENDED: Final[Row[State, Action]] = Row(State.TERMINATED)
_FROM_TU = (Input.PROVISIONAL, Input.SUCCESS, Input.REJECTION)

# Figure 7 of RFC 3261; Accepted and timer L are RFC 6026's. Repeating the 2xx is the UAS core's
# work (section 13.3.1.4) and would need a machine of its own beside this one; its interval, and
# timer H for an ACK that never comes, run in Accepted instead (the ACK itself is handed up by the
# endpoint, since it belongs to the dialog and not to this transaction). RFC 6026 keeps a server transaction
# through a transport error; FLOW_LOST is more than that: the only way back to the peer is gone.
TABLE: Table[State, Input, Action] = table(
    State,
    Input,
    {
        (State.PROCEEDING, Input.INVITE): Row(State.PROCEEDING, (Do.REPEAT,)),
        (State.PROCEEDING, Input.CANCEL): Row(State.PROCEEDING, (Do.CANCELLED,)),
        (State.PROCEEDING, Input.PROVISIONAL): Row(State.PROCEEDING, (Stop(Timer.TRYING), Do.RESPOND)),
        (State.PROCEEDING, Input.SUCCESS): Row(
            State.ACCEPTED,
            (Stop(Timer.TRYING), Do.RESPOND, Start(Timer.SUCCESS), Start(Timer.H), Start(Timer.L)),
        ),
        (State.PROCEEDING, Input.REJECTION): Row(
            State.COMPLETED, (Stop(Timer.TRYING), Do.RESPOND, Start(Timer.G), Start(Timer.H))
        ),
        (State.PROCEEDING, Input.TIMER_TRYING): Row(State.PROCEEDING, (Do.TRYING,)),
        (State.PROCEEDING, Input.FLOW_LOST): _ENDED,
        (State.ACCEPTED, Input.ACK): Row(State.ACCEPTED, (Stop(Timer.SUCCESS), Stop(Timer.H))),
        (State.ACCEPTED, Input.SUCCESS): Row(State.ACCEPTED, (Do.RESPOND,)),
        (State.ACCEPTED, Input.TIMER_SUCCESS): Row(State.ACCEPTED, (Do.REPEAT, Double(Timer.SUCCESS))),
        (State.ACCEPTED, Input.TIMER_H): Row(State.ACCEPTED, (Stop(Timer.SUCCESS), Do.TIMED_OUT)),
        (State.ACCEPTED, Input.TIMER_L): _ENDED,
        (State.ACCEPTED, Input.FLOW_LOST): _ENDED,
        (State.COMPLETED, Input.INVITE): Row(State.COMPLETED, (Do.REPEAT,)),
        (State.COMPLETED, Input.ACK): Row(State.CONFIRMED, (Stop(Timer.G), Stop(Timer.H), Start(Timer.I))),
        (State.COMPLETED, Input.TIMER_G): Row(State.COMPLETED, (Do.REPEAT, Double(Timer.G))),
        (State.COMPLETED, Input.TIMER_H): Row(State.TERMINATED, (Do.TIMED_OUT,)),
        (State.COMPLETED, Input.FLOW_LOST): _ENDED,
        (State.CONFIRMED, Input.TIMER_I): _ENDED,
        (State.CONFIRMED, Input.FLOW_LOST): _ENDED,
    },
    absorb={
        State.PROCEEDING: (
            Input.ACK,
            Input.TIMER_SUCCESS,
            Input.TIMER_G,
            Input.TIMER_H,
            Input.TIMER_I,
            Input.TIMER_L,
        ),
        State.ACCEPTED: (
            Input.INVITE,
            Input.CANCEL,
            Input.TIMER_TRYING,
            Input.TIMER_G,
            Input.TIMER_I,
        ),
        State.COMPLETED: (
            Input.CANCEL,
            Input.TIMER_TRYING,
            Input.TIMER_SUCCESS,
            Input.TIMER_I,
            Input.TIMER_L,
        ),
        State.CONFIRMED: (
            Input.INVITE,
            Input.ACK,
            Input.CANCEL,
            Input.TIMER_TRYING,
            Input.TIMER_SUCCESS,
            Input.TIMER_G,
            Input.TIMER_H,
            Input.TIMER_L,
        ),
        State.TERMINATED: tuple(input for input in Input if input not in _FROM_TU),
    },
    refuse={
        State.ACCEPTED: (Input.PROVISIONAL, Input.REJECTION),
        State.COMPLETED: _FROM_TU,
        State.CONFIRMED: _FROM_TU,
        State.TERMINATED: _FROM_TU,
    },
)


def answer_input(status: int) -> Input:
    """Return the class of the transaction user's response to an INVITE."""
    if status < 200:
        return Input.PROVISIONAL
    return Input.SUCCESS if status < 300 else Input.REJECTION
