"""DTMF as tones: what we send by Q.23, what we hear by Q.24, and what is no digit."""

from __future__ import annotations

import itertools
import math
import random
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tccc_desk.rtp.dtmf_detector import DigitDetector
from tccc_desk.rtp.dtmf_tones import HIGH_HZ, KEYS, LOW_HZ, ToneSender
from tccc_desk.rtp.g711 import decode
from tccc_desk.rtp.pcm import companded, linear
from tccc_desk.rtp.sources import Sweep, Tone

SILENCE = [0.0] * 800


def sent(digits: str, codec: str = "PCMA", samples: int = 160, frames: int = 0) -> tuple[bytes, str]:
    """What goes out for digits, and the digits as they are told; `frames` 0: until the sender is done."""
    sender, sound, told = ToneSender(), bytearray(), ""
    assert sender.queue(digits)
    while sender.busy or frames > 0:
        frame = sender.frame(samples, codec)
        frames -= 1
        if frame is not None:
            assert len(frame.payload) == samples
            sound += frame.payload
            told += frame.digit
    return bytes(sound), told


def heard(pcm: bytes, piece: int = 320) -> str:
    digits: list[str] = []
    detector = DigitDetector(digits.append)
    for start in range(0, len(pcm), piece):
        detector.play(pcm[start : start + piece], start / 16000)
    return "".join(digits)


def pcm(values: list[float]) -> bytes:
    return struct.pack(f"<{len(values)}h", *(max(-32768, min(32767, round(x))) for x in values))


def dual(
    digit: str, ms: float, *, low_db: float = -14, high_db: float = -14, off: float = 0.0, phase: float = 0.0
) -> list[float]:
    """A tone pair made here, by the definition: dBov of each, both frequencies off by a part."""
    row, column = divmod(KEYS.index(digit), 4)
    a, b = (32768 * math.sqrt(2) * 10 ** (db / 20) for db in (low_db, high_db))
    f, g = (2 * math.pi * hertz * (1 + off) / 8000 for hertz in (LOW_HZ[row], HIGH_HZ[column]))
    return [a * math.sin(f * n + phase) + b * math.sin(g * n + 2 * phase) for n in range(round(8 * ms))]


def keyed(digits: str, on: float, pause: float, **how: float) -> bytes:
    gap = [0.0] * round(8 * pause)
    tones = itertools.chain.from_iterable(dual(digit, on, **how) + gap for digit in digits)
    return pcm([*SILENCE, *tones, *SILENCE])


@pytest.mark.parametrize("codec", ["PCMA", "PCMU"])
@pytest.mark.parametrize("samples", [80, 160, 240, 480])
def test_every_digit_is_sent_and_heard_at_every_packet_time(codec: str, samples: int) -> None:
    sound, told = sent("0123456789*#abcd11", codec, samples)
    assert told == "0123456789*#ABCD11"
    assert heard(linear(codec, sound)) == told


def test_timing_levels_and_frequencies_of_a_digit() -> None:
    """40 ms of silence, 100 ms of tone, 80 ms of silence; -8 and -6 dBm0."""
    values = decode("PCMA", sent("5")[0])
    loud = [n for n, value in enumerate(values) if abs(value) > 8]
    assert 320 <= loud[0] <= 322
    assert 1117 <= loud[-1] < 1120
    assert len(values) >= 1120 + 640
    middle = values[320 + 80 : 1120 - 80]
    for hertz, dbm0 in ((770, -8), (1336, -6)):
        turn = 2 * math.pi * hertz / 8000
        real = sum(x * math.cos(turn * n) for n, x in enumerate(middle))
        imaginary = sum(x * math.sin(turn * n) for n, x in enumerate(middle))
        power = 2 * (real**2 + imaginary**2) / len(middle) ** 2
        assert abs(10 * math.log10(power / 32768**2) + 6.15 - dbm0) < 0.3


def test_a_comma_waits_two_seconds_and_what_is_no_digit_is_refused() -> None:
    assert len(sent("1,2")[0]) - len(sent("12")[0]) in range(16000 - 160, 16000 + 161)
    sender = ToneSender()
    with pytest.raises(ValueError, match="DTMF"):
        sender.queue("12x")
    assert sender.queue("1" * 1024)
    assert not sender.queue("1")
    assert ToneSender().frame(160, "PCMA") is None


@given(st.text(KEYS, min_size=1, max_size=8), st.integers(0, 79), st.floats(0, 6))
@settings(deadline=None, max_examples=40)
def test_the_shortest_digits_q24_demands_at_any_place(digits: str, shift: int, phase: float) -> None:
    """40 ms of tone and 40 ms of pause, wherever they fall on our grid."""
    assert heard(bytes(2 * shift) + keyed(digits, 40, 40, phase=phase)) == digits


