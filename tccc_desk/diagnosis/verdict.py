"""From what the stages of a check saw to one verdict: total, the first rule that fits decides.

Nothing here is more certain than its evidence. What a code of the provider means is not published, so
whatever rests on general SIP reasoning is "likely" or "possible"; "certain" is kept for what this machine
did or saw itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from tccc_desk.diagnosis.evidence import Evidence, Outcome, PathSeen
from tccc_desk.diagnosis.stages import Confidence, Side, Verdict

Step = Literal[1, 2, 3] | None


@dataclass(frozen=True, slots=True)
class Row:
    """What a verdict says unless the evidence says who it was."""

    side: Side
    step: Step
    confidence: Confidence


VERDICTS: Mapping[str, Row] = {
    "healthy": Row("none", None, "certain"),
    "registered": Row("none", None, "certain"),
    "proved": Row("none", None, "certain"),
    "reachable": Row("unknown", 1, "certain"),
    "called": Row("none", None, "certain"),
    "in-use": Row("none", 1, "certain"),
    "stopped": Row("unknown", None, "certain"),
    "internal": Row("this_machine", None, "certain"),
    "input": Row("configuration", None, "certain"),
    "keyring": Row("this_machine", None, "certain"),
    "no-network": Row("this_machine", 1, "certain"),
    "unreachable": Row("network", 1, "likely"),
    "dns": Row("network", 1, "likely"),
    "dns-domain": Row("configuration", 1, "likely"),
    "wrong-port": Row("configuration", 1, "likely"),
    "refused": Row("unknown", 1, "possible"),
    "other-transport": Row("configuration", 1, "likely"),
    "blocked": Row("network", 1, "likely"),
    "udp-blocked": Row("network", 1, "likely"),
    "silent": Row("unknown", 1, "possible"),
    "silent-stream": Row("unknown", 1, "possible"),
    "closed": Row("unknown", 1, "possible"),
    "not-sip": Row("configuration", 1, "possible"),
    "tls-clock": Row("this_machine", 1, "likely"),
    "tls-expired": Row("provider_edge", 1, "possible"),
    "tls-name": Row("configuration", 1, "possible"),
    "tls-issuer": Row("network", 1, "possible"),
    "tls-mixed": Row("configuration", 1, "likely"),
    "tls-ca-file": Row("configuration", 1, "certain"),
    "tls-other": Row("unknown", 1, "possible"),
    "backup-works": Row("provider_edge", 1, "possible"),
    "challenge-realm": Row("provider_edge", 1, "possible"),
    "challenge-odd": Row("provider_edge", 1, "likely"),
    "credentials": Row("configuration", 1, "likely"),
    "silent-after-challenge": Row("network", 1, "possible"),
    "register-forbidden": Row("provider_edge", 1, "likely"),
    "register-unknown": Row("configuration", 1, "likely"),
    "register-brief": Row("configuration", 1, "likely"),
    "register-slow": Row("provider_edge", 1, "likely"),
    "register-trouble": Row("provider_edge", 1, "likely"),
    "register-redirected": Row("provider_edge", 1, "likely"),
    "register-rejected": Row("provider_edge", 1, "possible"),
    "register-not-kept": Row("provider_edge", 1, "likely"),
    "call-credentials": Row("configuration", 2, "likely"),
    "call-challenge": Row("provider_edge", 2, "possible"),
    "call-large": Row("network", 2, "likely"),
    "call-silent": Row("unknown", 2, "possible"),
    "call-forbidden": Row("provider_edge", 2, "possible"),
    "call-unknown-number": Row("configuration", 2, "likely"),
    "call-incomplete": Row("configuration", 2, "likely"),
    "call-unavailable": Row("beyond", 2, "likely"),
    "call-busy": Row("beyond", 2, "likely"),
    "call-declined": Row("beyond", 2, "likely"),
    "call-no-answer": Row("beyond", 2, "likely"),
    "call-no-ringing": Row("unknown", 2, "possible"),
    "call-codec": Row("configuration", 2, "possible"),
    "call-extension": Row("configuration", 2, "possible"),
    "call-loop": Row("network", 2, "possible"),
    "call-line-down": Row("beyond", 2, "possible"),
    "call-fault": Row("beyond", 2, "possible"),
    "call-slow": Row("beyond", 2, "possible"),
    "call-redirected": Row("provider_edge", 2, "possible"),
    "call-bad-answer": Row("beyond", 2, "likely"),
    "call-rejected": Row("unknown", 2, "possible"),
    "call-local-port": Row("this_machine", 2, "certain"),
    "call-lost": Row("network", 2, "possible"),
    "deaf": Row("network", 2, "likely"),
    "mute": Row("network", 2, "likely"),
    "both-deaf": Row("network", 2, "likely"),
    "far-end-silent": Row("beyond", 2, "likely"),
    "no-call-came": Row("unknown", 3, "possible"),
    "call-in-failed": Row("unknown", 3, "possible"),
}
"""Every verdict there is. The texts hold exactly these."""

_REGISTER: Mapping[str, str] = {
    "finding.register.credentials-refused": "credentials",
    "finding.register.forbidden": "register-forbidden",
    "finding.register.not-found": "register-unknown",
    "finding.register.too-brief": "register-brief",
    "finding.register.server-timeout": "register-slow",
    "finding.register.server-trouble": "register-trouble",
    "finding.register.redirected": "register-redirected",
    "finding.register.rejected": "register-rejected",
    "finding.register.not-granted": "register-not-kept",
    "finding.verify.unsupported": "register-rejected",
    "finding.auth.realm": "challenge-realm",
    "finding.auth.algorithm": "challenge-odd",
    "finding.auth.qop": "challenge-odd",
    "finding.auth.none": "challenge-odd",
}
_CALL: Mapping[str, str] = {
    "finding.auth.realm": "call-challenge",
    "finding.auth.algorithm": "call-challenge",
    "finding.auth.qop": "call-challenge",
    "finding.auth.none": "call-challenge",
    "finding.call.credentials": "call-credentials",
    "finding.call.forbidden": "call-forbidden",
    "finding.call.not-found": "call-unknown-number",
    "finding.call.incomplete": "call-incomplete",
    "finding.call.unavailable": "call-unavailable",
    "finding.call.busy": "call-busy",
    "finding.call.declined": "call-declined",
    "finding.call.no-answer": "call-no-answer",
    "finding.call.no-ringing": "call-no-ringing",
    "finding.call.codec": "call-codec",
    "finding.call.extension": "call-extension",
    "finding.call.loop": "call-loop",
    "finding.call.line-unavailable": "call-line-down",
    "finding.call.server-fault": "call-fault",
    "finding.call.server-timeout": "call-slow",
    "finding.call.redirected": "call-redirected",
    "finding.call.bad-answer": "call-bad-answer",
    "finding.call.large-udp": "call-large",
    "finding.call.no-media-port": "call-local-port",
    "finding.call.no-port-in-range": "call-local-port",
    "finding.call.cancelled": "stopped",
    "finding.path.silence-udp": "call-silent",
    "finding.path.silence-stream": "call-silent",
    "finding.path.closed": "call-lost",
    "finding.path.icmp": "call-lost",
    "finding.path.unreachable": "call-lost",
}
_TLS: Mapping[str, str] = {
    "name": "tls-name",
    "expired": "tls-expired",
    "not-yet-valid": "tls-clock",
    "issuer": "tls-issuer",
    "not-tls": "tls-mixed",
    "closed": "tls-mixed",
    "timeout": "tls-mixed",
    "ca-file": "tls-ca-file",
}
_KNOWN_PORTS = {"udp": {35090}, "tcp": {35090}, "tls": {5061}}
_ORIGIN_DECIDES = frozenset(
    {"call-forbidden", "call-unavailable", "call-busy", "call-declined", "call-line-down", "call-fault"}
    | {"call-slow", "call-rejected", "call-redirected", "call-bad-answer", "call-no-answer"}
    | {"register-forbidden", "register-slow", "register-trouble", "register-rejected", "register-redirected"}
)
"""Verdicts whose side is whoever said no, where that is known."""


_SPEAKS_FOR_ITSELF = frozenset({"call-busy", "call-declined", "call-unavailable", "call-no-answer"})
"""Only somebody who was called is busy, declines or is not there, whatever relays it. A registrar, as
a rule, answers for itself as well."""


def judge(seen: Evidence) -> Verdict:
    """The one verdict."""
    if seen.internal:
        return _say("internal", seen, detail=seen.internal)
    if seen.stopped:
        return _say("stopped", seen)
    return _of_path(seen) or _of_registering(seen) or _of_calls(seen) or _good(seen)


def of_word(word: str, **details: str) -> Verdict:
    """A verdict that needs no evidence: what happened before anything could be seen."""
    row = VERDICTS[word]
    return Verdict(id=word, side=row.side, document_step=row.step, confidence=row.confidence, details=details)


def refused_input(finding: str, details: Mapping[str, str]) -> Verdict:
    """What was entered is wrong: nothing was sent. `finding` is the text id of what is wrong with it."""
    return of_word("input", **{"problem": finding, **details})


def _of_path(seen: Evidence) -> Verdict | None:
    own = seen.own
    if own is None or own.answered:
        return None
    details = {"server": own.server, "transport": own.transport.upper(), "detail": own.detail}
    if seen.name_failed:
        domain = seen.trunk.server.casefold() == seen.trunk.domain.casefold()
        return _say("dns-domain" if domain else "dns", seen, **details)
    if own.state == "opening":
        return None
    working = [path for path in seen.paths.values() if path is not own and path.answered]
    if own.fault == "tls":
        word = _TLS.get(own.why, "tls-other")
        if word == "tls-expired" and not seen.clock_ok:
            word = "tls-clock"
        return _say(word, seen, **details)
    if working:
        details["other"] = ", ".join(path.transport.upper() for path in working)
        return _say("udp-blocked" if own.transport == "udp" else "other-transport", seen, **details)
    if own.fault in {"unreachable", ""} and seen.source == "" and own.state == "failed":
        return _say("no-network", seen, **details)
    if seen.backup is not None and seen.backup.answered:
        return _say("backup-works", seen, **details | {"backup": seen.backup.server})
    return _say(_dead(own, seen), seen, **details)


def _dead(own: PathSeen, seen: Evidence) -> str:
    """No transport to the server answers: what the trunk's own showed."""
    match own.fault:
        case "refused" | "icmp":
            provider = seen.trunk.server.casefold().endswith("qcloud.com")
            wrong = provider and seen.trunk.port not in _KNOWN_PORTS[seen.trunk.transport]
            return "wrong-port" if wrong else "refused"
        case "connect-timeout":
            return "blocked"
        case "unreachable":
            return "unreachable"
        case "internal":
            return "internal"
        case _ if own.garbage:
            return "not-sip"
        case "closed":
            return "closed"
        case _:
            return "silent" if own.transport == "udp" else "silent-stream"


