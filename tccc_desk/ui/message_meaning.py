"""What each shown line of a message means, in the reader's language."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tccc_desk.diagnosis.conformance import Context, RuleResult, conformance
from tccc_desk.diagnosis.invite import NoInvite, read_invite
from tccc_desk.texts.catalogue import Language
from tccc_desk.trace.entry import TraceEntry
from tccc_desk.ui.inert import inert
from tccc_desk.ui.message_text import MessageText, ShownLine
from tccc_desk.ui.texts import Texts

WORST = ("wrong", "unusual", "expected", "info")
_PLACES = {
    "request-uri": "start",
    "": "start",
    "sdp": "v=",
    "sdp m=audio": "m=",
    "sdp a=rtpmap": "rtpmap",
    "sdp c=": "c=",
}
_SHORT = {"f": "from", "t": "to", "v": "via", "m": "contact", "c": "content-type", "l": "content-length"}
"""Compact forms of header names (RFC 3261 section 7.3.3)."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """What there is to say of a line, and how it fits the document: expected, unusual, wrong or info."""

    words: str
    verdict: str


def meanings(texts: Texts, entry: TraceEntry, shown: MessageText) -> tuple[Meaning | None, ...]:
    """Give the meaning of each shown line, None where there is nothing to say."""
    by_place: dict[str, list[Meaning]] = {}
    for result in _judged(entry):
        meaning = Meaning(_sentence(texts, result), _verdict(result))
        by_place.setdefault(_place(result), []).append(meaning)
    return tuple(_joined(by_place.get(_where(line), [])) for line in shown.lines)


def findings(language: Language, entries: Sequence[TraceEntry]) -> list[tuple[str, str]]:
    """Give what stands out in the messages of a call: verdict and sentence, each once."""
    texts = Texts(language)
    found: dict[tuple[str, str], None] = {}
    for entry in entries:
        for result in _judged(entry):
            if result.ok is False:
                found[_verdict(result), _sentence(texts, result)] = None
    return list(found)


def _judged(entry: TraceEntry) -> Sequence[RuleResult]:
    """Judge what begins a call; within a call the document says nothing."""
    if entry.kind != "message" or entry.method != "INVITE" or entry.status:
        return ()
    try:
        invite = read_invite(entry.raw)
    except NoInvite:
        return ()
    if invite.to_tag:
        return ()
    return conformance(invite, 2 if entry.direction == "sent" else 3, Context())


def _verdict(result: RuleResult) -> str:
    if result.ok is None:
        return "info"
    if result.ok:
        return "expected"
    return "wrong" if result.weight == "must" else "unusual"


def _sentence(texts: Texts, result: RuleResult) -> str:
    rule = texts(f"conformance.rule.{result.id}")
    if result.ok is not False:
        return rule
    found, expected = _value(texts, result.found), _value(texts, result.expected)
    return texts("logroom.message.instead", rule=rule, found=found, expected=expected)


def _value(texts: Texts, value: str) -> str:
    if value.startswith("conformance.value."):
        return texts(value)
    return inert(value, 120) or texts("conformance.empty")


def _place(result: RuleResult) -> str:
    """Name the line that a rule is about."""
    header = result.header.lower()
    return _PLACES.get(header, header)


def _where(line: ShownLine) -> str:
    if line.kind == "header" and line.name:
        name = line.text[: line.name].lower()
        return _SHORT.get(name, name)
    if line.kind == "sdp":
        return "rtpmap" if line.text.startswith("a=rtpmap") else line.text[:2]
    return line.kind


def _joined(said: Sequence[Meaning]) -> Meaning | None:
    """Make one of several: the worst verdict, and first what it is about."""
    if not said:
        return None
    ordered = sorted(said, key=lambda one: WORST.index(one.verdict))
    return Meaning("  ".join(one.words for one in ordered), ordered[0].verdict)
