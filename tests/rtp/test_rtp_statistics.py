"""RFC 3550 A.1, A.3, A.8 under loss, reordering, repeats and wraps."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from tccc_desk.rtp.incoming import IncomingStream
from tccc_desk.rtp.packet import RtpPacket
from tccc_desk.rtp.statistics import ReceiverStatistics


def feed(sequences: list[int]) -> ReceiverStatistics:
    statistics = ReceiverStatistics()
    for index, sequence in enumerate(sequences):
        statistics.packet(sequence & 0xFFFF, sequence * 160 & 0xFFFFFFFF, index * 0.02)
    return statistics


def test_nothing_received() -> None:
    statistics = ReceiverStatistics()
    assert (statistics.expected, statistics.lost, statistics.fraction_lost()) == (0, 0, 0)


def test_loss_across_the_wrap_of_the_sequence_number() -> None:
    sent = list(range(65500, 65600))
    statistics = feed([number for number in sent if number % 10])
    assert statistics.received == 90
    assert statistics.expected == 99, "the first, a multiple of ten, was never seen"
    assert statistics.lost == 9
    assert statistics.extended_highest == 65599


def test_many_wraps_in_a_ten_hour_call() -> None:
    statistics = ReceiverStatistics()
    total = 10 * 3600 * 50
    for number in range(0, total, 1000):
        statistics.packet(number & 0xFFFF, 0, 0.0, timed=False)
    assert statistics.extended_highest == total - 1000
    assert statistics.lost == total - 1000 + 1 - total // 1000


@given(st.integers(0, 65535), st.lists(st.integers(0, 4), min_size=1, max_size=300), st.randoms())
def test_counts_match_the_truth(first: int, fates: list[int], shuffle: random.Random) -> None:
    """fate 0: lost, 1 to 3: arrives, 4: arrives twice; neighbours change places now and then."""
    numbers = [first + index for index, fate in enumerate(fates) for _ in range((0, 1, 1, 1, 2)[fate])]
    for index in range(len(numbers) - 1):
        if shuffle.random() < 0.1:
            numbers[index], numbers[index + 1] = numbers[index + 1], numbers[index]
    statistics = feed(numbers)
    unique = set(numbers)
    assert statistics.received == len(numbers)
    assert statistics.duplicates == len(numbers) - len(unique)
    if unique:
        assert statistics.expected == max(unique) - min(unique) + 1
        assert statistics.lost == statistics.expected - len(unique)
        assert statistics.cumulative_lost == statistics.expected - len(numbers)


def test_a_late_packet_is_no_loss() -> None:
    statistics = feed([1, 2, 4, 5, 3, 6])
    assert (statistics.lost, statistics.reordered, statistics.duplicates) == (0, 1, 0)


def test_a_far_jump_is_believed_when_it_goes_on() -> None:
    """A.1: bad_seq; the packets between the two are no loss."""
    statistics = feed([1, 2, 3, 30000, 4, 5])
    assert (statistics.received, statistics.lost) == (5, 0)
    statistics = feed([1, 2, 3, 30000, 30001, 30002])
    assert (statistics.received, statistics.lost) == (5, 0)


def test_fraction_lost_is_of_the_interval() -> None:
    """A.3."""
    statistics = feed([number for number in range(100) if number % 4 != 1])
    assert statistics.fraction_lost() == 64
    assert statistics.fraction_lost() == 0
    for number in range(100, 110):
        statistics.packet(number, 0, 0.0)
    assert statistics.fraction_lost() == 0


def test_fraction_lost_is_zero_when_repeats_outnumber_loss() -> None:
    assert feed([1, 2, 2, 2, 4]).fraction_lost() == 0
    assert feed([1, 2, 2, 2, 4]).cumulative_lost == -1


def test_jitter_by_the_algorithm_of_the_rfc() -> None:
    """A.8 in integers, as the RFC writes it, across a wrap of the timestamp."""
    arrivals = [0.0, 0.021, 0.039, 0.085, 0.080, 0.101, 0.119, 0.160]
    statistics, expected, transit = ReceiverStatistics(), 0.0, None
    for index, arrival in enumerate(arrivals):
        timestamp = 0xFFFFFF00 + 160 * index
        statistics.packet(index, timestamp & 0xFFFFFFFF, arrival)
        new = arrival * 8000 - timestamp
        if transit is not None:
            expected += (abs(new - transit) - expected) / 16
        transit = new
    assert abs(statistics.jitter - expected) < 1e-6
    assert abs(statistics.jitter_ms - expected / 8) < 1e-6


def test_even_pacing_has_no_jitter_and_events_do_not_count() -> None:
    statistics = ReceiverStatistics()
    for index in range(100):
        event = 40 <= index < 48
        statistics.packet(index, 160 * (40 if event else index), index * 0.02, timed=not event)
    assert statistics.jitter < 1e-6


def test_timestamps_that_begin_anew_are_no_jitter() -> None:
    statistics = ReceiverStatistics()
    for index in range(100):
        statistics.packet(index, 160 * index + (0x5F000000 if index >= 50 else 0), index * 0.02)
    assert statistics.jitter < 1e-6


def packet(ssrc: int, sequence: int) -> RtpPacket:
    return RtpPacket(8, sequence, sequence * 160, ssrc, b"")


def test_another_source_takes_over_after_two_packets_in_sequence() -> None:
    stream = IncomingStream(8000)
    for number in range(10):
        stream.packet(packet(1, number), number * 0.02, timed=True)
    assert stream.packet(packet(2, 500), 0.2, timed=True) is None
    assert stream.packet(packet(1, 11), 0.22, timed=True) is True
    assert stream.packet(packet(3, 900), 0.24, timed=True) is None
    assert stream.packet(packet(3, 901), 0.26, timed=True) is True
    assert stream.current is not None
    assert stream.current[0] == 3
    assert stream.reception.received == 13
    assert stream.reception.lost == 1
