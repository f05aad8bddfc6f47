"""RFC 3550 section 5.1, by bytes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tccc_desk.rtp.packet import MalformedPacket, RtpPacket, build_packet, parse_packet

PLAIN = bytes.fromhex("80 88 1234 00000140 deadbeef") + b"\xd5" * 4


def test_the_fixed_header_byte_for_byte() -> None:
    packet = RtpPacket(8, 0x1234, 320, 0xDEADBEEF, b"\xd5" * 4, marker=True)
    assert build_packet(packet) == PLAIN
    assert parse_packet(PLAIN) == packet


def test_csrc_extension_and_padding_are_taken_off() -> None:
    data = bytes.fromhex(
        "b2 00 0001 00000002 00000003"  # V=2, P, X, CC=2
        "0000000a 0000000b"
        "bede0001 10ff0000"
        "aabbcc 000003"
    )
    packet = parse_packet(data[:-3] + b"\0\0\x03")
    assert packet.csrc == (10, 11)
    assert packet.extension == bytes.fromhex("bede0001 10ff0000")
    assert packet.payload == b"\xaa\xbb\xcc"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x80",
        PLAIN[:11],
        b"\x00" + PLAIN[1:],
        b"\x40" + PLAIN[1:],
        b"\xc0" + PLAIN[1:],
        b"\x8f" + PLAIN[1:],
        b"\x90" + PLAIN[1:12],
        b"\x90" + PLAIN[1:12] + b"\xbe\xde\xff\xff",
        b"\xa0" + PLAIN[1:12],
        b"\xa0" + PLAIN[1:12] + b"\x00",
        b"\xa0" + PLAIN[1:12] + b"\x02",
        b"\xa0" + PLAIN[1:12] + b"\xff" * 4,
        b"\x80\xc8" + PLAIN[2:],
        PLAIN + bytes(5000),
    ],
)
def test_lengths_that_lie_are_refused(data: bytes) -> None:
    with pytest.raises(MalformedPacket):
        parse_packet(data)


@given(
    st.builds(
        RtpPacket,
        st.integers(0, 63) | st.integers(96, 127),
        st.integers(0, 0xFFFF),
        st.integers(0, 0xFFFFFFFF),
        st.integers(0, 0xFFFFFFFF),
        st.binary(max_size=480),
        st.booleans(),
        st.lists(st.integers(0, 0xFFFFFFFF), max_size=15).map(tuple),
        st.just(b"") | st.just(bytes.fromhex("bede0001 10ff0000")),
    )
)
def test_what_is_built_is_read_back(packet: RtpPacket) -> None:
    assert parse_packet(build_packet(packet)) == packet


@given(st.binary(max_size=80), st.integers(0, 255))
def test_random_bytes_are_read_or_refused(data: bytes, first: int) -> None:
    for candidate in (data, bytes((first | 0x80,)) + data):
        try:
            packet = parse_packet(candidate)
        except MalformedPacket:
            continue
        assert len(packet.payload) <= len(candidate) - 12


def test_fields_out_of_range_are_our_bug() -> None:
    with pytest.raises(ValueError, match="fit no RTP packet"):
        build_packet(RtpPacket(200, 0, 0, 0, b""))
