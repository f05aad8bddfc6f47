"""What the parts of one check share: what was asked for, what was seen, and how it is told."""

from __future__ import annotations

from collections.abc import Mapping

from tccc_desk.diagnosis.answers import Answer
from tccc_desk.diagnosis.catalogue import found
from tccc_desk.diagnosis.evidence import Evidence, Outcome
from tccc_desk.diagnosis.origin import Origin, who_said_no
from tccc_desk.diagnosis.stages import Found, Stage
from tccc_desk.engine.check_stages import Stages
from tccc_desk.engine.check_witness import Witness
from tccc_desk.engine.commands import RunCheck
from tccc_desk.engine.doors import Doors
from tccc_desk.engine.events import BindingRefused, Fault, RegistrationFailed
from tccc_desk.engine.trunk_agent import TrunkAgent

SILENCE_S = 15.0
"""Without an answer for so long a transport, or a request, is silent. Three of them are a check's most."""


class Course:
    """One check's. Its parts say what comes next; the check's table moves."""

    def __init__(self, command: RunCheck, agent: TrunkAgent, doors: Doors, *, was_bound: bool) -> None:
        self.command = command
        self.agent = agent
        self.doors = doors
        self.was_bound = was_bound
        """The trunk was registered before the check, and stays so."""
        self.registered = False
        """The registrar may hold a binding of this check's making."""
        self.seen = Evidence(agent.trunk)
        self.witness = Witness()
        self.fault: Fault = ""
        self.findings: dict[str, Found] = {}
        self.stages = Stages(command.trunk, command.check, doors, self._evidence)

    def find(self, id: str, details: Mapping[str, str]) -> None:
        """Say something beside the verdict, once."""
        self.add(found(id, details))

    def add(self, one: Found) -> None:
        """The same for what is complete already."""
        self.findings.setdefault(f"{one.id} {sorted(one.details.items())}", one)

    def origin_of_register(self) -> Origin:
        """Who wrote the last answer to a REGISTER."""
        return self._origin(self.witness.last_of("REGISTER"))

    def origin_of_call(self, call_id: str) -> Origin:
        """Who ended an INVITE of ours."""
        return self._origin(self.witness.answers(call_id))

    def outcome(self, event: BindingRefused | RegistrationFailed) -> Outcome:
        """How a REGISTER round failed; who said no is noted."""
        server = event.said_by == "server"
        if isinstance(event, RegistrationFailed):
            self.fault = event.fault
        if server:
            self.seen.origin = self.origin_of_register()
        return Outcome(
            state="refused" if server else "failed",
            status=event.status,
            reason=event.reason,
            by_server=server,
            fault=self.fault,
            finding=event.finding,
            details=event.details,
        )

    def _origin(self, answers: tuple[Answer, ...]) -> Origin:
        return who_said_no(answers, self.witness.edge, rewritten=bool(self.witness.rewritten))

    def _evidence(self, stage: Stage) -> tuple[int, ...]:
        return tuple(self.witness.evidence.get(stage, ()))
