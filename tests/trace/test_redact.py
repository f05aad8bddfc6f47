"""The digest response is masked where an entry is made, and nothing else is touched."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tccc_desk.trace.redact import masked

REST = b'username="gateway01", realm="r", nonce="n", uri="sip:d", '


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        (
            b'Authorization: Digest response="0123abcd", nc=1',
            b'Authorization: Digest response="********", nc=1',
        ),
        (b'authorization:Digest a=b,response="0123"', b'authorization:Digest a=b,response="****"'),
        (b'PROXY-AUTHORIZATION: Digest RESPONSE = "0123"', b'PROXY-AUTHORIZATION: Digest RESPONSE = "****"'),
        (b"Authorization: Digest response=0123,qop=auth", b"Authorization: Digest response=****,qop=auth"),
        (
            b'Authorization: Digest a=b,\r\n response="0123"',
            b'Authorization: Digest a=b,\r\n response="****"',
        ),
        (b'Authorization: Digest response="0123', b'Authorization: Digest response="****'),
        (b'Authorization: Digest response=""', b'Authorization: Digest response=""'),
    ],
)
def test_the_response_becomes_stars_of_its_length(sent: bytes, kept: bytes) -> None:
    assert masked(b"REGISTER sip:d SIP/2.0\r\n" + sent + b"\r\n\r\n") == (
        b"REGISTER sip:d SIP/2.0\r\n" + kept + b"\r\n\r\n"
    )


@pytest.mark.parametrize(
    "message",
    [
        b'SIP/2.0 401 Unauthorized\r\nWWW-Authenticate: Digest realm="r", nonce="n"\r\n\r\n',
        b'INFO sip:d SIP/2.0\r\nSubject: response="0123"\r\n\r\nresponse="0123"',
        b'OPTIONS sip:d SIP/2.0\r\nAuthorization: Digest username="a", cnonce="response-like"\r\n\r\n',
    ],
)
def test_other_text_stays(message: bytes) -> None:
    assert masked(message) == message


@given(st.binary(max_size=300), st.from_regex(rb"[0-9a-f]{32}", fullmatch=True))
def test_length_is_kept_whatever_surrounds_it(around: bytes, response: bytes) -> None:
    line = b"\r\nAuthorization: Digest " + REST + b'response="' + response + b'"\r\n'
    result = masked(around + line + around)
    assert len(result) == len(around + line + around)
    assert response not in result or response in around


def test_time_is_linear() -> None:
    began = time.process_time()
    masked(b"Authorization: " + b'response="' * 6000)
    masked(b"Authorization: Digest" + b"\r\n response = " * 5000)
    assert time.process_time() - began < 1.0