@pytest.mark.parametrize("digit", KEYS)
@pytest.mark.parametrize("off", [-0.015, 0.015])
def test_frequencies_off_by_1_5_percent_are_taken(digit: str, off: float) -> None:
    assert heard(keyed(digit, 60, 60, off=off)) == digit


@pytest.mark.parametrize("digit", KEYS)
@pytest.mark.parametrize("off", [-0.035, 0.035])
def test_frequencies_off_by_3_5_percent_are_not(digit: str, off: float) -> None:
    assert heard(keyed(digit, 100, 60, off=off)) == ""


@pytest.mark.parametrize(
    ("low", "high", "taken"),
    [(-10, -10, 1), (-40, -40, 1), (-50, -50, 0), (-20, -13, 1), (-13, -20, 1), (-25, -13, 0), (-13, -25, 0)],
)
def test_level_and_twist(low: float, high: float, taken: int) -> None:
    assert heard(keyed("159D", 80, 60, low_db=low, high_db=high)) == "159D" * taken


def test_short_bursts_are_no_digits_and_short_breaks_no_two() -> None:
    for shift in range(0, 80, 8):
        assert heard(bytes(2 * shift) + keyed("5" * 10, 20, 60)) == ""
    for shift in range(0, 80, 8):
        broken = [*SILENCE, *dual("5", 50), *[0.0] * 80, *dual("5", 50), *SILENCE]
        assert heard(bytes(2 * shift) + pcm(broken)) == "5"


def test_digits_are_heard_above_noise_and_through_both_laws() -> None:
    noise = random.Random(4)
    for codec in ("PCMA", "PCMU"):
        clean = struct.unpack(f"<{len(keyed(KEYS, 50, 50)) // 2}h", keyed(KEYS, 50, 50))
        rough = pcm([x + noise.gauss(0, 1200) for x in clean])
        assert heard(linear(codec, companded(codec, rough))) == KEYS


def test_tones_sweeps_and_noise_are_no_digits() -> None:
    for source in (Tone(), Sweep()):
        assert heard(linear("PCMA", b"".join(source.frame(160, "PCMA") for _ in range(400)))) == ""
    dice = random.Random(1)
    assert heard(pcm([dice.gauss(0, 5000) for _ in range(80000)])) == ""
    for first, second in ((440, 480), (350, 440), (480, 620), (425, 425), (1400, 2060), (2130, 2750)):
        calls = [4000 * (math.sin(first * n * math.pi / 4000) + math.sin(second * n * math.pi / 4000))
                 for n in range(8000)]  # fmt: skip
        assert heard(pcm(calls)) == "", (first, second)


def speech(seconds: int, seed: int) -> list[float]:
    """Voiced sounds: pulses of a gliding pitch through three gliding resonances, with pauses."""
    dice, out, phase = random.Random(seed), list[float](), 0.0
    state = [[0.0, 0.0] for _ in range(3)]
    while len(out) < 8000 * seconds:
        pitch, glide = dice.uniform(80, 320), dice.uniform(-60, 60)
        formants = [dice.uniform(*band) for band in ((300, 1000), (900, 2300), (2200, 3200))]
        for n in range(round(8000 * dice.uniform(0.06, 0.4))):
            phase += (pitch + glide * n / 1600) / 8000
            sample = 0.0
            if phase >= 1:
                phase -= 1
                sample = 8000.0
            for hertz, memory in zip(formants, state, strict=True):
                radius = math.exp(-math.pi * 90 / 8000)
                sample += (
                    2 * radius * math.cos(2 * math.pi * hertz / 8000) * memory[0] - radius**2 * memory[1]
                )
                sample *= 0.35
                memory[1], memory[0] = memory[0], sample / 0.35
            out.append(sample)
        if dice.random() < 0.3:
            out += [dice.gauss(0, 20) for _ in range(round(8000 * dice.uniform(0.05, 0.2)))]
    return out


def test_speech_hardly_ever_talks_a_digit_into_it() -> None:
    """Two minutes of resonances far purer than a voice's: one slip, where a plain receiver has twenty."""
    assert sum(len(heard(pcm(speech(30, seed)))) for seed in range(4)) <= 1


@given(st.binary(max_size=4000), st.integers(1, 700))
@settings(deadline=None)
def test_any_octets_are_survived(octets: bytes, piece: int) -> None:
    assert set(heard(octets, piece)) <= set(KEYS)
