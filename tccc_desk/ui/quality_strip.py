"""Quality over time: three lanes of one call, loss, jitter and level, from its first packet to its last.

Each lane names its figure and says the latest value in words; the drawing only shows when it changed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QHelpEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from tccc_desk.ui.texts import Texts
from tccc_desk.ui.theme import GRID, colour

FULL_LOSS_PERCENT = 10.0
FULL_JITTER_MS = 60.0
FLOOR_DBOV = -60.0
LEAST_SPAN_S = 30.0
"""A call of a few seconds is not stretched over the whole width: it would look like much."""
_LANE = 22
_LANES = ("loss", "jitter", "level")


class Point(Protocol):
    """What was measured during one interval of a call."""

    @property
    def at_s(self) -> float:
        """Seconds since the media began."""

    @property
    def loss_percent(self) -> float | None: ...

    @property
    def jitter_ms(self) -> float | None: ...

    @property
    def level_sent_dbov(self) -> float | None: ...

    @property
    def level_received_dbov(self) -> float | None: ...


@dataclass(frozen=True, slots=True)
class _Lane:
    top: float
    left: float
    width: float
    height: float

    def at(self, across: float, up: float) -> QPointF:
        """Place a value: both parts from 0 to 1."""
        return QPointF(
            self.left + across * self.width, self.top + self.height * (1.0 - min(1.0, max(0.0, up)))
        )


class QualityStrip(QWidget):
    """Feed it the points of a call; hovering says the values of that moment."""

    def __init__(self, texts: Texts, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("now.quality")
        self._texts = texts
        self._points: Sequence[Point] = ()
        self._titles = {lane: texts(f"soundroom.strip.{lane}") for lane in _LANES}
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.show_points(())

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(240, len(_LANES) * _LANE + self._scale_height())

    def show_points(self, points: Sequence[Point]) -> None:
        """Draw these; none is a call without sound so far."""
        self._points = points
        self.setAccessibleName(
            f"{self._texts('soundroom.strip.title')}: "
            + "; ".join(f"{self._titles[lane]} {self._words(lane, -1)}" for lane in _LANES)
            if points
            else self._texts("soundroom.strip.empty")
        )
        self.update()

    def event(self, event: QEvent) -> bool:
        """Say the values under the mouse."""
        if event.type() is QEvent.Type.ToolTip and isinstance(event, QHelpEvent) and self._points:
            number = self._point_at(event.pos().x())
            point = self._points[number]
            words = [self._texts("soundroom.strip.moment", at=self._texts.seconds(point.at_s))]
            words += [f"{self._titles[lane]}: {self._words(lane, number)}" for lane in _LANES]
            QToolTip.showText(event.globalPos(), "\n".join(words), self)
            return True
        return super().event(event)

    def paintEvent(self, _: QPaintEvent) -> None:  # noqa: N802
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for number, name in enumerate(_LANES):
            lane = self._lane(number)
            self._ground(painter, lane, name)
            if name == "loss":
                self._bars(painter, lane)
            elif name == "jitter":
                self._line(painter, lane, "wait", [self._up_jitter(point) for point in self._points])
            else:
                self._line(painter, lane, "local", [_up_level(p.level_sent_dbov) for p in self._points])
                self._line(
                    painter,
                    lane,
                    "good",
                    [_up_level(p.level_received_dbov) for p in self._points],
                    dashed=True,
                )
        self._scale(painter)
        painter.end()

    def _words(self, lane: str, number: int) -> str:
        point, texts = self._points[number], self._texts
        if lane == "loss":
            return (
                texts("soundroom.strip.none") if point.loss_percent is None else f"{point.loss_percent:.1f} %"
            )
        if lane == "jitter":
            if point.jitter_ms is None:
                return texts("soundroom.strip.none")
            return texts("soundroom.strip.milliseconds", ms=f"{point.jitter_ms:.0f}")
        return texts(
            "soundroom.strip.levels",
            us=_level(point.level_sent_dbov, texts),
            them=_level(point.level_received_dbov, texts),
        )

    # -- geometry

    def _title_width(self) -> int:
        return max(self.fontMetrics().horizontalAdvance(title) for title in self._titles.values()) + GRID

    def _value_width(self) -> int:
        """Room for the longest words there may be, so that the lanes keep their width."""
        texts = self._texts
        level = max(
            (_level(-59.0, texts), texts("soundroom.strip.silent")), key=self.fontMetrics().horizontalAdvance
        )
        widest = texts("soundroom.strip.levels", us=level, them=level)
        return self.fontMetrics().horizontalAdvance(widest) + GRID

    def _scale_height(self) -> int:
        return self.fontMetrics().height() + 2

    def _lane(self, number: int) -> _Lane:
        left = self._title_width()
        width = max(20, self.width() - left - self._value_width())
        return _Lane(number * _LANE + 1, left, width, _LANE - 4)

    def _span(self) -> float:
        return max(LEAST_SPAN_S, self._points[-1].at_s) if self._points else LEAST_SPAN_S

    def _point_at(self, x: int) -> int:
        lane = self._lane(0)
        wanted = (x - lane.left) / lane.width * self._span()
        return min(range(len(self._points)), key=lambda n: abs(self._points[n].at_s - wanted))

    # -- drawing

    def _ground(self, painter: QPainter, lane: _Lane, name: str) -> None:
        palette = self.palette()
        painter.fillRect(
            QRectF(lane.left, lane.top, lane.width, lane.height), palette.color(palette.ColorRole.Base)
        )
        painter.setPen(palette.color(palette.ColorRole.Mid))
        foot = lane.top + lane.height
        painter.drawLine(QPointF(lane.left, foot), QPointF(lane.left + lane.width, foot))
        painter.setPen(palette.color(palette.ColorRole.WindowText))
        middle = Qt.AlignmentFlag.AlignVCenter
        title = QRectF(0, lane.top, self._title_width(), lane.height)
        painter.drawText(title, int(middle | Qt.AlignmentFlag.AlignLeft), self._titles[name])
        if self._points:
            value = QRectF(lane.left + lane.width + GRID / 2, lane.top, self._value_width(), lane.height)
            painter.drawText(value, int(middle | Qt.AlignmentFlag.AlignLeft), self._words(name, -1))

    def _bars(self, painter: QPainter, lane: _Lane) -> None:
        span, before = self._span(), 0.0
        for point in self._points:
            begin, end = before / span, point.at_s / span
            before = point.at_s
            if point.loss_percent:
                top, foot = lane.at(begin, 0.12 + point.loss_percent / FULL_LOSS_PERCENT), lane.at(end, 0.0)
                width = max(2.0, foot.x() - top.x())
                bar = QRectF(top.x(), top.y(), width, foot.y() - top.y())
                painter.fillRect(bar, colour("bad", self.palette()))

    def _line(
        self, painter: QPainter, lane: _Lane, role: str, ups: Sequence[float | None], *, dashed: bool = False
    ) -> None:
        pen = QPen(colour(role, self.palette()), 1.6)
        if dashed:
            pen.setStyle(Qt.PenStyle.DashLine)
        painter.setPen(pen)
        span, line = self._span(), QPolygonF()
        for point, up in zip(self._points, ups, strict=True):
            if up is not None:
                line.append(lane.at(point.at_s / span, up))
                continue
            painter.drawPolyline(line)  # nothing was measured here: a gap, no guess
            line = QPolygonF()
        painter.drawPolyline(line)

    def _scale(self, painter: QPainter) -> None:
        lane = self._lane(len(_LANES) - 1)
        painter.setPen(colour("quiet", self.palette()))
        room = QRectF(lane.left, len(_LANES) * _LANE - 2, lane.width, self._scale_height())
        painter.drawText(room, int(Qt.AlignmentFlag.AlignLeft), self._texts.seconds(0))
        painter.drawText(room, int(Qt.AlignmentFlag.AlignRight), self._texts.seconds(self._span()))

    @staticmethod
    def _up_jitter(point: Point) -> float | None:
        return None if point.jitter_ms is None else point.jitter_ms / FULL_JITTER_MS


def _up_level(dbov: float | None) -> float | None:
    return None if dbov is None else 1.0 - max(FLOOR_DBOV, dbov) / FLOOR_DBOV


def _level(dbov: float | None, texts: Texts) -> str:
    if dbov is None:
        return texts("soundroom.strip.none")
    if dbov <= FLOOR_DBOV:
        return texts("soundroom.strip.silent")
    return f"{dbov:.0f}"
