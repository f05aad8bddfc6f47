"""When a scheduled test call is due. Pure: clock, time zone, past calls and jitter are handed in.

A computer sleeps, a clock is set, several processes may ask; so nothing is caught up: what was missed is
missed, and what counts is the stamps of the calls that were placed.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Annotated, Literal, NamedTuple

import msgspec

from tccc_desk.trunk.errors import InputError
from tccc_desk.trunk.plain import plain, shown

Reason = Literal["due", "not_yet", "outside_hours", "other_day", "daily_cap", "too_close", "held_back"]
Local = Callable[[float], datetime]
"""Seconds since the epoch to the time of day where the admin is."""

DAY_MIN = 24 * 60
LEAST_EVERY_MIN = 5
MOST_CAP = 288
MOST_SLOTS = 24
MIN_DISTANCE_S = 60.0
"""Between two calls to one line, whoever scheduled them."""
GRACE_S = 900.0
"""How late a call of `at` may still be placed."""
SLACK_S = 30.0
"""How early one of `every` may be: cron's minutes are not exact, and 5 must not become 6."""
HELD_BACK_S = (0.0, 3_600.0, 3_600.0, 86_400.0)
"""Least distance after so many refusals of our credentials in a row: an account must not be locked by us."""
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)", re.ASCII)
_Minute = Annotated[int, msgspec.Meta(ge=0, lt=DAY_MIN)]


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """Either `every_min` or `at`, within hours and days, at most `daily_cap` calls a day."""

    every_min: Annotated[int, msgspec.Meta(ge=0, le=DAY_MIN)] = 0
    at: Annotated[tuple[_Minute, ...], msgspec.Meta(max_length=MOST_SLOTS)] = ()
    """Minutes of the day, ascending."""
    from_min: _Minute = 0
    until_min: Annotated[int, msgspec.Meta(gt=0, le=DAY_MIN)] = DAY_MIN
    """Excluded."""
    days: Annotated[tuple[Annotated[int, msgspec.Meta(ge=0, le=6)], ...], msgspec.Meta(max_length=7)] = (
        *range(7),
    )
    """Monday is 0."""
    daily_cap: Annotated[int, msgspec.Meta(ge=1, le=MOST_CAP)] = 20


class Decision(NamedTuple):
    """Whether to call now, and why not."""

    due: bool
    reason: Reason


def decide(
    plan: Plan,
    *,
    now: float,
    runs: Sequence[float],
    local: Local,
    neighbours: Sequence[float] = (),
    refusals: int = 0,
    jitter_s: float = 0.0,
) -> Decision:
    """Decide for one moment.

    `runs` are this schedule's calls in the order they were placed, `neighbours` those of others to the same
    line, `refusals` how many of ours in a row were refused for the account, `jitter_s` how much later than
    planned to call (the same from one question to the next, until a call was placed).
    """
    here = local(now)
    minute = here.hour * 60 + here.minute
    if here.weekday() not in plan.days:
        return _no("other_day")
    if not plan.from_min <= minute < plan.until_min:
        return _no("outside_hours")
    if sum(local(run).date() == here.date() for run in runs) >= plan.daily_cap:
        return _no("daily_cap")
    if any(abs(now - at) < MIN_DISTANCE_S for at in (*runs[-1:], *neighbours)):
        return _no("too_close")
    held_s = HELD_BACK_S[min(refusals, len(HELD_BACK_S) - 1)]
    if runs and abs(now - runs[-1]) < held_s:
        return _no("held_back")
    planned = (
        _slot_open(plan, here, runs, local, jitter_s)
        if plan.at
        else _interval_over(plan, now, runs, jitter_s)
    )
    return Decision(True, "due") if planned else _no("not_yet")


def next_due(
    plan: Plan, *, now: float, runs: Sequence[float], local: Local, refusals: int = 0
) -> float | None:
    """The first minute from `now` on at which it will be due; None where none is within eight days."""
    recent = runs[-2 * MOST_CAP :]
    for at in range(int(now), int(now) + 8 * 86_400, 60):
        if decide(plan, now=float(at), runs=recent, local=local, refusals=refusals).due:
            return float(at)
    return None


def _no(reason: Reason) -> Decision:
    return Decision(False, reason)


def _interval_over(plan: Plan, now: float, runs: Sequence[float], jitter_s: float) -> bool:
    if not runs:
        return True
    every_s = plan.every_min * 60.0
    slack_s = min(SLACK_S, every_s / 10)
    elapsed = now - runs[-1]
    # A last call further in the future than a whole interval: the clock was set back, its stamp says nothing.
    return elapsed >= every_s - slack_s + jitter_s or elapsed < -every_s


def _slot_open(plan: Plan, here: datetime, runs: Sequence[float], local: Local, jitter_s: float) -> bool:
    second = _second(here)
    for start, following in itertools.pairwise((*plan.at, DAY_MIN)):
        first, end = start * 60.0, min(start * 60.0 + GRACE_S, following * 60.0)
        if not min(first + jitter_s, end - 1) <= second < end:
            continue
        stamps = (local(run) for run in runs)
        return not any(one.date() == here.date() and first <= _second(one) < end for one in stamps)
    return False


def _second(here: datetime) -> float:
    return here.hour * 3600.0 + here.minute * 60.0 + here.second


def read_plan(
    *, every: int = 0, at: Sequence[str] = (), hours: str = "", days: str = "", daily_cap: int = 20
) -> Plan:
    """Read what was entered. Raises InputError for the fields every, at, hours, days."""
    slots = [_minute("at", one) for entered in at for one in plain("at", entered, 256).split(",")]
    if bool(every) == bool(slots):
        raise InputError("every", "schedule.error.every_or_at")
    if len(slots) > MOST_SLOTS:
        raise InputError("at", "schedule.error.slots", limit=str(MOST_SLOTS))
    first, end = _hours(hours)
    if any(not first <= slot < end for slot in slots):
        raise InputError("at", "schedule.error.at_outside", value=shown(",".join(at)), hours=shown(hours))
    return Plan(
        every_min=every,
        at=tuple(sorted(set(slots))),
        from_min=first,
        until_min=end,
        days=_days(days),
        daily_cap=daily_cap,
    )


def _minute(field: str, entered: str) -> int:
    found = _CLOCK.fullmatch(entered.strip())
    if found is None:
        raise InputError(field, "schedule.error.clock", value=shown(entered))
    return int(found[1]) * 60 + int(found[2])


def _hours(entered: str) -> tuple[int, int]:
    text = plain("hours", entered, 32)
    if not text:
        return 0, DAY_MIN
    start, _, end = text.partition("-")
    first = _minute("hours", start)
    last = DAY_MIN if end.strip() == "24:00" else _minute("hours", end)
    if first >= last:
        raise InputError("hours", "schedule.error.hours", value=shown(entered))
    return first, last


def _days(entered: str) -> tuple[int, ...]:
    text = plain("days", entered, 64).lower()
    if not text:
        return tuple(range(7))
    found: set[int] = set()
    for part in text.split(","):
        first, dash, last = (one.strip() for one in part.partition("-"))
        if first not in WEEKDAYS or (dash and last not in WEEKDAYS):
            raise InputError("days", "schedule.error.days", value=shown(entered))
        start = WEEKDAYS.index(first)
        length = (WEEKDAYS.index(last) - start) % 7 if dash else 0
        found |= {(start + one) % 7 for one in range(length + 1)}
    return tuple(sorted(found))
