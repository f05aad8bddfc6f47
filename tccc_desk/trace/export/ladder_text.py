"""A ladder drawn with characters, for a terminal and for mails."""

from __future__ import annotations

import unicodedata

from tccc_desk.texts.catalogue import Language, text
from tccc_desk.trace.export.inert import inert
from tccc_desk.trace.export.ladder_words import (
    band_words,
    clock,
    column_words,
    day,
    mark_words,
    note_words,
)
from tccc_desk.trace.ladder_model import Arrow, Band, Ladder, Note

_GAP = 44
_TIME = 13
_MARGIN = 12


def ladder_text(ladder: Ladder, language: Language) -> list[str]:
    """Give the lines of the drawing, without line ends, at most `_TIME + _GAP` a column wide plus marks."""
    columns = max(1, len(ladder.columns))
    places = [_MARGIN + number * _GAP for number in range(columns)]
    lines = [day(ladder.arrows[0].at)] if ladder.arrows else []
    head = ""
    for place, column in zip(places, ladder.columns, strict=False):
        words = column_words(column, language)
        start = max(0, place - width(words) // 2)
        head = fill(head, start) + words + " "
    lines += [" " * _TIME + head.rstrip(), " " * _TIME + _bars(places)]
    for item in ladder.rows:
        match item:
            case Arrow():
                lines.append(_arrow(item, places, language))
            case Band():
                low, high = sorted((places[item.source], places[item.target]))
                said = f"= {band_words(item, language)} ="
                lines.append(
                    " " * _TIME + _laid(_bars(places), low, high, f"= {band_words(item, language)} =")
                )
            case Note():
                said = fill("", places[item.column]) + "* " + note_words(item, language)
                lines.append(f"{clock(item.at)} {said}")
    if ladder.omitted:
        lines.append(text("trace.picture.omitted", language, count=ladder.omitted))
    return lines


def width(words: str) -> int:
    """Cells of a terminal: a Chinese character takes two."""
    return sum(2 if unicodedata.east_asian_width(one) in "WF" else 1 for one in words)


def fill(words: str, cells: int) -> str:
    """`words` with blanks up to `cells`."""
    return words + " " * max(0, cells - width(words))


def _bars(places: list[int]) -> str:
    line = ""
    for place in places:
        line = fill(line, place) + "|"
    return line


def _arrow(arrow: Arrow, places: list[int], language: Language) -> str:
    start, end = places[arrow.source], places[arrow.target]
    marks = " ".join(mark_words(arrow, language))
    label = inert(arrow.label, _GAP - 8)
    if start == end:
        drawn = fill(_bars(places[: arrow.source + 1]), start + 1) + f"<-- {label}"
    else:
        low, high = sorted((start, end))
        room = high - low - 1
        line = f" {label} "
        left = max(1, (room - width(line)) // 2)
        stroke = "-" * left + line + "-" * max(1, room - left - width(line))
        stroke = stroke[:-1] + ">" if end > start else "<" + stroke[1:]
        drawn = _laid(_bars(places), low, high, stroke)
    return f"{clock(arrow.at)} {drawn}" + (f"  {marks}" if marks else "")


def _laid(bars: str, low: int, high: int, words: str) -> str:
    """Put `words` in the middle between two columns of `bars`."""
    room = max(1, high - low - 1)
    words = words if width(words) <= room else words[:room]
    left = (room - width(words)) // 2
    middle = " " * left + words + " " * max(0, room - left - width(words))
    return bars[: low + 1] + middle + bars[low + 1 + room :]
