"""The life of a test call, as its user sees it (transactions and dialogs have tables of their own)."""

from __future__ import annotations

from enum import Enum, auto

from tccc_desk.trunk.table import Row, total


class State(Enum):
    """Where a call stands."""

    PREPARING = auto()
    """Ours: waiting for a flow to the server."""
    CALLING = auto()
    """Ours: INVITE out, or ringing at the far end."""
    CANCELLING = auto()
    """Ours: CANCEL out; a 2xx may still cross it (RFC 3261 section 9.1)."""
    OFFERED = auto()
    """Theirs: on the card, unanswered."""
    ACCEPTED = auto()
    """Theirs: our 2xx is out, its ACK not in."""
    LEAVING = auto()
    """Theirs: hung up before the ACK; section 15 forbids our BYE until it is in."""
    ACTIVE = auto()
    ENDING = auto()
    """Our BYE is out."""
    ENDED = auto()


class Input(Enum):
    """What can happen to a call."""

    READY = auto()
    NOT_READY = auto()
    """No flow, or no port for the sound."""
    CHALLENGE = auto()
    """A refusal that one more INVITE may cure: the first challenge, the first stale one, a first 422."""
    SUCCESS = auto()
    UNUSABLE = auto()
    """2xx whose session description cannot be used."""
    REJECTED = auto()
    """A final answer from 300 on, a challenge we do not answer, no answer, flow lost."""
    HANG_UP = auto()
    """By the user, the duration, or shutdown."""
    RING_TIMEOUT = auto()
    ANSWER = auto()
    REJECT = auto()
    CANCELLED = auto()
    ACK = auto()
    NO_ACK = auto()
    BYE = auto()
    FALLEN = auto()
    """The session inside cannot go on: nobody refreshed it, or the far end knows nothing of it."""
    BYE_DONE = auto()
    """Any final answer to our BYE, or none at all."""


class Action(Enum):
    """What happens on an arrow."""

    SEND_INVITE = auto()
    SEND_CANCEL = auto()
    CONFIRM = auto()
    """ACK, start the sound, say it is answered."""
    CONFIRM_SILENTLY = auto()
    """ACK only: the call ends at once."""
    SEND_BYE = auto()
    SEND_OK = auto()
    SEND_REFUSAL = auto()
    SEND_TERMINATED = auto()
    """487 to the INVITE: the caller gave up, by CANCEL (RFC 3261 section 9.2) or BYE (15.1.2)."""
    SEND_UNHEARD = auto()
    """504 to the INVITE: no PRACK came for what it wanted acknowledged (RFC 3262 section 3)."""
    START = auto()
    """Say it is answered."""
    NOTE_US = auto()
    """We ended it."""
    NOTE_THEM = auto()
    NOTE_CANCEL = auto()
    NOTE_NO_ANSWER = auto()
    NOTE_UNUSABLE = auto()
    NOTE_NO_ACK = auto()
    NOTE_FALLEN = auto()
    FINISH = auto()
    """Close the sound, say how it ended."""


_S, _I, _A = State, Input, Action

