"""One trunk check: moves from stage to stage by its table, and judges at the end. Pure, as all of its parts.

What needs the password it has the trunk's own agent do, what does not is done by probes. What it knows it
has from events and log entries alone, so that every verdict can be traced to them.
"""

from __future__ import annotations

from tccc_desk.diagnosis.findings import path_findings, signalling_findings
from tccc_desk.diagnosis.stages import Verdict
from tccc_desk.diagnosis.verdict import judge, refused_input
from tccc_desk.engine.check_binding import BindingPart
from tccc_desk.engine.check_calls import CallPart
from tccc_desk.engine.check_course import SILENCE_S, Course
from tccc_desk.engine.check_table import TABLE, Action, Input, State
from tccc_desk.engine.check_way import MakeProbe, Way
from tccc_desk.engine.commands import RunCheck
from tccc_desk.engine.doors import Doors
from tccc_desk.engine.events import CheckFinished, Event, Noticed
from tccc_desk.engine.probe import Probe
from tccc_desk.engine.trunk_agent import TrunkAgent
from tccc_desk.trace.entry import TraceEntry
from tccc_desk.trunk.binding import State as Binding
from tccc_desk.trunk.dialling import as_dialled
from tccc_desk.trunk.entry import checked_call, checked_trunk, fields_of
from tccc_desk.trunk.errors import InputError

SETTLE_S = 4.0
"""How old the probes of other transports may get before a check that is done goes on without them."""
EARLIEST = 1_735_689_600.0
"""2025-01-01: a clock that shows less is wrong, whatever the time is."""


