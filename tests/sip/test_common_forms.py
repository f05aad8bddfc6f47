"""The quick way through the codec judges like the full one: each text is given to both."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tccc_desk.sip.address import Address
from tccc_desk.sip.errors import RemoteProtocolError
from tccc_desk.sip.fields import read_headers
from tccc_desk.sip.headers import Headers
from tccc_desk.sip.message import parse_message
from tccc_desk.sip.startline import request_line, status_line
from tccc_desk.sip.uri import Uri
from tccc_desk.sip.via import Via

PIECES = (
    *("sip:", "sips:", "SIP:", "tel:", "<", ">", ";", "=", "@", ":", " ", "\t", ".", "..", "-", "_", "[::1]"),
    *("1400000001.tccc.qcloud.com", "192.0.2.10", "256.0.2.10", "192.0.2.010", "1.2.3", "a.", "host", "%41"),
    *("gateway01", "0", "5060", "59999", "60000", "65535", "65536", "99999", "00080", "lr", "transport"),
    *(
        "udp",
        "tag",
        ";tag=abc",
        ";TAG=abc",
        ";rport",
        ";rport=40123",
        ";received=192.0.2.1",
        ";branch=z9hG4bKx",
    ),
    *("SIP/2.0/UDP ", "SIP/2.0/udp ", "SIP/2.0/TCP", '"Name" ', "*", "é", "\udcff", "\x00", "a" * 256),
)
texts = st.lists(st.sampled_from(PIECES), max_size=12).map("".join)


def outcome(act: Callable[[], Any]) -> Any:
    try:
        return act()
    except RemoteProtocolError as error:
        return error.status


@settings(max_examples=400, deadline=None)
@given(texts)
@example("sip:a@192.0.2.010:5060;lr")
@example("sip:1.2.3")
@example("sip:a@host:65536")
@example("sips:a@host:60000;lr;lr=1")
def test_uri(text: str) -> None:
    assert outcome(lambda: Uri.parse(text)) == outcome(lambda: Uri._parse(text))


@settings(max_examples=400, deadline=None)
@given(texts)
@example("<sip:gateway01@1400000001.tccc.qcloud.com:5060;transport=tcp>;tag=abc")
@example("<sip:gateway01@192.0.2.10>;expires=300")
@example("<sip:host>;lr")
@example("<sip:host:65536>")
def test_address(text: str) -> None:
    both = outcome(lambda: Address.parse(text)), outcome(lambda: Address._parse(text.strip(" \t")))
    assert both[0] == both[1]
    checked = outcome(lambda: Address.check(text))
    assert checked == (both[0] if isinstance(both[0], int) else None)


PARAMETERS = (
    ";rport",
    ";rport=40123",
    ";rport=x",
    ";received=192.0.2.1",
    ";branch=z9hG4bKx",
    ";alias",
    ";ttl=1",
)


@settings(max_examples=400, deadline=None)
@given(
    st.lists(st.sampled_from(PARAMETERS), max_size=5).map("".join), st.sampled_from(("", ":5060", ":70000"))
)
@example(";branch=z9hG4bKx;rport;rport=1", "")
@example(";received=192.0.2.1;branch=z9hG4bKx;received=192.0.2.1", "")
@example(";rport;branch=z9hG4bKx;received=192.0.2.1", ":5060")
def test_via(tail: str, port: str) -> None:
    for text in (f"SIP/2.0/UDP 192.0.2.10{port}{tail}", f"sip / 2.0 / udp host {port}{tail}"):
        parsed = outcome(lambda text=text: Via.parse(text))
        assert parsed == outcome(lambda text=text: Via._parse(text))
        checked = outcome(lambda text=text: Via.check(text))
        assert checked == (parsed if isinstance(parsed, int) else None)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (
            "INVITE sip:02188886001@1400000001.tccc.qcloud.com SIP/2.0",
            "sip:02188886001@1400000001.tccc.qcloud.com",
        ),
        ("INVITE sip:[::1];lr;x=1 sip/2.0", "sip:[::1];lr;x=1"),
        ("INVITE sip:a@b  SIP/2.0", 400),
        ("INVITE sip:a@b:70000 SIP/2.0", 400),
        ("INVITE sip:a@b SIP/3.0", 505),
    ],
)
def test_request_line(line: str, said: str | int) -> None:
    found = outcome(lambda: request_line(line))
    assert found in (said, ("INVITE", said))


def test_status_line() -> None:
    assert status_line("SIP/2.0 200 OK") == (200, "OK")
    assert status_line("SIP/2.0 200 ") == status_line("SIP/2.0 200") == (200, "")
    assert outcome(lambda: status_line("SIP/2.0 700 Odd")) == 400


FIELDS = (
    *(
        "Max-Forwards: 70",
        "Max-Forwards: 255",
        "Max-Forwards: 256",
        "Max-Forwards: x",
        "X-Any : 1",
        "x\u00e9: 1",
    ),
    *(
        "Subject",
        "Subject: a\tb",
        "Subject: a\x01b",
        "Subject: a\n b",
        "Subject: a\r b",
        "NoColon",
        "bad name: 1",
    ),
    *(
        "From: <sip:a@b>;tag=2",
        "Route: <sip:b;lr>",
        "Supported: a",
        "Supported: b",
        "Contact: <sip:a@b>;expires=1",
    ),
)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(FIELDS), max_size=4))
@example(["Supported: a", "Supported: b"])
@example(["From: <sip:a@b>;tag=2"])
def test_a_plain_header_section_is_judged_like_a_folded_one(more: list[str]) -> None:
    """A fold in an unrelated field sends the whole section the long way; it changes nothing else."""
    lines = (
        *("OPTIONS sip:a@b SIP/2.0", "Via: SIP/2.0/UDP 192.0.2.10;branch=z9hG4bKx", "From: <sip:a@b>;tag=1"),
        *("To: <sip:a@b>", "Call-ID: c", "CSeq: 1 OPTIONS", *more),
    )
    plain = "\r\n".join((*lines, "X-End: a b", "", "")).encode()
    folded = "\r\n".join((*lines, "X-End: a", " b", "", "")).encode()
    assert outcome(lambda: parse_message(plain)) == outcome(lambda: parse_message(folded))


def test_no_header_lines() -> None:
    assert read_headers([]) == read_headers([], plain=True) == Headers()
