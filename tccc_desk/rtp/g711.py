"""A-law and mu-law as ITU-T G.711 defines them; linear values are signed 16-bit samples.

The tables are computed here from the segment rule. A byte on the wire is sign, three bits of
segment, four bits of step within it. A-law numbers its levels on a 13-bit scale (tables 1a, 1b) and
inverts the even bits; mu-law works on a 14-bit scale (tables 2a, 2b) with a bias of 33 and inverts
all. Both are scaled up to 16 bits here.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

A_LAW_SILENCE = 0xD5
"""The smallest positive level, +8 of 32768: A-law has no zero."""
MU_LAW_SILENCE = 0xFF
"""Zero."""
CODEC_OF_STATIC_TYPE = {0: "PCMU", 8: "PCMA"}
"""Static payload types (RFC 3551 table 4)."""
SILENCE = {"PCMA": A_LAW_SILENCE, "PCMU": MU_LAW_SILENCE}


def _a_law_linear(byte: int) -> int:
    code = byte ^ 0x55
    segment, step = code >> 4 & 7, code & 15
    level = 2 * step + 1 if segment == 0 else (2 * step + 33) << (segment - 1)
    return (level if code & 0x80 else -level) * 8


def _mu_law_linear(byte: int) -> int:
    code = byte ^ 0xFF
    level = ((2 * (code & 15) + 33) << (code >> 4 & 7)) - 33
    return (-level if code & 0x80 else level) * 4


A_LAW = tuple(map(_a_law_linear, range(256)))
MU_LAW = tuple(map(_mu_law_linear, range(256)))
LINEAR = {"PCMA": A_LAW, "PCMU": MU_LAW}
"""256 linear values for each codec."""


def a_law(sample: int) -> int:
    """The A-law byte of one 16-bit sample."""
    # One's complement folds -1 onto 0, so that the levels of both signs mirror each other.
    level = (sample if sample >= 0 else ~sample) >> 4
    if level > 15:
        segment = level.bit_length() - 4
        level = segment << 4 | (level >> (segment - 1)) & 15
    return (level | (0x80 if sample >= 0 else 0)) ^ 0x55


def mu_law(sample: int) -> int:
    """The mu-law byte of one 16-bit sample."""
    level = min(((sample if sample >= 0 else ~sample) >> 2) + 33, 8191)
    segment = level.bit_length() - 6
    code = segment << 4 | (level >> (segment + 1)) & 15
    return (code | (0 if sample >= 0 else 0x80)) ^ 0xFF


_ENCODE = {"PCMA": a_law, "PCMU": mu_law}


def encode(codec: str, samples: Iterable[int]) -> bytes:
    """Encode 16-bit samples; values beyond 16 bits are clipped. `codec` is "PCMA" or "PCMU"."""
    one = _ENCODE[codec]
    return bytes(one(max(-32768, min(32767, sample))) for sample in samples)


def decode(codec: str, payload: bytes) -> list[int]:
    """Linear samples of a payload."""
    return list(map(LINEAR[codec].__getitem__, payload))


@cache
def _conversion(source: str, target: str) -> bytes:
    return encode(target, LINEAR[source])


def convert(payload: bytes, source: str, target: str) -> bytes:
    """Recode between the two laws by the nearest level; unchanged if they are the same."""
    return payload if source == target else payload.translate(_conversion(source, target))
