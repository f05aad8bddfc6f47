"""`schedule add | list | remove | run | history`: test calls again and again, for cron and monitoring."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime

import msgspec

from tccc_desk.cli import checks
from tccc_desk.cli.exits import Exit
from tccc_desk.cli.output import Output
from tccc_desk.cli.session import OpenDoor
from tccc_desk.store.paths import folders
from tccc_desk.store.profiles import Profiles
from tccc_desk.store.schedule import Schedules
from tccc_desk.store.vault import Secrets
from tccc_desk.trace.export.plain import when
from tccc_desk.trunk.dialling import as_dialled
from tccc_desk.trunk.entry import checked_call
from tccc_desk.trunk.errors import InputError
from tccc_desk.trunk.plain import plain
from tccc_desk.trunk.planner import DAY_MIN, LEAST_EVERY_MIN, MOST_CAP, WEEKDAYS, Plan, next_due, read_plan
from tccc_desk.trunk.run_history import Schedule, ScheduledRun, refusals, trend

MAX_TALK_S = 600.0
_LISTED_DAYS, _LISTED_RUNS = 31, 100


def here(at: float) -> datetime:
    """The time of day where this machine is; any number is some day."""
    try:
        return datetime.fromtimestamp(at, UTC).astimezone()
    except (OverflowError, ValueError, OSError):  # a stamp in a file may claim any year
        return datetime.fromtimestamp(0, UTC).astimezone()


class ScheduleCommands:
    """Each method is one action; all raise InputError, StoreError and VaultError."""

    def __init__(
        self,
        options: argparse.Namespace,
        output: Output,
        secrets: Callable[[], Secrets],
        open_door: OpenDoor,
    ) -> None:
        places = folders()
        self._options = options
        self._output = output
        self._secrets = secrets
        self._open_door = open_door
        self._places = places
        self._schedules = Schedules(places)
        self._profiles = Profiles(places)

    def run(self) -> Exit:
        """Do what `action` says."""
        actions: Mapping[str, Callable[[], Exit]] = {
            "add": self._add,
            "list": self._list,
            "remove": self._remove,
            "run": self._run,
            "history": self._history,
        }
        action = self._options.action
        if action is None:
            raise InputError("action", "cli.error.no_action")
        if action not in ("list", "run") and not self._options.name:
            raise InputError("name", "input.empty")
        return actions[action]()

    def _add(self) -> Exit:
        options = self._options
        name = plain("name", options.name, 64, required=True)
        trunk = self._profiles.get(options.trunk or name)
        call = checked_call(options.caller or trunk.caller_number, options.line or trunk.line_number)
        as_dialled(trunk, "line", call.line, called=True)  # a rule must not make an emergency number of it
        every = 0
        if options.every is not None:
            every = checks.whole("every", options.every, least=LEAST_EVERY_MIN, most=DAY_MIN)
        schedule = Schedule(
            name=name,
            trunk=trunk.name,
            caller=call.caller,
            line=call.line,
            plan=read_plan(
                every=every,
                at=options.at or (),
                hours=options.hours,
                days=options.days,
                daily_cap=checks.whole("daily_cap", options.daily_cap, least=1, most=MOST_CAP),
            ),
            seconds=checks.seconds("seconds", options.seconds, most=MAX_TALK_S),
        )
        self._schedules.add(schedule)
        said = self._output.words("schedule.result.added", name=name)
        lines = [said, self._line(schedule)]
        self._output.result("schedule add", True, {"schedule": self._object(schedule)}, lines)
        return Exit.OK

    def _list(self) -> Exit:
        found = self._schedules.list()
        body = {"schedules": [self._object(one) for one in found]}
        self._output.result("schedule list", True, body, map(self._line, found))
        return Exit.OK

    def _remove(self) -> Exit:
        removed = self._schedules.remove(self._options.name)
        said = self._output.words("schedule.result.removed", name=removed.name)
        self._output.result("schedule remove", True, {"name": removed.name}, [said])
        return Exit.OK

    def _run(self) -> Exit:
        from tccc_desk.cli.schedule_run import Runner  # noqa: PLC0415  a list needs no engine

        runner = Runner(self._places, self._output, self._secrets, self._open_door)
        return runner.run(self._options)

    def _history(self) -> Exit:
        schedule = self._schedules.get(self._options.name)
        runs = self._schedules.runs(schedule.name)
        days = trend(runs, here)[-_LISTED_DAYS:]
        body = {
            "name": schedule.name,
            "days": [msgspec.to_builtins(day) for day in days],
            "runs": [run_object(run) for run in runs[-_LISTED_RUNS:]],
        }
        words = self._output.words

        def lines() -> Iterator[str]:
            if not runs:
                yield words("schedule.result.no_calls")
            for day in days:
                yield words(
                    "schedule.result.day",
                    date=day.date,
                    ok=day.ok,
                    calls=day.calls,
                    success=f"{day.success:.0%}",
                    pdd="-" if day.pdd_ms is None else f"{day.pdd_ms:.0f} ms",
                    mos="-" if day.mos is None else f"{day.mos:.1f}",
                )
            for run in runs[-10:]:
                yield f"{when(run.at)[:19]}  {run_words(run, self._output)}"

        self._output.result("schedule history", True, body, lines())
        return Exit.OK

    def _object(self, schedule: Schedule) -> dict[str, object]:
        plan, runs = schedule.plan, self._schedules.runs(schedule.name)
        due = self._next(schedule, runs)
        return {
            "name": schedule.name,
            "trunk": schedule.trunk,
            "from": schedule.caller,
            "to": schedule.line,
            "every": plan.every_min or None,
            "at": [clock(minute) for minute in plan.at],
            "hours": f"{clock(plan.from_min)}-{clock(plan.until_min)}",
            "days": [WEEKDAYS[day] for day in plan.days],
            "daily_cap": plan.daily_cap,
            "seconds": schedule.seconds,
            "next": None if due is None else when(due)[:19],
            "last": run_object(runs[-1]) if runs else None,
        }

    def _line(self, schedule: Schedule) -> str:
        runs = self._schedules.runs(schedule.name)
        due = self._next(schedule, runs)
        return self._output.words(
            "schedule.result.line",
            name=schedule.name,
            trunk=schedule.trunk,
            caller=schedule.caller,
            line=schedule.line,
            when=self._planned(schedule.plan),
            next="-" if due is None else when(due)[:16],
            last=run_words(runs[-1], self._output) if runs else "-",
        )

    @staticmethod
    def _next(schedule: Schedule, runs: tuple[ScheduledRun, ...]) -> float | None:
        stamps = [run.at for run in runs]
        return next_due(schedule.plan, now=time.time(), runs=stamps, local=here, refusals=refusals(runs))

    def _planned(self, plan: Plan) -> str:
        if plan.at:
            return self._output.words("schedule.result.at", times=", ".join(map(clock, plan.at)))
        return self._output.words(
            "schedule.result.every",
            minutes=plan.every_min,
            start=clock(plan.from_min),
            end=clock(plan.until_min),
        )


def clock(minute: int) -> str:
    """Write a minute of the day as HH:MM."""
    return f"{minute // 60:02}:{minute % 60:02}"


def run_object(run: ScheduledRun) -> dict[str, object]:
    """One past call for `--json`."""
    return {**msgspec.to_builtins(run), "time": when(run.at)[:19], "result": run.word}


def run_words(run: ScheduledRun, output: Output) -> str:
    """One past call in words."""
    if run.cut:
        return output.words("schedule.result.cut")
    if run.ok:
        mos = "-" if run.mos is None else f"{run.mos:.1f}"
        return output.words("schedule.result.ok", mos=mos)
    return output.words("schedule.result.bad", word=run.word)