def _of_registering(seen: Evidence) -> Verdict | None:
    if seen.challenge_fault:
        word = "challenge-realm" if seen.challenge_fault == "realm" else "challenge-odd"
        return _say(word, seen, **seen.challenge_details)
    for outcome in (seen.credentials, seen.registration):
        if outcome is None or outcome.state == "ok":
            continue
        if outcome is seen.credentials and seen.query_refused and seen.registration is not None:
            continue  # it said nothing of the password; registering did
        word = _REGISTER.get(outcome.finding, "") or _lost(outcome)
        return _say(word, seen, **outcome.details)
    return None


def _lost(outcome: Outcome) -> str:
    """A REGISTER that got no answer although the path had answered before."""
    return "internal" if outcome.fault == "internal" else "silent-after-challenge"


def _of_calls(seen: Evidence) -> Verdict | None:
    call = seen.call
    if call is not None and call.state != "ok":
        word = _CALL.get(call.finding, "call-rejected")
        shown = {"answer": f"{call.status} {call.reason}".strip(), "call_id": seen.call_id}
        return _say(word, seen, **call.details | shown)
    if seen.waited and seen.came is None:
        return _say("no-call-came", seen)
    if seen.came is not None and seen.came.state != "ok":
        return _say("call-in-failed", seen, **seen.came.details)
    for step, one in ((2, call), (3, seen.came)):
        if one is not None and (word := _sound(one)):
            verdict = _say(word, seen, cause=one.cause)
            return Verdict(
                id=verdict.id,
                side="this_machine" if one.cause == "microphone-silent" else verdict.side,
                document_step=2 if step == 2 else 3,
                confidence=verdict.confidence,
                details=verdict.details,
            )
    return None


