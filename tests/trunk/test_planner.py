"""When scheduled calls are due: by single moments, and by simulated days."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tccc_desk.trunk.errors import InputError
from tccc_desk.trunk.planner import DAY_MIN, GRACE_S, MIN_DISTANCE_S, Plan, decide, next_due, read_plan
from tccc_desk.trunk.run_history import ScheduledRun, is_change, refusals, trend

CHINA = timezone(timedelta(hours=8))


def local(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC).astimezone(CHINA)


def stamp(day: int, clock: str) -> float:
    """November 2026: the 23rd is a Monday."""
    hour, minute = clock.split(":")
    return datetime(2026, 11, day, int(hour), int(minute), tzinfo=CHINA).timestamp()


OFFICE = read_plan(every=30, hours="09:00-18:00", days="mon-fri", daily_cap=5)


@pytest.mark.parametrize(
    ("plan", "now", "runs", "reason"),
    [
        (OFFICE, stamp(23, "9:00"), [], "due"),
        (OFFICE, stamp(23, "8:59"), [], "outside_hours"),
        (OFFICE, stamp(23, "18:00"), [], "outside_hours"),
        (OFFICE, stamp(28, "10:00"), [], "other_day"),
        (OFFICE, stamp(23, "10:00"), [stamp(23, "9:45")], "not_yet"),
        (OFFICE, stamp(23, "10:15") - 20, [stamp(23, "9:45")], "due"),
        (OFFICE, stamp(23, "17:00"), [stamp(23, f"{hour}:00") for hour in range(9, 14)], "daily_cap"),
        (OFFICE, stamp(24, "9:00"), [stamp(23, f"{hour}:00") for hour in range(9, 14)], "due"),
        (OFFICE, stamp(23, "10:00"), [stamp(24, "10:00")], "due"),  # the clock was set back a day
        (OFFICE, stamp(23, "10:00"), [stamp(23, "10:20")], "not_yet"),  # or by minutes
        (read_plan(at=["10:00,15:30"]), stamp(23, "10:00"), [], "due"),
        (read_plan(at=["10:00"]), stamp(23, "10:14"), [], "due"),
        (read_plan(at=["10:00"]), stamp(23, "10:15"), [], "not_yet"),  # slept through: missed
        (read_plan(at=["10:00"]), stamp(23, "10:05"), [stamp(23, "10:01")], "not_yet"),
        (read_plan(at=["10:00", "10:05"]), stamp(23, "10:05"), [stamp(23, "10:01")], "due"),
    ],
)
def test_each_moment(plan: Plan, now: float, runs: list[float], reason: str) -> None:
    decision = decide(plan, now=now, runs=runs, local=local)
    assert (decision.reason, decision.due) == (reason, reason == "due")


def test_neighbours_refusals_and_jitter() -> None:
    now = stamp(23, "10:00")
    asked: dict[str, Any] = {"now": now, "local": local}
    assert decide(OFFICE, runs=[], neighbours=[now - 59], **asked).reason == "too_close"
    assert decide(OFFICE, runs=[], neighbours=[now - 60], **asked).due
    assert decide(OFFICE, runs=[now - 3000], refusals=1, **asked).reason == "held_back"
    assert decide(OFFICE, runs=[now - 3600], refusals=1, **asked).due
    assert decide(OFFICE, runs=[now - 80_000], refusals=9, **asked).reason == "held_back"
    assert decide(OFFICE, runs=[now - 1800], jitter_s=40.0, **asked).reason == "not_yet"
    assert next_due(OFFICE, now=stamp(27, "18:00"), runs=[], local=local) == stamp(30, "9:00")


PLANS = st.builds(
    lambda every, slots, hours, days, cap: Plan(
        every_min=0 if slots else every,
        at=tuple(sorted(slots)),
        from_min=min(hours),
        until_min=max(hours) + 1,
        days=tuple(sorted(days)),
        daily_cap=cap,
    ),
    st.integers(5, 240),
    st.one_of(st.just(set()), st.sets(st.integers(0, DAY_MIN - 1), min_size=1, max_size=5)),
    st.tuples(st.integers(0, DAY_MIN - 1), st.integers(0, DAY_MIN - 1)),
    st.sets(st.integers(0, 6), min_size=1),
    st.integers(1, 30),
)
STEPS = st.lists(
    st.one_of(st.just(60.0), st.floats(1, 300), st.floats(3600, 200_000)), min_size=20, max_size=150
)


@settings(max_examples=150, deadline=None)
@given(plan=PLANS, steps=STEPS, jitter_s=st.floats(0, 60))
def test_simulated_days_keep_every_bound(plan: Plan, steps: list[float], jitter_s: float) -> None:
    """Asked every minute, at odd times, and after sleeps of days."""
    now, runs = stamp(23, "0:00"), []
    for step in steps:
        now += step
        if decide(plan, now=now, runs=runs, local=local, jitter_s=jitter_s).due:
            runs.append(now)
    least = MIN_DISTANCE_S if plan.at else max(MIN_DISTANCE_S, plan.every_min * 54.0)
    assert all(after - before >= least for before, after in itertools.pairwise(runs))
    for run in runs:
        here = local(run)
        assert here.weekday() in plan.days
        minute = here.hour * 60 + here.minute
        assert plan.from_min <= minute < plan.until_min
        assert sum(local(one).date() == here.date() for one in runs) <= plan.daily_cap
        if plan.at:
            second = here.hour * 3600 + here.minute * 60 + here.second
            assert any(0 <= second - slot * 60 < GRACE_S for slot in plan.at)


@settings(max_examples=150, deadline=None)
@given(
    plan=PLANS,
    steps=st.lists(
        st.tuples(st.floats(1, 2000), st.sampled_from((0.0,) * 20 + (-86_400.0, -3_600.0, 3_600.0, 1e7))),
        min_size=20,
        max_size=150,
    ),
)
def test_a_clock_that_is_set_makes_no_storm(plan: Plan, steps: list[tuple[float, float]]) -> None:
    true, shift, runs, placed, sets = stamp(23, "0:00"), 0.0, [], [], 0
    for step, jump in steps:
        true += step
        shift += jump
        sets += jump != 0.0
        if decide(plan, now=true + shift, runs=runs, local=local).due:
            runs.append(true + shift)
            placed.append(true)
    if not plan.at:
        least = plan.every_min * 54.0
        close = sum(after - before < least for before, after in itertools.pairwise(placed))
        assert close <= sets
    for run in runs:
        assert sum(local(one).date() == local(run).date() for one in runs) <= plan.daily_cap


def test_a_day_asked_each_minute_has_its_calls() -> None:
    plan = read_plan(every=30, hours="09:00-18:00", daily_cap=100)
    runs: list[float] = []
    for minute in range(DAY_MIN):
        now = stamp(23, "0:00") + minute * 60 + minute % 7  # cron is a little late, by turns
        if decide(plan, now=now, runs=runs, local=local).due:
            runs.append(now)
    assert len(runs) == 18


@pytest.mark.parametrize(
    ("entered", "field"),
    [
        ({}, "every"),
        ({"every": 5, "at": ["10:00"]}, "every"),
        ({"at": ["25:00"]}, "at"),
        ({"at": ["１０:00"]}, "at"),
        ({"at": ["10:00"] * 20 + ["11:00,12:00,13:00,14:00,15:00"]}, "at"),
        ({"at": ["8:00"], "hours": "09:00-18:00"}, "at"),
        ({"every": 5, "hours": "18:00-09:00"}, "hours"),
        ({"every": 5, "hours": "9"}, "hours"),
        ({"every": 5, "days": "monday"}, "days"),
        ({"every": 5, "days": "mon-"}, "days"),
    ],
)
def test_senseless_plans_are_refused(entered: dict[str, Any], field: str) -> None:
    with pytest.raises(InputError) as raised:
        read_plan(**entered)
    assert raised.value.field == field


def test_days_and_hours_are_read() -> None:
    assert read_plan(every=5, days="sat-mon,wed").days == (0, 2, 5, 6)
    plan = read_plan(every=5, hours="0:30-24:00")
    assert (plan.from_min, plan.until_min) == (30, DAY_MIN)


def run_at(at: float, **fields: Any) -> ScheduledRun:
    return ScheduledRun(at=at, **{"ok": True, "outcome": "answered", **fields})


def test_only_a_change_is_news() -> None:
    good, bad = run_at(1.0), run_at(2.0, ok=False, outcome="busy", status=486)
    other = run_at(3.0, ok=False, outcome="failed", fault="silence")
    cut = run_at(4.0, ok=False, outcome="cancelled", cut=True)
    assert not is_change([], good)
    assert is_change([], bad)
    assert is_change([good], bad)
    assert not is_change([good, bad, cut], bad)
    assert is_change([bad], other)
    assert is_change([bad], good)
    assert not is_change([good], cut)


def test_refusals_in_a_row() -> None:
    refused = run_at(1.0, ok=False, outcome="rejected", status=403)
    assert refusals([run_at(0.0), refused, refused]) == 2
    assert refusals([refused, run_at(2.0)]) == 0


def test_the_trend_goes_by_local_days() -> None:
    runs = [
        run_at(stamp(23, "23:59"), pdd_ms=100.0, mos=4.0),
        run_at(stamp(24, "0:01"), pdd_ms=200.0, mos=4.4),
        run_at(stamp(24, "9:00"), ok=False, outcome="busy", status=486),
        run_at(stamp(24, "9:30"), ok=False, outcome="cancelled", cut=True),
    ]
    first, second = trend(runs, local)
    assert (first.date, first.calls, first.success, first.pdd_ms, first.mos) == (
        "2026-11-23",
        1,
        1.0,
        100.0,
        4.0,
    )
    assert (second.date, second.calls, second.ok, second.success) == ("2026-11-24", 2, 1, 0.5)
