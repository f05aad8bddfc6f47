"""Every line of a message, one sentence each."""

from __future__ import annotations

from collections import Counter

from tccc_desk.explain.cutting import MAX_LINES, Cut, Line, cut
from tccc_desk.explain.facts import Facts, facts_of
from tccc_desk.explain.headers import header_line
from tccc_desk.explain.model import Context, Explained, Said, say
from tccc_desk.explain.session import Sdp, sdp_line, sdp_of
from tccc_desk.explain.start import start_line


def lines(raw: bytes, context: Context) -> tuple[Explained, ...]:
    """Explain a message, readable or not: bounded, never raises.

    Lines end in CRLF or LF. Blank lines have nothing to explain; a folded header counts as its first line.
    """
    found = cut(raw)
    facts = facts_of(found, len(raw), context)
    sdp = sdp_of(found, offer=facts.request)
    seen: Counter[str] = Counter()
    made: list[Explained] = []
    for line in found.lines[: 2 * MAX_LINES]:
        said = _line(line, facts, sdp, seen)
        made.append(Explained(line.number, line.kind, said.id, said.values, said.verdict))
    return tuple(made)


def _line(line: Line, facts: Facts, sdp: Sdp, seen: Counter[str]) -> Said:
    if line.kind == "start":
        return start_line(facts)
    if line.kind == "header":
        nth = seen[line.name.lower()]
        seen[line.name.lower()] += 1
        return header_line(line.name, line.value, facts, nth)
    if line.kind == "sdp":
        return sdp_line(line.name, line.value, sdp)
    return _other(line, facts.cut)


def _other(line: Line, found: Cut) -> Said:
    if not line.name:
        return say("explain.other.no-header", "wrong", line=line.value)
    if line.name == "sdp":
        return say("explain.other.no-sdp", "wrong", line=line.value)
    return say("explain.other.body", "info", kind=found.first("content-type").partition(";")[0] or "-")
