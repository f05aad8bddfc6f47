"""Which direction of a call is deaf, and why, by evidence only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

OneWay = Literal["none", "we_hear_nothing", "they_hear_nothing", "both", "unknown"]
Cause = Literal[
    "",
    "nothing-arrives",
    "arrives-silent",
    "unknown-codec",
    "repeats-only",
    "wrong-port",
    "private-address-theirs",
    "late-start",
    "rtcp-reports-none",
    "microphone-silent",
    "private-address-ours",
    "no-rtcp",
    "inactive",
]
"""Why: the first seven keep us from hearing them, the next three them from hearing us."""
CAUSES: tuple[str, ...] = get_args(Cause)[1:]

_PATIENCE_S = 0.5
"""So long after the start a first packet may still be on its way."""
LATE_START_S = 2.0
STOPPED_S = 5.0
"""So long without a packet, no pause of the talker being announced, and their sound has ended."""
SILENT_DBOV = -60.0
"""Nothing louder than this is nobody talking; a quiet room is 10 dB louder."""
SILENT_AFTER_S = 3.0
"""So long must a direction be silent before it is called so."""
_REPORTS_BY_S = 12.0
"""By then two of their reports should have come (RFC 3550 6.2: every 5 s)."""
_STRAYS = 3


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was seen of both directions; seconds, packets."""

    received: int
    """Their packets that arrived."""
    elapsed_s: float
    """Since the media began."""
    expecting: bool
    """The negotiated direction lets them send."""
    they_hear: bool | None
    """True or False by their RTCP reports (or by an echo of ours), None without such evidence."""
    they_report: bool = True
    """Some report of theirs came."""
    first_after_s: float = 0.0
    """How long after the start their first packet came."""
    quiet_s: float = 0.0
    """Since their last packet; 0 in a pause they announced with comfort noise, or on hold."""
    arrives_silent: bool = False
    """All that arrived, over SILENT_AFTER_S and more, was silence."""
    strays: int = 0
    """RTP that came to our RTCP port, or from sources that are not theirs."""
    microphone_silent: bool = False
    """We send a microphone, and all it gave, over SILENT_AFTER_S and more, was silence."""
    private_ours: bool = False
    private_theirs: bool = False
    """The address in our or their description cannot be reached from other networks."""
    unknown_codec: bool = False
    """What arrives of late bears a payload type nobody agreed on."""
    numbers_stand: bool = False
    """What arrives of late are repeats of packets that came before."""
    agreed: bool = True
    """Somebody may send: the negotiated direction is not inactive."""


def judge(evidence: Evidence) -> tuple[OneWay, Cause]:
    """Name the deaf direction and the one cause that explains most.

    none: packets arrive and nothing speaks against the other way. we_hear_nothing: none arrived, they
    ended, all are silent, or in a codec nobody agreed on. they_hear_nothing and both: their reports say
    so, or our microphone is silent. unknown: too early, or on hold. A cause without a deaf direction
    tells of the past (late-start), that the other direction cannot be seen (no-rtcp), or that no
    sound was agreed on (inactive).
    """
    here = _we_hear_nothing(evidence)
    there = _they_hear_nothing(evidence)
    if here and there:
        return "both", _of_both(here, there)
    if here:
        return "we_hear_nothing", here
    if there:
        return "they_hear_nothing", there
    if not evidence.received:
        return "unknown", "" if evidence.agreed else "inactive"
    if evidence.first_after_s >= LATE_START_S:
        return "none", "late-start"
    if evidence.they_hear is None and not evidence.they_report and evidence.elapsed_s >= _REPORTS_BY_S:
        return "none", "no-rtcp"
    return "none", ""


def _we_hear_nothing(evidence: Evidence) -> Cause:
    if not evidence.expecting:
        return ""
    if evidence.received:
        if evidence.numbers_stand:
            return "repeats-only"
        if evidence.quiet_s >= STOPPED_S:
            return "nothing-arrives"
        if evidence.unknown_codec:
            return "unknown-codec"
        return "arrives-silent" if evidence.arrives_silent else ""
    if evidence.elapsed_s < _PATIENCE_S:
        return ""
    if evidence.strays >= _STRAYS:
        return "wrong-port"
    if evidence.private_theirs and not evidence.private_ours:
        return "private-address-theirs"
    return "nothing-arrives"


def _they_hear_nothing(evidence: Evidence) -> Cause:
    if evidence.they_hear is False:
        if evidence.private_ours and not evidence.private_theirs:
            return "private-address-ours"
        return "rtcp-reports-none"
    return "microphone-silent" if evidence.microphone_silent else ""


def _of_both(here: Cause, there: Cause) -> Cause:
    """An address explains both directions at once; so does a silent microphone, where they echo.

    Then what is seen here, without their word.
    """
    for cause in (there, here):
        if cause in {"private-address-ours", "private-address-theirs"}:
            return cause
    return there if (here, there) == ("arrives-silent", "microphone-silent") else here
