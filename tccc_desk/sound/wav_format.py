"""The header of a WAV file: read with distrust, or refused with one reason.

A RIFF file is chunks of a name, a length and octets; "fmt " says how "data" is to be read
(Microsoft's Multimedia Programming Interface and Data Specifications 1.0, chapter 3, and the later
WAVE_FORMAT_EXTENSIBLE).
"""

from __future__ import annotations

import os
import stat
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Literal

from tccc_desk.sound.faults import SoundFault, said, shown

Kind = Literal["int", "float", "PCMA", "PCMU"]

MAX_OCTETS = 2 << 30
RATES = (2000, 192_000)
MAX_CHANNELS = 32
_MAX_CHUNKS = 1000
_STREAMED = (0, 0xFFFFFFFF)
"""What a tool writes as length that could not go back and fill it in: the sound is the rest of the file."""
_KINDS: Mapping[int, Kind] = {1: "int", 3: "float", 6: "PCMA", 7: "PCMU"}
_EXTENSIBLE = 0xFFFE
_GUID_TAIL = bytes.fromhex("000000001000800000aa00389b71")
"""What follows the format tag in the sub-format of WAVE_FORMAT_EXTENSIBLE."""
_WIDTHS: Mapping[Kind, tuple[int, ...]] = {"int": (1, 2, 3, 4), "float": (4, 8), "PCMA": (1,), "PCMU": (1,)}
_COMPRESSED = {
    0x02: "Microsoft ADPCM",
    0x11: "IMA ADPCM",
    0x16: "G.723",
    0x31: "GSM 6.10",
    0x40: "G.721",
    0x45: "G.726",
    0x50: "MPEG",
    0x55: "MP3",
    0x64: "G.726",
    0x65: "G.722",
    0x83: "G.729",
    0xFF: "AAC",
    0x161: "Windows Media Audio",
    0x162: "Windows Media Audio",
    0x1610: "AAC",
    0x674F: "Vorbis",
    0x704F: "Opus",
    0xF1AC: "FLAC",
}
_OTHER_FILES = (
    (b"RIFX", "RIFX"),
    (b"RF64", "RF64"),
    (b"BW64", "BW64"),
    (b"FORM", "AIFF"),
    (b"fLaC", "FLAC"),
    (b"OggS", "Ogg"),
    (b"ID3", "MP3"),
    (b"\xff\xfb", "MP3"),
    (b"\xff\xf3", "MP3"),
    (b"#!AMR", "AMR"),
    (b".snd", "AU"),
)


@dataclass(frozen=True, slots=True)
class WavFormat:
    kind: Kind
    rate: int
    channels: int
    width: int
    """Octets of one sample of one channel."""
    start: int
    """Where the sound begins in the file."""
    octets: int
    """Length of the sound, whole frames."""

    @property
    def frame(self) -> int:
        """Octets of one sample of all channels."""
        return self.width * self.channels

    @property
    def seconds(self) -> float:
        return self.octets / self.frame / self.rate


def open_wav(path: Path) -> tuple[BinaryIO, WavFormat]:
    """Open a WAV file for reading. Raises SoundFault; never waits for a FIFO or a device."""
    name = {"file": shown(path)}
    try:
        # Looked at first: opening a FIFO or a device may wait, or do something.
        _demand_file(os.stat(path), name)  # noqa: PTH116 - takes NUL to the except below
        file = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except (FileNotFoundError, NotADirectoryError) as error:
        raise SoundFault("sound.wav.missing", name) from error
    except (OSError, ValueError) as error:
        raise SoundFault("sound.wav.unreadable", name | {"detail": said(error)}) from error
    stream = os.fdopen(file, "rb")
    try:
        status = os.fstat(file)
        _demand_file(status, name)  # what stands there now: it may have been exchanged meanwhile
        return stream, _read(stream, status.st_size, name)
    except OSError as error:
        stream.close()
        raise SoundFault("sound.wav.unreadable", name | {"detail": said(error)}) from error
    except SoundFault:
        stream.close()
        raise


