"""PortAudio's list made recognisable: one interface, no aliases, an id that outlives a card's number."""

from __future__ import annotations

from typing import Any

import pytest

from tccc_desk.sound import device_process_portaudio as module
from tccc_desk.sound.devices_wire import Device


class Library:
    """What sounddevice answers, by a table of (name, interface, inputs, outputs)."""

    class PortAudioError(Exception):
        pass

    def __init__(self, apis: list[dict[str, Any]], devices: list[tuple[str, int, int, int]]) -> None:
        self._apis = apis
        self._devices = [
            {"name": name, "hostapi": api, "max_input_channels": inputs, "max_output_channels": outputs}
            for name, api, inputs, outputs in devices
        ]

    def _terminate(self) -> None:
        pass

    _initialize = _terminate

    def query_hostapis(self, index: int | None = None) -> Any:
        return self._apis if index is None else self._apis[index]

    def query_devices(self) -> list[dict[str, Any]]:
        return self._devices


def api(name: str, default_input: int, default_output: int) -> dict[str, Any]:
    return {"name": name, "default_input_device": default_input, "default_output_device": default_output}


ALSA = Library(
    [api("ALSA", 4, 4), api("OSS", -1, -1)],
    [
        ("HDA Intel: ALC257 Analog (hw:0,0)", 0, 2, 2),
        ("Jabra EVOLVE: USB Audio (hw:1,0)", 0, 1, 2),
        ("Jabra EVOLVE: USB Audio (hw:2,0)", 0, 1, 2),
        ("sysdefault", 0, 128, 128),
        ("default", 0, 128, 128),
    ],
)
WINDOWS = Library(
    [api("MME", 0, 0), api("Windows WASAPI", 1, 2)],
    [("Microsoft Sound Mapper", 0, 2, 2), ("麦克风 (USB)", 1, 1, 0), ("扬声器 (USB)", 1, 0, 2)],
)


def listed(monkeypatch: pytest.MonkeyPatch, library: Library, platform: str) -> Any:
    monkeypatch.setattr(module, "_library", lambda: library)
    monkeypatch.setattr(module.sys, "platform", platform)
    return module.list_devices()


def test_alsa_shows_hardware_only_and_tells_two_alike_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    found = listed(monkeypatch, ALSA, "linux")
    assert found.fault == ""
    assert [one.id for one in found.microphones] == [
        "portaudio:HDA Intel: ALC257 Analog",
        "portaudio:Jabra EVOLVE: USB Audio",
        "portaudio:Jabra EVOLVE: USB Audio#2",
    ]
    assert found.microphones[2].name == "Jabra EVOLVE: USB Audio#2"
    assert found.speakers == found.microphones


def test_windows_shows_each_device_once_by_wasapi(monkeypatch: pytest.MonkeyPatch) -> None:
    found = listed(monkeypatch, WINDOWS, "win32")
    assert found.microphones == (Device("portaudio:麦克风 (USB)", "麦克风 (USB)", True),)
    assert found.speakers == (Device("portaudio:扬声器 (USB)", "扬声器 (USB)", True),)


def test_hardware_that_may_not_be_opened_is_a_matter_of_permission(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_forbidden", lambda: True)
    assert listed(monkeypatch, Library([api("ALSA", -1, -1)], []), "linux").fault == "no-permission"
