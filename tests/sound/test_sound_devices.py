"""Microphone and speaker on a real sound server that is killed, stopped, and gets and loses devices."""

from __future__ import annotations

import math
import os
import queue
import signal
import subprocess
import sys
import threading
from array import array
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from tccc_desk.rtp.frame_queue import FrameQueue
from tccc_desk.rtp.level import dbov
from tccc_desk.rtp.pcm import packed, samples
from tccc_desk.sound.devices import DeviceFault, DeviceList, SoundCard
from tccc_desk.sound.devices_link import Link
from tccc_desk.sound.devices_wire import CHOSEN, DEVICE, FAILED, NOBODY, OPENED
from tccc_desk.texts.catalogue import LANGUAGES, text
from tests.helpers.process import await_true
from tests.helpers.sound_server import MICROPHONE, NO_HARDWARE, SPEAKER, SoundServer

ROOT = Path(__file__).parents[2]
NOTICED_S = 3.0
"""Two seconds are promised; a machine that runs other tests beside gets one more."""
TONE = packed(array("h", (round(8000 * math.sin(math.tau * 1000 * n / 8000)) for n in range(160))))


class Desk:
    """A sound card with what it told."""

    def __init__(self) -> None:
        self.card = SoundCard()
        self.lists: list[DeviceList] = []
        self.faults: list[DeviceFault] = []
        self.heard = FrameQueue()
        self.played = FrameQueue()

    def open(self, microphone: str | None = MICROPHONE, speaker: str | None = SPEAKER) -> None:
        self.card.open(microphone, speaker, self.heard, self.played, self.faults.append)

    def words(self) -> list[str]:
        return [fault.word for fault in self.faults]

    def await_fault(self, word: str, timeout_s: float = NOTICED_S) -> None:
        await_true(lambda: word in self.words(), timeout_s, word)

    def await_list(self, condition: Callable[[DeviceList], bool], timeout_s: float = NOTICED_S) -> None:
        await_true(lambda: bool(self.lists) and condition(self.lists[-1]), timeout_s, "list")

    def await_sound(self) -> None:
        """Keep a tone playing until the microphone hears it."""

        def heard() -> bool:
            if self.played.waiting < 640:
                self.played.put(TONE * 2)
            pcm = self.heard.take(160)
            return pcm is not None and level(pcm) > -20

        await_true(heard, 10.0, "the tone")


def process_of(desk: Desk) -> subprocess.Popen[bytes]:
    """The process that has the devices open."""
    session = desk.card._session
    assert session is not None
    assert session._link is not None
    assert session._link._process is not None
    return session._link._process


