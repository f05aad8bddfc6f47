"""One REGISTER round: ask, answer the challenge, perhaps once more, and one outcome.

A round is what happens between a wish (register, refresh, unregister, verify) and its
result. It can never send more than MAX_REQUESTS requests, whatever the server answers.
"""

from __future__ import annotations

from enum import Enum, auto

from tccc_desk.trunk.table import Row, total

MAX_REQUESTS = 5
"""Asked, answered, renewed after stale, one longer expiry, one second realm."""


class State(Enum):
    """Where a round stands."""

    OPENING = auto()
    """Waiting for a flow to the server."""
    ASKED = auto()
    """REGISTER is out; no challenge of this round was answered yet."""
    ANSWERED = auto()
    """REGISTER with an answer to a challenge of this round is out."""
    RENEWED = auto()
    """As ANSWERED, after a stale nonce; nothing more is tried."""
    DONE = auto()


class Input(Enum):
    """What can happen to a round."""

    FLOW = auto()
    CHALLENGE = auto()
    """401 or 407 of a realm not yet answered in this round."""
    STALE = auto()
    """A challenge to an answered request that says the nonce was stale (RFC 7616 section 3.3)."""
    REPEATED = auto()
    """A challenge to what we have answered already: the credentials are refused."""
    UNANSWERABLE = auto()
    """A challenge we cannot or must not answer."""
    BRIEF = auto()
    """423 with a usable Min-Expires, the first one (RFC 3261 section 10.2.8)."""
    SUCCESS = auto()
    REJECTED = auto()
    """A final answer that another try would not change."""
    TROUBLE = auto()
    """A final answer that may be different later: 408, 480, 5xx."""
    LOST = auto()
    """Timer F, the flow failed, or it never opened."""


class Action(Enum):
    """What a round does on an arrow."""

    SEND = auto()
    GRANT = auto()
    REFUSE = auto()
    """End for good."""
    FAIL = auto()
    """End for now."""


_END = {
    Input.UNANSWERABLE: Row(State.DONE, (Action.REFUSE,)),
    Input.REPEATED: Row(State.DONE, (Action.REFUSE,)),
    Input.SUCCESS: Row(State.DONE, (Action.GRANT,)),
    Input.REJECTED: Row(State.DONE, (Action.REFUSE,)),
    Input.TROUBLE: Row(State.DONE, (Action.FAIL,)),
    Input.LOST: Row(State.DONE, (Action.FAIL,)),
}

TABLE = total(
    State,
    Input,
    {
        (State.OPENING, Input.FLOW): Row(State.ASKED, (Action.SEND,)),
        (State.OPENING, Input.LOST): _END[Input.LOST],
        **{(State.ASKED, given): row for given, row in _END.items()},
        (State.ASKED, Input.CHALLENGE): Row(State.ANSWERED, (Action.SEND,)),
        (State.ASKED, Input.STALE): Row(State.ANSWERED, (Action.SEND,)),
        (State.ASKED, Input.BRIEF): Row(State.ASKED, (Action.SEND,)),
        **{(State.ANSWERED, given): row for given, row in _END.items()},
        (State.ANSWERED, Input.CHALLENGE): Row(State.ANSWERED, (Action.SEND,)),
        (State.ANSWERED, Input.STALE): Row(State.RENEWED, (Action.SEND,)),
        (State.ANSWERED, Input.BRIEF): Row(State.ANSWERED, (Action.SEND,)),
        **{(State.RENEWED, given): row for given, row in _END.items()},
        (State.RENEWED, Input.CHALLENGE): Row(State.DONE, (Action.REFUSE,)),
        (State.RENEWED, Input.STALE): Row(State.DONE, (Action.REFUSE,)),
        (State.RENEWED, Input.BRIEF): Row(State.RENEWED, (Action.SEND,)),
    },
)
