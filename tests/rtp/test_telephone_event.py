"""DTMF by RFC 4733: the schedule we send, the digits we hear."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tccc_desk.rtp.packet import MalformedPacket
from tccc_desk.rtp.telephone_event import (
    DIGITS,
    DigitReceiver,
    DigitSender,
    EventFrame,
    TelephoneEvent,
    build_event,
    parse_event,
)


def schedule(digits: str, samples: int = 160, frames: int = 400) -> list[EventFrame | None]:
    sender = DigitSender()
    sender.queue(digits)
    return [sender.frame(1000 + index * samples, samples) for index in range(frames)]


def test_the_payload_byte_for_byte() -> None:
    """Section 2.3: event, E R volume, duration."""
    assert build_event(TelephoneEvent(11, True, 10, 800)) == bytes.fromhex("0b8a0320")
    assert parse_event(bytes.fromhex("0b8a0320")) == TelephoneEvent(11, True, 10, 800)
    with pytest.raises(MalformedPacket):
        parse_event(b"\x01\x02\x03")


def test_one_digit_packet_by_packet() -> None:
    """A constant timestamp, a growing duration, the marker on the first, three ends (2.5.1)."""
    frames = [frame for frame in schedule("5") if frame is not None]
    events = [parse_event(frame.payload) for frame in frames]
    assert [event.duration for event in events] == [160, 320, 480, 640, 800, 800, 800]
    assert [event.end for event in events] == [False] * 4 + [True] * 3
    assert {event.event for event in events} == {5}
    assert [frame.marker for frame in frames] == [True] + [False] * 6
    assert {frame.timestamp for frame in frames} == {1000}
    assert "".join(frame.digit for frame in frames) == "5"


@pytest.mark.parametrize("samples", [80, 160, 240, 480])
def test_digits_are_apart_and_in_order_at_every_packet_time(samples: int) -> None:
    frames = schedule("19*#aD", samples, 800)
    assert "".join(frame.digit for frame in frames if frame) == "19*#AD"
    starts = [index for index, frame in enumerate(frames) if frame and frame.marker]
    ends = [
        index for index, frame in enumerate(frames) if frame and (index + 1 == 800 or not frames[index + 1])
    ]
    gaps = [(start - end - 1) * samples for start, end in zip(starts[1:], ends, strict=False)]
    assert all(640 <= gap < 640 + samples for gap in gaps), "at least 80 ms between two digits"


def test_a_comma_is_a_pause_of_two_seconds() -> None:
    frames = schedule("1,2")
    starts = [index for index, frame in enumerate(frames) if frame and frame.marker]
    pause = (starts[1] - starts[0] - 7) * 0.02
    assert 2.0 <= pause <= 2.15


def test_what_is_no_digit_is_refused_whole() -> None:
    sender = DigitSender()
    for wrong in ("12x", "1\r\n", "\u0661"):
        with pytest.raises(ValueError, match="digits"):
            sender.queue(wrong)
    assert not sender.busy
    assert sender.queue("1" * 1024)
    assert not sender.queue("2")


@given(st.text(DIGITS, max_size=12), st.randoms())
def test_digits_survive_loss_repeats_and_disorder(digits: str, chance: random.Random) -> None:
    """Of each digit at least one packet comes through, some twice, neighbours swapped."""
    receiver, heard, network = DigitReceiver(), "", []
    for frame in schedule(digits):
        if frame is not None and (frame.marker or chance.random() < 0.5):
            network += [frame] * chance.choice([1, 1, 2])
    for index in range(len(network) - 1):
        same = network[index].timestamp == network[index + 1].timestamp
        if same and chance.random() < 0.3:
            network[index], network[index + 1] = network[index + 1], network[index]
    for frame in network:
        heard += receiver.packet(frame.payload, frame.timestamp)
    assert heard == digits


def test_events_that_are_no_digits_are_ignored() -> None:
    receiver = DigitReceiver()
    for event in range(16, 256):
        assert receiver.packet(build_event(TelephoneEvent(event, False, 10, 160)), event) == ""


def test_a_key_held_for_a_minute_is_one_digit() -> None:
    """Section 2.5.1.3: segments of at most 65535 units that follow each other."""
    receiver, heard, timestamp = DigitReceiver(), "", 0
    for _ in range(7):
        for duration in (*range(160, 0xFFFF, 160), 0xFFFF):
            heard += receiver.packet(build_event(TelephoneEvent(3, False, 10, duration)), timestamp)
        timestamp += 0xFFFF
    heard += receiver.packet(build_event(TelephoneEvent(3, True, 10, 160)), timestamp)
    assert heard == "3"


def test_the_same_key_twice_is_two_digits_even_when_the_end_was_lost() -> None:
    receiver = DigitReceiver()
    event = build_event(TelephoneEvent(3, False, 10, 160))
    assert receiver.packet(event, 1000) + receiver.packet(event, 3000) == "33"
