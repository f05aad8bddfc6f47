"""Two media sessions without sockets or a clock: a link in memory, time as an argument."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tccc_desk.rtp.latch import Latch
from tccc_desk.rtp.outgoing import MAX_BURST
from tccc_desk.rtp.packet import RtpPacket, build_packet, parse_packet
from tccc_desk.rtp.rtcp import parse_compound
from tccc_desk.rtp.session import MediaSession
from tccc_desk.rtp.sources import Source, source_named
from tccc_desk.rtp.stream import Identity, Stream
from tccc_desk.rtp.telephone_event import TelephoneEvent, build_event

A, B = ("192.0.2.1", 4000), ("192.0.2.2", 5000)
STREAM = Stream(B[0], B[1], B[1] + 1, "PCMA", 8, 20, 101, sending=True, receiving=True)


def session(
    remote: tuple[str, int] = B, source: Source = "tone", *, stream: Stream = STREAM, ssrc: int = 1
) -> MediaSession:
    return MediaSession(
        replace(stream, remote_host=remote[0], remote_port=remote[1], remote_rtcp_port=remote[1] + 1),
        source_named(source),
        Identity(ssrc, 65530, 0xFFFFFF00, f"s{ssrc}"),
        started=0.0,
        wall_offset=1.7e9,
        random=random.Random(1).random,
    )


def talk(one: MediaSession, other: MediaSession, seconds: float, start: float = 0.0, loss: int = 0) -> float:
    """Carry everything both ways, 10 ms on the way; every `loss`-th packet to `other` goes missing."""
    count = 0
    for index in range(int(seconds * 50)):
        now = start + index * 0.02 + 0.0001
        for sender, receiver, source in ((one, other, A), (other, one, B)):
            for data in sender.frames(now):
                count += receiver is other
                if receiver is one or not loss or count % loss:
                    receiver.receive_rtp(data, source, now + 0.01)
            report = sender.rtcp(now)
            if report is not None:
                receiver.receive_rtcp(report, (source[0], source[1] + 1), now + 0.01)
    return start + seconds


def test_tone_one_way_and_echo_back() -> None:
    one, other = session(B, "tone"), session(A, "echo", ssrc=2)
    end = talk(one, other, 12.0)
    mine, theirs = one.measure(end), other.measure(end)
    assert (mine.sent, mine.received, mine.lost) == (600, 600, 0)
    assert (theirs.sent, theirs.received, theirs.lost) == (600, 600, 0)
    assert mine.level_sent_dbov == mine.level_received_dbov == -10.0
    assert mine.round_trip_ms == pytest.approx(20, abs=0.1)
    assert mine.remote_report
    assert mine.remote_lost == 0
    assert mine.mos == pytest.approx(4.37, abs=0.03)
    assert (mine.one_way, theirs.one_way) == ("none", "none")
    assert (mine.remote, theirs.remote) == ("192.0.2.2:5000", "192.0.2.1:4000")


def test_loss_is_counted_here_and_reported_there() -> None:
    one, other = session(), session(A, ssrc=2)
    end = talk(one, other, 30.0, loss=10)
    assert other.measure(end).lost == pytest.approx(150, abs=1)
    assert one.measure(end).remote_lost == pytest.approx(130, abs=30)
    score, perfect = other.measure(end).mos, one.measure(end).mos
    assert score is not None
    assert perfect is not None
    assert score < 3.5 < perfect


def test_sequence_numbers_and_timestamps_run_on_across_their_wraps() -> None:
    one = session()
    packets = [parse_packet(data) for index in range(20) for data in one.frames(index * 0.02)]
    assert [packet.sequence for packet in packets] == [(65530 + n) & 0xFFFF for n in range(20)]
    assert [packet.timestamp for packet in packets] == [
        (0xFFFFFF00 + 160 * n) & 0xFFFFFFFF for n in range(20)
    ]
    assert [packet.marker for packet in packets] == [True] + [False] * 19
    assert {len(packet.payload) for packet in packets} == {160}


def test_the_schedule_never_drifts() -> None:
    one = session()
    for index in range(180000):
        assert one.next_due == index * 20 / 1000
        one.frames(one.next_due)
    assert one.measure(3600.0).sent == 180000


def test_a_long_delay_is_not_made_up_for_by_a_burst() -> None:
    one = session()
    one.frames(0.0)
    packets = [parse_packet(data) for data in one.frames(1.0001)]
    assert len(packets) == MAX_BURST
    assert packets[-1].timestamp == (0xFFFFFF00 + 160 * 50) & 0xFFFFFFFF, "the sampling time is kept"
    assert packets[0].sequence == 65531, "what was never sent is no loss"
    assert packets[0].marker
    assert one.next_due == pytest.approx(1.02)


def test_digits_both_ways_while_tone_and_echo_run() -> None:
    one, other = session(B, "tone"), session(A, "echo", ssrc=2)
    assert one.send_digits("12#")
    assert other.send_digits("9,a")
    end = talk(one, other, 4.0)
    assert (one.measure(end).dtmf_sent, one.measure(end).dtmf_received) == ("12#", "9A")
    assert (other.measure(end).dtmf_sent, other.measure(end).dtmf_received) == ("9A", "12#")
    assert one.measure(end).lost == 0
    assert one.measure(end).jitter_ms < 0.01, "event packets say nothing about jitter"


def test_digits_need_a_payload_type() -> None:
    one = session(stream=replace(STREAM, telephone_event=None))
    assert one.send_digits("1") is False
    assert one.measure(1.0).dtmf_sent == ""


def test_hold_stops_sending_and_nothing_is_lost_by_it() -> None:
    one, other = session(), session(A, ssrc=2)
    end = talk(one, other, 1.0)
    one.update(replace(STREAM, sending=False), 0.0)
    end = talk(one, other, 2.0, end)
    assert one.measure(end).sent == 50
    one.update(STREAM, 0.0)
    end = talk(one, other, 1.0, end)
    assert one.measure(end).sent == 100
    assert other.measure(end).received == 100
    assert other.measure(end).lost == 0
    assert other.measure(end).jitter_ms < 0.01, "the timestamp passed on during the hold"


def test_an_unspecified_address_or_a_name_gets_nothing() -> None:
    for host in ("0.0.0.0", "::", "gw.example.com"):
        one = session((host, 4000))
        assert one.frames(0.0) == []
        assert one.target is None
        assert one.rtcp_target is None


def test_the_old_hold_keeps_the_place_they_spoke_from() -> None:
    one, other = session(), session(A, ssrc=2)
    end = talk(one, other, 0.2)
    one.update(replace(STREAM, remote_host="0.0.0.0", sending=False), 0.0)
    assert one.frames(end) == []
    assert one.measure(end).remote == "192.0.2.2:5000"
    one.update(STREAM, 0.0)
    assert len(one.frames(end + 0.02)) == 1


def test_another_packet_time_from_now_on() -> None:
    one = session()
    for index in range(5):
        one.frames(index * 0.02)
    one.update(replace(STREAM, ptime_ms=30), 0.0)
    assert one.next_due == pytest.approx(0.1)
    (data,) = one.frames(one.next_due)
    assert len(parse_packet(data).payload) == 240
    assert one.next_due == pytest.approx(0.13)


def rtp(sequence: int, ssrc: int = 9, payload_type: int = 8, payload: bytes = b"\xd5" * 160) -> bytes:
    return build_packet(RtpPacket(payload_type, sequence, sequence * 160, ssrc, payload))


def test_sound_from_elsewhere_is_followed_once_it_is_consistent() -> None:
    one, elsewhere = session(), ("198.51.100.7", 6000)
    assert one.target == B
    for sequence in range(5):
        one.receive_rtp(rtp(sequence), elsewhere, sequence * 0.02)
    assert one.target == elsewhere
    assert one.rtcp_target == ("198.51.100.7", 6001)
    measured = one.measure(0.1)
    assert (measured.received, measured.lost, measured.remote) == (3, 0, "198.51.100.7:6000")
    assert measured.address_changes == 1


def test_a_stranger_cannot_take_over_sound_that_flows() -> None:
    one, stranger = session(), ("198.51.100.66", 6666)
    for sequence in range(50):
        one.receive_rtp(rtp(sequence), B, sequence * 0.02)
        one.receive_rtp(rtp(sequence, ssrc=66), stranger, sequence * 0.02)
        one.receive_rtcp(one.goodbye(0.0), stranger, sequence * 0.02)
    assert one.target == B
    assert one.measure(1.0).received == 50
    assert one.refused.foreign == 100


def test_a_source_that_fell_silent_may_be_replaced() -> None:
    latch = Latch(B)
    assert latch.accept(B, 1, 1, 0.0)
    assert [latch.accept(A, 2, number, 0.5 + number * 0.02) for number in range(50)].index(True) == 27
    assert latch.target == A
    assert latch.changes == 1
    assert [latch.accept(B, 1, number, 2.0) for number in range(4)] == [False, False, True, True]


def test_many_false_sources_leave_no_trace() -> None:
    latch = Latch(B)
    for port in range(1, 60000):
        assert not latch.accept(("198.51.100.1", port), port, 1, 0.0)
    assert latch.target == B
    assert latch.accept(B, 1, 1, 0.0)


def test_a_new_description_is_believed_like_the_first() -> None:
    one = session()
    for sequence in range(5):
        one.receive_rtp(rtp(sequence), ("198.51.100.7", 6000), 0.0)
    one.update(replace(STREAM, remote_host=A[0], remote_port=A[1]), 0.0)
    assert one.target == A


def test_two_spellings_of_an_ipv6_address_are_one() -> None:
    one = session(("2001:DB8:0:0::1", 4000))
    one.receive_rtp(rtp(1), ("2001:db8::1", 4000), 0.0)
    assert one.measure(0.0).received == 1
    assert one.measure(0.0).remote == "[2001:db8::1]:4000"


def test_our_own_packets_reflected_are_not_theirs() -> None:
    one = session()
    for index in range(50):
        for data in one.frames(index * 0.02):
            one.receive_rtp(data, B, index * 0.02)
    assert one.measure(1.0).received == 0
    assert one.measure(1.0).one_way == "we_hear_nothing"


def test_hostile_datagrams_are_counted_and_dropped() -> None:
    one, chance = session(), random.Random(7)
    one.receive_rtp(rtp(1), B, 0.0)
    for size in (*range(200), 1500, 60000):
        one.receive_rtp(chance.randbytes(size), B, 0.0)
        one.receive_rtcp(chance.randbytes(size), B, 0.0)
        one.receive_rtp(rtp(1)[: size % 12], B, 0.0)
    one.receive_rtp(rtp(2, payload_type=101, payload=b"\1"), B, 0.0)
    one.receive_rtp(rtp(3, payload_type=101, payload=build_event(TelephoneEvent(200, True, 0, 0))), B, 0.0)
    one.receive_rtp(rtp(4, payload_type=13, payload=b"\x40"), B, 0.0)
    one.receive_rtp(rtp(5, payload=b""), B, 0.0)
    assert one.refused.malformed > 300
    assert one.measure(0.0).received == 5
    assert one.measure(0.0).dtmf_received == ""


def test_reports_on_the_sound_s_port_are_read_as_reports() -> None:
    """RFC 5761."""
    one, other = session(), session(A, ssrc=2)
    for index in range(60):
        for data in one.frames(index * 0.02):
            other.receive_rtp(data, A, index * 0.02)
    report = other.rtcp(1.2)
    assert report is not None
    one.receive_rtp(report, B, 1.2)
    assert one.measure(1.2).remote_report


def test_ten_hours_need_no_more_memory_than_a_minute() -> None:
    """Counted by objects: nothing that grows with the call is kept."""
    import gc

    one, other = session(), session(A, "echo", ssrc=2)
    end = talk(one, other, 60.0)
    gc.collect()
    before = len(gc.get_objects())
    for _ in range(5):
        end = talk(one, other, 60.0, end)
    gc.collect()
    assert len(gc.get_objects()) - before < 50


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 120), st.integers(0, 255), st.integers(0, 200))))
def test_damaged_packets_from_the_right_place_never_raise(
    damages: list[tuple[int, int, int, int]],
) -> None:
    """Bytes of good packets are changed and packets cut; our reports stay well-formed whatever they said."""
    one, other = session(B, "echo"), session(A, ssrc=2)
    for index in range(55):
        for data in one.frames(index * 0.02):
            other.receive_rtp(data, A, index * 0.02)
    good = [
        rtp(1),
        rtp(2, payload_type=101, payload=build_event(TelephoneEvent(5, False, 10, 160))),
        rtp(3, payload_type=0),
        other.goodbye(1.1),
        other.rtcp(1.2) or b"",
        bytes.fromhex("b2080001 00000002 00000003 0000000a 0000000b bede0001 10ff0000 aabbcc02"),
    ]
    for number, (which, at, value, cut) in enumerate(damages):
        data = bytearray(good[which])
        data[at % len(data)] = value
        damaged = bytes(data[: len(data) - cut if cut < len(data) else len(data)])
        now = 1.2 + number
        one.receive_rtp(damaged, B, now)
        one.receive_rtcp(damaged, B, now)
        one.frames(now)
        assert parse_compound(one.goodbye(now))
        measured = one.measure(now)
        assert measured.lost >= 0
        assert measured.received >= 0
        assert measured.mos is None or 1 <= measured.mos <= 4.5
