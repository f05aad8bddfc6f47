"""Correlation by multiplying large integers, since Python's are multiplied in C and samples are not.

A row of samples is written as the digits of one number, 32 bits each; the digits of a product are
then the sums a convolution asks for (Kronecker's substitution). Each block takes a third of a
millisecond, in which no other thread runs: short enough beside a call.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from functools import cache
from operator import add

from tccc_desk.rtp.pcm import SWAPPED

BLOCK = 512
LARGEST = 127
"""Samples are scaled to this: 1024 products of two stay within 31 bits."""
_HALF = 1 << 31


@cache
def _ones(count: int) -> int:
    return int.from_bytes(b"\1\0\0\0" * count, "little")


def _number(values: Sequence[int]) -> int:
    words = array("I", (value + 128 for value in values))
    if SWAPPED:
        words.byteswap()
    return int.from_bytes(words.tobytes(), "little") - 128 * _ones(len(values))


def scaled(values: Sequence[int]) -> list[int]:
    """The same shape with the largest at LARGEST; all zero stays so."""
    largest = max(map(abs, values), default=0)
    return [value * LARGEST // largest for value in values] if largest else [0] * len(values)


def correlate(pattern: Sequence[int], sound: Sequence[int], into: list[int]) -> Iterator[None]:
    """Put sum(pattern[i] * sound[i + lag]) into `into[lag]` for every lag that fits, in small steps.

    Both hold values within LARGEST; `pattern` has at most 1024.
    """
    backwards = pattern[::-1]
    total = [0] * (len(sound) + len(pattern))
    pieces = [(at, _number(backwards[at : at + BLOCK])) for at in range(0, len(pattern), BLOCK)]
    for start in range(0, len(sound), BLOCK):
        number = _number(sound[start : start + BLOCK])
        for at, piece in pieces:
            count = min(2 * BLOCK, len(total) - start - at)
            product = number * piece + _HALF * _ones(2 * BLOCK)
            digits = array("I", product.to_bytes(8 * BLOCK + 4, "little")[: 4 * count])
            if SWAPPED:
                digits.byteswap()
            here = slice(start + at, start + at + count)
            total[here] = map(add, total[here], digits)
            total[here] = map((-_HALF).__add__, total[here])
            yield
    into[:] = total[len(pattern) - 1 : len(sound)]
