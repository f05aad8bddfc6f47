"""The second half of a check: the document's step 2 and step 3, and the sound of both."""

from __future__ import annotations

from collections.abc import Mapping

from tccc_desk.diagnosis.evidence import Outcome
from tccc_desk.diagnosis.origin import Origin
from tccc_desk.diagnosis.stages import StageState
from tccc_desk.engine.check_course import SILENCE_S, Course
from tccc_desk.engine.check_table import Input
from tccc_desk.engine.commands import AnswerCall, PlaceTestCall
from tccc_desk.engine.events import CallEnded, CallOffered, CallPlaced, CallProgressed, Event
from tccc_desk.engine.incoming import IncomingCall
from tccc_desk.trunk import findings
from tccc_desk.trunk.dialling import as_dialled
from tccc_desk.trunk.entry import checked_call

TALK_S = 10.0
"""A test call's length: their second RTCP report comes 9.3 s after the answer at the latest (RFC 3550
section 6.2), and only two of them say that nothing of ours arrives (`rtp.verdict`)."""
SLACK_S = 12.0
"""What a call may take to end, beyond ringing and talking."""
_SOUND: Mapping[str, StageState] = {"none": "ok", "unknown": "warning"}


class CallPart:
    """Places one call, takes one."""

    def __init__(self, course: Course) -> None:
        self._course = course
        self._handle = f"check {course.command.check}"[:64]
        self._call_id = ""
        self._progressed = False
        self._came = ""

    def place(self, now: float) -> float:
        """Call the line as a customer would; gives the time by which it must have ended."""
        command = self._course.command
        self._course.stages.begin("call-out", now)
        call, trunk = checked_call(command.caller, command.line), self._course.agent.trunk
        order = PlaceTestCall(
            trunk=command.trunk,
            call=self._handle,
            caller=as_dialled(trunk, "caller", call.caller, called=False),
            line=as_dialled(trunk, "line", call.line, called=True),
            ring_timeout_s=command.ring_timeout_s,
            duration_s=TALK_S,
        )
        self._course.agent.call(order, now)
        return now + command.ring_timeout_s + TALK_S + SLACK_S

    def silent_at(self) -> float | None:
        """When an INVITE that nothing answered counts as lost; None where something did."""
        asked = self._course.witness.last_asked(self._call_id) if self._call_id else None
        if asked is None or self._progressed or self._course.witness.answers(self._call_id):
            return None
        return asked + SILENCE_S

    def placed(self, event: Event, now: float) -> Input | None:
        """What came of `place`."""
        if getattr(event, "call", "") != self._handle:
            return None
        match event:
            case CallPlaced(call_id=call_id):
                self._call_id = call_id
            case CallProgressed():
                self._progressed = True
            case CallEnded():
                return self._ended(event, now)
        return None

    def given_up(self, now: float) -> Input:
        """Nothing answered the INVITE, or the call does not end."""
        course = self._course
        course.fault = "silence"
        trunk = course.agent.trunk
        # The first one was answered by a challenge, the larger one by nothing.
        large = trunk.transport == "udp" and course.witness.asked(self._call_id) > 1
        finding = "finding.call.large-udp" if large else findings.path("silence", trunk.transport)
        details = findings.path_details(trunk.server_and_port, "")
        course.seen.call = Outcome(state="failed", fault="silence", finding=finding, details=details)
        course.stages.end("call-out", "failed", now, finding, details)
        self.hang_up(now)
        return Input.NEXT_END

    def wait(self, now: float) -> float:
        """Wait for a call of theirs; gives the time by which it must have come."""
        self._course.stages.begin("call-in", now)
        self._course.seen.waited = True
        return now + self._course.command.wait_inbound_s

    def offered(self, event: Event, now: float) -> float | None:
        """Answer the first call that comes; gives the time by which it must have ended."""
        if not isinstance(event, CallOffered) or self._came:
            return None
        call = self._course.agent.calls.get(event.call)
        answer = AnswerCall(call=event.call, play="echo", duration_s=TALK_S)
        if not (isinstance(call, IncomingCall) and call.answer(answer, now)):
            return None
        self._came = event.call
        return now + TALK_S + SLACK_S

    def came(self, event: Event, now: float) -> Input | None:
        """What became of the call that came."""
        if not isinstance(event, CallEnded) or not self._came or event.call != self._came:
            return None
        course = self._course
        course.seen.came = outcome = _outcome(event)
        if outcome.state != "ok":
            course.stages.end("call-in", "failed", now, event.finding, event.details)
            return Input.NEXT_END
        course.stages.end("call-in", "ok", now, "check.call-in.ok")
        course.find("check.found.inbound-proven", {})
        if course.seen.call is None:
            self._judge_sound(outcome, now)
        return Input.NEXT_END

    def nobody_came(self, now: float) -> Input:
        """The time to wait is over."""
        self.hang_up(now)
        details = {"seconds": f"{self._course.command.wait_inbound_s:g}"}
        self._course.stages.end("call-in", "failed", now, "check.call-in.none", details)
        return Input.NEXT_END

    def hang_up(self, now: float) -> None:
        """End what is going on."""
        for handle in (self._handle, self._came):
            if (call := self._course.agent.calls.get(handle)) is not None:
                call.hang_up(now)

    def _ended(self, event: CallEnded, now: float) -> Input:
        course = self._course
        course.seen.call = outcome = _outcome(event)
        course.seen.call_id = event.call_id
        if outcome.state == "ok":
            course.stages.end("call-out", "ok", now, "finding.call.ok")
            self._judge_sound(outcome, now)
        else:
            course.fault = event.fault
            if event.said_by == "server":
                course.seen.origin = course.origin_of_call(self._call_id)
            elif event.outcome == "no_answer" and event.pdd_ms is not None:
                course.seen.origin = Origin("beyond", "likely", ("rang",))
            course.stages.end("call-out", "failed", now, event.finding, event.details)
        bound = course.seen.registration is not None and course.seen.registration.state == "ok"
        return Input.NEXT_AWAIT if bound and course.command.wait_inbound_s > 0 else Input.NEXT_END

    def _judge_sound(self, call: Outcome, now: float) -> None:
        way = call.one_way or "unknown"
        self._course.stages.begin("sound", now)
        self._course.stages.end(
            "sound", _SOUND.get(way, "failed"), now, f"check.sound.{way.replace('_', '-')}"
        )
        if call.cause:
            self._course.find(f"media.cause.{call.cause}", {})


def _outcome(event: CallEnded) -> Outcome:
    media = event.media
    return Outcome(
        state="ok" if event.outcome == "answered" else "refused" if event.said_by == "server" else "failed",
        status=event.status,
        reason=event.reason,
        by_server=event.said_by == "server",
        fault=event.fault,
        finding=event.finding,
        details=event.details,
        outcome=event.outcome,
        one_way=media.one_way if media is not None else "",
        cause=media.cause if media is not None else "",
    )