def check_wav(path: Path) -> WavFormat:
    """What a WAV file is, without keeping it open. Raises SoundFault."""
    stream, format_ = open_wav(path)
    stream.close()
    return format_


def _demand_file(status: os.stat_result, name: dict[str, str]) -> None:
    if stat.S_ISDIR(status.st_mode):
        raise SoundFault("sound.wav.directory", name)
    if not stat.S_ISREG(status.st_mode):
        raise SoundFault("sound.wav.not-a-file", name)
    if not status.st_size:
        raise SoundFault("sound.wav.empty", name)
    if status.st_size > MAX_OCTETS:
        raise SoundFault("sound.wav.too-big", name | {"size": f"{status.st_size / (1 << 30):.1f}"})


def _read(stream: BinaryIO, size: int, name: dict[str, str]) -> WavFormat:
    head = stream.read(12)
    if head[:4] != b"RIFF" or head[8:12] != b"WAVE":
        is_ = next((kind for start, kind in _OTHER_FILES if head.startswith(start)), "")
        if is_:
            raise SoundFault("sound.wav.compressed", name | {"format": is_})
        raise SoundFault("sound.wav.not-wav", name)
    stated = struct.unpack("<I", head[4:8])[0]
    if stated not in _STREAMED and stated + 8 > size:
        raise SoundFault("sound.wav.truncated", name)
    format_: bytes | None = None
    at = 12
    for _ in range(_MAX_CHUNKS):
        stream.seek(at)
        chunk = stream.read(8)
        if len(chunk) < 8:
            break
        kind, length = struct.unpack("<4sI", chunk)
        if kind == b"data" and length in _STREAMED and format_ is not None:
            length = size - at - 8
        if at + 8 + length > size:
            raise SoundFault("sound.wav.truncated", name)
        if kind == b"fmt ":
            format_ = stream.read(min(length, 64))
        elif kind == b"data":
            if format_ is None:
                raise SoundFault("sound.wav.no-format", name)
            return _format(format_, at + 8, length, name)
        at += 8 + length + length % 2  # chunks begin at even places
    raise SoundFault("sound.wav.no-data" if format_ is not None else "sound.wav.no-format", name)


def _format(chunk: bytes, start: int, octets: int, name: dict[str, str]) -> WavFormat:
    if len(chunk) < 16:
        raise SoundFault("sound.wav.no-format", name)
    tag, channels, rate, _, frame, bits = struct.unpack("<HHIIHH", chunk[:16])
    if tag == _EXTENSIBLE:
        if len(chunk) < 40:
            raise SoundFault("sound.wav.no-format", name)
        tag = int.from_bytes(chunk[24:26], "little") if chunk[26:40] == _GUID_TAIL else _EXTENSIBLE
    kind = _KINDS.get(tag)
    if kind is None:
        raise SoundFault("sound.wav.compressed", name | {"format": _COMPRESSED.get(tag, f"0x{tag:04X}")})
    if not 1 <= channels <= MAX_CHANNELS:
        raise SoundFault("sound.wav.channels", name | {"channels": str(channels), "most": str(MAX_CHANNELS)})
    if not RATES[0] <= rate <= RATES[1]:
        raise SoundFault(
            "sound.wav.rate", name | {"rate": str(rate), "least": str(RATES[0]), "most": str(RATES[1])}
        )
    width = (bits + 7) // 8  # 20 bits stand in three octets, at their upper end
    if width not in _WIDTHS[kind]:
        raise SoundFault("sound.wav.width", name | {"bits": str(bits)})
    if frame != width * channels:
        raise SoundFault("sound.wav.inconsistent", name)
    octets -= octets % frame
    if not octets:
        raise SoundFault("sound.wav.no-data", name)
    return WavFormat(kind, rate, channels, width, start, octets)
