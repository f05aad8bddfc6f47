"""Symmetric latching: where their sound really comes from, and so where ours must go."""

from __future__ import annotations

from collections import deque

Address = tuple[str, int]

CONSISTENT = 3
"""Packets in a row that make an unannounced source believable."""
QUIET_S = 1.0
"""A source silent for so long may be replaced by another."""
HANDED_S = 0.06
"""A source silent for so long may have handed its stream over to another: it goes on with its numbers."""
_NEXT = 16
"""So many sequence numbers on, a stream is the same one: 320 ms of it lost with the move."""
_MOST_CANDIDATES = 8


class Latch:
    """Begins at the address of their SDP, follows the first consistent source elsewhere.

    A gateway behind NAT, or a media server that sends from another port than it announced, sends
    from where it can be reached. The announced address is believed at once; any other one after
    three packets of one SSRC in sequence, and only while the present source is silent; at once where
    SSRC and sequence are those of the present source, gone on from elsewhere (a NAT that forgot, a
    media server that moved the stream). So a stranger who guesses our port cannot take over sound
    that flows.
    """

    def __init__(self, announced: Address | None) -> None:
        self.announced = announced
        self.current: Address | None = None
        self.heard: Address | None = None
        """Where sound came from last, whatever was announced since."""
        self.changes = 0
        """How often sound came to be from another address than the one before or announced."""
        self.moves: deque[tuple[Address | None, Address]] = deque(maxlen=16)
        """Each such change, from where to where, for the owner to take."""
        self._heard_at = 0.0
        self._last = (-1, 0)
        """SSRC and sequence number of the last packet taken."""
        self._candidates: dict[Address, tuple[int, int, int]] = {}

    @property
    def target(self) -> Address | None:
        """Where to send; None while there is no usable address at all."""
        return self.current or self.announced

    def announce(self, address: Address | None) -> None:
        """Take the address of a new SDP of theirs: it is believed like the first one."""
        if address != self.announced:
            self.announced = address
            self.current = None
            self._candidates.clear()

    def accept(self, source: Address, ssrc: int, sequence: int, now: float) -> bool:
        """Decide whether an RTP packet is of their stream."""
        taken = self._accept(source, ssrc, sequence, now)
        if taken:
            self._last = (ssrc, sequence)
        return taken

    def _accept(self, source: Address, ssrc: int, sequence: int, now: float) -> bool:
        if source == self.current:
            self._heard_at = now
            return True
        announced = source == self.announced
        if self.current is None and announced:
            self._take(source, now, moved=False)
            return True
        if self.current is not None and self._handed_over(ssrc, sequence, now):
            self._take(source, now, moved=True)
            return True
        if self.current is not None and not announced and now - self._heard_at < QUIET_S:
            return False
        known = self._candidates.pop(source, None)
        row = 1
        if known is not None and known[0] == ssrc and 0 < (sequence - known[1]) & 0xFFFF <= 3:
            row = known[2] + 1
        if row >= CONSISTENT:
            self._take(source, now, moved=True)
            return True
        while len(self._candidates) >= _MOST_CANDIDATES:
            del self._candidates[next(iter(self._candidates))]
        self._candidates[source] = (ssrc, sequence, row)
        return False

    def _handed_over(self, ssrc: int, sequence: int, now: float) -> bool:
        """Whether the present stream goes on from another source."""
        follows = ssrc == self._last[0] and 0 < (sequence - self._last[1]) & 0xFFFF <= _NEXT
        return follows and now - self._heard_at >= HANDED_S

    def _take(self, source: Address, now: float, *, moved: bool) -> None:
        if moved:
            self.changes += 1
            self.moves.append((self.current or self.announced, source))
        self.current = self.heard = source
        self._heard_at = now
        self._candidates.clear()
