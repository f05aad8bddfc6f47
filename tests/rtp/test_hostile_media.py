"""Sound that is odd, damaged or meant badly; and what a call says of it."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest

from tccc_desk.rtp.frame_queue import FrameQueue, Microphone
from tccc_desk.rtp.g711 import encode
from tccc_desk.rtp.packet import RtpPacket, build_packet
from tccc_desk.rtp.report import LoopProof
from tccc_desk.rtp.session import MediaSession
from tccc_desk.rtp.sources import SoundSource, Tone, source_named
from tccc_desk.rtp.stream import Identity, Stream

THEIRS, STRANGER = ("192.0.2.2", 5000), ("198.51.100.66", 6666)
STREAM = Stream(THEIRS[0], THEIRS[1], THEIRS[1] + 1, "PCMA", 8, 20, 101, sending=True, receiving=True)
SILENCE = b"\xd5" * 160
LOUD = Tone().frame(160, "PCMA")


class Listener:
    def __init__(self) -> None:
        self.heard: list[bytes] = []

    def play(self, pcm: bytes, now: float) -> None:
        self.heard.append(pcm)


def session(
    stream: Stream = STREAM, source: SoundSource | None = None, host: str = "203.0.113.1"
) -> MediaSession:
    return MediaSession(
        stream,
        source or source_named("tone"),
        Identity(1, 10, 1000, "us"),
        started=0.0,
        wall_offset=1.7e9,
        random=lambda: 0.5,
        local_host=host,
    )


def rtp(sequence: int, payload: bytes = LOUD, *, ssrc: int = 9, kind: int = 8, marker: bool = False) -> bytes:
    return build_packet(RtpPacket(kind, sequence, sequence * 160, ssrc, payload, marker))


def pump(one: MediaSession, numbers: range, payload: bytes = LOUD, start: float = 0.0, **more: int) -> float:
    """Their packets, one every 20 ms, with our own sending and playing."""
    now = start
    for index, number in enumerate(numbers):
        now = start + index * 0.02
        one.receive_rtp(rtp(number, payload, **more), THEIRS, now)  # type: ignore[arg-type]
        one.frames(now)
        for sinks, pcm, due in one.played(now):
            for sink in sinks:
                sink.play(pcm, due)
    return now


def test_comfort_noise_that_was_never_negotiated_is_borne() -> None:
    one, listener = session(), Listener()
    one.attach(listener)
    now = pump(one, range(50))
    one.receive_rtp(rtp(50, b"\x28\x00\x01", kind=13), THEIRS, now)
    for tick in range(1, 500):
        one.frames(now + tick * 0.02)
        for sinks, pcm, due in one.played(now + tick * 0.02):
            for sink in sinks:
                sink.play(pcm, due)
    measured = one.measure(now + 10)
    assert (measured.received, measured.lost, measured.concealed, measured.late) == (51, 0, 0, 0)
    assert measured.one_way == "none", "a pause they announced is no end"
    assert any(listener.heard[-1]), "it is heard as noise"
    one.receive_rtp(rtp(51, b"", kind=13), THEIRS, now + 10)
    assert one.measure(now + 10).malformed == 0


def test_repeats_late_and_disordered_packets_are_counted_apart() -> None:
    one = session()
    now = pump(one, range(100))
    one.receive_rtp(rtp(99), THEIRS, now)
    one.receive_rtp(rtp(101), THEIRS, now + 0.02)
    one.receive_rtp(rtp(100), THEIRS, now + 0.03)
    now = pump(one, range(102, 150), start=now + 0.06)
    one.receive_rtp(rtp(152), THEIRS, now + 0.02)
    for tick in range(1, 15):
        one.played(now + tick * 0.02)
    one.receive_rtp(rtp(151), THEIRS, now + 0.3)
    measured = one.measure(now)
    assert (measured.duplicated, measured.reordered, measured.late) == (1, 2, 1)
    assert measured.lost == 1, "150 never came"
    assert measured.concealed >= 2


def test_another_source_at_their_address_is_followed_and_nothing_of_the_old_one_stays() -> None:
    one, listener = session(), Listener()
    one.attach(listener)
    now = pump(one, range(50))
    pump(one, range(40000, 40050), start=now + 0.02, ssrc=77)
    measured = one.measure(now + 1.0)
    assert (measured.received, measured.lost, measured.late) == (99 + 1, 0, 0)
    assert measured.foreign == 1, "the first of a new source is not believed"


def test_a_stranger_s_flood_moves_nothing_and_is_counted() -> None:
    one = session()
    for number in range(200):
        one.receive_rtp(rtp(number), THEIRS, number * 0.02)
        for spoofed in range(100):
            one.receive_rtp(rtp(spoofed, ssrc=666), STRANGER, number * 0.02)
    measured = one.measure(4.0)
    assert (measured.received, measured.foreign, measured.address_changes) == (200, 20000, 0)
    assert (measured.one_way, measured.remote) == ("none", "192.0.2.2:5000")


def test_made_up_sources_at_their_address_do_not_hide_the_true_one() -> None:
    """5,000 packets a second with a new SSRC each, the first of all among them."""
    one, chance = session(), Random(4)
    for number in range(100):
        for _ in range(100):
            source, sequence = chance.getrandbits(32), chance.getrandbits(16)
            one.receive_rtp(rtp(sequence, ssrc=source), THEIRS, number * 0.02)
        one.receive_rtp(rtp(number), THEIRS, number * 0.02)
    measured = one.measure(2.0)
    assert measured.received >= 100
    assert (measured.one_way, measured.lost) == ("none", 0)


def test_a_move_is_told_once_with_both_places() -> None:
    one = session()
    for number in range(5):
        one.receive_rtp(rtp(number), STRANGER, number * 0.02)
    assert one.moves() == [("192.0.2.2:5000", "198.51.100.66:6666")]
    assert one.moves() == []
    assert one.measure(0.1).address_changes == 1


@pytest.mark.parametrize("begins", [65500, 40])
def test_a_stream_that_moves_in_mid_call_is_followed_at_once(begins: int) -> None:
    one = session()
    now = pump(one, range(begins, begins + 100))
    for tick in range(1, 101):
        one.receive_rtp(rtp(begins + 99 + tick & 0xFFFF), STRANGER, now + tick * 0.02)
    measured = one.measure(now + 2.0)
    assert (measured.received, measured.lost, measured.foreign) == (198, 2, 2)
    assert (measured.address_changes, measured.remote) == (1, "198.51.100.66:6666")
    assert one.moves() == [("192.0.2.2:5000", "198.51.100.66:6666")]


@pytest.mark.parametrize(("ssrc", "ahead"), [(10, 1), (9, 17), (9, 0), (9, -1)])
def test_who_does_not_go_on_with_their_stream_waits_for_a_second_of_silence(ssrc: int, ahead: int) -> None:
    one = session()
    now = pump(one, range(1000, 1100))
    one.receive_rtp(rtp(1099 + ahead, ssrc=ssrc), STRANGER, now + 0.08)
    assert one.measure(now + 0.1).foreign == 1
    assert one.moves() == []


def test_a_stranger_who_knows_their_stream_cannot_take_it_while_it_flows() -> None:
    one = session()
    for number in range(200):
        one.receive_rtp(rtp(number), THEIRS, number * 0.02)
        one.receive_rtp(rtp(number + 1), STRANGER, number * 0.02 + 0.01)
    measured = one.measure(4.0)
    assert (measured.received, measured.foreign, measured.address_changes) == (200, 200, 0)


def test_sound_at_our_rtcp_port_is_the_wrong_port() -> None:
    one = session()
    for number in range(50):
        one.receive_rtcp(rtp(number), THEIRS, number * 0.02)
    measured = one.measure(1.0)
    assert (measured.one_way, measured.cause) == ("we_hear_nothing", "wrong-port")
    assert (measured.foreign, measured.malformed) == (50, 0)


def test_our_own_sound_come_back_is_no_wrong_port() -> None:
    one = session()
    for tick in range(50):
        for data in one.frames(tick * 0.02):
            one.receive_rtp(data, THEIRS, tick * 0.02)
    measured = one.measure(1.0)
    assert (measured.one_way, measured.cause, measured.foreign) == ("we_hear_nothing", "nothing-arrives", 50)


def test_silence_is_told_from_no_packets() -> None:
    one = session()
    pump(one, range(250), SILENCE)
    silent, nothing = one.measure(5.0), session().measure(5.0)
    assert (silent.one_way, silent.cause, silent.level_received_dbov) == (
        "we_hear_nothing",
        "arrives-silent",
        -72.2,
    )
    assert (nothing.one_way, nothing.cause, nothing.level_received_dbov) == (
        "we_hear_nothing",
        "nothing-arrives",
        None,
    )


def test_silence_after_the_answer_is_named_though_the_ringing_was_heard() -> None:
    one = session()
    rang = pump(one, range(250))
    one.answered()
    now = pump(one, range(250, 500), SILENCE, start=rang + 0.02)
    assert one.measure(now).cause == "arrives-silent"
    one.receive_rtp(rtp(500), THEIRS, now)
    assert one.measure(now).cause == "", "who spoke once is not silent"


def test_a_codec_nobody_agreed_on_is_no_sound() -> None:
    one = session()
    now = pump(one, range(100), kind=99)
    strange = one.measure(now)
    assert (strange.one_way, strange.cause, strange.mos) == ("we_hear_nothing", "unknown-codec", None)
    now = pump(one, range(100, 110), start=now + 0.02)
    assert (one.measure(now).one_way, one.measure(now).cause) == ("none", "")


def test_a_sequence_number_that_stands_is_named_and_no_firewall_is_blamed() -> None:
    one = session()
    for tick in range(300):
        one.receive_rtp(rtp(7), THEIRS, tick * 0.02)
    stuck = one.measure(6.0)
    assert (stuck.one_way, stuck.cause, stuck.ended) == ("we_hear_nothing", "repeats-only", False)
    assert (stuck.received, stuck.duplicated) == (1, 299)
    one.receive_rtp(rtp(8), THEIRS, 6.0)
    assert one.measure(6.0).one_way == "none"


def test_no_sound_agreed_on_is_said_so() -> None:
    one = session(replace(STREAM, sending=False, receiving=False))
    measured = one.measure(20.0)
    assert (measured.one_way, measured.cause) == ("unknown", "inactive")
    one.update(STREAM, 20.0)
    assert one.measure(21.0).cause == "nothing-arrives"


def test_sound_that_ended_is_not_said_never_to_have_come() -> None:
    one = session()
    now = pump(one, range(50))
    assert not one.measure(now).ended
    ended, never = one.measure(now + 6.0), session().measure(6.0)
    assert (ended.cause, never.cause) == ("nothing-arrives", "nothing-arrives")
    assert (ended.ended, never.ended) == (True, False)


def test_a_room_s_noise_is_not_silence() -> None:
    one = session()
    pump(one, range(250), encode("PCMA", [60, -60] * 80))
    assert one.measure(5.0).one_way == "none"


def test_a_silent_microphone_is_named_and_silence_on_purpose_is_not() -> None:
    for source, expected in (
        (Microphone(FrameQueue()), ("they_hear_nothing", "microphone-silent")),
        (source_named("silence"), ("none", "")),
    ):
        one = session(source=source)
        pump(one, range(250))
        measured = one.measure(5.0)
        assert (measured.one_way, measured.cause) == expected


@pytest.mark.parametrize(
    ("ours", "theirs", "cause"),
    [
        ("8.8.8.8", "10.1.2.3", "private-address-theirs"),
        ("192.168.1.7", "10.1.2.3", "nothing-arrives"),
        ("192.168.1.7", "8.8.8.8", "nothing-arrives"),
        ("127.0.0.1", "127.0.0.1", "nothing-arrives"),
        ("2001:4860::1", "fd00::1", "private-address-theirs"),
    ],
)
def test_a_private_address_of_theirs_is_named(ours: str, theirs: str, cause: str) -> None:
    assert session(replace(STREAM, remote_host=theirs), host=ours).measure(5.0).cause == cause


def test_a_late_start_counts_from_the_answer_and_not_from_the_ringing() -> None:
    for answered, cause in ((8.0, ""), (0.0, "late-start")):
        one = session()
        one.update(STREAM, answered)
        pump(one, range(50), start=8.1)
        assert one.measure(9.2).cause == cause


def test_sound_that_ends_in_mid_call_is_named_and_after_a_hold_there_is_time_again() -> None:
    one = session()
    pump(one, range(50))
    assert one.measure(5.0).one_way == "none"
    assert one.measure(7.0).cause == "nothing-arrives"
    one.update(replace(STREAM, receiving=False), 7.0)
    assert one.measure(60.0).one_way == "none"
    one.update(STREAM, 60.0)
    assert one.measure(61.0).one_way == "none"
    assert one.measure(66.0).one_way == "we_hear_nothing"


def test_listeners_of_our_side_hear_what_we_send_in_step_with_time() -> None:
    for ptime in (10, 20, 30, 60):
        one, listener = session(replace(STREAM, ptime_ms=ptime)), Listener()
        one.attach(listener, ours=True)
        pump(one, range(150))
        assert {len(pcm) for pcm in listener.heard} == {320}
        assert len(listener.heard) == pytest.approx(150, abs=3)
        assert all(map(any, listener.heard))
        one.update(replace(STREAM, ptime_ms=ptime, sending=False), 3.0)
        pump(one, range(150, 300), start=3.0)
        assert len(listener.heard) == pytest.approx(300, abs=4)
        assert not any(listener.heard[-1]), "while nothing is sent, silence keeps the time"
        one.detach(listener)
        pump(one, range(300, 310), start=6.0)
        assert len(listener.heard) == pytest.approx(300, abs=4)


def test_another_source_is_sent_from_the_next_frame_on() -> None:
    one = session(source=source_named("silence"))
    one.frames(0.0)
    one.change_source(source_named("tone"))
    (data,) = one.frames(0.02)
    assert data[12:] != SILENCE
    assert data[1] & 0x80, "a talk spurt begins with the marker bit"


def test_a_listener_does_not_change_when_we_send() -> None:
    one = session(replace(STREAM, ptime_ms=60))
    one.frames(0.0)
    one.played(0.0)
    assert one.next_due == pytest.approx(0.06)
    one.attach(Listener())
    assert one.next_due == pytest.approx(0.02)
    assert one.frames(0.02) == []
    one.played(0.02)
    assert one.next_due == pytest.approx(0.04)


def test_what_came_back_proves_that_they_hear() -> None:
    for returned, cause in ((80.0, ""), (3.0, "no-rtcp")):
        one = session()
        proof = LoopProof(delay_ms=120.0, attenuation_db=1.0, returned_percent=returned)
        one.prove = lambda proof=proof: proof  # type: ignore[misc]
        pump(one, range(700))
        measured = one.measure(14.0)
        assert (measured.loop, measured.cause) == (proof, cause)


@pytest.mark.parametrize("stands", [False, True])
def test_a_hold_is_no_loss_whether_or_not_their_timestamps_pass(stands: bool) -> None:
    one = session()
    now = pump(one, range(50))
    one.update(replace(STREAM, receiving=False), now)
    for tick in range(1, 500):
        one.frames(now + tick * 0.02)
        one.played(now + tick * 0.02)
    one.update(STREAM, now + 10)
    for number in range(50):
        timestamp = (50 + number + (0 if stands else 500)) * 160
        at = now + 10.02 + number * 0.02
        one.receive_rtp(build_packet(RtpPacket(8, 50 + number, timestamp, 9, LOUD)), THEIRS, at)
        one.played(at)
    measured = one.measure(now + 11)
    assert (measured.received, measured.lost, measured.late, measured.concealed) == (100, 0, 0, 0)
