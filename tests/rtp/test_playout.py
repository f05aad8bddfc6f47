"""What listeners are given: decoded sound, concealment, comfort noise, on an absolute schedule."""

from __future__ import annotations

import math
from array import array

import pytest

from tccc_desk.rtp.concealment import ComfortNoise, Concealer
from tccc_desk.rtp.level import dbov
from tccc_desk.rtp.pcm import companded, linear, packed, samples
from tccc_desk.rtp.playout import Playout
from tccc_desk.rtp.sources import Tone


class Listener:
    def __init__(self) -> None:
        self.heard: list[tuple[bytes, float]] = []

    def play(self, pcm: bytes, now: float) -> None:
        self.heard.append((pcm, now))


def run(playout: Playout, now: float) -> None:
    for sinks, pcm, due in playout.frames(now):
        for sink in sinks:
            sink.play(pcm, due)


def level(pcm: bytes) -> float:
    values = samples(pcm)
    return dbov(sum(x * x for x in values), len(values))


def sine(hertz: float, count: int, start: int = 0) -> bytes:
    return packed(
        array("h", (round(8000 * math.sin(2 * math.pi * hertz * (start + n) / 8000)) for n in range(count)))
    )


@pytest.mark.parametrize("codec", ["PCMA", "PCMU"])
def test_listeners_hear_what_was_sent_and_others_cost_nothing(codec: str) -> None:
    playout, listener, tone = Playout(0.0), Listener(), Tone()
    playout.attach(listener)
    playout.attach(listener)
    sent = b""
    for n in range(100):
        payload = tone.frame(160, codec)
        sent += linear(codec, payload)
        playout.buffer.put(n, n * 160, codec, payload, n * 0.02, marker=n == 0)
        run(playout, n * 0.02)
    heard = b"".join(pcm for pcm, _ in listener.heard)
    assert {len(pcm) for pcm, _ in listener.heard} == {320}
    assert [now for _, now in listener.heard] == pytest.approx([n * 0.02 for n in range(100)])
    assert sent.startswith(heard.lstrip(b"\0")[: len(sent) // 2])
    playout.detach(listener)
    run(playout, 2.5)
    assert len(listener.heard) == 100


def test_after_a_long_stop_of_ours_only_the_newest_frames_are_made() -> None:
    playout, listener = Playout(0.0), Listener()
    playout.attach(listener)
    run(playout, 60.0)
    assert len(listener.heard) <= 12
    assert listener.heard[-1][1] == pytest.approx(60.0, abs=0.021)


@pytest.mark.parametrize("hertz", [100, 210, 440, 1000])
def test_a_hole_is_filled_with_the_same_tone_that_fades(hertz: float) -> None:
    concealer = Concealer()
    for n in range(4):
        assert concealer.sound(sine(hertz, 160, n * 160)) == sine(hertz, 160, n * 160)
    made = [concealer.missing(160) for _ in range(5)]
    true = samples(sine(hertz, 80, 640))
    error = sum((x - y) ** 2 for x, y in zip(true, samples(made[0])[:80], strict=True))
    assert error < 0.3 * sum(x * x for x in true), "it goes on where the tone was"
    strengths = [level(pcm) for pcm in made]
    assert strengths == sorted(strengths, reverse=True)
    assert strengths[0] > level(sine(hertz, 160)) - 1.5
    assert made[3] == made[4] == bytes(320), "silent after 60 ms"


def test_the_sound_after_a_hole_begins_without_a_step() -> None:
    concealer = Concealer()
    for n in range(4):
        concealer.sound(sine(300, 160, n * 160))
    before = samples(concealer.missing(160))
    after = samples(concealer.sound(sine(300, 160, 900)))
    assert abs(after[0] - before[-1]) < 2500
    assert after[40:] == samples(sine(300, 160, 900))[40:]


def test_a_hole_before_any_sound_is_silence() -> None:
    assert Concealer().missing(160) == bytes(320)


@pytest.mark.parametrize("wanted", [30, 50, 70])
def test_comfort_noise_has_the_level_they_said(wanted: int) -> None:
    noise = ComfortNoise()
    pcm = b"".join(noise.frame(160, wanted) for _ in range(20))
    assert level(pcm) == pytest.approx(-wanted, abs=1.0)
    assert noise.frame(160, 127) == bytes(320)
    assert len(noise.frame(33, 0)) == 66


@pytest.mark.parametrize("hertz", [1000, 1020])
@pytest.mark.parametrize("codec", ["PCMA", "PCMU"])
def test_a_tone_through_the_codec_and_back_keeps_37_db(codec: str, hertz: int) -> None:
    """At our tone's -10 dBov. Between two steps of the law it is 36 to 39 dB for any other level."""
    peak = 32768 * 10 ** (-10 / 20) * math.sqrt(2)
    sent = array("h", (round(peak * math.sin(2 * math.pi * hertz * (n + 0.5) / 8000)) for n in range(8000)))
    back = samples(linear(codec, companded(codec, packed(sent))))
    noise = sum((x - y) ** 2 for x, y in zip(sent, back, strict=True))
    assert 10 * math.log10(sum(x * x for x in sent) / noise) >= 37
