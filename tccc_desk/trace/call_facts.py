"""From the log to what the acceptance script wants to know about one call or registration."""

from __future__ import annotations

import re
from collections.abc import Sequence

from tccc_desk.trace.entry import TraceEntry
from tccc_desk.trace.export.calls import calls_of
from tccc_desk.trace.export.inert import inert
from tccc_desk.trace.sound_record import sound_records
from tccc_desk.trunk.acceptance import CallFacts

_KEY = re.compile(rb"(?im)^content-type[ \t]*:[ \t]*application/(dtmf-relay|dtmf)\b")
_LIMIT = 200
_CHALLENGES = (401, 407, 423)
"""Answers to a REGISTER that belong to a registration that works."""


def facts_of(entries: Sequence[TraceEntry]) -> CallFacts | None:
    """Give the facts of everything under one Call-ID; None where it is neither a call nor a registration."""
    messages = [one for one in entries if one.kind == "message"]
    if any(one.method == "REGISTER" for one in messages):
        return _registration(messages)
    return _call(entries, messages)


def _call(entries: Sequence[TraceEntry], messages: Sequence[TraceEntry]) -> CallFacts | None:
    found = calls_of(entries)
    if not found:
        return None
    call = found[0]
    bye = next((one for one in messages if one.method == "BYE" and not one.status), None)
    records = sound_records(entries)
    media = records[-1].media if records else None
    dtmf = media.dtmf_sent if media else ""
    return CallFacts(
        call_id=_short(call.call_id),
        at=call.started_at,
        incoming=not call.sent,
        caller=_short(call.caller),
        callee=_short(call.callee),
        outcome=_outcome(call.status, messages),
        status=call.status,
        reason=_short(call.reason),
        duration_s=round(call.duration or 0.0, 3),
        ended_by="" if bye is None else "us" if bye.direction == "sent" else "them",
        codec=_short(media.codec) if media else "",
        received=media.received if media else 0,
        one_way=_short(media.one_way) if media else "",
        mos=None if media is None or media.mos is None else round(media.mos, 2),
        pdd_ms=None if call.ringing_after is None else round(call.ringing_after * 1000, 1),
        dtmf_sent=_short(dtmf),
        dtmf_method=_method(messages) if dtmf else "",
    )


def _outcome(status: int, messages: Sequence[TraceEntry]) -> str:
    if 200 <= status < 300:
        return "answered"
    if any(one.method == "CANCEL" for one in messages):
        return "cancelled"
    if status in (486, 600):
        return "busy"
    return "rejected" if status >= 300 else "failed"


def _method(messages: Sequence[TraceEntry]) -> str:
    """How the digits went: by INFO if one was sent, else as the answer's SDP allowed."""
    for one in messages:
        if (
            one.method == "INFO"
            and not one.status
            and one.direction == "sent"
            and (key := _KEY.search(one.raw))
        ):
            return "info" if key[1] == b"dtmf-relay" else "info-dtmf"
    answers = [one for one in messages if one.method == "INVITE" and 180 <= one.status < 300]
    return "rfc4733" if any(b"telephone-event" in one.raw for one in answers) else "inband"


def _registration(messages: Sequence[TraceEntry]) -> CallFacts:
    """How long one registration was confirmed again and again without a failure."""
    rounds = [one for one in messages if one.method == "REGISTER"]
    answered = {one.cseq for one in rounds if one.status >= 200}
    asked = [one for one in rounds if not one.status and not one.retransmission]
    silent = {one.cseq for one in asked[:-1]} - answered  # the newest may still be waiting
    longest, first, failures = 0.0, None, 0
    last: TraceEntry | None = None
    for one in rounds:
        good = 200 <= one.status < 300
        bad = one.status >= 300 and one.status not in _CHALLENGES
        if good:
            first = one.at if first is None else first
            longest = max(longest, one.at - first)
        elif bad or (not one.status and one.cseq in silent):
            first, failures = None, failures + 1
        if good or bad:
            last = one
    confirmed = any(200 <= one.status < 300 for one in rounds)
    return CallFacts(
        kind="registration",
        call_id=_short(rounds[0].call_id),
        at=rounds[0].at,
        outcome="registered" if confirmed and not failures else "failed",
        status=last.status if last else 0,
        reason=_short(last.reason) if last else "",
        duration_s=round(longest, 3),
    )


def _short(text: str) -> str:
    return inert(text, _LIMIT)[:_LIMIT]
