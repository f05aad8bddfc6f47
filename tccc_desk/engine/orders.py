"""Carries out the commands of a face, or refuses them with an event: nothing is sent then."""

from __future__ import annotations

from tccc_desk.engine.checks import Checks
from tccc_desk.engine.commands import (
    AnswerCall,
    ChangeSource,
    Command,
    ConfigureHep,
    ConfigureLog,
    ConfigureSound,
    ConfigureTrunk,
    ForgetTrunk,
    HangUp,
    HoldCall,
    ListDevices,
    MeasureLatency,
    PlaceTestCall,
    RecordCall,
    RegisterTrunk,
    RejectCall,
    RunCheck,
    SendDigits,
    Shutdown,
    StopCheck,
    TestSound,
    UnregisterTrunk,
    VerifyTrunk,
)
from tccc_desk.engine.doors import Doors
from tccc_desk.engine.events import CommandRefused
from tccc_desk.engine.incoming import IncomingCall
from tccc_desk.engine.roster import Roster
from tccc_desk.engine.sounding import Sounding, Unfit
from tccc_desk.engine.trunk_agent import TrunkAgent
from tccc_desk.sip.endpoint import Endpoint
from tccc_desk.trace.recorder import Recorder
from tccc_desk.trunk.own_contacts import OwnContacts

MAX_CALLS = 100
"""Calls of our own making at once, over all trunks."""
MAX_HANDLE = 64
MAX_RING_S = 3_600
MAX_DURATION_S = 86_400
MAX_LEAVE_S = 60.0
DIGITS = frozenset("0123456789*#ABCDabcd,")

OfTrunk = RegisterTrunk | UnregisterTrunk | VerifyTrunk | MeasureLatency | ForgetTrunk
OfCall = AnswerCall | RejectCall | HangUp | SendDigits | HoldCall | ChangeSource | RecordCall