def hide(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """Let no sound server and no hardware be found."""
    for key in ("HOME", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME", "PULSE_RUNTIME_PATH"):
        monkeypatch.setenv(key, str(folder))
    monkeypatch.setenv("PULSE_SERVER", f"unix:{folder}/none")
    (folder / "asound.conf").write_text(NO_HARDWARE)
    monkeypatch.setenv("ALSA_CONFIG_PATH", str(folder / "asound.conf"))


def level(pcm: bytes) -> float:
    values = samples(pcm)
    return dbov(sum(value * value for value in values), len(values))


@pytest.fixture
def desk() -> Iterator[Desk]:
    one = Desk()
    yield one
    one.card.close(everything=True)
    assert one.card.join(5.0)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("sound-")]


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[SoundServer]:
    monkeypatch.delenv("PULSE_SERVER", raising=False)
    with SoundServer() as running:
        for key, value in running.environ.items():
            monkeypatch.setenv(key, value)
        yield running


def test_a_tone_goes_out_by_the_speaker_and_comes_in_by_the_microphone(
    server: SoundServer, desk: Desk
) -> None:
    desk.card.list(desk.lists.append)
    desk.await_list(lambda found: bool(found.microphones))
    found = desk.lists[-1]
    assert [(one.id, one.name, one.default) for one in found.microphones] == [(MICROPHONE, "Studio", True)]
    assert [(one.id, one.name, one.default) for one in found.speakers] == [(SPEAKER, "Room", True)]
    desk.open()
    desk.await_sound()
    await_true(lambda: None not in desk.card.levels, NOTICED_S, "levels")
    opened = desk.card.opened
    assert opened is not None
    assert opened.backend == "pulse"
    desk.open("", "")
    desk.await_sound()
    assert desk.faults == []


def test_devices_come_and_go(server: SoundServer, desk: Desk) -> None:
    desk.card.list(desk.lists.append)
    desk.await_list(lambda found: len(found.speakers) == 1)
    server.plug("headset")
    desk.await_list(lambda found: [one.name for one in found.speakers] == ["Room", "Headset"])
    desk.open(MICROPHONE, "pulse:headset")
    await_true(lambda: desk.card.opened is not None, 5.0, "open")
    server.unplug("headset")
    desk.await_fault("unplugged")
    assert "Headset" in desk.faults[-1].detail
    desk.await_list(lambda found: len(found.speakers) == 1)
    server.plug("headset")
    desk.await_fault("restored", 6.0)
    assert desk.words() == ["unplugged", "restored"]


def test_a_server_that_is_killed_is_said_and_used_again_when_it_is_back(
    server: SoundServer, desk: Desk
) -> None:
    desk.open()
    desk.await_sound()
    server.kill()
    desk.await_fault("server-died")
    assert desk.card.opened is None
    server.start()
    desk.await_fault("restored", 8.0)
    assert desk.words() == ["server-died", "restored"]
    desk.await_sound()


def test_a_server_that_stands_still_is_said_and_used_again_when_it_goes_on(
    server: SoundServer, desk: Desk
) -> None:
    desk.card.list(desk.lists.append)
    desk.open()
    desk.await_sound()
    server.freeze()
    desk.await_fault("server-hangs")
    desk.await_list(lambda found: found.fault == "server-hangs")
    server.thaw()
    desk.await_fault("restored", 8.0)
    assert desk.words() == ["server-hangs", "restored"]
    desk.await_list(lambda found: bool(found.microphones))
    desk.await_sound()


def test_the_loop_test_tells_levels_and_ends(server: SoundServer, desk: Desk) -> None:
    told: list[tuple[float | None, float | None, DeviceFault | None]] = []
    desk.card.test(True, lambda *values: told.append(values))
    await_true(lambda: any(None not in one[:2] for one in told), 5.0, "levels")
    desk.card.test(False)
    await_true(lambda: desk.card.levels == (None, None), NOTICED_S, "the end")


def test_an_unknown_device_is_said(server: SoundServer, desk: Desk) -> None:
    desk.open("pulse:nobody", None)
    desk.await_fault("unplugged")
    assert "nobody" in desk.faults[0].detail
    assert desk.heard.take(160) is None


def test_a_machine_without_any_sound(monkeypatch: pytest.MonkeyPatch, desk: Desk, tmp_path: Path) -> None:
    hide(monkeypatch, tmp_path)
    desk.card.list(desk.lists.append)
    desk.await_list(lambda found: found.fault == "no-device")
    assert desk.lists == [DeviceList(fault="no-device")]
    desk.open("", "")
    desk.await_fault("no-device")
    assert desk.words() == ["no-device"]


@pytest.mark.parametrize("sides", [(CHOSEN, NOBODY), (NOBODY, CHOSEN)])
def test_the_process_that_opens_says_no_device_without_the_library_s_phrase(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, sides: tuple[str, str]
) -> None:
    """The process itself: above, the list of devices has answered before it could say anything."""
    hide(monkeypatch, tmp_path)
    (tmp_path / "asound.conf").write_text("pcm.!default { type hw card 99 }")  # no such card
    told: queue.Queue[tuple[bytes, bytes]] = queue.Queue()
    link = Link(("open", *sides), lambda _, *frame: told.put(frame), lambda *_: told.put((b"", b"")))
    try:
        frames = [told.get(timeout=10.0)]
        while frames[-1][0] not in {FAILED, OPENED, b""}:
            frames.append(told.get(timeout=10.0))
    finally:
        link.kill()
        link.join(5.0)
    assert frames[-1][0] == FAILED
    fault = msgspec.json.decode(frames[-1][1], type=DeviceFault)
    assert fault == DeviceFault("no-device"), "what it says about a device -1 tells nobody anything"


def test_the_process_that_is_killed_is_started_again(server: SoundServer, desk: Desk) -> None:
    desk.open()
    desk.await_sound()
    process_of(desk).kill()
    desk.await_fault("process-died")
    desk.await_fault("restored", 8.0)
    assert "SIGKILL" in desk.faults[0].detail


def test_a_process_that_stands_still_is_ended_and_started_again(server: SoundServer, desk: Desk) -> None:
    desk.open()
    desk.await_sound()
    process, session = process_of(desk), desk.card._session
    assert session is not None
    await_true(lambda: min(session._heard, session._asked) >= 10, 5.0, "a settled stream")
    process.send_signal(signal.SIGSTOP)
    desk.await_fault("server-hangs")
    desk.await_fault("restored", 8.0)
    assert process.poll() == -signal.SIGKILL


@pytest.mark.parametrize("hostile", ["-", "=", "portaudio:none", "x\0y", "\ud800", "z" * 300_000])
def test_no_id_of_a_device_does_harm(server: SoundServer, desk: Desk, hostile: str) -> None:
    desk.open(hostile, None)
    await_true(lambda: bool(desk.faults), NOTICED_S, "a fault")
    assert desk.faults[0].word in {"unplugged", "process-died", "failed"}
    assert len(desk.faults[0].detail) <= 300


def test_without_portaudio_the_library_is_named(
    monkeypatch: pytest.MonkeyPatch, desk: Desk, tmp_path: Path
) -> None:
    hide(monkeypatch, tmp_path)
    (tmp_path / "sounddevice.py").write_text('raise OSError("PortAudio library not found")')
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    desk.card.list(desk.lists.append)
    desk.await_list(lambda found: found.fault == "no-library")
    assert desk.lists[-1].detail == "PortAudio library not found"


def test_portaudio_itself_plays_and_hears(server: SoundServer) -> None:
    """By the plug-in to the same server: the streams that other systems use are run, too."""
    script = (
        "import threading; from tccc_desk.sound.device_process_portaudio import Stream;"
        "from tests.sound.test_sound_devices import TONE, level;"
        "out = Stream('', record=False); into = Stream('', record=True);"
        "play = lambda: [out.write(TONE) for _ in range(500)];"
        "threading.Thread(target=play, daemon=True).start();"
        "print(max(level(into.read()) for _ in range(60)), out.latency_ms() > 0, flush=True);"
        "import os; os._exit(0)"
    )
    environ = os.environ | {"ALSA_CONFIG_PATH": "/usr/share/alsa/alsa.conf"}
    done = subprocess.run(
        [sys.executable, "-c", script], env=environ, cwd=ROOT, stdout=subprocess.PIPE, timeout=20, check=True
    )
    heard, latency = done.stdout.decode().split()
    assert -18 < float(heard) < -12
    assert latency == "True"


def test_nothing_is_left_of_an_engine_that_is_killed(server: SoundServer) -> None:
    script = (
        "import sys, threading; from tccc_desk.sound.devices import SoundCard;"
        "from tccc_desk.rtp.frame_queue import FrameQueue; c = SoundCard(); q = FrameQueue();"
        "c.list(lambda found: print(c._lister._link._process.pid, flush=True));"
        "c.open('', '', q, q, print); threading.Event().wait()"
    )
    engine = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True, cwd=ROOT)
    assert engine.stdout is not None
    with engine:
        child = int(engine.stdout.readline())
        os.kill(engine.pid, signal.SIGKILL)
        await_true(lambda: not Path(f"/proc/{child}/exe").exists(), 3.0, "the end")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_finding_has_its_sentence(language: str) -> None:
    for finding in DEVICE:
        assert "Room" in text(finding, language, detail="Room")  # type: ignore[arg-type]
