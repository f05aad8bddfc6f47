"""Quality over time as SVG: loss, jitter and level of one call, for its record."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tccc_desk.rtp.history import QualityPoint
from tccc_desk.texts.catalogue import Language, text
from tccc_desk.trace.export.inert import markup
from tccc_desk.trace.sound_record import SoundRecord

_WIDTH, _LEFT, _RIGHT, _LANE, _GAP = 900, 90, 190, 46, 12
_FULL_LOSS, _FULL_JITTER_MS, _FLOOR_DBOV, _LEAST_S = 10.0, 60.0, -60.0, 30.0
_INK = {"loss": "#b3261e", "jitter": "#9a6700", "us": "#6b3fa0", "them": "#1b7f3b"}

Up = Callable[[QualityPoint], float | None]


def quality_svg(record: SoundRecord, language: Language) -> str:
    """Draw one call's record; nothing where nothing was measured."""
    points = record.points
    if not points:
        return ""
    span = max(_LEAST_S, points[-1].at_s)
    height = 3 * (_LANE + _GAP) + 24
    title = text("soundroom.strip.title", language)
    parts = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{height}"'
            f' viewBox="0 0 {_WIDTH} {height}" font-size="12"><title>{markup(title)}</title>'
        )
    ]
    lanes: tuple[tuple[str, str, tuple[tuple[str, Up], ...]], ...] = (
        ("loss", _percent(record), (("loss", _loss),)),
        ("jitter", f"{record.media.jitter_ms:.1f} ms", (("jitter", _jitter),)),
        ("level", text("trace.report.legend", language), (("us", _us), ("them", _them))),
    )
    for number, (lane, said, lines) in enumerate(lanes):
        top = 4 + number * (_LANE + _GAP)
        parts += _ground(top, text(f"soundroom.strip.{lane}", language), said)
        for ink, up in lines:
            parts += _line(points, span, top, ink, up)
    foot = height - 6
    parts.append(_word(_LEFT, foot, "0:00"))
    parts.append(_word(_WIDTH - _RIGHT, foot, f"{int(span) // 60}:{int(span) % 60:02d}", "end"))
    return "".join((*parts, "</svg>"))


def _percent(record: SoundRecord) -> str:
    expected = record.media.received + record.media.lost
    return f"{100 * record.media.lost / expected:.2f} %" if expected else "-"


def _ground(top: float, title: str, said: str) -> list[str]:
    width = _WIDTH - _LEFT - _RIGHT
    return [
        f'<rect x="{_LEFT}" y="{top}" width="{width}" height="{_LANE}" fill="#f6f8fa" stroke="#d5dbe1"/>',
        _word(_LEFT - 8, top + _LANE / 2 + 4, title, "end"),
        _word(_WIDTH - _RIGHT + 8, top + _LANE / 2 + 4, said),
    ]


def _line(points: Sequence[QualityPoint], span: float, top: float, ink: str, up: Up) -> list[str]:
    """A line with a gap wherever nothing was measured."""
    pieces: list[list[str]] = [[]]
    for point in points:
        value = up(point)
        if value is None:
            pieces.append([])
            continue
        x = _LEFT + (_WIDTH - _LEFT - _RIGHT) * point.at_s / span
        y = top + _LANE * (1 - min(1.0, max(0.0, value)))
        pieces[-1].append(f"{x:.1f},{y:.1f}")
    return [
        f'<polyline points="{" ".join(piece)}" fill="none" stroke="{_INK[ink]}" stroke-width="1.6"/>'
        for piece in pieces
        if piece
    ]


def _word(x: float, y: float, said: str, anchor: str = "start") -> str:
    return f'<text x="{x:.0f}" y="{y:.0f}" text-anchor="{anchor}" fill="#1c2733">{markup(said)}</text>'


def _loss(point: QualityPoint) -> float | None:
    return None if point.loss_percent is None else point.loss_percent / _FULL_LOSS


def _jitter(point: QualityPoint) -> float | None:
    return None if point.jitter_ms is None else point.jitter_ms / _FULL_JITTER_MS


def _us(point: QualityPoint) -> float | None:
    return _level(point.level_sent_dbov)


def _them(point: QualityPoint) -> float | None:
    return _level(point.level_received_dbov)


def _level(dbov: float | None) -> float | None:
    return None if dbov is None else 1 - max(_FLOOR_DBOV, dbov) / _FLOOR_DBOV