TABLE = total(
    State,
    Input,
    {
        (_S.PREPARING, _I.READY): Row(_S.CALLING, (_A.SEND_INVITE,)),
        (_S.PREPARING, _I.NOT_READY): Row(_S.ENDED, (_A.FINISH,)),
        (_S.PREPARING, _I.HANG_UP): Row(_S.ENDED, (_A.NOTE_CANCEL, _A.FINISH)),
        (_S.PREPARING, _I.RING_TIMEOUT): Row(_S.ENDED, (_A.NOTE_NO_ANSWER, _A.FINISH)),
        (_S.CALLING, _I.CHALLENGE): Row(_S.CALLING, (_A.SEND_INVITE,)),
        (_S.CALLING, _I.SUCCESS): Row(_S.ACTIVE, (_A.CONFIRM,)),
        (_S.CALLING, _I.UNUSABLE): Row(_S.ENDING, (_A.NOTE_UNUSABLE, _A.CONFIRM_SILENTLY, _A.SEND_BYE)),
        (_S.CALLING, _I.REJECTED): Row(_S.ENDED, (_A.FINISH,)),
        (_S.CALLING, _I.HANG_UP): Row(_S.CANCELLING, (_A.NOTE_CANCEL, _A.SEND_CANCEL)),
        (_S.CALLING, _I.RING_TIMEOUT): Row(_S.CANCELLING, (_A.NOTE_NO_ANSWER, _A.SEND_CANCEL)),
        (_S.CANCELLING, _I.CHALLENGE): Row(_S.ENDED, (_A.FINISH,)),
        (_S.CANCELLING, _I.SUCCESS): Row(_S.ENDING, (_A.CONFIRM_SILENTLY, _A.SEND_BYE)),
        (_S.CANCELLING, _I.UNUSABLE): Row(_S.ENDING, (_A.CONFIRM_SILENTLY, _A.SEND_BYE)),
        (_S.CANCELLING, _I.REJECTED): Row(_S.ENDED, (_A.FINISH,)),
        (_S.OFFERED, _I.ANSWER): Row(_S.ACCEPTED, (_A.SEND_OK,)),
        (_S.OFFERED, _I.REJECT): Row(_S.ENDED, (_A.SEND_REFUSAL, _A.NOTE_US, _A.FINISH)),
        (_S.OFFERED, _I.HANG_UP): Row(_S.ENDED, (_A.SEND_REFUSAL, _A.NOTE_US, _A.FINISH)),
        (_S.OFFERED, _I.RING_TIMEOUT): Row(_S.ENDED, (_A.NOTE_NO_ANSWER, _A.SEND_REFUSAL, _A.FINISH)),
        (_S.OFFERED, _I.NO_ACK): Row(_S.ENDED, (_A.SEND_UNHEARD, _A.NOTE_US, _A.FINISH)),
        (_S.OFFERED, _I.CANCELLED): Row(_S.ENDED, (_A.SEND_TERMINATED, _A.NOTE_THEM, _A.FINISH)),
        (_S.OFFERED, _I.BYE): Row(_S.ENDED, (_A.SEND_TERMINATED, _A.NOTE_THEM, _A.FINISH)),
        (_S.OFFERED, _I.REJECTED): Row(_S.ENDED, (_A.FINISH,)),
        (_S.ACCEPTED, _I.ACK): Row(_S.ACTIVE, (_A.START,)),
        (_S.ACCEPTED, _I.UNUSABLE): Row(_S.ENDING, (_A.NOTE_UNUSABLE, _A.SEND_BYE)),
        (_S.ACCEPTED, _I.NO_ACK): Row(_S.ENDING, (_A.NOTE_NO_ACK, _A.SEND_BYE)),
        (_S.ACCEPTED, _I.HANG_UP): Row(_S.LEAVING, (_A.NOTE_US,)),
        (_S.ACCEPTED, _I.BYE): Row(_S.ENDED, (_A.NOTE_THEM, _A.FINISH)),
        (_S.LEAVING, _I.ACK): Row(_S.ENDING, (_A.SEND_BYE,)),
        (_S.LEAVING, _I.UNUSABLE): Row(_S.ENDING, (_A.SEND_BYE,)),
        (_S.LEAVING, _I.NO_ACK): Row(_S.ENDING, (_A.NOTE_NO_ACK, _A.SEND_BYE)),
        (_S.LEAVING, _I.BYE): Row(_S.ENDED, (_A.FINISH,)),
        (_S.ACTIVE, _I.HANG_UP): Row(_S.ENDING, (_A.NOTE_US, _A.SEND_BYE)),
        (_S.ACTIVE, _I.NO_ACK): Row(_S.ENDING, (_A.NOTE_NO_ACK, _A.SEND_BYE)),
        (_S.ACTIVE, _I.FALLEN): Row(_S.ENDING, (_A.NOTE_FALLEN, _A.SEND_BYE)),
        (_S.ACTIVE, _I.BYE): Row(_S.ENDED, (_A.NOTE_THEM, _A.FINISH)),
        (_S.ENDING, _I.BYE_DONE): Row(_S.ENDED, (_A.FINISH,)),
        (_S.ENDING, _I.BYE): Row(_S.ENDED, (_A.FINISH,)),
    },
)
