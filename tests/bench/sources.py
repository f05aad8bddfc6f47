"""What each source and sink costs for 20 ms of sound, and the tone's SNR through both laws.

A core has 20,000 microseconds for each frame time: divided by a call's sum, so many calls it could
serve if it did nothing else. Goals: the tone nearly free; SNR at least 37 dB (what G.711 allows).
"""

from __future__ import annotations

import math
import os
import random
import struct
import tempfile
import time
import wave
from collections.abc import Callable
from pathlib import Path

from tccc_desk.rtp.dtmf_detector import DigitDetector
from tccc_desk.rtp.dtmf_tones import ToneSender
from tccc_desk.rtp.frame_queue import FrameQueue, Microphone, Speaker
from tccc_desk.rtp.g711 import decode
from tccc_desk.rtp.loop_proof import LoopProver, Search
from tccc_desk.rtp.marker import Marked
from tccc_desk.rtp.pcm import linear
from tccc_desk.rtp.sources import Echo, Silence, SoundSource, Sweep, Tone
from tccc_desk.sound.recorder import Recorder
from tccc_desk.sound.wav_source import WavSource

FRAMES = 1000 if os.environ.get("BENCH") == "short" else 5000


def snr_db(codec: str) -> float:
    """Power of the sine that fits best against the rest, over a second of the tone as it is heard."""
    tone = Tone()
    heard = decode(codec, b"".join(tone.frame(160, codec) for _ in range(50)))
    turn = 2 * math.pi * 1000 / 8000
    real = sum(x * math.cos(turn * n) for n, x in enumerate(heard))
    imaginary = sum(x * math.sin(turn * n) for n, x in enumerate(heard))
    signal = 2 * (real**2 + imaginary**2) / len(heard) ** 2
    return 10 * math.log10(signal / (sum(x * x for x in heard) / len(heard) - signal))


def cost(step: Callable[[int], object]) -> float:
    """Microseconds of CPU of the whole process for one step."""
    step(0)
    began = time.process_time()
    for tick in range(1, FRAMES + 1):
        step(tick)
    return (time.process_time() - began) / FRAMES * 1e6


def _sources(folder: Path) -> dict[str, float]:
    pcm = struct.pack("<160h", *(random.Random(1).randint(-9000, 9000) for _ in range(160)))
    queue, tones, echo = FrameQueue(), ToneSender(), Echo()
    microphone = Microphone(queue)

    def sent(source: SoundSource) -> Callable[[int], object]:
        return lambda _: source.frame(160, "PCMA")

    def spoken(_: int) -> None:
        queue.put(pcm)
        microphone.frame(160, "PCMA")

    def echoed(_: int) -> None:
        echo.heard(bytes(160), "PCMA")
        echo.frame(160, "PCMA")

    def dialled(tick: int) -> None:
        if tick % 9 == 0:
            tones.queue("5")
        tones.frame(160, "PCMA")

    found = {
        "tone": cost(sent(Tone())),
        "tone with marks": cost(sent(Marked("tone", random.Random(1).random))),
        "sweep": cost(sent(Sweep())),
        "silence": cost(sent(Silence())),
        "echo": cost(echoed),
        "microphone": cost(spoken),
        "DTMF tones": cost(dialled),
    }
    for rate in (8000, 44100, 48000):
        path = folder / f"{rate}.wav"
        with wave.open(str(path), "wb") as made:
            made.setparams((1, 2, rate, 0, "NONE", ""))
            made.writeframes(bytes(2 * rate * (FRAMES // 50 + 2)))
        source = WavSource(path)
        source.wait_ready(10)

        def read(_: int, source: WavSource = source) -> None:
            while source._ahead - source._taken < 160 and not source._read_all.wait(0.001):
                pass
            source.frame(160, "PCMA")

        found[f"WAV {rate} Hz, reading included"] = cost(read)
        source.close()
    return found


def _sinks(folder: Path) -> dict[str, float]:
    pcm = struct.pack("<160h", *(random.Random(1).randint(-9000, 9000) for _ in range(160)))
    recorder = Recorder(folder / "r.wav", started=0.0)
    searches: list[Search] = []
    prover, marked = LoopProver(searches.append), Marked("tone", random.Random(1).random)
    detector, speaker = DigitDetector(lambda _: None), Speaker(FrameQueue())

    def recorded(tick: int) -> None:
        recorder.sent.play(pcm, tick * 0.02)
        recorder.received.play(pcm, tick * 0.02)
        if len(recorder._waiting) > 1000:
            time.sleep(0.6)  # as much as the writer's own rhythm

    def proved(tick: int) -> None:
        prover.sent.play(linear("PCMA", marked.frame(160, "PCMA")), tick * 0.02)
        prover.received.play(pcm, tick * 0.02)
        for search in searches:
            for _ in search.steps():
                pass
        searches.clear()

    found = {
        "decoding": cost(lambda _: linear("PCMA", bytes(160))),
        "speaker": cost(lambda _: speaker.play(pcm, 0.0)),
        "recording of both sides, writing included": cost(recorded),
        "loop proof, nothing comes back": cost(proved),
        "DTMF detector, loud": cost(lambda _: detector.play(pcm, 0.0)),
        "DTMF detector, silence": cost(lambda _: detector.play(bytes(320), 0.0)),
    }
    recorder.close(10)
    return found


def main() -> None:
    for codec in ("PCMA", "PCMU"):
        print(f"tone through {codec} and back: SNR {snr_db(codec):.1f} dB (goal 37)")
    with tempfile.TemporaryDirectory() as folder:
        for what, costs in (("source", _sources(Path(folder))), ("sink", _sinks(Path(folder)))):
            for name, microseconds in costs.items():
                print(f"{what:6} {name:42} {microseconds:7.1f} us, {microseconds / 200:6.3f} % of a core")


if __name__ == "__main__":
    main()
