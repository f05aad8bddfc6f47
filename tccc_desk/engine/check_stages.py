"""Tells the face how the stages of a check go: each begins, and ends once."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tccc_desk.diagnosis.stages import STAGES, Stage, StageState
from tccc_desk.engine.doors import Doors
from tccc_desk.engine.events import CheckStageChanged


class Stages:
    """One check's. `evidence` gives the log numbers of a stage."""

    def __init__(
        self, trunk: str, check: str, doors: Doors, evidence: Callable[[Stage], tuple[int, ...]]
    ) -> None:
        self._trunk = trunk
        self._check = check
        self._doors = doors
        self._evidence = evidence
        self._began: dict[Stage, float] = {}
        self.ended: dict[Stage, StageState] = {}
        self.current: Stage = "input"

    def begin(self, stage: Stage, now: float) -> None:
        """A stage runs now."""
        if stage in self._began or stage in self.ended:
            return
        self._began[stage] = now
        self.current = stage
        self._say(stage, "running", now, "", {})

    def end(
        self,
        stage: Stage,
        state: StageState,
        now: float,
        finding: str,
        details: Mapping[str, str] | None = None,
    ) -> None:
        """A stage has its result; a second one is ignored."""
        if stage in self.ended:
            return
        self.ended[stage] = state
        self._say(stage, state, now, finding, dict(details or {}))

    def skip(self, stage: Stage, why: str, now: float, details: Mapping[str, str] | None = None) -> None:
        """A stage is left out; `why` is the rest of a text id."""
        self.end(stage, "skipped", now, f"check.skipped.{why}", details)

    @property
    def failed(self) -> bool:
        """Whether one has failed."""
        return "failed" in self.ended.values()

    def skip_rest(self, why: str, now: float) -> None:
        """Leave out what has no result."""
        for stage in STAGES:
            self.skip(stage, why, now)

    def _say(
        self, stage: Stage, state: StageState, now: float, finding: str, details: dict[str, str]
    ) -> None:
        self._doors.emit(
            CheckStageChanged(
                at=self._doors.wall(),
                trunk=self._trunk,
                check=self._check,
                stage=stage,
                state=state,
                elapsed_ms=(now - self._began.get(stage, now)) * 1000,
                finding=finding,
                details=details,
                evidence=self._evidence(stage) if state != "running" else (),
            )
        )
