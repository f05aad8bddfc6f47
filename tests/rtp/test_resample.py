"""Any rate to 8 kHz: level, band, time and pieces."""

from __future__ import annotations

import math
from array import array

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tccc_desk.rtp.resample import Resampler

RATES = [2000, 6000, 8000, 11025, 16000, 22050, 24000, 32000, 44100, 44101, 48000, 96000]


def tone(rate: int, hertz: float, seconds: float, amplitude: float = 10000) -> array[int]:
    turn = 2 * math.pi * hertz / rate
    return array("h", (round(amplitude * math.sin(turn * n)) for n in range(round(rate * seconds))))


def resampled(rate: int, samples: array[int]) -> array[int]:
    resampler = Resampler(rate)
    return resampler.feed(samples) + resampler.end()


def level(samples: array[int]) -> float:
    """dB over the middle, where no edge is felt; 0 is the amplitude of `tone`."""
    middle = samples[len(samples) // 4 : -len(samples) // 4]
    return 10 * math.log10(max(1e-9, sum(x * x for x in middle) / len(middle) / (10000**2 / 2)))


@pytest.mark.parametrize("rate", RATES)
def test_a_tone_keeps_its_wave_to_the_sample(rate: int) -> None:
    """Against the same tone made at 8 kHz: level, frequency and time at once, 50 dB exact."""
    hertz = 440.0 if rate > 2000 else 300.0
    out, ideal = resampled(rate, tone(rate, hertz, 0.5)), tone(8000, hertz, 0.5)
    assert abs(len(out) - len(ideal)) < max(2, 8000 / rate)
    pairs = list(zip(out, ideal, strict=False))[400:-400]
    noise = sum((x - y) ** 2 for x, y in pairs) / len(pairs)
    assert 10 * math.log10(10000**2 / 2 / max(noise, 1e-9)) > 50


@pytest.mark.parametrize("rate", [rate for rate in RATES if rate >= 16000])
@pytest.mark.parametrize("hertz", [4600, 5000, 6000, 7600])
def test_what_8_khz_cannot_hold_is_damped_and_not_folded(rate: int, hertz: float) -> None:
    assert level(resampled(rate, tone(rate, hertz, 0.25))) < -48


@pytest.mark.parametrize("rate", [rate for rate in RATES if rate >= 8000])
@pytest.mark.parametrize("hertz", [300, 1000, 3000, 3300])
def test_the_telephone_band_passes_flat(rate: int, hertz: float) -> None:
    assert abs(level(resampled(rate, tone(rate, hertz, 0.25)))) < 0.2


def test_full_scale_is_clipped_and_never_wraps() -> None:
    square = array("h", ([32767] * 24 + [-32768] * 24) * 200)
    assert {min(resampled(48000, square)), max(resampled(48000, square))} == {-32768, 32767}


@given(st.sampled_from([6000, 11025, 44100]), st.lists(st.integers(0, 700), max_size=12))
@settings(deadline=None, max_examples=30)
def test_pieces_make_no_difference(rate: int, cuts: list[int]) -> None:
    samples = tone(rate, 777, 0.1)
    whole, pieces, resampler, at = resampled(rate, samples), array("h"), Resampler(rate), 0
    for cut in cuts:
        pieces += resampler.feed(samples[at : at + cut])
        at += cut
    pieces += resampler.feed(samples[at:]) + resampler.end()
    assert pieces == whole
