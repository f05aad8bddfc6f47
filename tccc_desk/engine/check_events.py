"""What a face hears of a trunk check."""

from __future__ import annotations

import msgspec

from tccc_desk.diagnosis.stages import Found, Stage, StageState, Verdict


class CheckStageChanged(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A stage of a trunk check began, ended, or is left out ("skipped", with the reason as its finding)."""

    at: float
    trunk: str
    check: str
    stage: Stage
    state: StageState
    elapsed_ms: float = 0.0
    finding: str = ""
    """A text id, filled by `details`; empty while the stage runs."""
    details: dict[str, str] = {}
    evidence: tuple[int, ...] = ()
    """Numbers of log entries of this engine run."""


class CheckFinished(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The end of a check, whatever it came to; every stage has its state by then."""

    at: float
    trunk: str
    check: str
    verdict: Verdict
    findings: tuple[Found, ...] = ()
    fault: str = ""
    """What ended it below SIP, an `engine.events.Fault`, for an exit status; "" where nothing did."""
