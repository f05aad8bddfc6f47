"""The process that touches sound devices: `python -m tccc_desk.sound.device_process list|open ...`.

`list` says which devices there are, again whenever that changes. `open MICROPHONE SPEAKER` moves
20 ms frames (`devices_wire.NOBODY` leaves a side out). Either ends when its standard input ends,
however it is stuck: calls into a sound library may never return, so each has a thread of its own.
"""

from __future__ import annotations

import os
import queue
import signal
import sys
import threading
import time
from collections.abc import Callable
from typing import BinaryIO, Protocol

import msgspec

from tccc_desk.sound import device_process_portaudio as portaudio
from tccc_desk.sound import device_process_pulse as pulse
from tccc_desk.sound.device_process_pulse import DeviceLost, NoServer
from tccc_desk.sound.devices_wire import (
    ALIVE,
    CHOSEN,
    FAILED,
    FRAME_OCTETS,
    LISTED,
    NOBODY,
    OPENED,
    SOUND,
    WANTED,
    DeviceFault,
    DeviceList,
    Opened,
    Unwire,
    wire,
)

_AGAIN_S = 0.5
"""Between two looks for a server, and between two signs of life."""
_GRACE_S = 4.0
"""A server that went may come back so soon; only then the hardware without it is listed."""
_LOOK_EVERY_S = 1.5
"""Between two looks with PortAudio, which has no news of its own."""
_LATE_S = 0.04
"""How long a frame for the speaker may take to come; then 20 ms of silence are played."""
_SILENCE = bytes(FRAME_OCTETS)


class _Stream(Protocol):
    def read(self) -> bytes: ...
    def write(self, pcm: bytes) -> None: ...
    def latency_ms(self) -> float: ...


class Outlet:
    """Standard output, for several threads."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._lock = threading.Lock()

    def send(self, kind: bytes, payload: bytes | msgspec.Struct = b"") -> None:
        """Write a frame; without a reader there is nothing left to do, and the process ends."""
        try:
            with self._lock:
                self._stream.write(wire(kind, payload))
                self._stream.flush()
        except OSError:
            os._exit(0)


def list_for_ever(outlet: Outlet) -> None:
    """Follow the sound server; where there is none, look with PortAudio."""
    beat = looked = 0.0
    seen: object = None
    found = DeviceList()
    told: DeviceList | None = None
    went: tuple[float, DeviceFault] | None = None

    def tell(found: DeviceList) -> None:
        nonlocal told
        if found != told:
            told = found
            outlet.send(LISTED, found)

    def alive() -> None:
        nonlocal beat
        now = time.monotonic()
        if now - beat >= _AGAIN_S:
            beat = now
            outlet.send(ALIVE)

    while True:
        alive()
        try:
            if sys.platform != "linux":
                raise NoServer  # noqa: TRY301 - one way out for every system without one
            pulse.follow(tell, alive)
        except DeviceLost as lost:
            went = (time.monotonic(), lost.fault)
            tell(DeviceList(fault=lost.fault.word, detail=lost.fault.detail))
        except NoServer:
            now = time.monotonic()
            if now - looked >= _LOOK_EVERY_S and (went is None or now - went[0] > _GRACE_S):
                looked = now
                hardware = portaudio.hardware()
                if hardware != seen:
                    seen, found = hardware, portaudio.list_devices()
                gone = went is not None and found.fault
                tell(DeviceList(fault=went[1].word, detail=went[1].detail) if went and gone else found)
        time.sleep(_AGAIN_S / 2)


def open_stream(device: str, *, record: bool) -> _Stream:
    """The device by whatever system it belongs to. Raises DeviceLost."""
    if sys.platform == "linux" and not device.startswith(portaudio.PREFIX):
        try:
            return pulse.Streams().open(device.removeprefix(pulse.PREFIX), record=record)
        except NoServer as error:
            if device:
                raise DeviceLost(DeviceFault("server-died", str(error))) from error
    return portaudio.Stream(device, record=record)


def fail(outlet: Outlet, fault: DeviceFault) -> None:
    """Say it and end; other threads may be stuck in a library, so this end is a hard one."""
    outlet.send(FAILED, fault)
    os._exit(0)


def guarded(outlet: Outlet, work: Callable[[], None]) -> None:
    """Run a thread's work; whatever it meets is told, never a traceback."""
    try:
        work()
    except DeviceLost as lost:
        fail(outlet, lost.fault)
    except Exception as error:  # noqa: BLE001 - a library's surprise must reach the engine as one sentence
        fail(outlet, DeviceFault("failed", f"{type(error).__name__}: {error}"[:300]))


def hear(outlet: Outlet, stream: _Stream) -> None:
    """Thread body: the microphone's frames to the engine."""
    while True:
        outlet.send(SOUND, stream.read())


def play(outlet: Outlet, stream: _Stream, sounds: queue.SimpleQueue[bytes]) -> None:
    """Thread body: ask for one frame, write one; writing waits for the device's clock."""
    owed = 0
    while True:
        outlet.send(WANTED)
        owed += 1
        frame = b""
        try:
            while owed:
                frame = sounds.get(timeout=_LATE_S)
                owed -= 1
        except queue.Empty:
            pass  # the late one is left out when it comes
        stream.write(frame or _SILENCE)


def run(outlet: Outlet, sounds: queue.SimpleQueue[bytes], microphone: str, speaker: str) -> None:
    """Open both and start their threads. Raises DeviceLost."""
    source = None if microphone == NOBODY else open_stream(microphone.removeprefix(CHOSEN), record=True)
    sink = None if speaker == NOBODY else open_stream(speaker.removeprefix(CHOSEN), record=False)
    opened = Opened(
        type(source or sink).__module__.rpartition("_")[2],
        None if source is None else source.latency_ms(),
        None if sink is None else sink.latency_ms(),
    )
    outlet.send(OPENED, opened)
    if source is not None:
        _thread(outlet, lambda: hear(outlet, source))
    if sink is not None:
        _thread(outlet, lambda: play(outlet, sink, sounds))


def _thread(outlet: Outlet, work: Callable[[], None]) -> None:
    threading.Thread(target=guarded, args=(outlet, work), daemon=True).start()


def main() -> None:
    """Entry point. The main thread reads, so that the end of input is seen whatever the others do."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    frames = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # libraries print; nothing but frames may reach the engine
    outlet = Outlet(frames)
    sounds: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    if sys.argv[1:2] == ["list"]:
        _thread(outlet, lambda: list_for_ever(outlet))
    else:
        microphone, speaker = sys.argv[2:4]
        _thread(outlet, lambda: run(outlet, sounds, microphone, speaker))
    cutter = Unwire()
    while data := os.read(0, 65_536):
        for kind, payload in cutter.feed(data):
            if kind == SOUND:
                sounds.put(payload)
    os._exit(0)


if __name__ == "__main__":
    main()
