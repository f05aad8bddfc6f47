"""Linear sound and G.711, a frame at a time, against the sample-by-sample definition."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tccc_desk.rtp.g711 import decode, encode
from tccc_desk.rtp.pcm import companded, linear, packed, samples


@pytest.mark.parametrize("codec", ["PCMA", "PCMU"])
def test_every_byte_and_every_sample(codec: str) -> None:
    every = bytes(range(256))
    assert linear(codec, every) == struct.pack("<256h", *decode(codec, every))
    values = range(-32768, 32768)
    assert companded(codec, struct.pack("<65536h", *values)) == encode(codec, values)


@given(st.binary(max_size=400))
def test_half_a_sample_is_left_out(pcm: bytes) -> None:
    assert len(companded("PCMA", pcm)) == len(pcm) // 2
    assert packed(samples(pcm)) == pcm[: len(pcm) & ~1]
    assert samples(pcm).tolist() == list(struct.unpack(f"<{len(pcm) // 2}h", pcm[: len(pcm) & ~1]))
