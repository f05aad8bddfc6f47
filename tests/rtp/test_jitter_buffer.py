"""The jitter buffer on a link in memory: what it plays, what it makes up, how long it waits."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tccc_desk.rtp.jitter_buffer import MOST_PACKETS, JitterBuffer, Kind, Piece
from tccc_desk.rtp.playout_delay import LONGEST, SHORTEST, PlayoutDelay

Sent = tuple[int, int, float, bool]
"""Sequence number, timestamp, arrival in seconds, marker; numbers without wraps."""


def payload(timestamp: int, samples: int) -> bytes:
    """Bytes that tell their own place in time, modulo 251."""
    return bytes((timestamp + n) % 251 for n in range(samples))


def steady(
    count: int,
    ptime_ms: int = 20,
    transit: Callable[[int], float] = lambda _: 0.05,
    *,
    first: int = 1,
    timestamp: int = 0,
    begun: float = 0.0,
) -> list[Sent]:
    """A talker without pauses."""
    samples = ptime_ms * 8
    return [
        (first + n, timestamp + n * samples, begun + n * ptime_ms / 1000 + transit(n), n == 0)
        for n in range(count)
    ]


def play(
    buffer: JitterBuffer, packets: Iterable[Sent], seconds: float, ptime_ms: int = 20, begun: float = 0.0
) -> list[Piece]:
    """Hand over every packet at its time, pull every 20 ms; every piece in order."""
    arriving = sorted(packets, key=lambda one: one[2])
    pieces: list[Piece] = []
    for tick in range(int(seconds * 50)):
        now = begun + tick * 0.02
        while arriving and arriving[0][2] <= now:
            sequence, timestamp, arrival, marker = arriving.pop(0)
            buffer.put(
                sequence & 0xFFFF,
                timestamp & 0xFFFFFFFF,
                "PCMA",
                payload(timestamp, ptime_ms * 8),
                arrival,
                marker=marker,
            )
        frame = buffer.pull(now)
        assert sum(piece.samples for piece in frame) == 160
        pieces += frame
    return pieces


def sound(pieces: Iterable[Piece]) -> bytes:
    return b"".join(piece.payload for piece in pieces if piece.kind is Kind.SOUND)


def count(pieces: Iterable[Piece], kind: Kind) -> int:
    return sum(piece.samples for piece in pieces if piece.kind is kind)


@pytest.mark.parametrize("ptime_ms", [10, 15, 20, 30, 40, 50, 60])
def test_an_even_stream_is_played_whole_whatever_its_packet_time(ptime_ms: int) -> None:
    buffer = JitterBuffer()
    packets = steady(6000 // ptime_ms, ptime_ms)
    heard = sound(play(buffer, packets, 6.5, ptime_ms))
    assert heard == payload(0, len(packets) * ptime_ms * 8)
    assert (buffer.late, buffer.concealed) == (0, 0)
    assert buffer.delay_ms is not None
    assert 10 <= buffer.delay_ms <= 60


def test_sequence_numbers_and_timestamps_wrap_in_mid_sound() -> None:
    buffer = JitterBuffer()
    packets = steady(500, first=65500, timestamp=(1 << 32) - 40 * 160)
    heard = sound(play(buffer, packets, 11))
    assert len(heard) == 500 * 160
    assert (buffer.late, buffer.concealed) == (0, 0)


def test_reordering_within_the_delay_is_put_right() -> None:
    buffer = JitterBuffer()
    packets = steady(500, transit=lambda n: 0.05 + (0.03 if n % 7 == 3 else 0.0))
    pieces = play(buffer, packets, 11)
    heard = sound(pieces)
    assert buffer.late <= 2, "only before it has learnt"
    assert len(heard) >= 498 * 160


@pytest.mark.parametrize("jitter_ms", [20, 60, 120])
def test_the_delay_follows_the_jitter(jitter_ms: int) -> None:
    chance = random.Random(3)
    buffer = JitterBuffer()
    packets = steady(3000, transit=lambda _: 0.05 + chance.random() * jitter_ms / 1000)
    play(buffer, packets, 60)
    assert buffer.delay_ms is not None
    assert jitter_ms * 0.8 <= buffer.delay_ms <= jitter_ms + 50
    assert buffer.late < 0.03 * 3000
    assert buffer.concealed == pytest.approx(buffer.late, abs=3)


def test_the_delay_becomes_short_again_after_a_bad_time() -> None:
    chance = random.Random(4)
    buffer = JitterBuffer()
    bad = steady(500, transit=lambda _: 0.05 + chance.random() * 0.15)
    good = steady(2000, first=501, timestamp=500 * 160, begun=10.0)
    play(buffer, bad + good, 51)
    assert buffer.delay_ms is not None
    assert buffer.delay_ms <= 80


def test_a_slower_path_costs_no_more_than_its_first_packets() -> None:
    buffer = JitterBuffer()
    packets = steady(1000, transit=lambda n: 0.05 if n < 500 else 0.13)
    play(buffer, packets, 21)
    assert buffer.late <= 5
    assert buffer.concealed <= 6


def test_lost_packets_are_made_up_and_counted() -> None:
    buffer = JitterBuffer()
    packets = [one for one in steady(1000) if one[0] % 20]
    pieces = play(buffer, packets, 21)
    assert buffer.concealed == pytest.approx(50, abs=1)
    assert len(sound(pieces)) == len(packets) * 160


def test_a_pause_is_no_loss() -> None:
    """Silence suppression: the timestamps jump, the sequence numbers do not."""
    buffer = JitterBuffer()
    first = steady(100)
    second = steady(100, first=101, timestamp=100 * 160 + 8000, begun=3.0)
    pieces = play(buffer, first + second, 6)
    assert len(sound(pieces)) == 200 * 160
    assert (buffer.concealed, buffer.late) == (0, 0)


def test_a_beginning_that_was_lost_is_a_loss() -> None:
    buffer = JitterBuffer()
    first = steady(100)
    second = steady(100, first=103, timestamp=100 * 160 + 8000, begun=3.0)
    play(buffer, first + second, 6)
    assert buffer.concealed > 0


def test_an_event_or_comfort_noise_between_is_no_loss() -> None:
    buffer = JitterBuffer()
    play(buffer, steady(50), 1.04)
    for sequence in range(51, 76):
        buffer.noise(sequence, 60)
    pieces = [piece for n in range(25) for piece in buffer.pull(1.04 + n * 0.02)]
    assert any(piece.kind is Kind.NOISE and piece.level == 60 for piece in pieces)
    play(buffer, steady(50, first=76, timestamp=75 * 160, begun=1.54), 2, begun=1.54)
    assert (buffer.concealed, buffer.late) == (0, 0)


def test_a_new_clock_is_believed_after_two_packets_or_at_once_with_a_mark() -> None:
    for marked in (False, True):
        buffer = JitterBuffer()
        first = steady(100)
        second = steady(100, first=101, timestamp=10**9, begun=2.0)
        second[0] = (*second[0][:3], marked)
        pieces = play(buffer, first + second, 6)
        assert len(sound(pieces)) >= 198 * 160
        assert sound(pieces).endswith(payload(10**9 + 99 * 160, 160))


def test_one_packet_with_a_wild_timestamp_changes_nothing() -> None:
    buffer = JitterBuffer()
    packets = [
        (sequence, timestamp + (10**9 if sequence % 50 == 0 else 0), arrival, False)
        for sequence, timestamp, arrival, _ in steady(500)
    ]
    pieces = play(buffer, packets, 11)
    assert len(sound(pieces)) == 490 * 160
    assert buffer.late == 0


@pytest.mark.parametrize("share", [0.97, 1.03])
def test_a_clock_that_is_3_percent_wrong_is_borne(share: float) -> None:
    """As pyVoIP's: it sends 20 ms every 20.6 ms."""
    buffer = JitterBuffer()
    packets = [(n + 1, n * 160, 0.05 + n * 0.02 / share, False) for n in range(3000)]
    pieces = play(buffer, packets, 3000 * 0.02 / share)
    assert len(sound(pieces)) >= 0.95 * 3000 * 160
    assert buffer.late <= 30
    assert buffer.delay_ms is not None
    assert buffer.delay_ms <= 220


