"""Who said no: this machine, a router between, the provider's edge, or something behind it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from tccc_desk.diagnosis.answers import Answer
from tccc_desk.diagnosis.stages import Confidence, Side

Sign = Literal[
    "local", "rewritten", "rang", "other-software", "other-tag", "routed", "delay", "same-software", "prompt"
]
"""Why it is thought so; each has the text `check.sign.<sign>`."""

_RELAYED = range(180, 200)
_SLACK_MS = 60.0
"""An answer within three round trips and this much was written where those of before were."""
_LONG_MS = 200.0
"""One that took five round trips and this much came from farther, or from somebody who had to ask."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Who, how surely, and by which signs."""

    side: Side
    confidence: Confidence
    signs: tuple[Sign, ...] = ()


def who_said_no(
    answers: Sequence[Answer], edge: Sequence[Answer], *, local: bool = False, rewritten: bool = False
) -> Origin:
    """Judge the last of `answers` to one request of ours, in the order they came.

    `edge` are answers the server itself is known to have written: its challenges, and those to OPTIONS.
    `local` says that no answer decided, `rewritten` that the answer was changed on its way.
    """
    if local or not answers:
        return Origin("this_machine", "certain", ("local",)) if local else Origin("unknown", "possible")
    final = answers[-1]
    behind = _behind(answers, final, edge)
    if behind:
        sure = "rang" in behind or len(behind) > 1
        return Origin("beyond", "likely" if sure else "possible", behind)
    if rewritten:
        return Origin("network", "possible", ("rewritten",))
    trip = min((one.after_ms for one in edge), default=None)
    if trip is None:
        return Origin("unknown", "possible")
    same = bool(final.software) and any(one.software == final.software for one in edge)
    if final.after_ms <= 3 * trip + _SLACK_MS:
        return Origin(
            "provider_edge",
            "likely" if same else "possible",
            ("same-software", "prompt") if same else ("prompt",),
        )
    if final.after_ms > 5 * trip + _LONG_MS:
        return Origin("beyond", "possible", ("delay",))
    return Origin("unknown", "possible")


def _behind(answers: Sequence[Answer], final: Answer, edge: Sequence[Answer]) -> tuple[Sign, ...]:
    signs: list[Sign] = []
    if any(one.status in _RELAYED for one in answers[:-1]):
        signs.append("rang")
    known = {one.software for one in edge if one.software}
    if known and final.software and final.software not in known:
        signs.append("other-software")
    if final.routed and not any(one.routed for one in edge):
        signs.append("routed")
    return tuple(signs)
