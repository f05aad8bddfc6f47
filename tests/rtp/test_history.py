"""Quality over time: intervals from totals, bounded, nothing lost by thinning."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tccc_desk.rtp.history import MAX_POINTS, QualityHistory
from tccc_desk.rtp.report import Measurement


def total(**values: object) -> Measurement:
    return Measurement(**values)  # type: ignore[arg-type]


def test_totals_become_intervals() -> None:
    history = QualityHistory()
    history.add(0.5, total(sent=25, received=25, jitter_ms=2.0, level_received_dbov=-20.0))
    history.add(1.0, total(sent=50, received=45, lost=5, jitter_ms=4.0, level_received_dbov=-30.0))
    history.add(1.5, total(sent=75, received=70, lost=5, jitter_ms=3.0))
    first, second = history.points()
    assert (first.at_s, first.sent, first.received, first.lost) == (1.0, 50, 45, 5)
    assert (first.loss_percent, first.jitter_ms, first.level_received_dbov) == (10.0, 4.0, -20.0)
    assert (second.at_s, second.received, second.loss_percent, second.level_received_dbov) == (
        1.5,
        25,
        0.0,
        None,
    )


def test_nothing_expected_is_no_loss_of_zero() -> None:
    history = QualityHistory()
    history.add(1.0, total(sent=50))
    assert history.points()[0].loss_percent is None
    assert history.points()[0].jitter_ms is None


def test_a_loss_taken_back_makes_no_negative_one() -> None:
    history = QualityHistory()
    history.add(1.0, total(received=40, lost=10))
    history.add(2.0, total(received=95, lost=5))
    assert history.points()[1].lost == 0


def test_a_clock_that_stands_is_left_out() -> None:
    history = QualityHistory()
    history.add(1.0, total(received=50))
    history.add(1.0, total(received=70))
    history.add(0.2, total(received=80))
    assert len(history.points()) == 1


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 20)), min_size=1, max_size=3000))
def test_ten_hours_stay_bounded_and_lose_no_packet(steps: list[tuple[int, int]]) -> None:
    history, received, lost = QualityHistory(), 0, 0
    for second, (came, missed) in enumerate(steps, 1):
        received, lost = received + came, lost + missed
        history.add(float(second), total(received=received, lost=lost))
    points = history.points()
    assert len(points) <= MAX_POINTS + 1
    assert sum(point.received for point in points) == received
    assert sum(point.lost for point in points) == lost
    assert [point.at_s for point in points] == sorted({point.at_s for point in points})
    assert points[-1].at_s == len(steps)
