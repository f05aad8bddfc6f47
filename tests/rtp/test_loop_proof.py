"""The loop proved: through both laws, loss, noise and delay; and never by somebody else's sound."""

from __future__ import annotations

import itertools
import math
import random
import struct
from collections.abc import Callable

import pytest

from tccc_desk.rtp.correlation import correlate
from tccc_desk.rtp.loop_proof import LoopProver, Search
from tccc_desk.rtp.marker import Marked
from tccc_desk.rtp.pcm import companded, linear, samples
from tccc_desk.rtp.report import LoopProof
from tccc_desk.rtp.sources import Sweep, Tone

FarEnd = Callable[[bytes, int], bytes]
"""Linear sound we sent, number of the frame -> what they send in that frame time."""


def run(
    far: FarEnd, *, kind: str = "tone", codec: str = "PCMA", seconds: float = 9, seed: int = 1
) -> LoopProof | None:
    searches: list[Search] = []
    prover = LoopProver(searches.append)
    source = Marked(kind, random.Random(seed).random)  # type: ignore[arg-type]
    for tick in range(round(seconds * 50)):
        ours = linear(codec, source.frame(160, codec))
        prover.sent.play(ours, 100 + tick * 0.02)
        prover.received.play(far(ours, tick), 100 + tick * 0.02)
        for search in searches:
            for _ in search.steps():
                pass
        searches.clear()
    return prover.proof()


def echo(
    delay: int, db: float = 0.0, *, loss: float = 0.0, noise: float = 0.0, codec: str = "PCMA"
) -> FarEnd:
    """`delay` in samples; what was lost is silence."""
    dice, past, gain = random.Random(3), bytearray(2 * delay), 10 ** (-db / 20)

    def far(ours: bytes, tick: int) -> bytes:
        past.extend(ours)
        out = [round(x * gain + dice.gauss(0, noise)) for x in samples(bytes(past[:320]))]
        del past[:320]
        pcm = struct.pack("<160h", *(max(-32768, min(32767, x)) for x in out))
        return bytes(320) if dice.random() < loss else linear(codec, companded(codec, pcm))

    return far


def test_correlation_is_what_its_definition_says() -> None:
    dice = random.Random(2)
    pattern = [dice.randint(-127, 127) for _ in range(700)]
    sound = [dice.randint(-127, 127) for _ in range(2300)]
    found: list[int] = []
    for _ in correlate(pattern, sound, found):
        pass
    assert len(found) == 2300 - 700 + 1
    for lag in (0, 1, 511, 512, 900, 1600):
        assert found[lag] == sum(x * sound[lag + i] for i, x in enumerate(pattern))


@pytest.mark.parametrize("codec", ["PCMA", "PCMU"])
@pytest.mark.parametrize("kind", ["tone", "sweep"])
@pytest.mark.parametrize(("delay", "db"), [(0, 0), (161, 6), (1000, 20), (4003, 40), (9000, 12), (15990, 30)])
def test_delay_and_attenuation_of_an_echo(delay: int, db: float, kind: str, codec: str) -> None:
    proof = run(echo(delay, db, codec=codec), kind=kind, codec=codec)
    assert proof is not None
    assert proof.delay_ms == pytest.approx(delay / 8, abs=0.3)
    assert proof.attenuation_db == pytest.approx(db, abs=0.5)
    assert proof.returned_percent > 95


@pytest.mark.parametrize("loss", [0.05, 0.1, 0.3])
def test_lost_packets_are_missing_from_what_came_back(loss: float) -> None:
    proof = run(echo(800, 6, loss=loss), seconds=30)
    assert proof is not None
    assert proof.delay_ms == 100
    assert proof.returned_percent == pytest.approx(100 * (1 - loss), abs=10)
    assert proof.attenuation_db == pytest.approx(6, abs=1.5)


def test_a_weak_echo_beneath_comfort_noise() -> None:
    proof = run(echo(1600, 40, noise=60))  # -54.7 dBov of noise, the echo at -50
    assert proof is not None
    assert proof.delay_ms == pytest.approx(200, abs=0.3)
    assert proof.attenuation_db == pytest.approx(40, abs=2)


def steady(frames: Callable[[int], bytes]) -> FarEnd:
    return lambda _, tick: frames(tick)


def foreign(name: str) -> FarEnd:
    dice, tone, sweep, other = random.Random(8), Tone(), Sweep(), Marked("tone", random.Random(99).random)

    def noise(_: int) -> bytes:
        return struct.pack(
            "<160h", *(round(max(-32768, min(32767, dice.gauss(0, 3000)))) for _ in range(160))
        )

    def voice(tick: int) -> bytes:
        pitch = 110 + 60 * math.sin(tick / 17)
        loud = max(0.0, math.sin(tick / 9)) * 3000
        turns = [math.pi * pitch * (160 * tick + n) / 4000 for n in range(160)]
        values = (loud * sum(math.sin(k * turn) / k for k in range(1, 16)) for turn in turns)
        return struct.pack("<160h", *map(round, values))

    return steady({
        "silence": lambda _: bytes(320),
        "noise": noise,
        "tone": lambda _: linear("PCMA", tone.frame(160, "PCMA")),
        "sweep": lambda _: linear("PCMA", sweep.frame(160, "PCMA")),
        "voice": voice,
        "another program's marks": lambda _: linear("PCMA", other.frame(160, "PCMA")),
    }[name])  # fmt: skip


@pytest.mark.parametrize("name", ["silence", "noise", "tone", "sweep", "voice", "another program's marks"])
def test_somebody_else_s_sound_proves_nothing(name: str) -> None:
    proof = run(foreign(name), seconds=25)
    assert proof == LoopProof(delay_ms=0.0, attenuation_db=0.0, returned_percent=0.0)


def test_nothing_is_said_before_a_mark_could_return() -> None:
    assert run(echo(0), seconds=1.5) is None
    proof = run(echo(800), seconds=3.3)
    assert proof is not None
    assert proof.delay_ms == 100


def test_memory_stays_bounded_over_hours_and_gaps() -> None:
    prover = LoopProver(lambda _: None)
    for tick in range(20000):
        at = tick * 0.02 + (tick // 5000) * 1000
        prover.sent.play(bytes(320), at)
        prover.received.play(bytes(320), at)
    assert len(prover._ours.pcm) <= 2 * 6 * 8000 + 320
    assert len(prover._theirs.pcm) <= 2 * 6 * 8000 + 320


def test_the_marked_tone_has_no_step() -> None:
    """No two neighbours are farther apart than a sine of 1700 Hz at that level goes."""
    source = Marked("tone", random.Random(5).random)
    values = samples(linear("PCMU", b"".join(source.frame(83, "PCMU") for _ in range(700))))
    most = 32768 * 10**-0.5 * math.sqrt(2) * 2 * math.sin(math.pi * 1700 / 8000)
    assert max(abs(x - y) for x, y in itertools.pairwise(values)) <= most * 1.05
