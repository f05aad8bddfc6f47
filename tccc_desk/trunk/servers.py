"""Which server a trunk uses now: the primary, or the backup after the primary failed."""

from __future__ import annotations

from dataclasses import dataclass, field

import msgspec

from tccc_desk.trunk.profile import Trunk

BACK_AFTER_S = 600.0
"""This long on the backup server, then a refresh tries the primary again."""

_ELSEWHERE = frozenset({408, 503, 504})
"""Answers that say this server cannot, and nothing about the account (RFC 3263 section 4.3)."""
_HERE = frozenset({"", "closed", "internal", "slept", "address-changed"})
"""Faults that say nothing against the server."""


def worth_another(status: int, fault: str, retry_after_s: int | None) -> bool:
    """Whether a failed round may do better at the other server.

    A server that says when to come back is believed. "closed" while we waited is not among
    them: the connection stood, and the same server gets the next try.
    """
    if status:
        return status in _ELSEWHERE and retry_after_s is None
    return fault not in _HERE


@dataclass(slots=True)
class Servers:
    """Index 0 is the primary, 1 the backup. Times are the registration's."""

    trunk: Trunk
    index: int = 0
    _since: float = 0.0
    _tried: set[int] = field(default_factory=set)

    @property
    def at(self) -> Trunk:
        """The trunk with the server in use now as its server, and the other as its backup."""
        return self._with(self.index)

    @property
    def other(self) -> Trunk:
        """The same for the server not in use now."""
        return self._with(1 - self.index)

    def _with(self, index: int) -> Trunk:
        trunk = self.trunk
        if not index or not trunk.backup_server:
            return trunk
        return msgspec.structs.replace(
            trunk,
            server=trunk.backup_server,
            port=trunk.backup_port,
            backup_server=trunk.server,
            backup_port=trunk.port,
        )

    def begin(self, now: float) -> None:
        """A round begins: with the primary where it has had its time to recover."""
        self._tried = set()
        if self.index and now - self._since >= BACK_AFTER_S:
            self.index = 0

    def prefer_primary(self) -> None:
        """The admin asks anew: the primary first."""
        self.index = 0

    def move_on(self, now: float) -> bool:
        """The round failed here: go to the server it has not tried; False where there is none."""
        self._tried.add(self.index)
        other = 1 - self.index
        if not self.trunk.backup_server or other in self._tried:
            self.index = 0  # both failed: the next round begins with the primary
            return False
        self.index, self._since = other, now
        return True
