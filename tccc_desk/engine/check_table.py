"""The life of a trunk check: which stages run at a time, and what comes after them."""

from __future__ import annotations

from enum import Enum, auto

from tccc_desk.trunk.table import Row, total


class State(Enum):
    """Where a check stands. Stages that need no waiting are passed on the arrows."""

    READY = auto()
    PROBING = auto()
    """Every transport is tried without a password."""
    PROVING = auto()
    """The one attempt with the password, which touches no binding."""
    REGISTERING = auto()
    CALLING = auto()
    """The document's step 2."""
    AWAITING = auto()
    """The document's step 3: a call from the provider."""
    SETTLING = auto()
    """The trunk's own way is judged; other transports may still answer."""
    OVER = auto()


class Input(Enum):
    """What can happen to a check."""

    GO = auto()
    UNFIT = auto()
    """What was asked for makes no sense."""
    CHALLENGED = auto()
    """The server asks for a password in a way we can answer."""
    NEXT_REGISTER = auto()
    """Done, and registering makes sense now."""
    NEXT_CALL = auto()
    NEXT_AWAIT = auto()
    NEXT_END = auto()
    """Done, or failed so that going on makes no sense."""
    SETTLED = auto()
    STOP = auto()


class Action(Enum):
    """What happens on an arrow."""

    PROBE = auto()
    VERIFY = auto()
    REGISTER = auto()
    CALL = auto()
    AWAIT = auto()
    SKIP_REST = auto()
    """Say of every stage not reached that it is left out, and why."""
    SETTLE = auto()
    """Give the other transports the time they have left."""
    HANG_UP = auto()
    CONCLUDE = auto()
    """Close the probes, restore the registration as it was found, give the verdict."""


_S, _I, _A = State, Input, Action
_END = (_A.SKIP_REST, _A.SETTLE)
_STOP = (_A.HANG_UP, _A.SKIP_REST, _A.CONCLUDE)
_RUNNING = (_S.PROBING, _S.PROVING, _S.REGISTERING, _S.CALLING, _S.AWAITING, _S.SETTLING)

TABLE = total(
    State,
    Input,
    {
        (_S.READY, _I.GO): Row(_S.PROBING, (_A.PROBE,)),
        (_S.READY, _I.UNFIT): Row(_S.OVER, (_A.SKIP_REST, _A.CONCLUDE)),
        (_S.PROBING, _I.CHALLENGED): Row(_S.PROVING, (_A.VERIFY,)),
        (_S.PROBING, _I.NEXT_REGISTER): Row(_S.REGISTERING, (_A.REGISTER,)),
        (_S.PROBING, _I.NEXT_CALL): Row(_S.CALLING, (_A.CALL,)),
        (_S.PROBING, _I.NEXT_END): Row(_S.SETTLING, _END),
        (_S.PROVING, _I.NEXT_REGISTER): Row(_S.REGISTERING, (_A.REGISTER,)),
        (_S.PROVING, _I.NEXT_CALL): Row(_S.CALLING, (_A.CALL,)),
        (_S.PROVING, _I.NEXT_END): Row(_S.SETTLING, _END),
        (_S.REGISTERING, _I.NEXT_CALL): Row(_S.CALLING, (_A.CALL,)),
        (_S.REGISTERING, _I.NEXT_AWAIT): Row(_S.AWAITING, (_A.AWAIT,)),
        (_S.REGISTERING, _I.NEXT_END): Row(_S.SETTLING, _END),
        (_S.CALLING, _I.NEXT_AWAIT): Row(_S.AWAITING, (_A.AWAIT,)),
        (_S.CALLING, _I.NEXT_END): Row(_S.SETTLING, _END),
        (_S.AWAITING, _I.NEXT_END): Row(_S.SETTLING, _END),
        (_S.SETTLING, _I.SETTLED): Row(_S.OVER, (_A.CONCLUDE,)),
        **{(state, _I.STOP): Row(_S.OVER, _STOP) for state in _RUNNING},
    },
)