class Check:
    """Fed with events, log entries and the time; `over` once the verdict is said."""

    def __init__(self, command: RunCheck, agent: TrunkAgent, doors: Doors, make_probe: MakeProbe) -> None:
        self.command = command
        bound = agent.binding in {Binding.BOUND, Binding.REFRESHING}
        self._course = Course(command, agent, doors, was_bound=bound)
        self._binding = BindingPart(self._course)
        self._way = Way(self._course, make_probe, self._binding.onward)
        self._calls = CallPart(self._course)
        self._state = State.READY
        self._until: float | None = None
        self._began_at = 0.0
        self._problem: InputError | None = None

    @property
    def agent(self) -> TrunkAgent:
        """The trunk's own."""
        return self._course.agent

    @property
    def probes(self) -> list[Probe]:
        """What it has opened."""
        return self._way.probes

    @property
    def over(self) -> bool:
        """Whether everything was said."""
        return self._state is State.OVER

    def begin(self, now: float) -> None:
        """Look at what needs no waiting, then try the transports."""
        self._began_at = now
        self._course.stages.begin("input", now)
        self._step(Input.GO if self._fit(now) else Input.UNFIT, now)

    def stop(self, now: float) -> None:
        """The admin has seen enough."""
        self._course.seen.stopped = True
        self._step(Input.STOP, now)

    def deadline(self) -> float | None:
        """When `advance` is wanted next."""
        silent = self._calls.silent_at() if self._state is State.CALLING else None
        return min((time for time in (self._until, silent) if time is not None), default=None)

    def advance(self, now: float) -> None:
        """Time is over for what is being waited for."""
        due = self.deadline()
        if due is None or now < due:
            return
        self._until = None
        match self._state:
            case State.PROBING:
                self._way.give_up(now)
                self._step(self._way.look(now), now)
            case State.PROVING:
                self._step(self._binding.silent("credentials", now), now)
            case State.REGISTERING:
                self._step(self._binding.silent("registration", now), now)
            case State.CALLING:
                self._step(self._calls.given_up(now), now)
            case State.AWAITING:
                self._step(self._calls.nobody_came(now), now)
            case State.SETTLING:
                self._step(Input.SETTLED, now)

    def noted(self, entry: TraceEntry, name: str) -> None:
        """A log entry of the trunk or of one of the probes."""
        probe = self._way.of(name)
        if probe is not None:
            self._way.noted(entry, probe)
        elif name == self.command.trunk:
            self._course.witness.take(entry, self._course.stages.current)

    def take(self, event: Event, now: float) -> None:
        """An event of the trunk."""
        given: Input | None = None
        match self._state:
            case State.PROVING:
                given = self._binding.proved(event, now)
            case State.REGISTERING:
                given = self._binding.bound(event, now)
            case State.CALLING:
                given = self._calls.placed(event, now)
            case State.AWAITING:
                self._until = self._calls.offered(event, now) or self._until
                given = self._calls.came(event, now)
        if isinstance(event, Noticed):
            self._course.find(event.finding, event.details)
        self._step(given, now)

    def look(self, now: float) -> None:
        """See what became of the probes."""
        if self._state is State.PROBING:
            self._step(self._way.look(now), now)
        elif self._state is State.SETTLING and not self._way.pending:
            self._step(Input.SETTLED, now)

    def _fit(self, now: float) -> bool:
        """What was entered, and this machine."""
        course, command = self._course, self.command
        try:
            if command.caller or command.line:
                call = checked_call(command.caller, command.line)
                as_dialled(course.agent.trunk, "caller", call.caller, called=False)
                as_dialled(course.agent.trunk, "line", call.line, called=True)
            _, notices = checked_trunk(fields_of(course.agent.trunk))
        except InputError as problem:
            details = problem.details | {"field": problem.field}
            course.stages.end("input", "failed", now, problem.finding, details)
            self._problem = problem
            return False
        for notice in notices:
            course.find(notice.finding, notice.details)
        doubts = any(one.severity == "warning" for one in course.findings.values())
        course.stages.end("input", "warning" if doubts else "ok", now, "check.input.ok")
        course.stages.begin("local-network", now)
        self._look_around(now)
        return True

    def _look_around(self, now: float) -> None:
        course = self._course
        around = course.doors.surroundings()
        course.seen.source = around.source
        course.seen.clock_ok = course.doors.wall() >= EARLIEST
        details = {"source": around.source, "interface": around.interface or "-"}
        if around.proxies:
            course.find("check.found.proxy", {"names": ", ".join(around.proxies)})
        if around.tunnelled:
            course.find("check.found.vpn", details)
        if not course.seen.clock_ok:
            course.find("check.found.clock", {})
        if not around.source:
            course.stages.end("local-network", "warning", now, "check.local.no-route")
        else:
            doubtful = around.tunnelled or not course.seen.clock_ok
            course.stages.end(
                "local-network", "warning" if doubtful else "ok", now, "check.local.ok", details
            )

    def _settle(self, now: float) -> None:
        """Let other transports have their say: their whole time where the trunk's own is dead."""
        own = self._course.seen.own
        dead = own is not None and not own.answered
        self._until = self._began_at + (SILENCE_S if dead else SETTLE_S)
        if self._until <= now or not self._way.pending:
            self._step(Input.SETTLED, now)

    def _skip_rest(self, now: float) -> None:
        stages, seen = self._course.stages, self._course.seen
        if seen.stopped or stages.failed:
            stages.skip_rest("stopped" if seen.stopped else "earlier", now)
            return
        stages.skip("call-out", "not-asked", now)
        unbound = self.command.wait_inbound_s > 0
        stages.skip("call-in", "unregistered" if unbound else "not-asked", now)
        stages.skip_rest("no-call", now)

    def _conclude(self, now: float) -> None:
        course = self._course
        self._until = None
        self._way.give_up(now)
        if course.registered and not course.was_bound:
            course.agent.unregister(now)
        course.seen.rewritten = tuple(course.witness.rewritten.values())
        witness = course.witness
        for one in (
            *path_findings(course.seen),
            *signalling_findings(
                course.seen, repeats=witness.repeats, nat=witness.nat, compared=witness.compared
            ),
        ):
            course.add(one)
        course.doors.emit(
            CheckFinished(
                at=course.doors.wall(),
                trunk=self.command.trunk,
                check=self.command.check,
                verdict=self._verdict(),
                findings=tuple(course.findings.values()),
                fault=course.fault,
            )
        )

    def _verdict(self) -> Verdict:
        problem = self._problem
        if problem is None:
            return judge(self._course.seen)
        return refused_input(problem.finding, problem.details | {"field": problem.field})

    def _step(self, given: Input | None, now: float) -> None:
        if given is None:
            return
        row = TABLE[self._state, given]
        if (row.next, row.actions) != (self._state, ()):
            self._course.agent.moved("check", (self._state.name, given.name, row.next.name), now)
        self._state = row.next
        for action in row.actions:
            self._do(action, now)

    def _do(self, action: Action, now: float) -> None:
        match action:
            case Action.PROBE:
                self._until = now + SILENCE_S
                self._way.begin(now)
            case Action.VERIFY:
                self._until = now + SILENCE_S
                self._binding.verify(now)
            case Action.REGISTER:
                self._until = now + SILENCE_S
                self._binding.register(now)
            case Action.CALL:
                self._until = self._calls.place(now)
            case Action.AWAIT:
                self._until = self._calls.wait(now)
            case Action.SKIP_REST:
                self._skip_rest(now)
            case Action.SETTLE:
                self._settle(now)
            case Action.HANG_UP:
                self._calls.hang_up(now)
            case Action.CONCLUDE:
                self._conclude(now)
