"""What came of scheduled test calls, and how that goes over days. Pure."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from typing import Annotated

import msgspec

from tccc_desk.trunk.planner import Local, Plan

_Word = Annotated[str, msgspec.Meta(max_length=256)]
_DEAF = frozenset({"we_hear_nothing", "they_hear_nothing", "both"})
_REFUSALS = (401, 403, 407)


class Schedule(msgspec.Struct, frozen=True, kw_only=True):
    """One test call to place again and again."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    trunk: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    caller: Annotated[str, msgspec.Meta(max_length=64)]
    line: Annotated[str, msgspec.Meta(max_length=64)]
    plan: Plan
    seconds: Annotated[float, msgspec.Meta(ge=0, le=600)] = 5.0


class ScheduledRun(msgspec.Struct, frozen=True, kw_only=True):
    """One call that was placed, or whose registration failed."""

    at: float
    ok: bool
    outcome: _Word
    status: int = 0
    fault: _Word = ""
    one_way: _Word = ""
    duration_s: float = 0.0
    pdd_ms: float | None = None
    mos: float | None = None
    call_id: _Word = ""
    cut: bool = False
    """A signal ended it: it counts for the cap and for nothing else."""
    changed: bool = False
    """Its result is another than that of the call before: worth telling somebody."""

    @property
    def word(self) -> str:
        """The result in a word that stays the same while the result does."""
        if self.ok:
            return "ok"
        if self.outcome == "answered":
            return f"answered {self.one_way}"
        return " ".join(filter(None, (self.outcome, str(self.status or ""), self.fault)))


class Day(msgspec.Struct, frozen=True, kw_only=True):
    """One day's calls."""

    date: str
    """ISO 8601."""
    calls: int
    ok: int
    success: float
    """0 to 1."""
    pdd_ms: float | None
    """Median."""
    mos: float | None
    """Mean."""


def went_well(outcome: str, one_way: str) -> bool:
    """Answered, and neither direction known to be deaf."""
    return outcome == "answered" and one_way not in _DEAF


def is_change(before: Sequence[ScheduledRun], run: ScheduledRun) -> bool:
    """Whether a result is another than the last one; a first one only where it is bad."""
    last = next((one for one in reversed(before) if not one.cut), None)
    return not run.cut and (not run.ok if last is None else last.word != run.word)


def refusals(runs: Sequence[ScheduledRun]) -> int:
    """How many of the newest calls in a row were refused for the account."""
    count = 0
    for run in reversed(runs):
        if run.cut:
            continue
        if run.status not in _REFUSALS:
            break
        count += 1
    return count


def trend(runs: Iterable[ScheduledRun], local: Local) -> tuple[Day, ...]:
    """Gather calls by day, the oldest day first."""
    days: dict[str, list[ScheduledRun]] = {}
    for run in runs:
        if not run.cut:
            days.setdefault(local(run.at).date().isoformat(), []).append(run)
    return tuple(_day(date, days[date]) for date in sorted(days))


def _day(date: str, runs: Sequence[ScheduledRun]) -> Day:
    good = sum(run.ok for run in runs)
    delays = [run.pdd_ms for run in runs if run.pdd_ms is not None]
    marks = [run.mos for run in runs if run.mos is not None]
    return Day(
        date=date,
        calls=len(runs),
        ok=good,
        success=round(good / len(runs), 4),
        pdd_ms=round(statistics.median(delays), 1) if delays else None,
        mos=round(statistics.fmean(marks), 2) if marks else None,
    )
