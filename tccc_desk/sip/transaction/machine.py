"""What the four transactions share: a table, a state, timers on the agenda, outputs to the host."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import ClassVar, Generic, Protocol, TypeVar

from tccc_desk.sip.errors import LocalProtocolError
from tccc_desk.sip.flow import Flow
from tccc_desk.sip.message import Request, Response
from tccc_desk.sip.outputs import Output, Transition
from tccc_desk.sip.timers import Agenda, Timer, first_interval, next_interval
from tccc_desk.sip.transaction.actions import Action, Do, Double, Start, Stop
from tccc_desk.sip.transaction.table import Row, Table, arrow


@dataclass(frozen=True, slots=True)
class Loss:
    """Why a flow ended, as `net` says it."""

    fault: str
    detail: str


Cause = Request | Response | Loss
"""What an input brings along, if anything."""


class Host(Protocol):
    """What a transaction needs of its endpoint."""

    agenda: Agenda

    def emit(self, output: Output) -> None:
        """Queue one output."""

    def open_cancel(self, invite: Request, flow: Flow, now: float) -> None:
        """Send a CANCEL for a sent INVITE, in a transaction of its own."""

    def trying(self, request: Request) -> Response:
        """Make the automatic 100 (section 17.2.1)."""


S = TypeVar("S", bound=Enum)
I = TypeVar("I", bound=Enum)  # noqa: E741  input


class Transaction(Generic[S, I]):
    """One machine at work. `step` is the only mutator.

    A subclass names its table and does the verbs; timers are done here.
    """

    machine: ClassVar[str]

    def __init__(
        self,
        host: Host,
        id: str,
        request: Request,
        flow: Flow,
        *,
        table: Table[S, I, Action],
        opening: Row[S, Action],
        inputs: type[I],
    ) -> None:
        self.id = id
        self.request = request
        self.flow = flow
        self.state: S = opening.next
        self._host = host
        self._table = table
        self._opening = opening
        self._inputs = inputs
        self._intervals: dict[Timer, float] = {}
        self._at_once: list[Timer] = []

    @property
    def terminated(self) -> bool:
        """Whether the endpoint is to forget this transaction."""
        return bool(self.state.name == "TERMINATED")

    def open(self, now: float) -> None:
        """Do the opening row: the machine's first entry into its first state."""
        self._host.emit(Transition(self.machine, self.id, "", "opened", str(self.state.value)))
        self._run(self._opening, now, None)

    def step(self, input: I, now: float, cause: Cause | None = None) -> None:
        """Take one input. Raises LocalProtocolError where the table refuses it; nothing is changed then."""
        row = arrow(self._table, self.machine, self.state, input)
        if row is None:
            return
        before, self.state = self.state, row.next
        self._host.emit(
            Transition(self.machine, self.id, str(before.value), str(input.value), str(row.next.value))
        )
        self._run(row, now, cause)

    def fire(self, timer: Timer, now: float) -> None:
        """Take a timer's input; the agenda has already taken it off."""
        self.step(self._inputs[f"TIMER_{timer.name}"], now)

    def lose(self, loss: Loss, now: float) -> None:
        """Take the loss of the flow."""
        self.step(self._inputs["FLOW_LOST"], now, loss)

    def _run(self, row: Row[S, Action], now: float, cause: Cause | None) -> None:
        for action in row.actions:
            if isinstance(action, Start):
                self._start(action.timer, now, action.interval)
            elif isinstance(action, Double):
                self._start(action.timer, now, next_interval(action.timer, self._intervals[action.timer]))
            elif isinstance(action, Stop):
                self._host.agenda.stop(self.id, action.timer)
            else:
                self._perform(action, now, cause)
        while self._at_once:
            self.fire(self._at_once.pop(0), now)

    def _start(self, timer: Timer, now: float, interval: float | None) -> None:
        if interval is None:
            interval = first_interval(timer, reliable=self.flow.reliable)
            if interval is None:
                return
        if interval == 0:
            self._at_once.append(timer)
            return
        self._intervals[timer] = interval
        self._host.agenda.start(self.id, timer, now + interval)

    def _perform(self, do: Do, now: float, cause: Cause | None) -> None:  # noqa: ARG002  for subclasses
        raise LocalProtocolError(f"{self.machine} has no action {do.value}")
