"""The first half of a check: the way to the server over each transport, and how it asks for a password."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec

from tccc_desk.diagnosis.evidence import Outcome, PathSeen
from tccc_desk.diagnosis.stages import Stage
from tccc_desk.engine.check_course import Course
from tccc_desk.engine.check_table import Input
from tccc_desk.engine.events import Fault
from tccc_desk.engine.probe import Probe
from tccc_desk.trace.entry import TraceEntry
from tccc_desk.trunk import findings
from tccc_desk.trunk.authentication import Authenticator
from tccc_desk.trunk.profile import Transport, Trunk
from tccc_desk.trunk.server import BACKUP_SERVER, PORT, SERVER, TLS_PORT

MakeProbe = Callable[[Trunk, str, PathSeen, bool], Probe]
"""Makes a probe known to the user agent, by trunk and a word for it; True for the trunk's own transport."""

_TRANSPORTS: tuple[Transport, ...] = ("udp", "tcp", "tls")
_DECIDED = frozenset({403, 404, 408, 480})
"""Refusals of a REGISTER without credentials that one with them would meet, too. So would 3xx and 5xx."""


class Way:
    """Opens the probes and reads what became of them."""

    def __init__(self, course: Course, make_probe: MakeProbe, unasked: Callable[[float], Input]) -> None:
        """`unasked` says what comes next where the server takes no REGISTER without Contact."""
        self.probes: list[Probe] = []
        self._course = course
        self._make_probe = make_probe
        self._unasked = unasked

    @property
    def pending(self) -> bool:
        """Whether any probe may still have an answer."""
        return any(probe.pending for probe in self.probes)

    def begin(self, now: float) -> None:
        """Try every transport whose port is known, and the backup server over the trunk's own."""
        course = self._course
        course.stages.begin("name", now)
        trunk, asked = course.agent.trunk, course.command.transports
        self._add(trunk, trunk.transport, own=True)
        for transport in _TRANSPORTS:
            port = _port_for(trunk, transport)
            wanted = transport != trunk.transport and (not asked or transport in asked)
            if wanted and (port is not None or trunk.port is None):
                self._add(msgspec.structs.replace(trunk, port=port), transport)
        if trunk.backup_server:
            backup = msgspec.structs.replace(trunk, server=trunk.backup_server, port=trunk.backup_port)
            self._add(backup, trunk.transport, backup=True)
        elif trunk.server == SERVER:  # the provider names a second one, entered or not
            backup = msgspec.structs.replace(trunk, server=BACKUP_SERVER)
            self._add(backup, trunk.transport, backup=True)
        for probe in self.probes:
            probe.begin(now)

    def of(self, name: str) -> Probe | None:
        """The probe of a name."""
        return next((probe for probe in self.probes if probe.trunk.name == name), None)

    def noted(self, entry: TraceEntry, probe: Probe) -> None:
        """A log entry of a probe."""
        self._course.witness.take(entry, _stage_of(entry, probe))
        if entry.direction == "sent" and entry.retransmission:
            probe.seen.repeats += 1
        if entry.kind == "message" and entry.direction == "received" and not entry.method:
            probe.seen.garbage = True
        if probe.own and entry.fact == "fact.resolved":
            self._resolved(entry.details.get("detail", ""), entry.monotonic)

    def give_up(self, now: float) -> None:
        """Their time is over."""
        for probe in self.probes:
            probe.give_up(now)

    def look(self, now: float) -> Input | None:
        """Judge the trunk's own transport as far as it got; None while it is not decided."""
        probe = self.probes[0]
        own, stages = probe.seen, self._course.stages
        if own.state == "open" or own.answered:
            self._resolved(own.remote.rpartition(":")[0], now)
            if own.transport != "udp" or own.answered:
                details = {"transport": own.transport.upper(), "local": own.local, "remote": own.remote}
                stages.end("path", "ok", now, "check.path.ok", details)
            stages.begin("options", now)
        if own.options is not None:
            details = {"answer": own.options.line, "ms": f"{own.options.after_ms:.0f}"}
            stages.end("options", "ok", now, "check.options.ok", details)
            stages.begin("challenge", now)
        if probe.challenge is not None:
            return self._challenged(probe, now)
        return self._dead(own, now) if own.state in {"failed", "silent"} else None

    def _add(self, trunk: Trunk, transport: Transport, *, own: bool = False, backup: bool = False) -> None:
        seen = PathSeen(transport, trunk.server_and_port)
        if backup:
            self._course.seen.backup = seen
        else:
            self._course.seen.paths[transport] = seen
        at = msgspec.structs.replace(trunk, transport=transport)
        self.probes.append(self._make_probe(at, f"backup {transport}" if backup else transport, seen, own))

    def _resolved(self, addresses: str, now: float) -> None:
        server = self._course.agent.trunk.server
        details = {"server": server, "addresses": addresses.strip("[]")}
        self._course.stages.end("name", "ok", now, "check.name.ok", details)
        self._course.stages.begin("path", now)

    def _dead(self, own: PathSeen, now: float) -> Input:
        course, stages = self._course, self._course.stages
        fault = own.fault or "silence"
        course.fault = _FAULTS.get(fault, "internal")
        finding = findings.path(fault, own.transport, own.why)
        details = findings.path_details(own.server, own.detail, own.why)
        if fault == "dns":
            course.seen.name_failed = True
            stages.end("name", "failed", now, finding, details)
            return Input.NEXT_END
        self._resolved(own.remote.rpartition(":")[0] or "-", now)
        if "path" not in stages.ended:
            stages.end("path", "failed", now, finding, details)
            return Input.NEXT_END
        # The transport stands. It may have answered OPTIONS, which nobody must, and not REGISTER.
        stages.end("options", "ok", now, "check.options.silent")
        stages.begin("challenge", now)
        stages.end("challenge", "failed", now, finding, details)
        if own.answered:
            course.seen.credentials = Outcome(state="failed", fault=fault, finding=finding, details=details)
        return Input.NEXT_END

    def _challenged(self, probe: Probe, now: float) -> Input:
        """Judge the answer to a REGISTER without credentials."""
        stages, seen = self._course.stages, self._course.seen
        answer = probe.seen.challenge
        assert answer is not None  # the probe sets it with its response
        stages.end("options", "ok", now, "check.options.silent")
        stages.begin("challenge", now)
        status = answer.status
        if status in {401, 407}:
            return self._asked(probe, now)
        if status < 300:
            stages.end("challenge", "ok", now, "check.challenge.none", {"answer": answer.line})
            return Input.CHALLENGED
        if status in _DECIDED or status < 400 or (500 <= status < 600 and status not in {501, 505, 513}):
            finding = findings.register_refusal(status)
            details = {"status": str(status), "reason": answer.reason, "contact": answer.contact or "-"}
            details["server"] = self._course.agent.trunk.server_and_port
            seen.credentials = Outcome(
                state="refused", status=status, by_server=True, finding=finding, details=details
            )
            seen.origin = self._course.origin_of_register()
            stages.end("challenge", "failed", now, finding, details)
            return Input.NEXT_END
        seen.query_refused = True
        stages.end("challenge", "warning", now, "check.challenge.unsupported", {"answer": answer.line})
        stages.skip("credentials", "query", now)
        stages.skip("others", "query", now)
        return self._unasked(now)

    def _asked(self, probe: Probe, now: float) -> Input:
        course = self._course
        assert probe.challenge is not None  # it was judged before
        reader = Authenticator(course.agent.trunk, "", course.doors.token)
        challenge, why, details = reader.judge(probe.challenge)
        if challenge is None:
            course.seen.challenge_fault, course.seen.challenge_details = why, details
            course.stages.end("challenge", "failed", now, findings.AUTHENTICATION[why], details)
            return Input.NEXT_END
        shown = {"realm": challenge.realm, "algorithm": challenge.algorithm, "qop": ",".join(challenge.qop)}
        course.stages.end("challenge", "ok", now, "check.challenge.ok", shown)
        return Input.CHALLENGED


def _stage_of(entry: TraceEntry, probe: Probe) -> Stage:
    """Which stage an entry of a probe is evidence of: other transports' all belong to the path."""
    if not probe.own or entry.kind == "fact":
        return "path"
    return "options" if entry.method == "OPTIONS" else "challenge"


def _port_for(trunk: Trunk, transport: Transport) -> int | None:
    """Another transport's port; None where it is anybody's guess."""
    if (trunk.transport == "tls") != (transport == "tls"):
        known: Mapping[int | None, int] = {PORT: TLS_PORT, TLS_PORT: PORT}
        return known.get(trunk.port)
    return trunk.port


_FAULTS: Mapping[str, Fault] = {
    "dns": "dns",
    "refused": "refused",
    "connect-timeout": "connect-timeout",
    "icmp": "icmp",
    "unreachable": "unreachable",
    "tls": "tls",
    "closed": "closed",
    "silence": "silence",
    "slept": "slept",
    "address-changed": "address-changed",
}
