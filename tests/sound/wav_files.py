"""WAV files octet by octet, right and wrong, for the tests of those who read them."""

from __future__ import annotations

import math
import struct
from pathlib import Path

GUID_TAIL = bytes.fromhex("000000001000800000aa00389b71")


def chunk(name: bytes, data: bytes) -> bytes:
    return name + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2)


def riff(*chunks: bytes) -> bytes:
    body = b"WAVE" + b"".join(chunks)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def fmt(tag: int = 1, channels: int = 1, rate: int = 8000, bits: int = 16, frame: int | None = None) -> bytes:
    frame = channels * ((bits + 7) // 8) if frame is None else frame
    return chunk(b"fmt ", struct.pack("<HHIIHH", tag, channels, rate, rate * frame & 0xFFFFFFFF, frame, bits))


def extensible(tag: int, channels: int, rate: int, bits: int, tail: bytes = GUID_TAIL) -> bytes:
    frame = channels * bits // 8
    base = struct.pack("<HHIIHH", 0xFFFE, channels, rate, rate * frame, frame, bits)
    return chunk(b"fmt ", base + struct.pack("<HHIH", 22, bits, 0, tag) + tail)


def tone(rate: int, seconds: float, hertz: float = 1000, level: float = 0.25) -> list[float]:
    return [level * math.sin(2 * math.pi * hertz * n / rate) for n in range(round(rate * seconds))]


def integers(values: list[float], bits: int) -> bytes:
    if bits == 8:
        return bytes(round(value * 127) + 128 for value in values)
    top = 2 ** (bits - 1) - 1
    return b"".join(round(value * top).to_bytes(bits // 8, "little", signed=True) for value in values)


def write(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def spread(values: list[float], channels: int) -> list[float]:
    return [value for value in values for _ in range(channels)]
