"""The first line: what is asked, or what was answered."""

from __future__ import annotations

from tccc_desk.explain.facts import Facts, read_address, read_uri
from tccc_desk.explain.fits import domain_fits, number_fits
from tccc_desk.explain.model import Said, Verdict, say
from tccc_desk.sip.reasons import REASONS
from tccc_desk.trunk.findings import CALL, REGISTER

METHODS = (
    *("ack", "bye", "cancel", "info", "message", "notify", "options", "prack", "publish", "refer"),
    *("subscribe", "update"),
)
STATUSES = tuple(sorted({*REASONS, 405} - {200, 401, 407}))
"""Those that mean the same whatever was asked."""
_NO_FAULT = {480, 486, 487, 491, 600, 603}
"""Refusals by a person or by the state of things: unusual for a test call, no mistake in the message."""


def start_line(facts: Facts) -> Said:
    """Say what the start line means."""
    if not facts.readable:
        return say("explain.start.unreadable", "wrong", line=facts.cut.start)
    if not facts.request:
        return _status(facts)
    if facts.version.upper() != "SIP/2.0":
        return say("explain.start.version", "wrong", version=facts.version)
    if facts.method == "INVITE":
        return _invite(facts)
    if facts.method == "REGISTER":
        return _register(facts)
    if facts.method.lower() in METHODS and facts.method.isupper():
        return say(f"explain.method.{facts.method.lower()}", "info", uri=facts.uri)
    return say("explain.start.unknown-method", "unusual", method=facts.method)


def _register(facts: Facts) -> Said:
    uri = read_uri(facts.uri)
    if uri is None:
        return say("explain.start.bad-uri", "wrong", uri=facts.uri)
    if not domain_fits(uri.host, facts.domain):
        return say("explain.start.register-host", "wrong", host=uri.host, domain=facts.domain)
    return say("explain.start.register", "expected", host=uri.host)


def _invite(facts: Facts) -> Said:
    uri = read_uri(facts.uri)
    if uri is None:
        return say("explain.start.bad-uri", "wrong", uri=facts.uri)
    if ";tag=" in facts.cut.first("to").lower().replace(" ", "") and not facts.context.first_request:
        return say("explain.start.reinvite", "info", uri=facts.uri)
    if facts.context.step == 3:
        return say("explain.start.invite-step3", "expected", uri=facts.uri)
    if facts.context.step != 2:
        return say("explain.start.invite", "info", uri=facts.uri)
    if facts.account and uri.number == facts.account:
        return say("explain.start.invite-account", "wrong", number=uri.number)
    if not number_fits(uri.number, facts.context.line):
        return say("explain.start.invite-number", "wrong", number=uri.number, line=facts.context.line)
    if not domain_fits(uri.host, facts.domain):
        return say("explain.start.invite-host", "wrong", host=uri.host, domain=facts.domain)
    return say("explain.start.invite-line", "expected", number=uri.number)


def _status(facts: Facts) -> Said:
    status, method = facts.status, facts.method
    values: dict[str, str | int] = {"status": status, "reason": facts.reason, "method": method}
    if status == 200:
        kind = {"REGISTER": "register", "INVITE": "invite", "BYE": "bye", "OPTIONS": "options"}
        return say(f"explain.status.200-{kind.get(method, 'other')}", "expected", **values)
    if status in (401, 407):
        return _challenge(facts)
    received = facts.context.direction == "received"
    if received and method == "INVITE" and status in CALL and facts.context.step in (0, 2):
        return say(CALL[status], _judged(status), line=facts.context.line or _called(facts), **values)
    if received and method == "REGISTER" and status in REGISTER and status != 423:
        return say(REGISTER[status], _judged(status), **values)
    if status in STATUSES:
        return say(f"explain.status.{status}", _judged(status), **values)
    return say(f"explain.status.class-{status // 100}", _judged(status), **values)


def _challenge(facts: Facts) -> Said:
    header = "proxy-authenticate" if facts.status == 407 else "www-authenticate"
    asked = facts.cut.first(header)
    if not asked:
        return say("explain.status.no-challenge", "wrong", status=facts.status)
    stale = "stale=true" in asked.lower().replace('"', "").replace(" ", "")
    if facts.context.credentials_sent_before and not stale:
        return say("explain.status.challenge-again", "wrong", status=facts.status)
    return say("explain.status.challenge", "expected", status=facts.status, method=facts.method)


def _judged(status: int) -> Verdict:
    if status < 300:
        return "expected"
    return "unusual" if status < 400 or status in _NO_FAULT or status in (422, 423) else "wrong"


def _called(facts: Facts) -> str:
    to = read_address(facts.cut.first("to"))
    return to.uri.number if to else ""
