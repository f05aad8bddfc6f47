"""Findings as sentences of one language, quoted wire text made inert."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tccc_desk.explain.standing_out import Finding, Severity, findings
from tccc_desk.texts.catalogue import Language, ids, text
from tccc_desk.trace.entry import TraceEntry
from tccc_desk.trace.export.inert import inert
from tccc_desk.trace.export.ladder_words import clock
from tccc_desk.trunk.profile import Trunk

_SHOWN = 160


def sentence(id: str, values: Mapping[str, str], language: Language) -> str:
    """Say a text with its values; a value that is a text id itself is said, too."""
    said = {name: inert(_known(value, language), _SHOWN) for name, value in values.items()}
    return text(id, language, **said) if id in ids(id.partition(".")[0]) else inert(id, _SHOWN)


def severity_word(severity: Severity, language: Language) -> str:
    """Name how grave a finding is."""
    return text(f"explain.severity.{severity}", language)


def finding_words(finding: Finding, language: Language) -> str:
    """Say when it first showed, and what."""
    said = sentence(finding.id, finding.values, language)
    return f"{clock(finding.at)}  {said}"


def stand_out(
    entries: Sequence[TraceEntry], language: Language, trunk: Trunk | None = None
) -> list[tuple[Severity, str]]:
    """Give severity and sentence of what stands out in one call or registration, oldest first."""
    return [(one.severity, finding_words(one, language)) for one in findings(entries, trunk)]


def _known(value: str, language: Language) -> str:
    """What is wrong with a message of a capture comes as the id of a text."""
    return text(value, language) if value.startswith("trace.") and value in ids("trace") else value
