"""Offer and answer, RFC 3264; the audio descriptions are what switches and phones really send."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tccc_desk.sdp.description import parse_description
from tccc_desk.sdp.negotiate import (
    MediaParameters,
    NegotiationFailed,
    answer_offer,
    make_offer,
    read_answer,
)

HOST = "192.0.2.10"
BOTH = ("PCMA", "PCMU")


def offer(*media: str, session: str = "c=IN IP4 203.0.113.9") -> bytes:
    lines = ["v=0", "o=- 7 7 IN IP4 203.0.113.9", "s=-", session, "t=0 0", *media]
    return "".join(f"{line}\r\n" for line in lines).encode()


def answered(data: bytes, codecs: tuple[str, ...] = BOTH) -> tuple[bytes, MediaParameters]:
    return answer_offer(data, HOST, 4000, codecs, session_id=1, version=2)


def ours(codecs: tuple[str, ...] = BOTH) -> bytes:
    return make_offer(HOST, 4000, codecs, session_id=1, version=1)


def test_our_offer_byte_for_byte() -> None:
    assert ours() == (
        b"v=0\r\no=- 1 1 IN IP4 192.0.2.10\r\ns=-\r\nc=IN IP4 192.0.2.10\r\nt=0 0\r\n"
        b"m=audio 4000 RTP/AVP 8 0 101\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:0 PCMU/8000\r\n"
        b"a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-16\r\na=ptime:20\r\na=sendrecv\r\n"
    )
    assert len(ours()) < 260, "an INVITE over UDP has 1,300 bytes for everything (RFC 3261 18.1.1)"


def test_our_offer_over_ipv6_and_in_the_order_wanted() -> None:
    data = make_offer("2001:db8::1", 4000, ("g729", "pcmu", "PCMA", "PCMU"), session_id=1, version=1)
    assert b"c=IN IP6 2001:db8::1\r\n" in data
    assert b"m=audio 4000 RTP/AVP 0 8 101\r\n" in data


def test_an_offer_without_a_codec_is_our_bug() -> None:
    with pytest.raises(ValueError, match="codec"):
        make_offer(HOST, 4000, ("G729",), session_id=1, version=1)


def test_both_sides_agree_on_what_they_negotiated() -> None:
    data, theirs = answer_offer(ours(), "192.0.2.20", 5000, ("PCMU", "PCMA"), session_id=2, version=1)
    mine = read_answer(ours(), data)
    assert (mine.codec, mine.payload_type, mine.telephone_event) == ("PCMA", 8, 101)
    assert (theirs.codec, theirs.payload_type, theirs.telephone_event) == ("PCMA", 8, 101)
    assert (mine.remote_host, mine.remote_port, mine.remote_rtcp_port) == ("192.0.2.20", 5000, 5001)
    assert (theirs.remote_host, theirs.remote_port, theirs.remote_rtcp_port) == (HOST, 4000, 4001)
    assert mine.direction == theirs.direction == "sendrecv"


def test_static_types_need_no_rtpmap() -> None:
    _, parameters = answered(offer("m=audio 4002 RTP/AVP 18 0 8"))
    assert (parameters.codec, parameters.payload_type) == ("PCMU", 0)
    assert parameters.telephone_event is None


def test_a_dynamic_type_may_mean_g711() -> None:
    data, parameters = answered(offer("m=audio 4002 RTP/AVP 97", "a=rtpmap:97 pcma/8000/1"))
    assert (parameters.codec, parameters.payload_type) == ("PCMA", 97)
    assert b"m=audio 4000 RTP/AVP 97\r\na=rtpmap:97 PCMA/8000\r\n" in data


def test_an_rtpmap_wins_over_the_static_meaning() -> None:
    with pytest.raises(NegotiationFailed, match="no-common-codec"):
        answered(offer("m=audio 4002 RTP/AVP 8", "a=rtpmap:8 G729/8000"))


@pytest.mark.parametrize("rate", ["16000", "8000/2"])
def test_another_rate_or_stereo_is_another_codec(rate: str) -> None:
    with pytest.raises(NegotiationFailed, match="no-common-codec"):
        answered(offer("m=audio 4002 RTP/AVP 96", f"a=rtpmap:96 PCMA/{rate}"))


def test_only_what_the_trunk_allows_is_taken() -> None:
    _, parameters = answered(offer("m=audio 4002 RTP/AVP 0 8"), ("PCMA",))
    assert parameters.codec == "PCMA"
    with pytest.raises(NegotiationFailed) as failure:
        answered(offer("m=audio 4002 RTP/AVP 0"), ("PCMA",))
    assert (failure.value.why, failure.value.status) == ("no-common-codec", 488)


def test_other_streams_are_refused_at_their_place() -> None:
    """RFC 3264 section 6: as many m= lines in the answer as in the offer, in the same order."""
    data, parameters = answered(
        offer(
            "m=video 4010 RTP/AVP 96",
            "m=audio 4020 RTP/SAVP 8",
            "m=audio 0 RTP/AVP 8",
            "m=audio 4030 RTP/AVP 18",
            "m=audio 4040 RTP/AVP 8 101",
            "a=rtpmap:101 telephone-event/8000",
            "m=audio 4050 RTP/AVP 8",
            "m=image 4060 udptl t38",
        )
    )
    lines = [line for line in data.decode().split("\r\n") if line.startswith("m=")]
    assert lines == [
        "m=video 0 RTP/AVP 96",
        "m=audio 0 RTP/SAVP 8",
        "m=audio 0 RTP/AVP 8",
        "m=audio 0 RTP/AVP 18",
        "m=audio 4000 RTP/AVP 8 101",
        "m=audio 0 RTP/AVP 8",
        "m=image 0 UDPTL t38",
    ]
    assert parameters.remote_port == 4040


@pytest.mark.parametrize(
    ("media", "why", "status"),
    [
        (("m=audio 4002 RTP/SAVP 8",), "no-audio", 488),
        (("m=audio 4002 UDP/TLS/RTP/SAVPF 8",), "no-audio", 488),
        (("m=video 4002 RTP/AVP 96",), "no-audio", 488),
        (("m=audio 0 RTP/AVP 8",), "no-audio", 488),
        ((), "no-audio", 488),
        (("m=audio 4002 RTP/AVP 18 4",), "no-common-codec", 488),
        (("m=audio 4002 RTP/AVP",), "bad-sdp", 400),
        (("m=audio 4002 RTP/AVP 8", "c=IN IP4 239.1.2.3/127"), "no-audio", 488),
        (("m=audio 4002 RTP/AVP 8", "c=IN IP6 2001:db8::5"), "no-audio", 488),
    ],
)
def test_offers_that_cannot_be_taken(media: tuple[str, ...], why: str, status: int) -> None:
    with pytest.raises(NegotiationFailed) as failure:
        answered(offer(*media))
    assert (failure.value.why, failure.value.status) == (why, status)


def test_audio_without_any_address_is_bad() -> None:
    with pytest.raises(NegotiationFailed) as failure:
        answered(b"v=0\r\nm=audio 4002 RTP/AVP 8\r\n")
    assert (failure.value.why, failure.value.status) == ("bad-sdp", 400)


@pytest.mark.parametrize(
    ("theirs", "mine"),
    [("sendrecv", "sendrecv"), ("sendonly", "recvonly"), ("recvonly", "sendonly"), ("inactive", "inactive")],
)
def test_direction_is_answered_in_reverse(theirs: str, mine: str) -> None:
    """RFC 3264 6.1; the attribute counts at media level, else at session level."""
    for data in (
        offer("m=audio 4002 RTP/AVP 8", f"a={theirs}"),
        offer(f"a={theirs}", "m=audio 4002 RTP/AVP 8"),
        offer("a=inactive", "m=audio 4002 RTP/AVP 8", f"a={theirs}"),
    ):
        answer, parameters = answered(data)
        assert parameters.direction == mine
        assert f"a={mine}\r\n".encode() in answer
        assert read_answer(ours(), answer).direction == theirs


@pytest.mark.parametrize(("attribute", "mine"), [("sendrecv", "recvonly"), ("recvonly", "inactive")])
def test_the_old_way_of_hold(attribute: str, mine: str) -> None:
    """RFC 3264 8.4: c=0.0.0.0 means that nothing may be sent there."""
    data = offer("m=audio 4002 RTP/AVP 8", f"a={attribute}", session="c=IN IP4 0.0.0.0")
    _, parameters = answered(data)
    assert parameters.direction == mine
    assert parameters.remote_host == "0.0.0.0"


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ((), 20),
        (("a=ptime:30",), 30),
        (("a=ptime:20.0",), 20),
        (("a=ptime:5",), 10),
        (("a=ptime:25",), 20),
        (("a=ptime:0",), 20),
        (("a=ptime:soon",), 20),
        (("a=ptime:200",), 60),
        (("a=ptime:40", "a=maxptime:30"), 30),
        (("a=maxptime:10",), 10),
        (("a=ptime:" + "9" * 400,), 20),
    ],
)
def test_packet_time(lines: tuple[str, ...], expected: int) -> None:
    _, parameters = answered(offer("m=audio 4002 RTP/AVP 8", *lines))
    assert parameters.ptime_ms == expected


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ((), 4003),
        (("a=rtcp:53020",), 53020),
        (("a=rtcp:53020 IN IP4 203.0.113.9",), 53020),
        (("a=rtcp:none",), 4003),
        (("a=rtcp:70000",), 4003),
    ],
)
def test_rtcp_port(lines: tuple[str, ...], expected: int) -> None:
    """RFC 3605."""
    _, parameters = answered(offer("m=audio 4002 RTP/AVP 8", *lines))
    assert parameters.remote_rtcp_port == expected


def test_the_last_port_has_no_rtcp_beside_it() -> None:
    assert answered(offer("m=audio 65535 RTP/AVP 8"))[1].remote_rtcp_port == 0


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (("a=rtpmap:96 telephone-event/8000",), 96),
        (("a=rtpmap:96 telephone-event/8000", "a=fmtp:96 0-15"), 96),
        (("a=rtpmap:96 telephone-event/8000", "a=fmtp:96 0-11,16"), 96),
        (("a=rtpmap:96 Telephone-Event/8000", "a=fmtp:96"), 96),
        (("a=rtpmap:96 telephone-event/8000", "a=fmtp:96 32-36"), None),
        (("a=rtpmap:96 telephone-event/8000", "a=fmtp:8 annexb=no", "a=fmtp:96 0-15"), 96),
        (("a=rtpmap:96 telephone-event/8000", "a=fmtp:96 events=all"), 96),
        (("a=rtpmap:96", "a=rtpmap:x y z", "a=rtpmap:200 PCMA/8000", "a=rtpmap:96 PCMA/"), None),
        (("a=rtpmap:96 telephone-event/16000",), None),
        (("a=rtpmap:97 telephone-event/8000",), None),
        (("a=rtpmap:96",), None),
    ],
)
def test_telephone_event(lines: tuple[str, ...], expected: int | None) -> None:
    _, parameters = answered(offer("m=audio 4002 RTP/AVP 8 96", *lines))
    assert parameters.telephone_event == expected


def test_their_answer_may_number_events_its_own_way() -> None:
    """RFC 3264 section 6: types in the answer are what they receive, ours stay what we receive."""
    answer = offer("m=audio 4002 RTP/AVP 8 96", "a=rtpmap:96 telephone-event/8000")
    parameters = read_answer(ours(), answer)
    assert parameters.telephone_event == 96
    assert (101, "telephone-event") in parameters.receive_types


@pytest.mark.parametrize(
    ("media", "why"),
    [
        (("m=audio 0 RTP/AVP 8",), "no-audio"),
        (("m=video 4002 RTP/AVP 8",), "no-audio"),
        (("m=audio 4002 RTP/SAVP 8",), "no-audio"),
        ((), "no-audio"),
        (("m=audio 4002 RTP/AVP 18",), "no-common-codec"),
        (("m=audio nonsense",), "bad-sdp"),
    ],
)
def test_answers_that_settle_nothing(media: tuple[str, ...], why: str) -> None:
    with pytest.raises(NegotiationFailed) as failure:
        read_answer(ours(), offer(*media))
    assert failure.value.why == why


def test_a_codec_we_did_not_offer_is_not_taken() -> None:
    with pytest.raises(NegotiationFailed, match="no-common-codec"):
        read_answer(ours(("PCMA",)), offer("m=audio 4002 RTP/AVP 0"))


LINES = st.sampled_from(
    [
        "m=audio 4002 RTP/AVP 8 0 101",
        "m=audio 0 RTP/AVP 0",
        "m=video 9 RTP/AVP 96",
        "c=IN IP4 0.0.0.0",
        "c=IN IP6 ::",
        "c=IN IP4 gw.example.com",
        "a=rtpmap:101 telephone-event/8000",
        "a=rtpmap:101",
        "a=rtpmap: /",
        "a=fmtp:101 -,9-1",
        "a=ptime:-1",
        "a=rtcp:",
        "a=inactive",
        "a=sendonly:x",
        "b=AS:64",
    ]
) | st.text(st.characters(codec="utf-8", exclude_characters="\r\n"), max_size=30)


@given(st.lists(LINES, max_size=12))
def test_whatever_comes_is_answered_or_refused(lines: list[str]) -> None:
    data = offer(*lines)
    try:
        answer, parameters = answered(data)
    except NegotiationFailed:
        return
    assert parameters.ptime_ms in range(10, 70, 10)
    assert 0 <= parameters.remote_rtcp_port <= 65535
    again = parse_description(answer)
    assert len(again.media) == len(parse_description(data).media)
    assert sum(1 for media in again.media if media.port) == 1
    with suppress(NegotiationFailed):
        read_answer(ours(), data)


def test_our_own_offer_without_audio_is_no_offer_to_answer() -> None:
    with pytest.raises(NegotiationFailed, match="holds no audio"):
        read_answer(offer("m=video 4002 RTP/AVP 96"), offer("m=audio 4002 RTP/AVP 8"))


def test_an_offer_without_telephone_event_leaves_the_digits_out() -> None:
    without = b"".join(line for line in ours().splitlines(keepends=True) if b"101" not in line)
    mine = without.replace(b"t=0 0\r\n", b"t=0 0\r\nm=audio 4000 RTP/AVP 8 0\r\n")
    agreed = read_answer(mine, offer("m=audio 4002 RTP/AVP 8 101", "a=rtpmap:101 telephone-event/8000"))
    assert agreed.telephone_event is None


def test_a_host_name_of_ours_is_not_compared_with_their_address_family() -> None:
    _, agreed = answer_offer(
        offer("m=audio 4002 RTP/AVP 8"), "desk.example", 4000, BOTH, session_id=1, version=1
    )
    assert agreed.remote_host == "203.0.113.9"


def test_a_host_name_in_their_description_is_kept_as_it_is() -> None:
    _, agreed = answered(offer("m=audio 4002 RTP/AVP 8", session="c=IN IP4 media.example"))
    assert agreed.remote_host == "media.example"
