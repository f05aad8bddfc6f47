"""Which direction of a call is deaf, by evidence only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

OneWay = Literal["none", "we_hear_nothing", "they_hear_nothing", "both", "unknown"]
Cause = Literal[
    "",
    "nothing-arrives",
    "arrives-silent",
    "wrong-port",
    "private-address-theirs",
    "late-start",
    "rtcp-reports-none",
    "microphone-silent",
    "private-address-ours",
    "no-rtcp",
]
"""Why: the first five keep us from hearing them, the next three them from hearing us."""
CAUSES: tuple[str, ...] = get_args(Cause)[1:]

_PATIENCE_S = 0.5
"""So long after the start a first packet may still be on its way."""


@dataclass(frozen=True, slots=True)
class Evidence:
    received: int
    """Their packets that arrived."""
    elapsed_s: float
    """Since the media began."""
    expecting: bool
    """The negotiated direction lets them send."""
    they_hear: bool | None
    """True or False by their RTCP reports (or by an echo of ours), None without such evidence."""


def one_way(evidence: Evidence) -> OneWay:
    """Name the deaf direction.

    none: packets arrive and nothing speaks against the other way. we_hear_nothing: none arrived.
    they_hear_nothing and both: only when their reports say so. unknown: too early, or on hold.
    """
    deaf_there = evidence.they_hear is False
    if evidence.received:
        return "they_hear_nothing" if deaf_there else "none"
    if not evidence.expecting or evidence.elapsed_s < _PATIENCE_S:
        return "they_hear_nothing" if deaf_there else "unknown"
    return "both" if deaf_there else "we_hear_nothing"
