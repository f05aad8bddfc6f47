from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tccc_desk.sdp.description import MalformedSdp, parse_description

FREESWITCH = b"""v=0\r
o=FreeSWITCH 1700000000 1700000001 IN IP4 203.0.113.9\r
s=FreeSWITCH\r
c=IN IP4 203.0.113.9\r
t=0 0\r
m=audio 24680 RTP/AVP 8 0 101 13\r
a=rtpmap:8 PCMA/8000\r
a=rtpmap:0 PCMU/8000\r
a=rtpmap:101 telephone-event/8000\r
a=fmtp:101 0-16\r
a=rtpmap:13 CN/8000\r
a=ptime:20\r
"""


def test_reads_what_a_switch_writes() -> None:
    description = parse_description(FREESWITCH)
    (audio,) = description.media
    assert (audio.media, audio.port, audio.protocol) == ("audio", 24680, "RTP/AVP")
    assert audio.formats == ("8", "0", "101", "13")
    assert audio.host == "203.0.113.9"
    assert audio.attribute("ptime") == "20"
    assert audio.values("rtpmap")[2] == "101 telephone-event/8000"


@pytest.mark.parametrize(
    "data",
    [
        FREESWITCH.replace(b"\r\n", b"\n"),
        FREESWITCH.replace(b"s=FreeSWITCH\r\n", b"").replace(b"t=0 0\r\n", b""),
        FREESWITCH.replace(b"t=0 0\r\n", b"t=0 0\r\nq=who knows\r\nZ=9\r\n\r\n"),
        FREESWITCH + b"\r\n\r\n",
        FREESWITCH.replace(b"audio", b"AUDIO").replace(b"RTP/AVP", b"rtp/avp"),
        FREESWITCH.replace(b"s=FreeSWITCH", b"s=\xff\xfe\xe4"),
        FREESWITCH.replace(b"203.0.113.9\r\nt", b"203.0.113.9/127\r\nt"),
    ],
)
def test_sloppy_descriptions_say_the_same(data: bytes) -> None:
    assert parse_description(data).media == parse_description(FREESWITCH).media


def test_a_media_level_address_wins_over_the_session_s() -> None:
    data = FREESWITCH.replace(b"a=ptime", b"c=IN IP6 2001:db8::7\r\na=ptime")
    assert parse_description(data).media[0].host == "2001:db8::7"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\r\n\r\n",
        b"hello",
        b"v=1\r\n",
        b"v=0\r\nv=0\r\n",
        b"o=- 1 1 IN IP4 x\r\nv=0\r\n",
        b"v=0\r\n=x\r\n",
        b"v=0\r\nno equals\r\n",
        b"v=0\r\nm=audio\r\n",
        b"v=0\r\nm=audio x RTP/AVP 8\r\n",
        b"v=0\r\nm=audio -1 RTP/AVP 8\r\n",
        b"v=0\r\nm=audio 65536 RTP/AVP 8\r\n",
        b"v=0\r\nm=audio " + b"9" * 5000 + b" RTP/AVP 8\r\n",
        "v=0\r\nm=audio \u0661\u0662 RTP/AVP 8\r\n".encode(),
        b"v=0\r\nm=audio 4000 RTP/AVP 8\x7f\r\n",
        b"v=0\r\nm=audio 4000 RTP/AVP " + b"8 " * 100 + b"\r\n",
        b"v=0\r\nc=IN IP4\r\n",
        b"v=0\r\nc=ATM IP4 1.2.3.4\r\n",
        b"v=0\r\nc=IN IP4 /127\r\n",
        b"v=0\r\nc=IN IP4 " + b"a" * 300 + b"\r\n",
        b"v=0\r\na=\0\r\n",
        b"v=0\r\n" + b"a=x\r\n" * 2000,
        b"v=0\r\n" + b"m=audio 4000 RTP/AVP 8\r\n" * 40,
        b"v=0\r\ns=" + b"x" * 40000,
    ],
)
def test_malformed_descriptions_are_refused(data: bytes) -> None:
    with pytest.raises(MalformedSdp):
        parse_description(data)


@given(st.binary(max_size=600) | st.text(max_size=300).map(lambda text: text.encode("utf-8", "replace")))
def test_random_bytes_never_raise_anything_else(data: bytes) -> None:
    for candidate in (data, b"v=0\r\n" + data, b"v=0\r\nm=" + data, b"v=0\r\nc=IN IP4 " + data):
        with suppress(MalformedSdp):
            parse_description(candidate)
