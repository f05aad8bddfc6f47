"""Sound of one frequency: written to files, and looked for in files others wrote."""

from __future__ import annotations

import math
import wave
from array import array
from pathlib import Path


def write_sine(path: Path, hertz: float, seconds: float, rate: int = 44_100, channels: int = 1) -> None:
    """A WAV file of 16 bits at a quarter of full scale, the same in every channel."""
    count = int(rate * seconds)
    samples = array(
        "h",
        (
            round(8000 * math.sin(2 * math.pi * hertz * n / rate))
            for n in range(count)
            for _ in range(channels)
        ),
    )
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(samples.tobytes())


def read_sides(path: Path) -> tuple[array[int], ...]:
    """The channels of a WAV file of 16 bits and 8 kHz."""
    with wave.open(str(path), "rb") as file:
        assert (file.getsampwidth(), file.getframerate()) == (2, 8000)
        channels = file.getnchannels()
        samples = array("h", file.readframes(file.getnframes()))
    return tuple(samples[n::channels] for n in range(channels))


def part_of(samples: array[int], hertz: float) -> float:
    """How much of all power one frequency has, 0 to 1; of samples at 8 kHz."""
    turn = 2 * math.pi * hertz / 8000
    real = sum(value * math.cos(turn * n) for n, value in enumerate(samples))
    imaginary = sum(value * math.sin(turn * n) for n, value in enumerate(samples))
    power = sum(value * value for value in samples)
    return 2 * (real * real + imaginary * imaginary) / (len(samples) * power) if power else 0.0