class Orders:
    """Judges a command before it reaches a trunk or a call."""

    def __init__(
        self, doors: Doors, endpoint: Endpoint, recorder: Recorder, roster: Roster, checks: Checks
    ) -> None:
        self._doors = doors
        self._checks = checks
        self._endpoint = endpoint
        self._recorder = recorder
        self._roster = roster
        self.stop_by: float | None = None
        """When a shutdown ends whatever is left; None before one is ordered."""

    def carry_out(self, command: Command, now: float) -> None:
        """Do what is asked, or say why not."""
        match command:
            case _ if self.stop_by is not None:
                self._refuse(command, "command", "stopping")
            case ConfigureTrunk():
                self._configure(command, now)
            case PlaceTestCall():
                self._place(command, now)
            case (
                AnswerCall()
                | RejectCall()
                | HangUp()
                | SendDigits()
                | HoldCall()
                | ChangeSource()
                | RecordCall()
            ):
                self._on_call(command, now)
            case RunCheck() | StopCheck():
                self._check(command, now)
            case ConfigureSound() | ListDevices() | TestSound() | ConfigureLog() | ConfigureHep():
                pass  # of no trunk and no call: the driver's own (`engine.door`)
            case Shutdown(deadline_s=deadline_s):
                self._checks.stop_all(now)
                self.stop_by = now + max(0.0, min(deadline_s, MAX_LEAVE_S))
                self._roster.leave_all(now)
            case _:
                self._on_trunk(command, now)

    def _configure(self, command: ConfigureTrunk, now: float) -> None:
        self._checks.stop_all(now, command.trunk.name)
        agent = TrunkAgent(
            command.trunk,
            command.password,
            doors=self._doors,
            endpoint=self._endpoint,
            recorder=self._recorder,
            own=OwnContacts(command.former_contacts, command.instance_id),
        )
        self._roster.enter(agent, f"{command.trunk.name}\0{self._doors.token()}", now)

    def _on_trunk(
        self,
        command: OfTrunk,
        now: float,
    ) -> None:
        agent = self._roster.agents.get(command.trunk)
        if agent is None:
            self._refuse(command, "trunk", "unknown-trunk", trunk=command.trunk)
            return
        self._roster.rota.touch(agent)
        self._roster.stay(agent)
        match command:
            case RegisterTrunk():
                agent.register(now)
            case UnregisterTrunk():
                agent.unregister(now)
            case VerifyTrunk():
                agent.verify(now)
            case MeasureLatency(every_s=every_s):
                agent.measure(every_s, now)
            case ForgetTrunk():
                self._checks.stop_all(now, command.trunk)
                self._roster.leave(command.trunk, agent, now)

    def _place(self, command: PlaceTestCall, now: float) -> None:
        agent = self._roster.agents.get(command.trunk)
        field, finding = "", ""
        if agent is None:
            field, finding = "trunk", "unknown-trunk"
        elif not 0 < len(command.call) <= MAX_HANDLE or self._roster.find(command.call) is not None:
            field, finding = "call", "call-exists"
        elif self._roster.count_calls() >= MAX_CALLS:
            field, finding = "call", "too-many-calls"
        elif not set(command.dtmf) <= DIGITS:
            field, finding = "dtmf", "bad-digits"
        elif not (
            0 < command.ring_timeout_s <= MAX_RING_S and 0 <= (command.duration_s or 0) <= MAX_DURATION_S
        ):
            field, finding = "seconds", "bad-value"
        sounding = Sounding(command.play, command.play_file, command.listen, command.record_file)
        if agent is None or field:
            self._refuse(command, field, finding, trunk=command.trunk, call=command.call)
        elif (unfit := self._doors.unfit(sounding)) is not None:
            self._refuse_sound(command, unfit, trunk=command.trunk)
        else:
            self._roster.rota.touch(agent)
            agent.call(command, now)

    def _check(self, command: RunCheck | StopCheck, now: float) -> None:
        trunk = command.trunk if isinstance(command, RunCheck) else ""
        if isinstance(command, StopCheck):
            field, finding = (
                ("check", "unknown-check") if not self._checks.stop(command.check, now) else ("", "")
            )
        elif command.trunk not in self._roster.agents:
            field, finding = "trunk", "unknown-trunk"
        elif not 0 < len(command.check) <= MAX_HANDLE or self._checks.running(command.check):
            field, finding = "check", "check-exists"
        elif self._checks.on_trunk(command.trunk):
            field, finding = "trunk", "check-runs"
        elif not (0 < command.ring_timeout_s <= MAX_RING_S and 0 <= command.wait_inbound_s <= MAX_RING_S):
            field, finding = "seconds", "bad-value"
        else:
            field, finding = "", ""
            self._checks.run(command, now)
        if field:
            self._refuse(command, field, finding, trunk=trunk)

    def _on_call(self, command: OfCall, now: float) -> None:
        call = self._roster.find(command.call)
        finding, field = "", "call"
        if call is not None and (unfit := self._unfit(command)) is not None:
            self._refuse_sound(command, unfit)
            return
        match command:
            case _ if call is None:
                finding = "unknown-call"
            case AnswerCall():
                if not (isinstance(call, IncomingCall) and call.answer(command, now)):
                    finding = "wrong-state"
            case RejectCall(status=status):
                if not 400 <= status <= 699:
                    finding, field = "bad-status", "status"
                elif not (isinstance(call, IncomingCall) and call.reject(status, now)):
                    finding = "wrong-state"
            case HangUp():
                call.hang_up(now)
            case HoldCall(held=held):
                if not call.hold(held, now):
                    finding = "wrong-state"
            case ChangeSource():
                if not call.change_sound(command.play, command.play_file, command.listen):
                    finding = "wrong-state"
            case RecordCall(file=file):
                if not call.record(file):
                    finding = "wrong-state"
            case SendDigits(digits=digits):
                if not digits or not set(digits) <= DIGITS:
                    finding, field = "bad-digits", "digits"
                else:
                    finding = call.send_digits(digits, command.method, now)
                    field = "digits" if finding == "too-many-digits" else "call"
        if finding:
            self._refuse(command, field, finding, call=command.call)

    def _unfit(self, command: OfCall) -> Unfit | None:
        match command:
            case AnswerCall():
                return self._doors.unfit(
                    Sounding(command.play, command.play_file, command.listen, command.record_file)
                )
            case ChangeSource():
                return self._doors.unfit(Sounding(command.play, command.play_file))
            case RecordCall(file=file):
                return self._doors.unfit(Sounding("silence", record_file=file))
        return None

    def _refuse_sound(self, command: PlaceTestCall | OfCall, unfit: Unfit, *, trunk: str = "") -> None:
        self._doors.emit(
            CommandRefused(
                at=self._doors.wall(),
                command=type(command).__name__,
                field=unfit.field,
                finding=unfit.finding,
                details=unfit.details,
                trunk=trunk,
                call=command.call,
            )
        )

    def _refuse(self, command: Command, field: str, why: str, *, trunk: str = "", call: str = "") -> None:
        self._doors.emit(
            CommandRefused(
                at=self._doors.wall(),
                command=type(command).__name__,
                field=field,
                finding=f"finding.command.{why}",
                trunk=trunk,
                call=call,
            )
        )
