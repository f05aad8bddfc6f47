"""Headers whose one value is judged for itself: counters, times, kinds of body, options, reasons."""

from __future__ import annotations

import re

from tccc_desk.explain.facts import Facts, whole
from tccc_desk.explain.fits import hops_fit
from tccc_desk.explain.model import Said, say
from tccc_desk.explain.parties import SHORT_EXPIRY_S
from tccc_desk.sip.reasons import REASONS
from tccc_desk.trunk.profile import DEFAULT_EXPIRES_S

Q850 = (
    *(1, 2, 3, 6, 16, 17, 18, 19, 20, 21, 22, 26, 27, 28, 29, 31, 34, 38, 41, 42, 44, 47, 50, 55, 57, 58),
    *(63, 65, 69, 79, 81, 87, 88, 95, 97, 99, 102, 111, 127),
)
"""Causes with a sentence of their own."""
_USUAL_CAUSES = {16, 17, 18, 19, 31}
LEAST_SESSION_S = 90
"""RFC 4028 section 5: no session interval is shorter."""
_SUPPORTED_HERE = {"100rel", "timer", "replaces", "path", "outbound", "gruu", "norefersub", "histinfo"}

_CAUSE = re.compile(r"(?i);[ \t]*cause[ \t]*=[ \t]*(\d{1,4})")
_TEXT = re.compile(r'(?i);[ \t]*text[ \t]*=[ \t]*"([^"]{0,200})')
_REFRESHER = re.compile(r"(?i);[ \t]*refresher[ \t]*=[ \t]*(ua[cs])")


def call_id(value: str, _facts: Facts, _nth: int) -> Said:
    if not value or " " in value:
        return say("explain.call-id.bad", "wrong", value=value)
    return say("explain.call-id.one", "expected", value=value)


def cseq(value: str, facts: Facts, _nth: int) -> Said:
    words = value.split()
    if len(words) != 2 or whole(words[0], 2**31 - 1) is None:
        return say("explain.cseq.bad", "wrong", value=value)
    if facts.request and facts.readable and words[1] != facts.method:
        return say("explain.cseq.method", "wrong", named=words[1], method=facts.method)
    id = "explain.cseq.request" if facts.request else "explain.cseq.response"
    return say(id, "expected", number=words[0], method=words[1])


def max_forwards(value: str, _facts: Facts, _nth: int) -> Said:
    if not hops_fit(value.strip()):
        return say("explain.max-forwards.none", "wrong", hops=value)
    hops = int(value.strip()[:4])
    if hops < 10:
        return say("explain.max-forwards.few", "unusual", hops=hops)
    return say("explain.max-forwards.enough", "expected", hops=hops)


def expires(value: str, facts: Facts, _nth: int) -> Said:
    seconds = whole(value)
    if seconds is None:
        return say("explain.expires.bad", "wrong", value=value)
    if facts.method != "REGISTER":
        return say("explain.expires.other", "info", seconds=seconds)
    if not facts.request:
        if seconds < SHORT_EXPIRY_S:
            return say("explain.expires.granted-short", "unusual", seconds=seconds)
        return say("explain.expires.granted", "expected", seconds=seconds)
    if seconds == 0:
        return say("explain.expires.remove", "expected")
    if seconds == DEFAULT_EXPIRES_S:
        return say("explain.expires.asked", "expected", seconds=seconds)
    return say("explain.expires.asked-other", "unusual", seconds=seconds, document=DEFAULT_EXPIRES_S)


def session_expires(value: str, _facts: Facts, _nth: int) -> Said:
    seconds = whole(value.partition(";")[0])
    if seconds is None:
        return say("explain.session-expires.bad", "wrong", value=value)
    if seconds < LEAST_SESSION_S:
        return say("explain.session-expires.short", "wrong", seconds=seconds)
    refresher = _REFRESHER.search(value)
    if refresher is None:
        return say("explain.session-expires.open", "info", seconds=seconds)
    return say(f"explain.session-expires.{refresher[1].lower()}", "info", seconds=seconds)


def content_length(value: str, facts: Facts, _nth: int) -> Said:
    said, there = whole(value), len(facts.cut.body)
    if said is None:
        return say("explain.content-length.bad", "wrong", value=value)
    if said > there:
        return say("explain.content-length.short", "wrong", said=said, there=there)
    if said < there:
        return say("explain.content-length.more", "unusual", said=said, there=there)
    return say(
        "explain.content-length.right" if said else "explain.content-length.none", "expected", said=said
    )


def content_type(value: str, _facts: Facts, _nth: int) -> Said:
    kind = value.partition(";")[0].strip().lower()
    if kind == "application/sdp":
        return say("explain.content-type.sdp", "expected")
    if kind in ("application/dtmf-relay", "application/dtmf"):
        return say("explain.content-type.dtmf", "info", kind=kind)
    if kind.startswith("multipart/"):
        return say("explain.content-type.multipart", "unusual", kind=kind)
    return say("explain.content-type.other", "info", kind=kind)


def require(value: str, _facts: Facts, _nth: int) -> Said:
    asked = {one.strip().lower() for one in value.split(",")} - {""}
    if asked <= {"100rel", "timer", "replaces"}:
        return say("explain.require.known", "info", options=value)
    return say("explain.require.other", "unusual", options=value)


def unsupported(value: str, _facts: Facts, _nth: int) -> Said:
    return say("explain.unsupported", "unusual", options=value)


def supported(value: str, _facts: Facts, _nth: int) -> Said:
    return say("explain.supported" if value else "explain.supported-none", "info", options=value)


def allow(value: str, facts: Facts, _nth: int) -> Said:
    methods = {one.strip().upper() for one in value.split(",")}
    if facts.status == 405:
        return say("explain.allow.refused", "info", methods=value)
    if facts.method == "INVITE" and not {"INVITE", "ACK", "BYE", "CANCEL"} <= methods:
        return say("explain.allow.lacking", "unusual", methods=value)
    return say("explain.allow.list", "info", methods=value)


def reason(value: str, _facts: Facts, _nth: int) -> Said:
    """Reason: Q.850 cause or SIP status (RFC 3326)."""
    protocol = value.partition(";")[0].strip().upper()
    cause, words = _CAUSE.search(value), _TEXT.search(value)
    number = int(cause[1]) if cause else 0
    said = words[1] if words else "-"
    if protocol == "Q.850" and cause:
        if number in Q850:
            return say(f"explain.q850.{number}", "info" if number in _USUAL_CAUSES else "unusual", text=said)
        return say("explain.q850.other", "unusual", cause=number, text=said)
    if protocol == "SIP" and cause:
        usual = number in (200, 487)
        phrase = REASONS.get(number, said)
        return say("explain.reason.sip", "info" if usual else "unusual", cause=number, text=phrase)
    return say("explain.reason.other", "info", value=value)


def privacy(value: str, facts: Facts, _nth: int) -> Said:
    asked = value.strip().lower()
    if asked == "none":
        return say("explain.privacy.none", "info")
    ours = facts.by_us and facts.request
    return say("explain.privacy.hide", "unusual" if ours else "info", asked=asked)


def retry_after(value: str, _facts: Facts, _nth: int) -> Said:
    seconds = value.partition("(")[0].partition(";")[0].strip()
    if whole(seconds) is None:
        return say("explain.retry-after.bad", "unusual", value=value)
    return say("explain.retry-after.wait", "info", seconds=seconds)


def warning(value: str, _facts: Facts, _nth: int) -> Said:
    code = value[:3]
    return say("explain.warning", "unusual", code=code, value=value)
