"""The middle of a check: the one attempt with the password, who else is there, our own binding."""

from __future__ import annotations

from tccc_desk.diagnosis.evidence import Outcome
from tccc_desk.diagnosis.stages import Stage
from tccc_desk.engine.check_course import Course
from tccc_desk.engine.check_table import Input
from tccc_desk.engine.events import (
    BindingEstablished,
    BindingRefused,
    CredentialsVerified,
    Event,
    RegistrationFailed,
)
from tccc_desk.trunk import findings

_SHOWN = 3
"""Contacts of other devices named in a sentence."""


class BindingPart:
    """Orders the trunk's own agent and reads its events."""

    def __init__(self, course: Course) -> None:
        self._course = course

    def verify(self, now: float) -> None:
        """Ask with credentials and without Contact: proves the password, touches no binding."""
        self._course.stages.begin("credentials", now)
        self._course.agent.verify(now)

    def register(self, now: float) -> None:
        """Bind, or refresh what was bound before."""
        self._course.stages.begin("registration", now)
        self._course.registered = True
        self._course.agent.register(now)

    def proved(self, event: Event, now: float) -> Input | None:
        """What came of `verify`."""
        seen, stages = self._course.seen, self._course.stages
        match event:
            case CredentialsVerified():
                seen.credentials = Outcome(state="ok", status=event.status, by_server=True)
                stages.end("credentials", "ok", now, "check.credentials.ok")
                self._list(event.contacts, now)
                return self.onward(now)
            case BindingRefused(finding="finding.verify.unsupported", purpose="verify"):
                seen.query_refused = True
                stages.end("credentials", "warning", now, event.finding, event.details)
                stages.skip("others", "query", now)
                return self.onward(now)
            case BindingRefused(purpose="verify") | RegistrationFailed(purpose="verify"):
                seen.credentials = self._course.outcome(event)
                stages.end("credentials", "failed", now, event.finding, event.details)
                return Input.NEXT_END
        return None

    def bound(self, event: Event, now: float) -> Input | None:
        """What came of `register`."""
        match event:
            case BindingEstablished():
                self._granted(event, now)
                return self.next_call(bound=True)
            case BindingRefused() | RegistrationFailed():
                self._course.seen.registration = self._course.outcome(event)
                self._course.stages.end("registration", "failed", now, event.finding, event.details)
                return Input.NEXT_END
        return None

    def silent(self, stage: Stage, now: float) -> Input:
        """A REGISTER that nothing answers, after an answer to the one without credentials."""
        course = self._course
        course.fault = "silence"
        trunk = course.agent.trunk
        finding = findings.path("silence", trunk.transport)
        details = findings.path_details(trunk.server_and_port, "")
        lost = Outcome(state="failed", fault="silence", finding=finding, details=details)
        if stage == "credentials":
            course.seen.credentials = lost
        else:
            course.seen.registration = lost
        course.stages.end(stage, "failed", now, finding, details)
        course.agent.give_up(now)
        return Input.NEXT_END

    def onward(self, now: float) -> Input:
        """What comes once the password is as good as can be known without binding."""
        course = self._course
        if not course.agent.trunk.register:
            why = "call-only"
        elif course.seen.others and not (course.was_bound or course.command.beside_others):
            why, course.seen.held_back = "others", True
        else:
            return Input.NEXT_REGISTER
        course.stages.skip("registration", why, now)
        course.stages.skip("keep-alive", "unregistered", now)
        return self.next_call(bound=False)

    def next_call(self, *, bound: bool) -> Input:
        """Which call comes next, if any was asked for."""
        if self._course.command.line:
            return Input.NEXT_CALL
        return Input.NEXT_AWAIT if bound and self._course.command.wait_inbound_s > 0 else Input.NEXT_END

    def _list(self, contacts: tuple[str, ...], now: float) -> None:
        stages = self._course.stages
        self._course.seen.others = contacts
        stages.begin("others", now)
        if not contacts:
            stages.end("others", "ok", now, "check.others.none")
            return
        details = {"count": str(len(contacts)), "contacts": ", ".join(contacts[:_SHOWN])}
        stages.end("others", "warning", now, "check.others.some", details)
        self._course.find("check.found.others", details)

    def _granted(self, event: BindingEstablished, now: float) -> None:
        course, stages = self._course, self._course.stages
        course.seen.registration = Outcome(state="ok", status=event.status, by_server=True)
        details = {"seconds": str(event.granted_expires_s), "asked": str(event.requested_expires_s)}
        stages.end("registration", "ok", now, "check.registration.ok", details)
        if event.granted_expires_s < event.requested_expires_s:
            course.find("check.found.shortened", details)
        if event.other_contacts and not course.seen.others:
            shown = ", ".join(event.other_contacts[:_SHOWN])
            course.seen.others = event.other_contacts
            course.find("check.found.others", {"count": str(len(event.other_contacts)), "contacts": shown})
        stages.begin("keep-alive", now)
        over = "udp" if course.agent.trunk.transport == "udp" else "stream"
        stages.end(
            "keep-alive", "ok", now, f"check.keep-alive.{over}", {"seconds": f"{event.refresh_in_s:.0f}"}
        )
