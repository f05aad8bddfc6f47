"""A ladder as SVG: columns with addresses, arrows, bands of sound. Nothing in it is active."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from tccc_desk.texts.catalogue import Language, text
from tccc_desk.trace.export.inert import markup
from tccc_desk.trace.export.ladder_words import (
    band_words,
    clock,
    day,
    mark_words,
    note_words,
    role_words,
)
from tccc_desk.trace.ladder_model import Arrow, Band, Column, Ladder, Note

_TIME, _TOP, _ROW, _EDGE = 110, 84, 42, 40
_NARROWEST, _WIDEST = 320, 640
"""Pixels between two columns: as many as the longest words between them need."""
_FONTS = "'Noto Sans CJK SC','Noto Sans SC','Microsoft YaHei','PingFang SC','Segoe UI',sans-serif"
_INK = {
    "request": "#1f4e8c",
    "provisional": "#5f6b76",
    "good": "#1b7f3b",
    "challenge": "#5f6b76",
    "redirect": "#9a6700",
    "bad": "#b3261e",
}


def svg(ladder: Ladder, language: Language, title: str = "") -> str:
    """Draw the ladder. The drawing grows with its rows and columns; nothing is cut off."""
    paper = _Paper(_gap(ladder, language))
    width = _width(ladder, paper, language)
    height = _TOP + max(1, len(ladder.rows)) * _ROW + _EDGE
    parts = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}"'
            f' viewBox="0 0 {width} {height}" font-family="{_FONTS}" font-size="12">'
        ),
        f"<title>{markup(title or text('trace.picture.title', language))}</title>",
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
    ]
    if ladder.arrows:
        parts.append(_text(10, 24, day(ladder.arrows[0].at), "#5f6b76"))
    for number, column in enumerate(ladder.columns):
        parts += _column(paper.x(number), column, height, language)
    for item in ladder.rows:
        match item:
            case Arrow():
                parts += _arrow(item, paper, language)
            case Band():
                parts += _band(item, paper, language)
            case Note():
                parts += _note(item, paper, language)
    if ladder.omitted:
        said = text("trace.picture.omitted", language, count=ladder.omitted)
        parts.append(_text(_TIME, height - 12, said, "#b3261e"))
    return "\n".join((*parts, "</svg>")) + "\n"


@dataclass(frozen=True, slots=True)
class _Paper:
    gap: int

    def x(self, column: int) -> int:
        return _TIME + _EDGE + 60 + column * self.gap


def _gap(ladder: Ladder, language: Language) -> int:
    arrows = [
        (said, abs(arrow.target - arrow.source))
        for arrow in ladder.arrows
        for said in (arrow.label, " ".join(mark_words(arrow, language)))
    ]
    bands = [(f"→ {band_words(band, language)}", abs(band.target - band.source)) for band in ladder.bands]
    needed = [(_extent(said) + 24) / max(1, columns) for said, columns in (*arrows, *bands)]
    return round(min(_WIDEST, max([_NARROWEST, *needed])))


def _width(ladder: Ladder, paper: _Paper, language: Language) -> int:
    """Room for every column, and for what stands to the right of one."""
    right = [paper.x(max(0, len(ladder.columns) - 1)) + 100.0]
    right += [paper.x(note.column) + 10 + _extent(note_words(note, language)) for note in ladder.notes]
    right += [
        paper.x(arrow.source) + 46 + _extent(f"{arrow.label} {' '.join(mark_words(arrow, language))}")
        for arrow in ladder.arrows
        if arrow.source == arrow.target
    ]
    return round(max(right)) + _EDGE


def _extent(said: str) -> float:
    """About how many pixels a text takes; the fonts of whoever opens the file are not known."""
    return sum(12.5 if unicodedata.east_asian_width(one) in "WF" else 7.2 for one in said)


def _y(row: int) -> int:
    return _TOP + row * _ROW + 20


def _text(x: float, y: float, said: str, ink: str, anchor: str = "start", *, bold: bool = False) -> str:
    weight = "bold" if bold else "normal"
    place = f'x="{x:g}" y="{y:g}" fill="{ink}" text-anchor="{anchor}" font-weight="{weight}"'
    return f"<text {place}>{markup(said)}</text>"


def _column(x: int, column: Column, height: int, language: Language) -> list[str]:
    return [
        f'<line x1="{x}" y1="{_TOP - 12}" x2="{x}" y2="{height - 30}" stroke="#9aa5b1"/>',
        _text(x, 24, role_words(column, language), "#1c2733", "middle", bold=True),
        *(_text(x, 42 + 15 * at, one, "#1c2733", "middle") for at, one in enumerate(column.addresses[:2])),
    ]


def _arrow(arrow: Arrow, paper: _Paper, language: Language) -> list[str]:
    y, ink = _y(arrow.row), _INK[arrow.tone]
    start, end = paper.x(arrow.source), paper.x(arrow.target)
    marks = " ".join(mark_words(arrow, language))
    drawn = [_text(10, y + 4, clock(arrow.at), "#5f6b76")]
    if arrow.delta is not None:
        drawn.append(_text(10, y - 10, f"+{arrow.delta:.3f} s", "#9aa5b1"))
    stroke = ' stroke-width="1.5" stroke-dasharray="5 3"' if arrow.status else ' stroke-width="1.5"'
    if start == end:  # a message to itself, or both ends share the last column
        drawn += [
            f'<path d="M{start} {y - 6} h40 v12 h-34" fill="none" stroke="{ink}"{stroke}/>',
            f'<polygon points="{start},{y + 6} {start + 9},{y + 2} {start + 9},{y + 10}" fill="{ink}"/>',
            _text(start + 46, y + 4, f"{arrow.label} {marks}", ink),
        ]
        return drawn
    way = 1 if end > start else -1
    drawn += [
        f'<line x1="{start}" y1="{y}" x2="{end - way * 7}" y2="{y}" stroke="{ink}"{stroke}/>',
        f'<polygon points="{end},{y} {end - way * 9},{y - 4} {end - way * 9},{y + 4}" fill="{ink}"/>',
        _text((start + end) / 2, y - 5, arrow.label, ink, "middle"),
        *([_text((start + end) / 2, y + 14, marks, "#5f6b76", "middle")] if marks else []),
    ]
    return drawn


def _band(band: Band, paper: _Paper, language: Language) -> list[str]:
    y = _y(band.row)
    low, high = sorted((paper.x(band.source), paper.x(band.target)))
    lost = bool(band.lost)
    fill, ink = ("#fdecea", "#b3261e") if lost else ("#e8f2ec", "#1b7f3b")
    way = "" if band.both_ways else ("→ " if paper.x(band.target) > paper.x(band.source) else "← ")
    return [
        (
            f'<rect x="{low}" y="{y - 16}" width="{max(high - low, 40)}" height="24" rx="4" fill="{fill}"'
            f' stroke="{ink}" stroke-width="0.5"/>'
        ),
        _text((low + high) / 2, y, way + band_words(band, language), ink, "middle"),
    ]


def _note(note: Note, paper: _Paper, language: Language) -> list[str]:
    y, x = _y(note.row), paper.x(note.column)
    ink = "#b3261e" if note.problem else "#5f6b76"
    return [
        _text(10, y + 4, clock(note.at), "#5f6b76"),
        f'<circle cx="{x}" cy="{y}" r="4" fill="{ink}"/>',
        _text(x + 10, y + 4, note_words(note, language), ink),
    ]
