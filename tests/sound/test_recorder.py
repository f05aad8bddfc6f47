"""Recording to stereo WAV: read back by the standard library, in step, and survived."""

from __future__ import annotations

import errno
import os
import signal
import stat
import struct
import subprocess
import sys
import threading
import wave
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tccc_desk.rtp.pcm import linear
from tccc_desk.sound import recorder as module
from tccc_desk.sound.checks import check_recordable
from tccc_desk.sound.faults import SoundFault
from tccc_desk.sound.recorder import Recorder, RecordingEnd
from tccc_desk.sound.wav_format import check_wav
from tccc_desk.texts.catalogue import LANGUAGES, text

ROOT = Path(__file__).parents[2]


def frame(value: int) -> bytes:
    return struct.pack("<h", value) * 160


def sides(path: Path) -> tuple[list[int], list[int]]:
    """Left and right as the standard library reads them."""
    with wave.open(str(path), "rb") as made:
        assert made.getparams()[:3] == (2, 2, 8000)
        values = struct.unpack(f"<{2 * made.getnframes()}h", made.readframes(made.getnframes()))
    return list(values[0::2]), list(values[1::2])


def test_left_is_what_we_send_and_right_what_they_send(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "a.wav", started=10.0)
    for tick in range(100):
        recorder.sent.play(frame(1000 + tick), 10 + tick * 0.02)
        recorder.received.play(frame(-tick), 10 + tick * 0.02)
    assert recorder.close() == RecordingEnd(2.0, "", {"file": "a.wav"})
    left, right = sides(tmp_path / "a.wav")
    assert left == [1000 + tick for tick in range(100) for _ in range(160)]
    assert right == [-tick for tick in range(100) for _ in range(160)]
    assert stat.S_IMODE((tmp_path / "a.wav").stat().st_mode) == 0o600
    assert check_wav(tmp_path / "a.wav").seconds == 2.0


def test_late_starts_gaps_and_left_out_frames_keep_the_sides_in_step(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "a.wav")
    for tick in range(300):
        now = 50 + tick * 0.02 + (tick % 7) * 0.003  # a thread is late now and then
        if not 100 <= tick < 150:
            recorder.sent.play(frame(tick + 1), now)
        if tick >= 200:
            recorder.received.play(frame(tick + 1), now)
    recorder.close()
    left, right = sides(tmp_path / "a.wav")
    assert 300 * 160 <= len(left) == len(right) <= 300 * 160 + 150
    for tick in range(300):
        middle = tick * 160 + 80
        assert left[middle] in ({0} if 102 <= tick < 149 else {0, tick, tick + 1, tick + 2})
        assert right[middle] in ({0} if tick < 199 else {0, tick, tick + 1, tick + 2})


