"""A WAV file as what a call sends: sound, end, loop, threads."""

from __future__ import annotations

import itertools
import math
import os
import struct
import threading
import wave
from pathlib import Path

import pytest

from tccc_desk.rtp.g711 import decode, encode
from tccc_desk.sound.faults import SoundFault
from tccc_desk.sound.wav_source import Ending, WavSource
from tests.sound.wav_files import chunk, extensible, fmt, integers, riff, spread, tone, write

SILENCE = b"\xd5" * 160


def frames(source: WavSource, limit: int = 10000) -> bytes:
    """What it sends until it says that it ended, read as fast as the disk gives it."""
    assert source.wait_ready(10)
    sent = bytearray()
    for _ in range(limit):
        sent += source.frame(160, "PCMA")
        if source.ended:
            return bytes(sent)
        while source._ahead - source._taken < 160 and not source._read_all.wait(0.001):
            pass
    return bytes(sent)


KINDS = {
    "8 bit": (fmt(bits=8), 8000, 1, lambda v: integers(v, 8)),
    "16 bit stereo 44.1": (fmt(channels=2, rate=44100), 44100, 2, lambda v: integers(v, 16)),
    "24 bit 48": (fmt(rate=48000, bits=24), 48000, 1, lambda v: integers(v, 24)),
    "32 bit 6 channels": (extensible(1, 6, 16000, 32), 16000, 6, lambda v: integers(v, 32)),
    "float": (fmt(tag=3, rate=32000, bits=32), 32000, 1, lambda v: struct.pack(f"<{len(v)}f", *v)),
    "double": (extensible(3, 2, 22050, 64), 22050, 2, lambda v: struct.pack(f"<{len(v)}d", *v)),
    "A-law": (fmt(tag=6, bits=8), 8000, 1, lambda v: encode("PCMA", [round(32767 * x) for x in v])),
    "mu-law": (fmt(tag=7, bits=8), 8000, 1, lambda v: encode("PCMU", [round(32767 * x) for x in v])),
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_sounds_as_it_was_made(kind: str, tmp_path: Path) -> None:
    header, rate, channels, pack = KINDS[kind]
    data = pack(spread(tone(rate, 0.5), channels))
    source = WavSource(write(tmp_path / "a.wav", riff(header, chunk(b"data", data))))
    try:
        heard = decode("PCMA", frames(source))[:4000]
    finally:
        source.close()
    ideal = [32767 * value for value in tone(8000, 0.5)]
    pairs = list(zip(heard, ideal, strict=True))[200:-200]
    noise = sum((x - y) ** 2 for x, y in pairs) / sum(y * y for _, y in pairs)
    assert 10 * math.log10(1 / noise) > 29, "what A-law after 8 bits leaves"


def test_floats_that_are_no_numbers_are_silence_and_large_ones_clipped(tmp_path: Path) -> None:
    values = struct.pack("<6f", math.nan, math.inf, -math.inf, 1e30, -1.0, 0.0)
    source = WavSource(write(tmp_path / "a.wav", riff(fmt(tag=3, bits=32), chunk(b"data", values))))
    heard = decode("PCMU", source.frame(160, "PCMU") if source.wait_ready(10) else b"")
    source.close()
    assert heard[:6] == [0, 32124, -32124, 32124, -32124, 0]


def test_it_plays_once_says_so_once_and_is_silent(tmp_path: Path) -> None:
    endings: list[Ending] = []
    data = integers(tone(8000, 0.05), 16)
    source = WavSource(
        write(tmp_path / "short.wav", riff(fmt(), chunk(b"data", data))), on_end=endings.append
    )
    sent = frames(source)
    assert sent[:400] != SILENCE * 3
    assert [source.frame(160, "PCMA") for _ in range(3)] == [SILENCE] * 3
    source.close()
    assert endings == [Ending("sound.wav.ended", {"file": "short.wav"}, 0.05)]
    assert source.starved == 0


def test_it_loops_without_a_seam_and_within_bounds(tmp_path: Path) -> None:
    """A whole number of periods at 48 kHz, 300 times over, is one long tone."""
    data = integers(tone(48000, 0.01), 16)
    source = WavSource(write(tmp_path / "a.wav", riff(fmt(rate=48000), chunk(b"data", data))), loop=True)
    heard = decode("PCMU", b"".join(frames_of(source, 150)))
    assert not source.ended
    assert sum(map(len, source._blocks)) < 2 * 2 * 8000 * 1.1
    source.close()
    ideal = itertools.islice(itertools.cycle(32767 * value for value in tone(8000, 0.01)), len(heard))
    error = [abs(x - y) for x, y in zip(heard, ideal, strict=True)][200:]
    assert max(error) < 400


def frames_of(source: WavSource, count: int) -> list[bytes]:
    assert source.wait_ready(10)
    sent = []
    for _ in range(count):
        while source._ahead - source._taken < 160 and not source._read_all.wait(0.001):
            pass
        sent.append(source.frame(160, "PCMU"))
    return sent


def test_a_single_sample_may_loop(tmp_path: Path) -> None:
    source = WavSource(write(tmp_path / "a.wav", riff(fmt(), chunk(b"data", b"\0\x20"))), loop=True)
    assert set(decode("PCMU", b"".join(frames_of(source, 50)))) == {8316}
    source.close()


def test_a_long_file_is_read_in_pieces(tmp_path: Path) -> None:
    """Ten hours as a sparse file: two seconds of it are in memory."""
    path = write(tmp_path / "long.wav", riff(fmt(), chunk(b"data", b"")))
    length = 10 * 3600 * 16000
    os.truncate(path, 44 + length)
    with path.open("r+b") as file:
        file.seek(4)
        file.write(struct.pack("<I", 36 + length))
        file.seek(40)
        file.write(struct.pack("<I", length))
    source = WavSource(path)
    assert source.format.seconds == 36000
    frames_of(source, 500)
    assert sum(map(len, source._blocks)) <= 2 * (2 * 8000 + 160)
    source.close()
    assert not source._thread.is_alive()


def test_a_file_cut_off_while_it_plays_ends_and_says_why(tmp_path: Path) -> None:
    path = write(tmp_path / "cut.wav", riff(fmt(), chunk(b"data", bytes(16000 * 60))))
    endings: list[Ending] = []
    source = WavSource(path, on_end=endings.append)
    assert source.wait_ready(10)
    os.truncate(path, 16000 * 4 + 1)
    frames(source)
    source.close()
    (ending,) = endings
    assert ending.finding == "sound.wav.broke-off"
    assert ending.details == {"file": "cut.wav", "detail": "the file became shorter"}
    assert 2 < ending.seconds < 5


def test_a_refused_file_leaves_no_thread_and_no_open_file(tmp_path: Path) -> None:
    path = write(tmp_path / "a.wav", riff(fmt(tag=2), chunk(b"data", bytes(100))))
    threads, files = threading.active_count(), len(list(Path("/proc/self/fd").iterdir()))
    with pytest.raises(SoundFault):
        WavSource(path)
    assert (threading.active_count(), len(list(Path("/proc/self/fd").iterdir()))) == (threads, files)


def test_the_standard_library_s_own_files_play(tmp_path: Path) -> None:
    with wave.open(str(tmp_path / "a.wav"), "wb") as made:
        made.setparams((1, 2, 8000, 0, "NONE", ""))
        made.writeframes(integers(tone(8000, 0.1), 16))
    source = WavSource(tmp_path / "a.wav")
    source.heard(b"", "PCMA")
    expected = encode("PCMA", [round(32767 * value) for value in tone(8000, 0.1)])
    assert frames(source)[:800] == expected
    assert source.seconds == 0.1
    source.close()
    source.close()
