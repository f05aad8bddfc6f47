"""Ways to make the gateway misbehave, by name: what an admin meets in the field, on purpose."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, get_args

Fault = Literal[
    "normal",
    "wrong-password",
    "403",
    "503",
    "silence",
    "kill-connections",
    "short-expiry",
    "foreign-realm",
    "other-device",
    "stale-nonce",
    "one-way",
    "challenge-md5",
    "challenge-sha256",
    "challenge-both",
]
FAULTS: tuple[Fault, ...] = get_args(Fault)
"""Every name; each has the text `practice.fault.<name>`."""

RETRY_AFTER_S = 5
SHORT_EXPIRY_S = 30
FOREIGN_REALM = "sip.example.net"
_ALGORITHMS: dict[Fault, tuple[str, ...]] = {
    "challenge-md5": ("MD5",),
    "challenge-sha256": ("SHA-256",),
    "challenge-both": ("SHA-256", "MD5"),
}


@dataclass(slots=True)
class Faults:
    """The faults that are on. They add up; `normal` takes all away."""

    on: set[Fault] = field(default_factory=set)
    algorithms: tuple[str, ...] = ("MD5",)
    """Digest algorithms offered, one challenge header each, in this order."""

    def apply(self, fault: Fault) -> None:
        """Switch a fault on. `kill-connections` is an act of the gateway, not a state, and is not kept."""
        if fault == "normal":
            self.on.clear()
            self.algorithms = ("MD5",)
        elif fault in _ALGORITHMS:
            self.algorithms = _ALGORITHMS[fault]
        elif fault != "kill-connections":
            self.on.add(fault)

    def take(self, fault: Fault) -> bool:
        """Whether a fault that happens once is due; it is not afterwards."""
        due = fault in self.on
        self.on.discard(fault)
        return due