def _sound(call: Outcome) -> str:
    match call.one_way:
        case "we_hear_nothing" if call.cause == "arrives-silent":
            return "far-end-silent"
        case "we_hear_nothing":
            return "deaf"
        case "they_hear_nothing":
            return "mute"
        case "both":
            return "both-deaf"
        case _:
            return ""


def _good(seen: Evidence) -> Verdict:
    if seen.held_back:
        return _say("in-use", seen, count=str(len(seen.others)))
    if seen.call is not None or seen.came is not None:
        return _say("healthy" if seen.registration is not None else "called", seen)
    if seen.registration is not None:
        return _say("registered", seen)
    if seen.credentials is not None:
        return _say("proved", seen)
    if seen.own is not None and seen.own.answered:
        return _say("reachable", seen)
    return _say("internal", seen, detail="-")


def _say(word: str, seen: Evidence, **details: str) -> Verdict:
    row = VERDICTS[word]
    side, confidence = row.side, row.confidence
    origin = seen.origin
    if word in _ORIGIN_DECIDES and origin is not None:
        if origin.side != "unknown":
            side, confidence = origin.side, origin.confidence
        else:
            confidence = "possible"
            if word not in _SPEAKS_FOR_ITSELF and not word.startswith("register-"):
                side = "unknown"
    shown = {"server": seen.trunk.server_and_port, "domain": seen.trunk.domain} | details
    return Verdict(id=word, side=side, document_step=row.step, confidence=confidence, details=shown)
