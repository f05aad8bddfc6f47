"""A ladder as Mermaid text (sequenceDiagram): pasted into tickets and wikis that draw it."""

from __future__ import annotations

from tccc_desk.texts.catalogue import Language
from tccc_desk.trace.export.inert import inert
from tccc_desk.trace.export.ladder_words import band_words, clock, column_words, mark_words, note_words
from tccc_desk.trace.ladder_model import Arrow, Band, Ladder

_SPECIAL = {ord(character): f"#{ord(character)};" for character in '#;<>{}"&`%'}


def mermaid(ladder: Ladder, language: Language) -> str:
    """Write the diagram. Wire text in it cannot end a line or begin a directive."""
    lines = ["sequenceDiagram"]
    for number, column in enumerate(ladder.columns):
        lines.append(f"    participant P{number} as {_safe(column_words(column, language))}")
    for item in ladder.rows:
        match item:
            case Arrow():
                solid = "->>" if not item.status else "-->>"
                said = " ".join((clock(item.at), item.label, *mark_words(item, language)))
                lines.append(f"    P{item.source}{solid}P{item.target}: {_safe(said)}")
            case Band():
                ends = ",".join(f"P{end}" for end in dict.fromkeys(sorted((item.source, item.target))))
                lines.append(f"    Note over {ends}: {_safe(band_words(item, language))}")
            case _:
                lines.append(f"    Note over P{item.column}: {_safe(note_words(item, language))}")
    return "\n".join(lines) + "\n"


def _safe(text: str) -> str:
    return inert(text, 300).translate(_SPECIAL).replace("end", "e#110;d").strip() or "-"
