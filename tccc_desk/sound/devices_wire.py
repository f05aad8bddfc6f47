"""What the engine and the sound devices' process say to each other, and the words for what can fail.

A frame is one octet of kind, two octets of big-endian length and that many octets.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal, get_args

import msgspec

Word = Literal[
    "no-library",
    "no-device",
    "no-permission",
    "busy",
    "unplugged",
    "server-died",
    "server-hangs",
    "process-died",
    "failed",
    "restored",
]
"""Why sound does not come or go; "restored" takes the one before it back."""

DEVICE: frozenset[str] = frozenset(f"sound.device.{word}" for word in get_args(Word))
"""Findings of this package about devices; `resources/translations/sound.toml` holds their sentences."""

FRAME_SAMPLES = 160
"""20 ms of 8 kHz mono."""
FRAME_OCTETS = 2 * FRAME_SAMPLES

NOBODY, CHOSEN = "-", "="
"""Arguments of the process: that side is left out; or this, and the device's id after it."""
SOUND = b"A"
"""Either way: 20 ms of linear sound (16-bit little endian), what the microphone heard or what to play.
Empty to the process: nothing to play now."""
WANTED = b"R"
"""From the process: the speaker can take another SOUND. It is the device's clock that asks."""
OPENED = b"O"
"""From the process: devices are open (an `Opened`)."""
LISTED = b"L"
"""From the process: the devices there are (a `DeviceList`)."""
ALIVE = b"H"
"""From the process that lists, at least twice a second."""
FAILED = b"F"
"""From the process: the devices can not be used any more (a `DeviceFault`); it ends."""

_HEAD = 3
_MOST = 65_535


class Device(msgspec.Struct, frozen=True):
    """A microphone or a speaker. `id` is stable from run to run."""

    id: str
    name: str
    default: bool = False


class DeviceList(msgspec.Struct, frozen=True):
    """The devices there are now; where there are none, `fault` says why in one of `Word`."""

    microphones: tuple[Device, ...] = ()
    speakers: tuple[Device, ...] = ()
    fault: Word | Literal[""] = ""
    detail: str = ""


class DeviceFault(msgspec.Struct, frozen=True):
    """Sound devices stopped working, or ("restored") work again."""

    word: Word
    detail: str = ""
    """The device's name or the system's own words."""

    @property
    def finding(self) -> str:
        """Id of the sentence about it, one of `DEVICE`."""
        return f"sound.device.{self.word}"

    @property
    def details(self) -> Mapping[str, str]:
        """What fills the sentence."""
        return {"detail": self.detail}


class Opened(msgspec.Struct, frozen=True):
    """How the devices were opened."""

    backend: str
    microphone_ms: float | None = None
    """Sound held back by the microphone's side of the system; None: no microphone, or unknown."""
    speaker_ms: float | None = None


class WireBroken(Exception):
    """The other side sent something that is not a frame of ours."""


def wire(kind: bytes, payload: bytes | msgspec.Struct = b"") -> bytes:
    """One frame."""
    octets = payload if isinstance(payload, bytes) else msgspec.json.encode(payload)
    if len(octets) > _MOST:
        raise WireBroken(f"{len(octets)} octets")
    return kind + len(octets).to_bytes(2, "big") + octets


class Unwire:
    """Cuts what is read into frames, in bounded memory: a frame has 65,538 octets at most."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> Iterator[tuple[bytes, bytes]]:
        """Kind and payload of every frame that `data` completes."""
        self._buffer += data
        at = 0
        while len(self._buffer) - at >= _HEAD:
            end = at + _HEAD + int.from_bytes(self._buffer[at + 1 : at + _HEAD], "big")
            if len(self._buffer) < end:
                break
            yield bytes(self._buffer[at : at + 1]), bytes(self._buffer[at + _HEAD : end])
            at = end
        del self._buffer[:at]
