"""Two clocks that differ, a call of twenty minutes: nothing overflows, runs dry, or is late."""

from __future__ import annotations

import heapq
import math
from array import array
from collections.abc import Iterator
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tccc_desk.rtp.frame_queue import FrameQueue
from tccc_desk.rtp.pcm import packed, samples
from tccc_desk.rtp.resample import Resampler
from tccc_desk.sound.device_process_rate import Rise
from tccc_desk.sound.devices_drift import Drift, Fitter, fitted, shortened, stretched

FRAME = bytes(320)
CALL_S = 1200.0


def ticks(
    period: float, until: float, chance: Random, jitter: float, kind: str
) -> Iterator[tuple[float, str]]:
    at = chance.random() * period
    while at < until:
        yield at + chance.random() * jitter, kind
        at += period


@pytest.mark.parametrize("millionths", [-300, -50, 0, 50, 300])
def test_a_microphone_whose_clock_differs_is_never_cut_and_never_delayed(millionths: int) -> None:
    queue, drift, chance = FrameQueue(), Drift(), Random(millionths)
    fitter = Fitter(drift)
    puts = ticks(0.02 * (1 - millionths / 1e6), CALL_S, chance, 0.004, "put")
    takes = ticks(0.02, CALL_S, chance, 0.001, "take")
    silent = most = 0
    for at, kind in heapq.merge(puts, takes):
        if kind == "put":
            queue.put(fitter.fit(FRAME, queue.waiting))
        else:
            silent += queue.take(160) is None and at > 1.0
        most = max(most, queue.waiting)
    changed = CALL_S * 8000 * millionths / 1e6
    assert queue.dropped == 0
    assert silent <= 3
    assert queue.starved <= 1, "once at most, before the clocks are known"
    assert most <= 800, "100 ms"
    assert abs(drift.dropped - drift.inserted - changed) <= 640


@pytest.mark.parametrize("millionths", [-300, 0, 300])
def test_a_speaker_whose_clock_differs_is_never_cut_and_never_delayed(millionths: int) -> None:
    queue, drift, chance = FrameQueue(), Drift(), Random(millionths)
    puts = ticks(0.02, CALL_S, chance, 0.001, "put")
    takes = ticks(0.02 * (1 - millionths / 1e6), CALL_S, chance, 0.004, "take")
    most = 0
    for _, kind in heapq.merge(puts, takes):
        if kind == "put":
            queue.put(FRAME)
        else:
            queue.take(160 - drift.step(queue.waiting - 160))
        most = max(most, queue.waiting)
    assert queue.dropped == 0
    assert queue.starved <= 1
    assert most <= 800


def sine(start: int, count: int) -> bytes:
    return packed(array("h", (round(8000 * math.sin(math.tau * n / 8)) for n in range(start, start + count))))


def pitch_errors(heard: bytes) -> list[int]:
    """Per 20 ms, the difference between each sample and the one a period of 1 kHz before, the greatest."""
    values = samples(heard)
    far = [abs(now - before) for now, before in zip(values[8:], values, strict=False)]
    return [max(far[start : start + 160]) for start in range(0, len(far) - 160, 160)]


@pytest.mark.parametrize("backlog", [0, 1, 3, 4])
def test_a_backlog_at_the_start_goes_in_whole_frames_and_leaves_the_pitch_alone(backlog: int) -> None:
    """Both directions, clocks alike; each frame of the backlog came at once before the first was taken."""
    for microphone in (False, True):
        queue, drift, heard = FrameQueue(), Drift(), b""
        fitter, sent = Fitter(drift), 0
        queue.put(sine(0, 160 * (backlog + 2)))
        sent = 160 * (backlog + 2)
        for _ in range(500):
            frame = sine(sent, 160)
            sent += 160
            queue.put(fitter.fit(frame, queue.waiting) if microphone else frame)
            change = 0 if microphone else drift.step(queue.waiting - 160)
            taken = queue.take(160 - change)
            assert taken is not None
            heard += fitted(taken, 160) if change else taken
        assert queue.waiting <= 560
        wrong = sum(error > 500 for error in pitch_errors(heard))
        assert wrong <= 500 // 8 * 0.75, "no more than a frame in eight is touched"
        assert drift.dropped + drift.inserted <= 160 * 4


def test_a_large_backlog_is_gone_after_a_second() -> None:
    drift = Drift()
    assert [drift.step(750) for _ in range(50)] == [0] * 49 + [-480]
    assert [drift.step(270) for _ in range(500)] == [0] * 500


def test_frames_left_out_are_faded_over() -> None:
    loud = packed(array("h", [8000] * 320 + [-8000] * 320))
    out = samples(shortened(loud, 160))
    assert len(out) == 160
    assert (out[0], out[80]) == (8000, 0)
    assert max(abs(b - a) for a, b in pairwise(out)) <= 101
    assert fitted(loud, 160) == shortened(loud, 160)
    assert shortened(FRAME, 160) == fitted(FRAME, 160) == FRAME


@given(st.binary(max_size=640).map(lambda octets: octets[: len(octets) & ~1]), st.integers(0, 400))
def test_any_sound_is_stretched_to_any_length_within_its_own_bounds(pcm: bytes, length: int) -> None:
    values, out = samples(pcm), samples(stretched(pcm, length))
    assert len(out) == (length if values else 0)
    if out and values:
        assert min(values) <= min(out)
        assert max(out) <= max(values)


def tone(rate: int, count: int) -> array[int]:
    return array("h", (round(16000 * math.sin(math.tau * 1000 * n / rate)) for n in range(count)))


@pytest.mark.parametrize("rate", [16_000, 44_100, 48_000, 96_000])
def test_a_tone_survives_a_device_with_a_rate_of_its_own(rate: int) -> None:
    rise, fall = Rise(rate), Resampler(rate)
    source = tone(8000, 8000)
    there = array("h")
    for start in range(0, 8000, 160):
        there.extend(rise.feed(source[start : start + 160]))
    assert abs(len(there) - rate) <= rate // 200
    assert error_db(there[rate // 4 : rate // 2], rate) < -40
    back = fall.feed(there)
    assert error_db(back[2000:6000], 8000) < -40


def error_db(values: array[int], rate: int) -> float:
    """What is left when the best sine of 1 kHz is taken away, against the sine."""
    turn = math.tau * 1000 / rate
    count = len(values)
    sine = 2 * sum(value * math.sin(turn * n) for n, value in enumerate(values)) / count
    cosine = 2 * sum(value * math.cos(turn * n) for n, value in enumerate(values)) / count
    rest = sum(
        (value - sine * math.sin(turn * n) - cosine * math.cos(turn * n)) ** 2
        for n, value in enumerate(values)
    )
    return 10 * math.log10(rest / count / ((sine**2 + cosine**2) / 2))
