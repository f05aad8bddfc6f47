"""Events about sound: recordings, devices, the local loop. `engine.events` gives them with all others."""

from __future__ import annotations

import msgspec


class RecordingStarted(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    at: float
    trunk: str
    call: str
    file: str


class RecordingEnded(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A recording is complete, or ended early by `fault`, a finding of `sound.faults.RECORDING`.

    Said soon after the call's end at the latest: the disk may take its time.
    """

    at: float
    trunk: str
    call: str
    file: str
    seconds: float
    fault: str = ""
    detail: str = ""


class SoundNoticed(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Something about a call's sound that ended nothing: a device lost, another source address."""

    at: float
    trunk: str
    call: str
    finding: str
    details: dict[str, str] = {}


class SoundDevice(msgspec.Struct, frozen=True, kw_only=True):
    """A microphone or a speaker."""

    id: str
    """Stable from run to run."""
    name: str
    default: bool = False


class DevicesListed(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The devices there are now; without any, `fault` says why."""

    at: float
    microphones: tuple[SoundDevice, ...] = ()
    speakers: tuple[SoundDevice, ...] = ()
    fault: str = ""
    """"", or a word of `sound.devices_wire`; its sentence is sound.device.<word>."""
    detail: str = ""


class SoundTested(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Four times a second while the local loop is on, and once with what ended it."""

    at: float
    input_dbov: float | None = None
    output_dbov: float | None = None
    fault: str = ""
    detail: str = ""
