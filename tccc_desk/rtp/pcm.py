"""Linear sound (16-bit signed, little endian, 8 kHz) to and from G.711, a frame in microseconds.

Bytes are mapped by `translate` and by one table of all 65,536 samples: some hundred calls share a
core, and a loop over samples in Python would cost more than everything else about a packet.
"""

from __future__ import annotations

import sys
from array import array
from functools import cache

from tccc_desk.rtp.g711 import LINEAR, encode

RATE = 8000
"""Samples a second of all sound inside the product."""
SWAPPED = sys.byteorder == "big"


@cache
def _halves(codec: str) -> tuple[bytes, bytes]:
    values = [value & 0xFFFF for value in LINEAR[codec]]
    return bytes(value & 0xFF for value in values), bytes(value >> 8 for value in values)


def linear(codec: str, payload: bytes) -> bytes:
    """Two bytes for each byte of G.711. `codec` is "PCMA" or "PCMU"."""
    low, high = _halves(codec)
    pcm = bytearray(2 * len(payload))
    pcm[0::2] = payload.translate(low)
    pcm[1::2] = payload.translate(high)
    return bytes(pcm)


@cache
def _companding(codec: str) -> bytes:
    step = 16 if codec == "PCMA" else 4  # A-law looks at the upper 12 bits of 16, mu-law at 14
    some = encode(codec, (*range(0, 32768, step), *range(-32768, 0, step)))
    table = bytearray(65536)
    for offset in range(step):
        table[offset::step] = some
    return bytes(table)


def prepare() -> None:
    """Compute the tables now, which takes 10 ms once, and not on the media thread."""
    for codec in LINEAR:
        _halves(codec)
        _companding(codec)


def companded(codec: str, pcm: bytes) -> bytes:
    """A byte of G.711 for each sample; half a sample at the end is left out."""
    return bytes(map(_companding(codec).__getitem__, _unsigned(pcm)))


def _unsigned(pcm: bytes) -> array[int]:
    words = array("H")
    words.frombytes(pcm[: len(pcm) & ~1])
    if SWAPPED:
        words.byteswap()
    return words


def samples(pcm: bytes) -> array[int]:
    """Signed samples of this machine's byte order; half a sample at the end is left out."""
    words = array("h")
    words.frombytes(pcm[: len(pcm) & ~1])
    if SWAPPED:
        words.byteswap()
    return words


def packed(values: array[int]) -> bytes:
    """The reverse of `samples`."""
    if SWAPPED:
        values = values[:]
        values.byteswap()
    return values.tobytes()
