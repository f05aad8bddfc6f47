"""The checks that run: each hears the events and log entries of its trunk between two steps, not within."""

from __future__ import annotations

from collections import deque
from typing import cast

from tccc_desk.diagnosis.evidence import PathSeen
from tccc_desk.engine.check import Check
from tccc_desk.engine.commands import RunCheck
from tccc_desk.engine.doors import Doors
from tccc_desk.engine.events import CheckFinished, CheckStageChanged, Event
from tccc_desk.engine.probe import Probe, is_probe
from tccc_desk.engine.roster import Roster
from tccc_desk.sip.endpoint import Endpoint
from tccc_desk.trace.entry import TraceEntry
from tccc_desk.trace.recorder import Recorder
from tccc_desk.trunk.profile import Trunk


class Checks:
    """Of one user agent. `serve` makes it complete."""

    def __init__(self, doors: Doors) -> None:
        self._doors = doors
        self._checks: dict[str, Check] = {}
        self._news: deque[Event | tuple[TraceEntry, str]] = deque()
        self._roster: Roster
        self._endpoint: Endpoint
        self._recorder: Recorder

    def tap(self) -> Doors:
        """The doors, with the events that pass them heard here; a probe's end here."""
        return cast("Doors", _Tap(self._doors, self))

    def serve(self, roster: Roster, endpoint: Endpoint, recorder: Recorder) -> None:
        """Know what checks work with."""
        self._roster, self._endpoint, self._recorder = roster, endpoint, recorder

    def running(self, check: str) -> bool:
        """Whether a check of this handle runs."""
        return check in self._checks

    def on_trunk(self, trunk: str) -> bool:
        """Whether a trunk is being checked."""
        return any(check.command.trunk == trunk for check in self._checks.values())

    def run(self, command: RunCheck, now: float) -> None:
        """Begin one."""
        agent = self._roster.agents[command.trunk]
        self._roster.stay(agent)

        def make_probe(trunk: Trunk, word: str, seen: PathSeen, own: bool) -> Probe:
            probe = Probe(
                trunk, word, seen, own=own, doors=self.tap(), endpoint=self._endpoint, recorder=self._recorder
            )
            self._roster.enter(probe, f"{probe.trunk.name} {self._doors.token()}", now)
            return probe

        check = self._checks[command.check] = Check(command, agent, self.tap(), make_probe)
        self._recorder.watch(self._noted)
        self._roster.rota.touch(agent)
        check.begin(now)

    def stop(self, handle: str, now: float) -> bool:
        """End one early; False where there is none."""
        check = self._checks.get(handle)
        if check is None:
            return False
        self._roster.rota.touch(check.agent)
        check.stop(now)
        return True

    def stop_all(self, now: float, trunk: str = "") -> None:
        """End all, as before a shutdown, or those of one trunk that goes or changes."""
        for handle, check in list(self._checks.items()):
            if not trunk or check.command.trunk == trunk:
                self.stop(handle, now)
                self._drop(handle, now)

    def deadline(self) -> float | None:
        """When the first of them wants its turn."""
        times = [check.deadline() for check in self._checks.values()]
        return min((time for time in times if time is not None), default=None)

    def settle(self, now: float) -> bool:
        """Hand out what happened since the last time; False where nothing did."""
        if not self._checks:
            self._news.clear()
            return False
        acted = bool(self._news)
        while self._news:
            news = self._news.popleft()
            for check in list(self._checks.values()):
                if isinstance(news, tuple):
                    check.noted(*news)
                elif getattr(news, "trunk", "") == check.command.trunk:
                    self._roster.rota.touch(check.agent)
                    check.take(news, now)
        for handle, check in list(self._checks.items()):
            due = check.deadline()
            if due is not None and due <= now:
                self._roster.rota.touch(check.agent)
                check.advance(now)
                acted = True
            check.look(now)
            if check.over:
                self._drop(handle, now)
                acted = True
        return acted or bool(self._news)

    def heard(self, event: Event) -> bool:
        """Take an event on its way out; True where it concerns a probe, and so nobody else."""
        if is_probe(getattr(event, "trunk", "")):
            return True
        if self._checks and not isinstance(event, CheckStageChanged | CheckFinished):
            self._news.append(event)
        return False

    def _noted(self, entry: TraceEntry, name: str) -> None:
        if self._checks:
            self._news.append((entry, name))

    def _drop(self, handle: str, now: float) -> None:
        check = self._checks.pop(handle)
        for probe in check.probes:
            self._roster.leave(probe.trunk.name, probe, now)
        if not self._checks:
            self._recorder.watch(None)


class _Tap:
    """Doors whose events are heard; everything else is the doors' own."""

    def __init__(self, doors: Doors, checks: Checks) -> None:
        self._doors = doors
        self._checks = checks

    def emit(self, event: Event) -> None:
        """Tell the face, unless it is no business of its."""
        if not self._checks.heard(event):
            self._doors.emit(event)

    def __getattr__(self, name: str) -> object:
        return getattr(self._doors, name)
