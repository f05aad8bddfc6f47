"""G.722 by way of A-law: the codec, a session that speaks it, its one odd clock."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from tccc_desk.rtp.g711 import decode
from tccc_desk.rtp.g722 import G722Decoder, G722Encoder
from tccc_desk.rtp.packet import parse_packet
from tccc_desk.rtp.session import MediaSession
from tccc_desk.rtp.sources import Source, Tone, source_named
from tccc_desk.rtp.stream import Identity, Stream
from tccc_desk.sdp.negotiate import NegotiationFailed, answer_offer, make_offer, read_answer

US, THEM = ("192.0.2.1", 4000), ("192.0.2.2", 5000)
STREAM = Stream(THEM[0], THEM[1], THEM[1] + 1, "G722", 9, 20, 101, sending=True, receiving=True)


def session(remote: tuple[str, int], source: Source, ssrc: int) -> MediaSession:
    return MediaSession(
        replace(STREAM, remote_host=remote[0], remote_port=remote[1]),
        source_named(source),
        Identity(ssrc, 1, 1, "x"),
        started=0.0,
        wall_offset=0.0,
        random=lambda: 0.5,
    )


def test_a_tone_there_and_back_is_the_same_tone() -> None:
    tone, encoder, decoder = Tone(), G722Encoder(), G722Decoder()
    back = b"".join(decoder.decode(encoder.encode(tone.frame(160, "PCMA"))) for _ in range(50))
    assert len(back) == 8000
    heard = decode("PCMA", back)[4000:]
    total = sum(x * x for x in heard) / len(heard)
    real = sum(x * math.cos(2 * math.pi * n / 8) for n, x in enumerate(heard))
    imaginary = sum(x * math.sin(2 * math.pi * n / 8) for n, x in enumerate(heard))
    at_1_khz = 2 * (real * real + imaginary * imaginary) / len(heard) ** 2
    assert at_1_khz > 0.95 * total
    assert 10 * math.log10(total / 32768**2) == pytest.approx(-10, abs=1.5)


@pytest.mark.parametrize("damaged", [b"", b"\x00", bytes(range(256)) * 4])
def test_any_bytes_are_decoded(damaged: bytes) -> None:
    assert len(G722Decoder().decode(damaged)) == len(damaged)


def test_a_call_both_ways_measures_and_echoes_as_any_other() -> None:
    one, other = session(THEM, "tone", 1), session(US, "echo", 2)
    for tick in range(250):
        now = tick * 0.02
        for sender, receiver, source in ((one, other, US), (other, one, THEM)):
            for data in sender.frames(now):
                packet = parse_packet(data)
                assert (packet.payload_type, len(packet.payload)) == (9, 160)
                receiver.receive_rtp(data, source, now + 0.005)
            sender.played(now)
    measured = one.measure(5.0)
    assert (measured.codec, measured.received, measured.lost, measured.jitter_ms) == ("G722", 250, 0, 0.0)
    assert (measured.one_way, measured.late) == ("none", 0)
    assert measured.level_received_dbov == pytest.approx(-10, abs=2), "it came back over two legs of G.722"


def test_it_is_offered_only_when_asked_for() -> None:
    offer = make_offer("192.0.2.1", 4000, ("G722", "PCMA"), session_id=1, version=1)
    assert b"a=rtpmap:9 G722/8000\r\n" in offer
    answer, theirs = answer_offer(offer, "192.0.2.2", 5000, ("G722",), session_id=1, version=1)
    assert (theirs.codec, theirs.payload_type) == ("G722", 9)
    assert read_answer(offer, answer).codec == "G722"
    _, narrow = answer_offer(offer, "192.0.2.2", 5000, ("PCMA", "PCMU"), session_id=1, version=1)
    assert narrow.codec == "PCMA"
    only_wide = make_offer("192.0.2.1", 4000, ("G722",), session_id=1, version=1)
    with pytest.raises(NegotiationFailed):
        answer_offer(only_wide, "192.0.2.2", 5000, ("PCMA", "PCMU"), session_id=1, version=1)
