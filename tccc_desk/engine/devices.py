"""Microphone and speaker of an engine: one pair, used by one call at a time or by the local test."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from tccc_desk.engine.events import DevicesListed, Event, SoundDevice, SoundTested

if TYPE_CHECKING:
    from tccc_desk.rtp.frame_queue import FrameQueue
    from tccc_desk.sound.devices import Device, DeviceFault, DeviceList, SoundCard

JOIN_S = 2.0


class User(Protocol):
    """A call that may have the devices."""

    def devices_gone(self) -> None:
        """Another call took them."""

    def device_told(self, finding: str, detail: str) -> None:
        """A device stopped working, or works again."""


class Devices:
    """Used on the engine's thread; `post` brings back to it what the devices' own thread tells."""

    def __init__(self, say: Callable[[Event], None], post: Callable[[Callable[[], None]], None]) -> None:
        self._say = say
        self._post = post
        self._made: SoundCard | None = None
        self._microphone = ""
        self._speaker = ""
        self._user: User | None = None
        self._testing = False

    def choose(self, microphone: str, speaker: str) -> None:
        """Use these from the next time on; "" is the system's own choice."""
        self._microphone, self._speaker = microphone, speaker

    def list(self) -> None:
        """Say which devices there are, now and whenever they change."""
        self._card.list(lambda found: self._post(lambda: self._listed(found)))

    def test(self, on: bool) -> None:
        """Begin or end to hear the microphone on the speaker. A call comes first."""
        if on and self._user is not None:
            self._say(SoundTested(at=time.time(), fault="in-call"))
        elif on:
            self._testing = True
            self._card.test(True, self._level, self._microphone, self._speaker)
        elif self._testing:
            self._testing = False
            self._card.test(False)

    def take(self, user: User, *, microphone: bool, speaker: bool) -> tuple[FrameQueue, FrameQueue]:
        """Open what is wanted for a call; gives what the microphone hears and what the speaker plays.

        There is one pair: whoever had it before is told.
        """
        from tccc_desk.rtp.frame_queue import FrameQueue  # noqa: PLC0415

        self._testing = False
        former, self._user = self._user, user
        if former is not None and former is not user:
            former.devices_gone()
        heard, played = FrameQueue(), FrameQueue()
        self._card.open(
            self._microphone if microphone else None,
            self._speaker if speaker else None,
            heard,
            played,
            lambda fault: self._post(lambda: self._faulted(user, fault)),
        )
        return heard, played

    def release(self, user: User) -> None:
        """End the use of a call that has them."""
        if self._user is user:
            self._user = None
            self._card.close()

    def close(self) -> None:
        """End it all and wait for it."""
        if self._made is not None:
            self._made.close(everything=True)
            self._made.join(JOIN_S)

    @property
    def _card(self) -> SoundCard:
        if self._made is None:
            from tccc_desk.sound.devices import SoundCard  # noqa: PLC0415  most runs need none

            self._made = SoundCard()
        return self._made

    def _faulted(self, user: User, fault: DeviceFault) -> None:
        if self._user is user:
            user.device_told(fault.finding, fault.detail)

    def _level(self, heard: float | None, played: float | None, fault: DeviceFault | None) -> None:
        word, detail = (fault.word, fault.detail) if fault is not None else ("", "")
        tested = SoundTested(at=time.time(), input_dbov=heard, output_dbov=played, fault=word, detail=detail)
        self._post(lambda: self._say(tested) if self._testing else None)

    def _listed(self, found: DeviceList) -> None:
        self._say(
            DevicesListed(
                at=time.time(),
                microphones=tuple(map(_device, found.microphones)),
                speakers=tuple(map(_device, found.speakers)),
                fault=found.fault,
                detail=found.detail,
            )
        )


def _device(device: Device) -> SoundDevice:
    return SoundDevice(id=device.id, name=device.name, default=device.default)
