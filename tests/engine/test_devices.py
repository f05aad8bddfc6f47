"""One microphone and one speaker for all calls of an engine, and for the test without a call."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tccc_desk.engine.devices import Devices
from tccc_desk.engine.events import DevicesListed, Event, SoundTested
from tccc_desk.sound.devices import Device, DeviceFault, DeviceList


class Card:
    """A sound card that does nothing and keeps what it was told."""

    def __init__(self) -> None:
        self.opened: list[tuple[str | None, str | None]] = []
        self.on_fault: list[Callable[[DeviceFault], None]] = []
        self.on_level: Any = None
        self.on_list: Any = None
        self.closed: list[bool] = []

    def open(self, microphone: str | None, speaker: str | None, _in: Any, _out: Any, on_fault: Any) -> None:
        self.opened.append((microphone, speaker))
        self.on_fault.append(on_fault)

    def list(self, callback: Any) -> None:
        self.on_list = callback

    def test(self, on: bool, on_level: Any = None, microphone: str = "", speaker: str = "") -> None:
        self.on_level = on_level if on else None

    def close(self, *, everything: bool = False) -> None:
        self.closed.append(everything)

    def join(self, timeout_s: float) -> bool:
        return True


class User:
    def __init__(self) -> None:
        self.gone = 0
        self.told: list[str] = []

    def devices_gone(self) -> None:
        self.gone += 1

    def device_told(self, finding: str, detail: str) -> None:
        self.told.append(finding)


@pytest.fixture
def said() -> list[Event]:
    return []


@pytest.fixture
def card() -> Card:
    return Card()


@pytest.fixture
def devices(said: list[Event], card: Card) -> Devices:
    made = Devices(said.append, lambda work: work())
    made._made = card  # type: ignore[assignment]
    return made


def test_a_call_gets_what_it_wants_of_what_was_chosen(devices: Devices, card: Card) -> None:
    devices.choose("m", "s")
    devices.take(User(), microphone=True, speaker=False)
    devices.take(User(), microphone=False, speaker=True)
    assert card.opened == [("m", None), (None, "s")]


def test_the_call_before_is_told_and_its_end_takes_nothing_away(devices: Devices, card: Card) -> None:
    first, second = User(), User()
    devices.take(first, microphone=True, speaker=True)
    devices.take(second, microphone=True, speaker=True)
    assert (first.gone, second.gone) == (1, 0)
    devices.release(first)
    assert card.closed == []
    devices.release(second)
    assert card.closed == [False]


def test_a_fault_is_told_to_the_call_that_has_them(devices: Devices, card: Card) -> None:
    first, second = User(), User()
    devices.take(first, microphone=True, speaker=True)
    devices.take(second, microphone=True, speaker=True)
    for on_fault in card.on_fault:
        on_fault(DeviceFault("unplugged", "Headset"))
    assert (first.told, second.told) == ([], ["sound.device.unplugged"])


def test_devices_are_listed_as_they_come(devices: Devices, card: Card, said: list[Event]) -> None:
    devices.list()
    card.on_list(DeviceList(microphones=(Device("m", "Mic", True),)))
    card.on_list(DeviceList(fault="server-died", detail="x"))
    first, second = said
    assert isinstance(first, DevicesListed)
    assert isinstance(second, DevicesListed)
    assert [(one.id, one.name, one.default) for one in first.microphones] == [("m", "Mic", True)]
    assert (second.microphones, second.fault, second.detail) == ((), "server-died", "x")


def test_the_test_ends_with_a_call_and_does_not_begin_in_one(
    devices: Devices, card: Card, said: list[Event]
) -> None:
    devices.test(True)
    level = card.on_level
    level(-20.0, -21.0, None)
    level(None, None, DeviceFault("busy"))
    user = User()
    devices.take(user, microphone=True, speaker=True)
    level(-20.0, -21.0, None)  # on its way when the call came
    devices.test(True)
    tested = [(event.input_dbov, event.fault) for event in said if isinstance(event, SoundTested)]
    assert tested == [(-20.0, ""), (None, "busy"), (None, "in-call")]
    devices.release(user)
    devices.test(True)
    devices.test(False)
    assert card.on_level is None
    devices.close()
    assert card.closed[-1] is True
