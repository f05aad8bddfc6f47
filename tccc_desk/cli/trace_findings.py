"""What stands out in a call's messages, in sentences."""

from __future__ import annotations

from collections.abc import Sequence

from tccc_desk.texts.catalogue import Language, ids, text
from tccc_desk.trace.entry import TraceEntry
from tccc_desk.trace.export.ladder_words import clock
from tccc_desk.trace.export.page import Finding
from tccc_desk.trace.problems import is_problem

MAX_FINDINGS = 100


def stand_out(entries: Sequence[TraceEntry], language: Language) -> list[Finding]:
    """Give what is wrong or unusual, oldest first: refusals, repeats, faults, what cannot be read."""
    return [_said(entry, language) for entry in entries if is_problem(entry)][:MAX_FINDINGS]


def _said(entry: TraceEntry, language: Language) -> Finding:
    at = clock(entry.at)
    if entry.kind != "message":
        known = entry.fact in ids("fact")
        details = {"remote": entry.remote, **entry.details}
        said = text(entry.fact, language, **details) if known else entry.fact
        return "wrong", text("trace.finding.fact", language, at=at, fact=said)
    if fault := entry.details.get("unreadable", ""):
        reason = text(fault, language) if fault in ids("trace") else fault
        return "wrong", text("trace.finding.unreadable", language, at=at, reason=reason)
    way = text(f"trace.way.{entry.direction}", language)
    answer = f"{entry.status} {entry.reason}".strip()
    what = f"{answer} ({entry.method})" if entry.status else entry.method
    kind = "repeated" if entry.retransmission else "refused"
    said = text(f"trace.finding.{kind}", language, at=at, what=what, way=way, count=entry.retransmission)
    return ("unusual" if entry.retransmission or entry.status < 400 else "wrong"), said
