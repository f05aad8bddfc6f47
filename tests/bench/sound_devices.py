"""Microphone and speaker on a sound server: delay there and back, CPU, and what they do to the sender.

Run by `make bench`; prints figures and judges nothing. The speaker is a null sink whose monitor is the
microphone, so a click that the engine plays comes back as if a loudspeaker stood before a microphone.
"""

from __future__ import annotations

import os
import statistics
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tccc_desk.net.media import MediaClock, MediaPort
from tccc_desk.rtp.frame_queue import FrameQueue
from tccc_desk.rtp.pcm import samples
from tccc_desk.sdp.negotiate import MediaParameters
from tccc_desk.sound.devices import SoundCard
from tests.helpers.sound_server import MICROPHONE, SPEAKER, SoundServer

SECONDS = 5.0 if os.environ.get("BENCH") == "short" else 10.0
CLICK = b"\x00\x60\x00\xa0" * 80
QUIET = bytes(320)


class Call:
    """What the media thread does for one call: 20 ms in and out; every second a click is timed."""

    def __init__(self, heard: FrameQueue, played: FrameQueue) -> None:
        self.delays: list[float] = []
        self.empty = 0
        self._heard, self._played = heard, played
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        start, frame, sent, awaited = time.monotonic(), 0, 0.0, False
        while not self._over.wait(max(0.0, start + frame * 0.02 - time.monotonic())):
            frame += 1
            click = frame % 50 == 0
            if click:
                sent, awaited = time.monotonic(), True
            self._played.put(CLICK if click else QUIET)
            pcm = self._heard.take(160)
            self.empty += pcm is None and frame > 100
            if pcm is not None and awaited and max(samples(pcm)) > 5000:
                awaited = False
                self.delays.append((time.monotonic() - sent) * 1000)

    def stop(self) -> None:
        self._over.set()
        self._thread.join()


def lateness() -> str:
    """How late two ports send to each other meanwhile."""
    late: list[float] = []
    clock = MediaClock(observe=late.append)
    ports = [MediaPort.open("127.0.0.1", clock) for _ in range(2)]
    for port, other in zip(ports, reversed(ports), strict=True):
        there = MediaParameters("127.0.0.1", other.port, "PCMA", 8, 20, 101, "sendrecv", other.port + 1)
        port.start(there, "tone", lambda _: None)
    time.sleep(SECONDS)
    for port in ports:
        port.close()
    clock.stop()
    late.sort()
    p50, p99, worst = (late[min(len(late) - 1, int(len(late) * part))] * 1000 for part in (0.5, 0.99, 1.0))
    return f"sends late p50 {p50:.2f} p99 {p99:.2f} max {worst:.2f} ms"


def cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory_mb(pid: int) -> float:
    line = next(x for x in Path(f"/proc/{pid}/status").read_text().splitlines() if x.startswith("VmRSS"))
    return int(line.split()[1]) / 1024


def own() -> list[int]:
    """Children of every thread of this process that are sound devices' processes."""
    tasks = Path("/proc/self/task").iterdir()
    pids = {int(pid) for task in tasks for pid in (task / "children").read_text().split()}
    return sorted(pid for pid in pids if b"device_process" in Path(f"/proc/{pid}/cmdline").read_bytes())


def through_the_process(card: SoundCard, heard: FrameQueue, played: FrameQueue) -> None:
    card.open(MICROPHONE, SPEAKER, heard, played, lambda fault: print("   fault", fault))
    while card.opened is None:
        time.sleep(0.05)


def in_the_engine(heard: FrameQueue, played: FrameQueue) -> Callable[[], None]:
    """The alternative: PortAudio's callbacks in this process."""
    import sounddevice as sd

    def hear(data: Any, *_: object) -> None:
        heard.put(bytes(data))

    def play(data: Any, *_: object) -> None:
        data[:] = played.take(160) or QUIET

    format_: dict[str, Any] = {"samplerate": 8000, "blocksize": 160, "device": "pulse", "channels": 1}
    format_ |= {"dtype": "int16", "latency": 0.06}
    streams = sd.RawInputStream(callback=hear, **format_), sd.RawOutputStream(callback=play, **format_)
    for stream in streams:
        stream.start()

    def stop() -> None:
        for stream in streams:
            stream.close()

    return stop


def figures(name: str, pids: list[int], heard: FrameQueue, played: FrameQueue) -> None:
    call = Call(heard, played)
    time.sleep(1.0)
    before, mine = [cpu_s(pid) for pid in pids], time.process_time()
    time.sleep(SECONDS)
    spent = (time.process_time() - mine) / SECONDS * 100
    others = ", ".join(
        f"{(cpu_s(pid) - was) / SECONDS * 100:.2f} % CPU {memory_mb(pid):.0f} MB"
        for pid, was in zip(pids, before, strict=True)
    )
    call.stop()
    delays = sorted(call.delays)
    lost = heard.dropped + played.dropped
    print(
        f"{name}: there and back median {statistics.median(delays):.0f} ms, "
        f"{delays[0]:.0f}-{delays[-1]:.0f} ({len(delays)} clicks), empty frames {call.empty}, "
        f"dropped {lost}; this process {spent:.2f} % CPU; processes: {others or '-'}"
    )


def main() -> None:
    with SoundServer() as server:
        os.environ.update(server.environ | {"ALSA_CONFIG_PATH": "/usr/share/alsa/alsa.conf"})
        print("no devices      ", lateness())
        card = SoundCard()
        heard, played = FrameQueue(), FrameQueue()
        through_the_process(card, heard, played)
        figures("process of its own", own(), heard, played)
        print("process of its own", lateness())
        card.close(everything=True)
        card.join(5.0)
        heard, played = FrameQueue(), FrameQueue()
        stop = in_the_engine(heard, played)
        figures("PortAudio in the engine", [], heard, played)
        print("PortAudio in the engine", lateness())
        stop()
        sys.stdout.flush()


if __name__ == "__main__":
    main()
