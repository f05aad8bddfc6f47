"""What stands out in a call's messages, in sentences."""

from __future__ import annotations

from collections.abc import Sequence

from tccc_desk.texts.catalogue import Language, text
from tccc_desk.trace.entry import TraceEntry
from tccc_desk.trace.export.ladder_words import clock
from tccc_desk.trace.export.page import Finding

MAX_FINDINGS = 100


def stand_out(entries: Sequence[TraceEntry], language: Language) -> list[Finding]:
    """Give what is wrong or unusual, oldest first."""
    found: list[Finding] = []
    for entry in entries:
        fault = entry.details.get("unreadable", "") if entry.kind == "message" else ""
        if fault and len(found) < MAX_FINDINGS:
            reason = text(fault, language)
            found.append(
                ("wrong", text("trace.finding.unreadable", language, at=clock(entry.at), reason=reason))
            )
    return found
