"""What each shown line of a message means, in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tccc_desk.explain.lines import lines
from tccc_desk.explain.model import Explained
from tccc_desk.explain.situation import context_of
from tccc_desk.explain.words import sentence, stand_out
from tccc_desk.texts.catalogue import Language
from tccc_desk.trace.entry import TraceEntry
from tccc_desk.trunk.profile import Trunk
from tccc_desk.ui.message_text import MessageText, message_text
from tccc_desk.ui.texts import Texts

HIDDEN = "…"


@dataclass(frozen=True, slots=True)
class Meaning:
    """What there is to say of a line, and how it fits the document: expected, unusual, wrong or info."""

    words: str
    verdict: str


def meanings(
    texts: Texts,
    entry: TraceEntry,
    before: Sequence[TraceEntry],
    shown: MessageText,
    trunk: Trunk | None = None,
) -> tuple[Meaning | None, ...]:
    """Give the meaning of each shown line, None where there is nothing to say.

    `before` is what its call or registration exchanged until then. What a sentence quotes comes from the
    lines as they are shown, so that masking holds for it, too; the verdict is that of the real message.
    """
    if entry.kind != "message" or not entry.raw:
        return (None,) * len(shown.lines)
    context = context_of(entry, before, trunk)
    real = {one.line: one for one in lines(entry.raw, context)}
    visible = real
    if _text(shown) != _text(message_text(entry.raw)):
        # Without the trunk: its values would stand unmasked in the sentence.
        hidden = context_of(entry, before)
        visible = {one.line: one for one in lines(_text(shown).encode(), hidden)}
    made: list[Meaning | None] = []
    last: Meaning | None = None
    for line in shown.lines:
        one = real.get(line.number)
        if line.kind not in ("start", "header", "sdp", "body"):
            last = None
        elif one is not None:
            last = Meaning(sentence(one.id, _values(one, visible), texts.language), one.verdict)
        elif not line.text[:1].isspace():  # what continues a header means what the header means
            last = None
        made.append(last)
    return tuple(made)


def findings(language: Language, entries: Sequence[TraceEntry]) -> list[tuple[str, str]]:
    """Give what stands out in the messages of a call: verdict and sentence, each once."""
    return [(severity, words) for severity, words in stand_out(entries, language)]


def _values(one: Explained, visible: Mapping[int, Explained]) -> Mapping[str, str]:
    seen = visible.get(one.line)
    if seen is None or seen.kind != one.kind:
        return dict.fromkeys(one.values, HIDDEN)
    return {name: seen.values.get(name, HIDDEN) for name in one.values}


def _text(shown: MessageText) -> str:
    return "\n".join(line.text for line in shown.lines if line.kind != "note")
