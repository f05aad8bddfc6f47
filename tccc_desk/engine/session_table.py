"""The life of a session inside an answered call: who offers what, and when the other must wait.

RFC 3261 section 14 (re-INVITE, glare), RFC 3311 section 5 (UPDATE), RFC 3264 section 4 (one offer
at a time), RFC 4028 section 10 (refresh).
"""

from __future__ import annotations

from enum import Enum, auto

from tccc_desk.trunk.table import Row, total


class State(Enum):
    """Whose offer is open."""

    OPENING = auto()
    """The call's first offer and answer are still under way."""
    STABLE = auto()
    ASKING = auto()
    """Our re-INVITE or UPDATE is out."""
    BACKING_OFF = auto()
    """Ours met theirs (491); we wait a random time (RFC 3261 section 14.1)."""
    OFFERING = auto()
    """Their INVITE brought no offer: ours stands in the 2xx, their answer comes with the ACK."""
    OVER = auto()


class Input(Enum):
    """What can happen to a session."""

    OPENED = auto()
    """The call is answered and confirmed."""
    WISH = auto()
    """We want something changed or refreshed."""
    AGREED = auto()
    """2xx to ours."""
    GLARE = auto()
    """491 to ours."""
    AGAIN = auto()
    """An answer that names a better way to ask: 422, or a method they do not take."""
    REFUSED = auto()
    """Any other final answer: the session stays as it was."""
    LOST = auto()
    """408, 481 or no answer at all: the dialog is gone (section 12.2.1.2), or a refresh was refused."""
    WAITED = auto()
    THEIR_OFFER = auto()
    THEIR_QUESTION = auto()
    """An INVITE without an offer."""
    THEIR_REFRESH = auto()
    """An UPDATE without an offer."""
    ACK = auto()
    EXPIRED = auto()
    CLOSED = auto()
    """The call ends."""


class Action(Enum):
    """What happens on an arrow."""

    ASK = auto()
    SETTLE = auto()
    """Take their answer, say what changed."""
    WITHDRAW = auto()
    """What stood before our offer stands again."""
    SAY_REFUSED = auto()
    WAIT = auto()
    ANSWER = auto()
    OFFER = auto()
    ACCEPT = auto()
    READ_ACK = auto()
    REFUSE_GLARE = auto()
    """491: our own offer is open."""
    REFUSE_EARLY = auto()
    """500 with Retry-After where theirs is still unanswered, 491 where ours is."""
    REFUSE_GONE = auto()
    """481: the call is ending."""
    SAY_EXPIRED = auto()
    """The call must end: nobody refreshed it in time."""
    SAY_LOST = auto()
    """The call must end: the far end knows nothing of it."""


_S, _I, _A = State, Input, Action

TABLE = total(
    State,
    Input,
    {
        (_S.OPENING, _I.OPENED): Row(_S.STABLE),
        (_S.OPENING, _I.THEIR_OFFER): Row(_S.OPENING, (_A.REFUSE_EARLY,)),
        (_S.OPENING, _I.THEIR_QUESTION): Row(_S.OPENING, (_A.REFUSE_EARLY,)),
        (_S.OPENING, _I.THEIR_REFRESH): Row(_S.OPENING, (_A.ACCEPT,)),
        (_S.OPENING, _I.CLOSED): Row(_S.OVER),
        (_S.STABLE, _I.WISH): Row(_S.ASKING, (_A.ASK,)),
        (_S.STABLE, _I.THEIR_OFFER): Row(_S.STABLE, (_A.ANSWER,)),
        (_S.STABLE, _I.THEIR_QUESTION): Row(_S.OFFERING, (_A.OFFER,)),
        (_S.STABLE, _I.THEIR_REFRESH): Row(_S.STABLE, (_A.ACCEPT,)),
        (_S.STABLE, _I.EXPIRED): Row(_S.OVER, (_A.SAY_EXPIRED,)),
        (_S.STABLE, _I.CLOSED): Row(_S.OVER),
        (_S.ASKING, _I.AGREED): Row(_S.STABLE, (_A.SETTLE,)),
        (_S.ASKING, _I.GLARE): Row(_S.BACKING_OFF, (_A.WITHDRAW, _A.WAIT)),
        (_S.ASKING, _I.AGAIN): Row(_S.ASKING, (_A.WITHDRAW, _A.ASK)),
        (_S.ASKING, _I.REFUSED): Row(_S.STABLE, (_A.WITHDRAW, _A.SAY_REFUSED)),
        (_S.ASKING, _I.LOST): Row(_S.OVER, (_A.SAY_LOST,)),
        (_S.ASKING, _I.THEIR_OFFER): Row(_S.ASKING, (_A.REFUSE_GLARE,)),
        (_S.ASKING, _I.THEIR_QUESTION): Row(_S.ASKING, (_A.REFUSE_GLARE,)),
        (_S.ASKING, _I.THEIR_REFRESH): Row(_S.ASKING, (_A.ACCEPT,)),
        (_S.ASKING, _I.EXPIRED): Row(_S.OVER, (_A.SAY_EXPIRED,)),
        (_S.ASKING, _I.CLOSED): Row(_S.OVER),
        (_S.BACKING_OFF, _I.WAITED): Row(_S.ASKING, (_A.ASK,)),
        (_S.BACKING_OFF, _I.THEIR_OFFER): Row(_S.BACKING_OFF, (_A.ANSWER,)),
        (_S.BACKING_OFF, _I.THEIR_QUESTION): Row(_S.OFFERING, (_A.OFFER,)),
        (_S.BACKING_OFF, _I.THEIR_REFRESH): Row(_S.BACKING_OFF, (_A.ACCEPT,)),
        (_S.BACKING_OFF, _I.EXPIRED): Row(_S.OVER, (_A.SAY_EXPIRED,)),
        (_S.BACKING_OFF, _I.CLOSED): Row(_S.OVER),
        (_S.OFFERING, _I.ACK): Row(_S.STABLE, (_A.READ_ACK,)),
        (_S.OFFERING, _I.THEIR_OFFER): Row(_S.OFFERING, (_A.REFUSE_GLARE,)),
        (_S.OFFERING, _I.THEIR_QUESTION): Row(_S.OFFERING, (_A.REFUSE_GLARE,)),
        (_S.OFFERING, _I.THEIR_REFRESH): Row(_S.OFFERING, (_A.ACCEPT,)),
        (_S.OFFERING, _I.EXPIRED): Row(_S.OVER, (_A.SAY_EXPIRED,)),
        (_S.OFFERING, _I.CLOSED): Row(_S.OVER),
        (_S.OVER, _I.THEIR_OFFER): Row(_S.OVER, (_A.REFUSE_GONE,)),
        (_S.OVER, _I.THEIR_QUESTION): Row(_S.OVER, (_A.REFUSE_GONE,)),
        (_S.OVER, _I.THEIR_REFRESH): Row(_S.OVER, (_A.REFUSE_GONE,)),
    },
)
"""A wish outside STABLE is kept and asked for as soon as the session is stable again."""