@given(
    frames=st.lists(st.tuples(st.booleans(), st.floats(0, 2), st.integers(0, 400)), max_size=40),
    odd=st.sampled_from([0, 1]),
)
@settings(deadline=None, max_examples=30)
def test_any_order_and_length_of_frames_gives_a_valid_file(
    frames: list[tuple[bool, float, int]], odd: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("r") / "a.wav"
    recorder, now = Recorder(path), 0.0
    for left, step, length in frames:
        now += step
        (recorder.sent if left else recorder.received).play(b"\1\0" * length + b"\1" * odd, now)
    end = recorder.close()
    left_side, right_side = sides(path)
    assert len(left_side) == len(right_side) == round(end.seconds * 8000)
    assert set(left_side) | set(right_side) <= {0, 1, 256}


def test_more_sound_than_time_is_left_out(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "a.wav", started=0.0)
    for _ in range(1000):
        recorder.received.play(frame(1), 0.0)
    assert recorder.close().seconds <= 0.1


def test_an_hour_on_hold_is_an_hour_of_silence_in_little_memory(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "a.wav", started=0.0)
    recorder.sent.play(frame(1), 0.0)
    recorder.sent.play(frame(2), 3600.0)
    assert recorder.close(30).seconds == 3600.02
    assert (tmp_path / "a.wav").stat().st_size == 44 + 4 * (3600 * 8000 + 160)


def test_what_no_file_can_be_made_of_is_known_before_the_call(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(b"kept")
    for path, finding in {
        tmp_path / "a.wav": "exists",
        tmp_path: "not-a-file",
        tmp_path / "no" / "b.wav": "no-folder",
        tmp_path / ("x" * 300): "unwritable",
        Path("/proc/b.wav"): "unwritable",
    }.items():
        with pytest.raises(SoundFault) as caught:
            check_recordable(path)
        assert caught.value.finding == f"sound.recording.{finding}", path
    check_recordable(tmp_path / "b.wav")
    assert [path.name for path in tmp_path.iterdir()] == ["a.wav"]


def test_an_existing_file_is_never_touched(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(b"precious")
    (tmp_path / "link.wav").symlink_to(tmp_path / "nowhere.wav")
    os.mkfifo(tmp_path / "fifo")
    for path, finding in {
        tmp_path / "a.wav": "exists",
        tmp_path / "link.wav": "exists",
        tmp_path / "fifo": "not-a-file",
        tmp_path: "not-a-file",
        tmp_path / "no" / "a.wav": "no-folder",
        tmp_path / "a.wav" / "b.wav": "no-folder",
        tmp_path / "a\0b": "unwritable",
        tmp_path / ("x" * 300): "unwritable",
    }.items():
        with pytest.raises(SoundFault) as caught:
            Recorder(path)
        assert caught.value.finding == f"sound.recording.{finding}", path
        for language in LANGUAGES:
            assert "{" not in text(caught.value.finding, language, **caught.value.details)
    assert (tmp_path / "a.wav").read_bytes() == b"precious"
    assert not (tmp_path / "nowhere.wav").exists()


KILLED = """
import os, signal, sys, time
from pathlib import Path
from tccc_desk.sound.recorder import Recorder
recorder = Recorder(Path(sys.argv[1]), started=0.0)
for tick in range(500):
    recorder.sent.play(b"\\1\\0" * 160, tick * 0.02)
    recorder.received.play(b"\\2\\0" * 160, tick * 0.02)
while recorder._stated < 9 * 8000:
    time.sleep(0.01)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_after_kill_9_the_file_is_valid(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    done = subprocess.run([sys.executable, "-c", KILLED, str(path)], cwd=ROOT, timeout=60, check=False)
    assert done.returncode == -signal.SIGKILL
    left, right = sides(path)
    assert len(left) >= 9 * 8000
    assert set(left) == {1}
    assert set(right) == {2}


class Disk:
    """`os` as the recorder sees it, with a disk that takes so many octets and then fails."""

    def __init__(self, room: int, error: int) -> None:
        self._room = room
        self._error = error
        self.blocked = threading.Event()
        self.blocked.set()

    def __getattr__(self, name: str) -> object:
        return getattr(os, name)

    def write(self, file: int, data: bytes) -> int:
        assert self.blocked.wait(30)
        if os.lseek(file, 0, os.SEEK_CUR) == 0:
            return os.write(file, data)
        if not self._room:
            raise OSError(self._error, os.strerror(self._error))
        done = os.write(file, data[: self._room])
        self._room -= done
        return done


@pytest.mark.parametrize(
    ("error", "finding"), [(errno.ENOSPC, "disk-full"), (errno.EDQUOT, "disk-full"), (errno.EIO, "failed")]
)
def test_a_full_disk_is_said_once_and_what_was_written_is_kept(
    error: int, finding: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "os", Disk(4 * 8000 + 3, error))
    ends: list[RecordingEnd] = []
    recorder = Recorder(tmp_path / "a.wav", started=0.0, on_end=ends.append)
    for tick in range(200):
        recorder.sent.play(frame(7), tick * 0.02)
    end = recorder.close()
    recorder.sent.play(frame(7), 5.0)
    assert ends == [end]
    assert (end.seconds, end.finding) == (1.0, f"sound.recording.{finding}")
    for language in LANGUAGES:
        assert "{" not in text(end.finding, language, **end.details)
    assert sides(tmp_path / "a.wav")[0] == [7] * 8000


def test_a_recording_ends_at_its_largest_size(tmp_path: Path) -> None:
    ends: list[RecordingEnd] = []
    recorder = Recorder(tmp_path / "a.wav", started=0.0, max_octets=44 + 4 * 1000 + 3, on_end=ends.append)
    for tick in range(50):
        recorder.received.play(frame(7), tick * 0.02)
    assert recorder.close() == ends[0]
    assert ends == [RecordingEnd(0.125, "sound.recording.full", {"file": "a.wav", "seconds": "0.1"})]
    assert sides(tmp_path / "a.wav") == ([0] * 1000, [7] * 1000)


def test_a_disk_that_hangs_never_holds_the_media_thread(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = Disk(1 << 30, 0)
    monkeypatch.setattr(module, "os", disk)
    disk.blocked.clear()
    ends: list[RecordingEnd] = []
    recorder = Recorder(tmp_path / "a.wav", started=0.0, on_end=ends.append)
    for tick in range(5000):
        recorder.sent.play(frame(7), tick * 0.02)
        recorder.received.play(frame(7), tick * 0.02)
    assert [end.finding for end in ends] == ["sound.recording.too-slow"]
    assert recorder.close(0.0).finding == "sound.recording.too-slow"
    disk.blocked.set()
    assert recorder.close(10).finding == "sound.recording.too-slow"
    assert not recorder._thread.is_alive()


def test_g711_of_both_laws_is_recorded_as_it_sounds(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "a.wav", started=0.0)
    recorder.sent.play(linear("PCMA", bytes(range(160))), 0.0)
    recorder.received.play(linear("PCMU", bytes(range(160))), 0.0)
    recorder.close()
    left, right = sides(tmp_path / "a.wav")
    assert struct.pack("<160h", *left) == linear("PCMA", bytes(range(160)))
    assert struct.pack("<160h", *right) == linear("PCMU", bytes(range(160)))
