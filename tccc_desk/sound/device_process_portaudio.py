"""Devices by PortAudio: Windows (WASAPI), macOS (Core Audio), and Linux without a sound server (ALSA).

PortAudio knows only what was there when it was initialised: each listing initialises it anew,
which is why the listing and the open devices are different processes.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from tccc_desk.rtp.pcm import RATE, packed, samples
from tccc_desk.rtp.resample import Resampler
from tccc_desk.sound.device_process_pulse import DeviceLost
from tccc_desk.sound.device_process_rate import Rise
from tccc_desk.sound.devices_wire import FRAME_SAMPLES, Device, DeviceFault, DeviceList, Word

PREFIX = "portaudio:"
_APIS = {"win32": "Windows WASAPI", "darwin": "Core Audio"}
_LATENCY_S = 0.06
_UNAVAILABLE = -9985
_INVALID_DEVICE = -9996
_MOST_DEVICES = 200


def _library() -> Any:
    """The module, freshly initialised. Raises DeviceLost without PortAudio."""
    os.environ["PA_ALSA_PLUGHW"] = "1"  # ALSA converts the rate where the hardware has no 8 kHz
    try:
        import sounddevice  # noqa: PLC0415 - raises OSError without the library
    except OSError as error:
        raise DeviceLost(DeviceFault("no-library", str(error))) from error
    return sounddevice


def list_devices() -> DeviceList:
    """What PortAudio sees now, the platform's best interface only: others repeat its devices."""
    try:
        sd = _library()
    except DeviceLost as lost:
        return DeviceList(fault=lost.fault.word, detail=lost.fault.detail)
    try:
        sd._terminate()  # noqa: SLF001 - the module's only way to look again
        sd._initialize()  # noqa: SLF001
        found = _found(sd)
    except sd.PortAudioError as error:
        return DeviceList(fault="failed", detail=str(error))
    microphones = _devices(sd, found, "input")
    speakers = _devices(sd, found, "output")
    if microphones or speakers:
        return DeviceList(microphones, speakers)
    return DeviceList(fault="no-permission" if _forbidden() else "no-device")


def hardware() -> object:
    """Something that differs when devices have come or gone, where the system tells that cheaply.

    A look with PortAudio costs 20 ms and, with ALSA, some kilobytes that never come back.
    """
    if sys.platform != "linux":
        return object()
    nodes = sorted(Path("/dev/snd").glob("pcm*"))
    return [(node.name, os.access(node, os.R_OK | os.W_OK)) for node in nodes]


def _found(sd: Any) -> list[tuple[int, dict[str, Any]]]:
    """Index and description of each device of the one interface that is used."""
    apis = sd.query_hostapis()
    wanted = _APIS.get(sys.platform, "ALSA")
    chosen = next((index for index, api in enumerate(apis) if api["name"] == wanted), 0)
    devices = [(index, info) for index, info in enumerate(sd.query_devices()) if info["hostapi"] == chosen]
    if sys.platform == "linux":
        # "default", "sysdefault", "dmix" and many more are names of ALSA for the same hardware.
        devices = [(index, info) for index, info in devices if "(hw:" in info["name"]]
    return devices[:_MOST_DEVICES]


def _ids(found: list[tuple[int, dict[str, Any]]]) -> dict[str, int]:
    """An id for each device: its name, and a count where two bear the same."""
    ids: dict[str, int] = {}
    for index, info in found:
        name, number = PREFIX + _plain(info["name"]), 2
        if name in ids:
            while f"{name}#{number}" in ids:
                number += 1
            name = f"{name}#{number}"
        ids[name] = index
    return ids


def _plain(name: str) -> str:
    """ALSA's name without its card number, which changes with the order of plugging."""
    return name.rsplit(" (hw:", 1)[0]


def _devices(sd: Any, found: list[tuple[int, dict[str, Any]]], side: str) -> tuple[Device, ...]:
    names = dict(found)
    default = sd.query_hostapis(found[0][1]["hostapi"])[f"default_{side}_device"] if found else -1
    return tuple(
        Device(id, id.removeprefix(PREFIX)[:200], index == default)
        for id, index in _ids(found).items()
        if names[index][f"max_{side}_channels"] > 0
    )


def _forbidden() -> bool:
    """Whether there is hardware that this user may not open."""
    nodes = list(Path("/dev/snd").glob("pcm*")) if sys.platform == "linux" else []
    return bool(nodes) and not any(os.access(node, os.R_OK | os.W_OK) for node in nodes)


class Stream:
    """20 ms of sound a call. Opened at 8 kHz, or at the device's own rate if it refuses that."""

    def __init__(self, device: str, *, record: bool) -> None:
        """Raises DeviceLost."""
        sd = self._sd = _library()
        self._name = device.removeprefix(PREFIX)
        self._out = bytearray()
        try:
            index = None
            if device:
                index = _ids(_found(sd)).get(device)
                if index is None:
                    raise DeviceLost(DeviceFault("unplugged", self._name))
            kind = sd.RawInputStream if record else sd.RawOutputStream
            info = sd.query_devices(index, "input" if record else "output")
            self._stream, self._rate = self._open(kind, index, int(info["default_samplerate"]))
            self._stream.start()
        except (sd.PortAudioError, ValueError) as error:
            raise self._lost(error) from error
        self._frame = self._rate // 50
        self._resampler = Resampler(self._rate)
        self._rise = Rise(self._rate)

    def _open(self, kind: Any, index: int | None, own: int) -> tuple[Any, int]:
        sd = self._sd
        attempt = partial(kind, device=index, channels=1, dtype="int16", latency=_LATENCY_S)
        extra = sd.WasapiSettings(auto_convert=True) if sys.platform == "win32" else None
        try:
            return attempt(samplerate=RATE, blocksize=FRAME_SAMPLES, extra_settings=extra), RATE
        except sd.PortAudioError:
            return attempt(samplerate=own, blocksize=own // 50), own

    def read(self) -> bytes:
        """Wait for the next frame. Raises DeviceLost."""
        while len(self._out) < 2 * FRAME_SAMPLES:
            data = self._try(lambda: self._stream.read(self._frame)[0])
            self._out += packed(self._resampler.feed(samples(bytes(data))))
        frame = bytes(self._out[: 2 * FRAME_SAMPLES])
        del self._out[: 2 * FRAME_SAMPLES]
        return frame

    def write(self, pcm: bytes) -> None:
        """Wait until the frame has room. Raises DeviceLost."""
        data = packed(self._rise.feed(samples(pcm)))
        self._try(lambda: self._stream.write(data))

    def latency_ms(self) -> float:
        """As PortAudio says."""
        return float(self._stream.latency) * 1000

    def _try(self, call: Callable[[], Any]) -> Any:
        try:
            return call()
        except self._sd.PortAudioError as error:
            raise self._lost(error) from error

    def _lost(self, error: Exception) -> DeviceLost:
        code = error.args[1] if len(error.args) > 1 else 0
        words: dict[Any, Word] = {_UNAVAILABLE: "busy", _INVALID_DEVICE: "no-device"}
        word: Word = (
            "no-device" if isinstance(error, ValueError) or not code else words.get(code, "unplugged")
        )
        # Of a device that is not there, its name says all; "Error querying device -1" says nothing more.
        detail = self._name if word == "no-device" else f"{self._name} {error.args[0]}"
        return DeviceLost(DeviceFault(word, detail.strip()[:300]))
