"""The one provisional response of ours that may have to be acknowledged (RFC 3262 section 3).

We never ask for it; a caller whose INVITE says `Require: 100rel` gets its 180 that way.
"""

from __future__ import annotations

from tccc_desk.sip.message import Request, cseq

T1_S = 0.5
GIVE_UP_AFTER = 64 * T1_S


class Unacknowledged:
    """A reliable 180 out, no PRACK in yet."""

    def __init__(self, rseq: int, invite: Request, now: float) -> None:
        self.rseq = rseq
        self._cseq = cseq(invite)[0]
        self._every = T1_S
        self._until = now + GIVE_UP_AFTER
        self.due: float | None = now + T1_S
        """When it is repeated, or given up, next; None once it need not be."""

    def confirmed_by(self, prack: Request) -> bool:
        """Whether a PRACK is for it, as RAck says; stops the repeats if so."""
        if prack.headers.get("RAck").split() != [str(self.rseq), str(self._cseq), "INVITE"]:
            return False
        self.due = None
        return True

    def repeat(self, now: float) -> bool:
        """Due: True for one more copy, False when nobody will acknowledge it any more."""
        if now >= self._until:
            self.due = None
            return False
        self._every *= 2
        self.due = min(now + self._every, self._until)
        return True


def wanted(invite: Request) -> bool:
    """Whether the caller insists on reliable provisional responses."""
    return "100rel" in {option.strip().lower() for option in invite.headers.split("Require")}
