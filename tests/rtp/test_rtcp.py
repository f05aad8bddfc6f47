"""RFC 3550 section 6 by bytes, by property and by a clock of our own."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tccc_desk.rtp.packet import MalformedPacket
from tccc_desk.rtp.reports import ReportExchange, Sending
from tccc_desk.rtp.rtcp import (
    Goodbye,
    ReceiverReport,
    ReportBlock,
    SenderReport,
    SourceDescription,
    build_compound,
    middle,
    ntp_timestamp,
    parse_compound,
)
from tccc_desk.rtp.statistics import ReceiverStatistics

BLOCK = ReportBlock(0x0A0B0C0D, 64, -2, 0x00010203, 17, 0x11223344, 0x00010000)
REPORT = SenderReport(0xDEADBEEF, 0x83AA7E80_80000000, 160, 2, 320, (BLOCK,))
WIRE = bytes.fromhex(
    "81c8000c deadbeef 83aa7e80 80000000 000000a0 00000002 00000140"
    "0a0b0c0d 40fffffe 00010203 00000011 11223344 00010000"
    "81ca0003 deadbeef 01046465736b 0000"
    "81cb0001 deadbeef"
)


def test_a_compound_packet_byte_for_byte() -> None:
    packets = (REPORT, SourceDescription(0xDEADBEEF, "desk"), Goodbye((0xDEADBEEF,)))
    assert build_compound(packets) == WIRE
    assert parse_compound(WIRE) == packets


def test_ntp_time() -> None:
    """1970-01-01 and half a second (RFC 3550 section 4)."""
    assert ntp_timestamp(0.5) == 0x83AA7E80_80000000
    assert middle(0x83AA7E80_80000000) == 0x7E808000


def test_unknown_packets_and_profile_extensions_are_passed_over() -> None:
    application = bytes.fromhex("80cc0002 deadbeef 54455354")
    assert parse_compound(WIRE[:52] + application) == (REPORT,)
    longer = bytes.fromhex("80c90002 deadbeef 01020304")
    assert parse_compound(longer) == (ReceiverReport(0xDEADBEEF),)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        WIRE[:7],
        WIRE[:51],
        WIRE + b"\x81",
        WIRE[52:],
        b"\x41" + WIRE[1:],
        b"\xa1" + WIRE[1:],
        b"\x9f" + WIRE[1:52],
        bytes.fromhex("80c8ffff deadbeef"),
        bytes.fromhex("80c80001 deadbeef"),
        bytes.fromhex("80c90001 deadbeef a0cb0001 deadbeff"),
        bytes.fromhex("80c90001 deadbeef 9fca0001 deadbeef"),
        bytes.fromhex("80c90001 deadbeef 81ca0002 deadbeef 01ff4141"),
        bytes.fromhex("80c90001 deadbeef 9fcb0001 deadbeef"),
        bytes.fromhex("80c90001 deadbeef") * 65,
        bytes.fromhex("80c90001 deadbeef") * 1000,
    ],
)
def test_lies_are_refused(data: bytes) -> None:
    with pytest.raises(MalformedPacket):
        parse_compound(data)


@given(st.binary(max_size=120))
def test_random_bytes_are_read_or_refused(data: bytes) -> None:
    for candidate in (data, WIRE[:52] + data, b"\x81\xc9" + data, b"\x80\xc9\x00\x01abcd\x83" + data):
        with suppress(MalformedPacket):
            parse_compound(candidate)


@given(st.integers(-(2**23), 2**23 - 1), st.integers(0, 2**32 - 1), st.text(max_size=40))
def test_what_is_built_is_read_back(lost: int, number: int, name: str) -> None:
    block = ReportBlock(number, number & 255, lost, number, number, number, number)
    packets = (
        ReceiverReport(number, (block, block)),
        SourceDescription(number, name.replace("\0", "")),
        Goodbye((number, 1), "ended"),
    )
    assert parse_compound(build_compound(packets)) == packets


def exchange(ssrc: int, wall_offset: float) -> ReportExchange:
    return ReportExchange(ssrc, "x", started=0.0, wall_offset=wall_offset, random=lambda: 0.5)


def sending(packets: int) -> Sending:
    return Sending(packets, packets * 160, packets * 160)


def statistics(count: int) -> ReceiverStatistics:
    received = ReceiverStatistics()
    for number in range(count):
        received.packet(number, number * 160, number * 0.02)
    return received


def test_round_trip_from_lsr_and_dlsr() -> None:
    """Section 6.4.1: 70 ms there, 30 ms back, two seconds in between, clocks a year apart."""
    ours, theirs = exchange(1, 1.7e9), exchange(2, 1.73e9)
    theirs.read(parse_compound(ours.compose(10.0, sending(500), None)), 10.07, 500)
    answer = theirs.compose(12.07, sending(600), (1, statistics(500)))
    ours.read(parse_compound(answer), 12.10, 600)
    assert ours.round_trip_s == pytest.approx(0.1, abs=0.001)
    assert ours.remote_report
    assert ours.remote_lost == 0
    assert ours.they_hear is True


def test_a_report_of_something_we_never_sent_has_no_round_trip() -> None:
    ours = exchange(1, 1.7e9)
    ours.compose(10.0, sending(500), None)
    block = ReportBlock(1, 0, 3, 99, 0, 0x12345678, 0)
    ours.read([ReceiverReport(2, (block,))], 10.1, 500)
    assert ours.round_trip_s is None
    assert ours.remote_lost == 3


@pytest.mark.parametrize(("lost", "told"), [(0, 0), (-5, 0), (700, 700), (701, None), (0x7FFFFF, None)])
def test_no_more_can_be_lost_than_was_sent(lost: int, told: int | None) -> None:
    ours = exchange(1, 0.0)
    ours.read([ReceiverReport(2, (ReportBlock(1, 0, lost, 99, 0, 0, 0),))], 10.1, 700)
    assert ours.remote_lost == told
    assert ours.they_hear is True, "they know our source and our numbers"


def test_reports_about_others_say_nothing() -> None:
    ours = exchange(1, 0.0)
    ours.read([ReceiverReport(2, (ReportBlock(77, 255, 9, 9, 9, 0, 0),))], 1.0, 10)
    assert not ours.remote_report
    assert ours.they_hear is None


def test_silence_about_us_is_proof_only_between_two_reports() -> None:
    """Section 6.4: a block for each source heard since the last report."""
    ours = exchange(1, 0.0)
    ours.read([ReceiverReport(2)], 1.0, 50)
    assert ours.they_hear is None
    ours.read([ReceiverReport(2)], 1.2, 60)
    assert ours.they_hear is None, "ten packets may still be on their way"
    ours.read([ReceiverReport(2)], 6.0, 300)
    assert ours.they_hear is False
    assert not ours.remote_report
    ours.read([ReceiverReport(2, (ReportBlock(1, 0, 0, 500, 0, 0, 0),))], 11.0, 550)
    assert ours.they_hear is True
    ours.read([ReceiverReport(2, (ReportBlock(1, 0, 0, 500, 0, 0, 0),))], 16.0, 800)
    assert ours.they_hear is False, "their highest sequence number stands still"


def test_an_empty_report_before_a_goodbye_proves_nothing() -> None:
    ours = exchange(1, 0.0)
    ours.read([ReceiverReport(2)], 1.0, 50)
    ours.read([ReceiverReport(2), Goodbye((2,))], 9.0, 450)
    assert ours.they_hear is None
    assert ours.said_goodbye


def test_who_heard_us_once_is_deaf_after_two_reports_without_us() -> None:
    ours = exchange(1, 0.0)
    ours.read([ReceiverReport(2, (ReportBlock(1, 0, 0, 50, 0, 0, 0),))], 1.0, 50)
    ours.read([ReceiverReport(2)], 6.0, 300)
    assert ours.they_hear is True
    ours.read([ReceiverReport(2)], 11.0, 550)
    assert ours.they_hear is False


def test_report_times() -> None:
    ours = exchange(1, 0.0)
    assert ours.next_due == 1.0
    assert parse_compound(ours.compose(1.0, sending(0), None))[0] == ReceiverReport(1)
    assert ours.next_due == 6.0
    report = parse_compound(ours.compose(6.0, sending(250), None))[0]
    assert isinstance(report, SenderReport)
    assert (report.packets, report.octets) == (250, 40000)
