"""Microphone and speaker for the engine: listed, opened, tested, lost and found again.

The devices are used by processes of their own (`sound.device_process`), because a sound server
that dies or stands still can take its client with it.
"""

from __future__ import annotations

from collections.abc import Callable

from tccc_desk.rtp.frame_queue import FrameQueue
from tccc_desk.sound.devices_wire import Device, DeviceFault, DeviceList, Opened

__all__ = ["Device", "DeviceFault", "DeviceList", "Opened", "SoundCard"]

SYSTEM_DEFAULT = ""
"""The id that stands for whatever the system prefers now."""


class SoundCard:
    """The one owner of sound devices in an engine. No method blocks, none raises for a device.

    Every callback comes on a thread of this class, one at a time; it must not block. Nothing runs
    until devices are asked for. One pair of devices is open at a time: `open` and `test` end
    what was open before.
    """

    def list(self, callback: Callable[[DeviceList], None]) -> None:
        """Say which devices there are, at once and whenever they change, until `close(everything=True)`."""

    def open(
        self,
        microphone: str | None,
        speaker: str | None,
        to_engine: FrameQueue,
        from_engine: FrameQueue,
        on_fault: Callable[[DeviceFault], None],
    ) -> None:
        """Hear `microphone` into `to_engine`, play `from_engine` on `speaker`, until `close`.

        Ids of a `DeviceList`; "" is the system's default, None leaves that side out. What fails is
        told to `on_fault` once within two seconds; then nothing is put and nothing taken, and the
        devices are tried again until they work, which is told as "restored".
        """

    def test(
        self,
        on: bool,
        on_level: Callable[[float | None, float | None, DeviceFault | None], None] | None = None,
        microphone: str = SYSTEM_DEFAULT,
        speaker: str = SYSTEM_DEFAULT,
    ) -> None:
        """Hear the microphone on the speaker. `on_level` gets both levels (dBov) four times a second.

        Its third argument is the fault that holds at this time, None while all is well.
        """

    def close(self, *, everything: bool = False) -> None:
        """End what is open; `everything` ends the listing, too, and this object's thread."""

    @property
    def levels(self) -> tuple[float | None, float | None]:
        """Level of microphone and speaker over the last quarter second, dBov; None: not in use."""
        return None, None

    @property
    def opened(self) -> Opened | None:
        """How the devices are open now; None while they are not."""
        return None