def test_ten_hours_keep_nothing() -> None:
    buffer = JitterBuffer()
    for n in range(36000 * 10):
        buffer.put(n & 0xFFFF, n * 160 & 0xFFFFFFFF, "PCMA", b"\xd5" * 160, n * 0.1, marker=False)
        buffer.pull(n * 0.1)
        assert len(buffer._queue) <= MOST_PACKETS


@given(
    st.lists(
        st.tuples(
            st.integers(0, 0xFFFF),
            st.integers(0, 0xFFFFFFFF) | st.integers(0, 4000),
            st.integers(1, 600),
            st.booleans(),
            st.integers(0, 50),
        ),
        max_size=200,
    )
)
def test_whatever_comes_frames_are_whole_and_memory_is_bounded(
    packets: list[tuple[int, int, int, bool, int]],
) -> None:
    buffer, now = JitterBuffer(), 0.0
    for sequence, timestamp, samples, marker, wait in packets:
        buffer.put(sequence, timestamp, "PCMU", b"\xff" * samples, now, marker=marker)
        if marker:
            buffer.noise(sequence, samples & 127)
        now += wait / 1000
        assert sum(piece.samples for piece in buffer.pull(now)) == 160
        assert len(buffer._queue) <= MOST_PACKETS
        assert buffer.concealed >= 0


def test_a_flood_of_packets_ahead_is_bounded_and_played_with_a_short_delay() -> None:
    buffer = JitterBuffer()
    for n in range(5000):
        buffer.put(n, n * 160, "PCMA", payload(n * 160, 160), n * 0.0002, marker=False)
    assert len(buffer._queue) <= MOST_PACKETS
    for n in range(200):
        buffer.pull(1.0 + n * 0.02)
    assert len(buffer._queue) == 0


def test_the_delay_stays_within_20_and_200_ms() -> None:
    for transits in ([0.0] * 500, [random.Random(1).random() * 1e6 for _ in range(500)]):
        delay = PlayoutDelay()
        for transit in transits:
            delay.add(transit)
            assert SHORTEST <= delay.target <= LONGEST
