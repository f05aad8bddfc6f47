"""Quality over time: what was measured of a call, second by second, in a bounded number of points."""

from __future__ import annotations

from dataclasses import dataclass

from tccc_desk.rtp.report import Measurement

MAX_POINTS = 600
"""When there are more, two neighbours become one: ten hours still fit, a minute each."""
FIRST_STEP_S = 1.0


@dataclass(frozen=True, slots=True)
class QualityPoint:
    """One interval that ended `at_s` seconds after the sound began."""

    at_s: float
    sent: int
    received: int
    lost: int
    """Packets of this interval."""
    jitter_ms: float | None
    """The largest seen; None while nothing arrived."""
    level_sent_dbov: float | None
    level_received_dbov: float | None
    """The loudest seen; None where nothing was measured."""

    @property
    def loss_percent(self) -> float | None:
        """Lost of expected; None in an interval in which nothing was expected."""
        expected = self.lost + self.received
        return 100.0 * self.lost / expected if expected else None


class QualityHistory:
    """Feed it the running totals of a call, as often as they come."""

    def __init__(self) -> None:
        self._points: list[QualityPoint] = []
        self._open: QualityPoint | None = None
        self._before = Measurement()
        self._step_s = FIRST_STEP_S

    def add(self, at_s: float, total: Measurement) -> None:
        """Take the totals at `at_s` seconds after the sound began; times that go back are left out."""
        before, last = self._before, self._points[-1].at_s if self._points else 0.0
        if at_s <= max(last, self._open.at_s if self._open else 0.0):
            return
        self._before = total
        point = QualityPoint(
            at_s=at_s,
            sent=max(0, total.sent - before.sent),
            received=max(0, total.received - before.received),
            # A late packet takes back a loss that an earlier interval was blamed for.
            lost=max(0, total.lost - before.lost),
            jitter_ms=total.jitter_ms if total.received else None,
            level_sent_dbov=total.level_sent_dbov,
            level_received_dbov=total.level_received_dbov,
        )
        self._open = point if self._open is None else joined(self._open, point)
        if at_s - last >= self._step_s * 0.999:
            self._points.append(self._open)
            self._open = None
            if len(self._points) > MAX_POINTS:
                self._thin()

    def points(self) -> tuple[QualityPoint, ...]:
        """Every interval, oldest first, the one going on at the end."""
        return (*self._points, self._open) if self._open is not None else tuple(self._points)

    def _thin(self) -> None:
        self._step_s *= 2
        pairs = zip(self._points[::2], self._points[1::2], strict=False)
        rest = self._points[-1:] if len(self._points) % 2 else []
        self._points = [joined(first, second) for first, second in pairs] + rest


def joined(first: QualityPoint, second: QualityPoint) -> QualityPoint:
    """Make one interval of two neighbours."""
    return QualityPoint(
        at_s=second.at_s,
        sent=first.sent + second.sent,
        received=first.received + second.received,
        lost=first.lost + second.lost,
        jitter_ms=_most(first.jitter_ms, second.jitter_ms),
        level_sent_dbov=_most(first.level_sent_dbov, second.level_sent_dbov),
        level_received_dbov=_most(first.level_received_dbov, second.level_received_dbov),
    )


def _most(one: float | None, other: float | None) -> float | None:
    return max((value for value in (one, other) if value is not None), default=None)
