"""What each shown line of a message means, in the reader's language."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from tccc_desk.diagnosis import conformance as document
from tccc_desk.diagnosis.conformance import RuleResult
from tccc_desk.diagnosis.invite import NoInvite, read_invite
from tccc_desk.explain.lines import lines
from tccc_desk.explain.model import Context, Step
from tccc_desk.texts.catalogue import Language
from tccc_desk.trace.entry import TraceEntry
from tccc_desk.ui.inert import inert
from tccc_desk.ui.message_text import MessageText
from tccc_desk.ui.texts import Texts


@dataclass(frozen=True, slots=True)
class Meaning:
    """What there is to say of a line, and how it fits the document: expected, unusual, wrong or info."""

    words: str
    verdict: str


def meanings(texts: Texts, entry: TraceEntry, shown: MessageText) -> tuple[Meaning | None, ...]:
    """Give the meaning of each shown line, None where there is nothing to say."""
    if entry.kind != "message" or entry.direction == "local":
        return (None,) * len(shown.lines)
    context = Context(direction=entry.direction, method=entry.method, status=entry.status, step=_step(entry))
    said = {
        one.line: Meaning(texts.finding(one.id, dict(one.values)), one.verdict)
        for one in lines(entry.raw, context)
    }
    return tuple(said.get(number) for number in range(len(shown.lines)))


def _step(entry: TraceEntry) -> Step:
    """Tell the step of the document that a message belongs to, by what is seen of it alone."""
    if entry.method == "REGISTER":
        return 1
    if entry.method != "INVITE":
        return 0
    outwards = entry.direction == ("received" if entry.status else "sent")
    return 2 if outwards else 3


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
    step: Literal[2, 3] = 2 if entry.direction == "sent" else 3
    return document.conformance(invite, step, document.Context())


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
