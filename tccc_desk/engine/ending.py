"""How a call ended, filled in as it becomes known, and the event that says it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from tccc_desk.engine.events import CallEnded, Fault, MediaReport, Outcome, SaidBy
from tccc_desk.sip.wire import printable
from tccc_desk.trunk import findings
from tccc_desk.trunk.profile import Trunk


@dataclass(slots=True)
class Ending:
    """The verdict on one call. Later words replace earlier ones; the last stands."""

    outcome: Outcome = "failed"
    status: int = 0
    reason: str = ""
    said_by: SaidBy = "local"
    fault: Fault = ""
    finding: str = ""
    details: dict[str, str] = field(default_factory=dict)
    by: Literal["us", "them", ""] = ""

    def decided(self, outcome: Outcome, finding: str) -> None:
        """Our own decision: no SIP response is to blame."""
        self.outcome, self.finding, self.by = outcome, finding, "us"
        self.status, self.reason, self.said_by, self.fault = 0, "", "local", ""

    def refused(self, status: int, reason: str, finding: str, details: dict[str, str]) -> None:
        """A final answer from 300 on."""
        self.outcome = "busy" if status in {486, 600} else "rejected"
        self.status, self.reason, self.said_by = status, reason, "server"
        self.finding, self.by = finding, "them"
        self.details = {"status": str(status), "reason": reason, **details}

    def locally(self, trunk: Trunk, fault: Fault, detail: str, why: str = "") -> None:
        """A fault below SIP; `why` narrows it down where it is known."""
        self.outcome, self.fault = "failed", fault
        self.status, self.reason, self.said_by = 0, "", "local"
        self.finding = findings.path(fault, trunk.transport, why)
        self.details = {"server": trunk.server_and_port, "detail": detail}
        if why:
            self.details["why"] = why

    def event(
        self,
        *,
        at: float,
        trunk: str,
        call: str,
        call_id: str,
        incoming: bool,
        pdd_ms: float | None,
        answer_ms: float | None,
        duration_s: float,
        media: MediaReport | None,
    ) -> CallEnded:
        """Say it, text from the network made harmless."""
        return CallEnded(
            at=at,
            trunk=trunk,
            call=call,
            call_id=printable(call_id),
            incoming=incoming,
            outcome=self.outcome,
            status=self.status,
            reason=printable(self.reason),
            said_by=self.said_by,
            fault=self.fault,
            finding=self.finding,
            details={name: printable(value) for name, value in self.details.items()},
            pdd_ms=pdd_ms,
            answer_ms=answer_ms,
            duration_s=duration_s,
            ended_by=self.by,
            media=media,
        )
