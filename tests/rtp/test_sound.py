"""Sources, levels, quality and the one-way verdict."""

from __future__ import annotations

import itertools
import math

import pytest

from tccc_desk.rtp.g711 import decode
from tccc_desk.rtp.level import LevelMeter
from tccc_desk.rtp.quality import mean_opinion_score, rating
from tccc_desk.rtp.sources import SWEEP_HZ, SWEEP_S, Echo, Silence, Sweep, Tone, source_named
from tccc_desk.rtp.verdict import Evidence, judge


def power_at(samples: list[int], hertz: float) -> float:
    """Power of one frequency (Goertzel's sum, written out)."""
    real = sum(x * math.cos(2 * math.pi * hertz * n / 8000) for n, x in enumerate(samples))
    imaginary = sum(x * math.sin(2 * math.pi * hertz * n / 8000) for n, x in enumerate(samples))
    return 2 * (real * real + imaginary * imaginary) / len(samples) ** 2


@pytest.mark.parametrize("codec", ["PCMA", "PCMU"])
def test_the_tone_is_1_khz_at_minus_10_dbov(codec: str) -> None:
    tone, meter, samples = Tone(), LevelMeter(), []
    for index in range(50):
        frame = tone.frame(160, codec)
        meter.add(frame, codec, index * 0.02)
        samples += decode(codec, frame)
    level = meter.dbov(1.0)
    assert level is not None
    assert abs(level + 10.0) < 0.2
    total = sum(x * x for x in samples) / len(samples)
    noise = total - power_at(samples, 1000)
    assert 10 * math.log10(total / max(noise, 1e-9)) > 33, "almost all power is at 1 kHz"


def test_the_tone_has_no_step_between_frames_of_odd_length() -> None:
    tone, whole = Tone(), Tone()
    assert b"".join(tone.frame(length, "PCMA") for length in (83, 1, 80, 7)) == whole.frame(171, "PCMA")


@pytest.mark.parametrize("codec", ["PCMA", "PCMU"])
def test_the_sweep_is_exact_over_frames_of_any_length_and_over_its_end(codec: str) -> None:
    """Against the phase integrated sample by sample, over one and a half sweeps."""
    sweep, lengths, samples = Sweep(), itertools.cycle((83, 160, 480, 1)), list[int]()
    while len(samples) < 6 * 8000:
        samples += decode(codec, sweep.frame(next(lengths), codec))
    phase, amplitude, noise, power = 0.0, 32768 * 10**-0.5 * math.sqrt(2), 0.0, 0.0
    for n, sample in enumerate(samples):
        ideal = amplitude * math.sin(phase)
        noise += (sample - ideal) ** 2
        power += ideal**2
        at = n % (SWEEP_S * 8000)
        low, high = SWEEP_HZ
        # The mean frequency over one sample's time.
        phase += 2 * math.pi / 8000 * (low + (high - low) * (at + 0.5) / (SWEEP_S * 8000))
    assert 10 * math.log10(power / noise) > 37


def test_silence_is_each_law_s_own_byte() -> None:
    assert Silence().frame(3, "PCMA") == b"\xd5\xd5\xd5"
    assert Silence().frame(3, "PCMU") == b"\xff\xff\xff"


def test_the_echo_gives_back_what_came_and_is_silent_before_and_after() -> None:
    echo, tone = Echo(), Tone()
    silence = Silence().frame(160, "PCMA")
    assert echo.frame(160, "PCMA") == silence
    sent = [tone.frame(160, "PCMA") for _ in range(5)]
    for frame in sent:
        echo.heard(frame, "PCMA")
    assert [echo.frame(160, "PCMA") for _ in range(5)] == sent
    assert echo.frame(160, "PCMA") == silence


def test_the_echo_speaks_the_other_law_and_cuts_other_lengths() -> None:
    echo, tone, same = Echo(), Tone(), Tone()
    for _ in range(4):
        echo.heard(tone.frame(240, "PCMU"), "PCMU")
    back = b"".join(echo.frame(160, "PCMA") for _ in range(6))
    expected = decode("PCMU", same.frame(960, "PCMU"))
    assert all(
        abs(x - y) <= max(16, abs(x) // 16) for x, y in zip(expected, decode("PCMA", back), strict=True)
    )


def test_the_echo_never_holds_more_than_200_ms() -> None:
    echo = Echo()
    for _ in range(10000):
        echo.heard(bytes(480), "PCMA")
    assert echo.dropped == 10000 * 480 - Echo.LONGEST
    frames = 0
    while echo.frame(160, "PCMA") == bytes(160):
        frames += 1
    assert frames == 10


def test_a_source_has_one_of_four_names() -> None:
    assert isinstance(source_named("sweep"), Sweep)
    with pytest.raises(ValueError, match="no source"):
        source_named("hold music")  # type: ignore[arg-type]


def test_levels_of_known_signals() -> None:
    meter = LevelMeter()
    assert meter.dbov(0.0) is None
    meter.add(b"\x00\x80" * 80, "PCMU", 0.0)  # a square wave of the largest levels
    assert meter.dbov(0.0) == pytest.approx(20 * math.log10(32124 / 32768))
    assert meter.dbov(1.5) is None, "it is longer ago than the window"
    meter.add(b"\xff" * 160, "PCMU", 2.0)
    assert meter.dbov(2.0) == -127.0
    assert meter.loudest_dbov == pytest.approx(-0.17, abs=0.01)


def test_a_perfect_line_scores_as_g711_does() -> None:
    """R = 93.2 without any impairment is MOS 4.41 (G.107)."""
    assert rating(0, 0) == 93.2
    assert mean_opinion_score(0, 0) == pytest.approx(4.409, abs=0.001)


def test_quality_falls_with_loss_and_delay_and_stays_in_range() -> None:
    by_loss = [mean_opinion_score(loss / 2, 20) for loss in range(201)]
    by_delay = [mean_opinion_score(0, delay) for delay in range(0, 2000, 10)]
    for scores in (by_loss, by_delay):
        assert scores == sorted(scores, reverse=True)
        assert all(1.0 <= score <= 4.5 for score in scores)
    assert rating(1, 0) == pytest.approx(93.2 - 95 / 26.1)
    assert rating(0, 277.3) == pytest.approx(93.2 - 0.024 * 277.3 - 11.0)


@pytest.mark.parametrize(
    ("received", "elapsed", "expecting", "they_hear", "verdict"),
    [
        (50, 5.0, True, None, "none"),
        (50, 5.0, True, True, "none"),
        (50, 5.0, True, False, "they_hear_nothing"),
        (0, 5.0, True, None, "we_hear_nothing"),
        (0, 5.0, True, True, "we_hear_nothing"),
        (0, 5.0, True, False, "both"),
        (0, 0.1, True, None, "unknown"),
        (0, 5.0, False, None, "unknown"),
        (0, 5.0, False, False, "they_hear_nothing"),
        (1, 0.0, False, None, "none"),
    ],
)
def test_one_way_by_evidence(
    received: int, elapsed: float, expecting: bool, they_hear: bool | None, verdict: str
) -> None:
    assert judge(Evidence(received, elapsed, expecting, they_hear))[0] == verdict
