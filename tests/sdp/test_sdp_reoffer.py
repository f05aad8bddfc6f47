"""Offers inside a session: the same streams in the same order, another direction, the next version."""

from __future__ import annotations

from tccc_desk.sdp.negotiate import answer_offer, make_offer, read_answer
from tccc_desk.sdp.reoffer import reoffer

HOST = "192.0.2.10"


def first() -> bytes:
    return make_offer(HOST, 20000, ("PCMA", "PCMU"), session_id=7, version=1)


def test_nothing_changed_is_the_same_octets() -> None:
    assert reoffer(first(), HOST, "sendrecv") == first()


def test_hold_and_resume_change_direction_and_version_only() -> None:
    held = reoffer(first(), HOST, "sendonly")
    assert held == first().replace(b"a=sendrecv", b"a=sendonly").replace(b"o=- 7 1 ", b"o=- 7 2 ")
    assert reoffer(held, HOST, "sendrecv") == first().replace(b"o=- 7 1 ", b"o=- 7 3 ")


def test_a_refused_stream_stays_refused_at_its_place() -> None:
    offer = first() + b"m=video 4000 RTP/AVP 31\r\n"
    answer, _ = answer_offer(offer, HOST, 20000, ("PCMA",), session_id=7, version=1)
    held = reoffer(answer, HOST, "sendonly")
    assert b"m=video 0 RTP/AVP 31\r\n" in held
    assert held.count(b"a=sendonly") == 1


def test_hold_survives_an_offer_of_theirs() -> None:
    answer, media = answer_offer(first(), HOST, 20000, ("PCMA",), session_id=7, version=1, wanted="sendonly")
    assert b"a=sendonly" in answer
    assert media.direction == "sendonly"
    assert read_answer(first(), answer).direction == "recvonly"
