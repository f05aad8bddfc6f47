"""G.711 against the decision values of the standard, searched the slow way."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import pytest

from tccc_desk.rtp.g711 import A_LAW, MU_LAW, SILENCE, a_law, convert, decode, encode, mu_law


def a_law_decisions() -> list[int]:
    """Table 1a/G.711: decision values x(n) on the scale where the overload point is 4096."""
    values, value = [0], 0
    for segment in range(8):
        for _ in range(16):
            value += 2 << max(0, segment - 1)
            values.append(value)
    return values


def mu_law_decisions() -> list[int]:
    """Table 2a/G.711: decision values on the scale where the overload point is 8159."""
    values, value = [0, 1], 1
    for segment in range(8):
        for step in range(16):
            if segment == 0 and step == 0:
                continue
            value += 2 << segment
            values.append(value)
    return values


def test_the_tables_of_decision_values() -> None:
    assert a_law_decisions()[-1] == 4096
    assert a_law_decisions()[113] == 2176, "table 1a: x(113)"
    assert mu_law_decisions()[-1] == 8159
    assert mu_law_decisions()[113] == 4319, "table 2a: x(113)"


@pytest.mark.parametrize(
    ("table", "decisions", "scale"), [(A_LAW, a_law_decisions(), 8), (MU_LAW, mu_law_decisions(), 4)]
)
def test_decoder_levels_lie_midway_between_decision_values(
    table: tuple[int, ...], decisions: list[int], scale: int
) -> None:
    """Tables 1a, 2a: y(n) = (x(n-1) + x(n)) / 2; mu-law's first level is 0."""
    levels = sorted({abs(value) for value in table})
    expected = [(low + high) * scale // 2 for low, high in pairwise(decisions)]
    if scale == 4:
        expected[0] = 0
    assert levels == expected


def test_character_signals_of_the_standard() -> None:
    """The bytes after the inversions: largest, smallest and their negatives."""
    assert (A_LAW[0x2A ^ 0x80], A_LAW[0x2A], A_LAW[0xD5], A_LAW[0x55]) == (32256, -32256, 8, -8)
    assert (MU_LAW[0x80], MU_LAW[0x00], MU_LAW[0xFF], MU_LAW[0x7F]) == (32124, -32124, 0, 0)
    assert SILENCE == {"PCMA": 0xD5, "PCMU": 0xFF}


@pytest.mark.parametrize("sign", [1, -1])
def test_a_law_encodes_by_decision_values(sign: int) -> None:
    decisions = [value * 8 for value in a_law_decisions()]
    for number, (low, high) in enumerate(pairwise(decisions)):
        level = (low + high) // 2
        for magnitude in {low + 1, level, high - 1}:
            assert A_LAW[a_law(sign * min(magnitude, 32767))] == sign * level, (number, magnitude)


@pytest.mark.parametrize("sign", [1, -1])
def test_mu_law_encodes_by_decision_values(sign: int) -> None:
    decisions = [value * 4 for value in mu_law_decisions()]
    for low, high in pairwise(decisions[1:]):
        level = (low + high) // 2
        for magnitude in {low + 1, level, high - 1}:
            assert MU_LAW[mu_law(sign * min(magnitude, 32767))] == sign * level, magnitude
    assert MU_LAW[mu_law(0)] == 0


@pytest.mark.parametrize(("encode_one", "table"), [(a_law, A_LAW), (mu_law, MU_LAW)])
def test_every_byte_survives_decoding_and_encoding(
    encode_one: Callable[[int], int], table: tuple[int, ...]
) -> None:
    for byte in range(256):
        assert table[encode_one(table[byte])] == table[byte]


def test_out_of_range_samples_are_clipped() -> None:
    assert encode("PCMA", [10**6, -(10**6)]) == encode("PCMA", [32767, -32768])
    assert decode("PCMU", encode("PCMU", [10**6, -(10**6)])) == [32124, -32124]


def test_converting_between_the_laws_keeps_the_level() -> None:
    everything = bytes(range(256))
    for source, target in (("PCMA", "PCMU"), ("PCMU", "PCMA")):
        before, after = decode(source, everything), decode(target, convert(everything, source, target))
        assert all(abs(x - y) <= max(16, abs(x) // 16) for x, y in zip(before, after, strict=True))
    assert convert(everything, "PCMA", "PCMA") is everything
