"""TCP framing (RFC 3261 18.3) and keep-alives (RFC 5626 3.5.1) by octets."""

from __future__ import annotations

import time

import pytest

from tccc_desk.sip.errors import RemoteProtocolError
from tccc_desk.sip.framing import PING, PONG, Framer, Ping, Pong

HEAD = b"OPTIONS sip:a@b SIP/2.0\r\nVia: SIP/2.0/TCP c\r\n"
EMPTY = HEAD + b"Content-Length: 0\r\n\r\n"
FULL = HEAD + b"l : \r\n 5\r\nX-Last: z\r\n\r\n\r\n\r\n\r"


def octet_by_octet(framer: Framer, data: bytes) -> list[bytes | Ping | Pong]:
    return [item for at in range(len(data)) for item in framer.feed(data[at : at + 1])]


def test_glued_messages_and_a_body_of_line_ends() -> None:
    assert Framer().feed(EMPTY + FULL + EMPTY) == [EMPTY, FULL, EMPTY]


def test_one_octet_at_a_time() -> None:
    assert octet_by_octet(Framer(), EMPTY + FULL + EMPTY) == [EMPTY, FULL, EMPTY]


def test_pings_and_pongs() -> None:
    framer = Framer()
    assert framer.feed(PING) == [Ping()]
    assert framer.feed(PONG) == [Pong()]
    assert Framer().feed(PING + PING + PONG + EMPTY + PING + EMPTY) == [
        *(Ping(), Ping(), Pong(), EMPTY),
        *(Ping(), EMPTY),
    ]


def test_a_ping_cut_in_two_is_still_answered() -> None:
    framer = Framer()
    assert framer.feed(b"\r\n") == [Pong()]
    assert framer.feed(b"\r\n" + EMPTY) == [Ping(), EMPTY]
    assert framer.feed(b"\r") == []
    assert framer.feed(b"\n\r") == [Pong()]
    assert framer.feed(b"\n") == [Ping()]
    assert framer.feed(PONG + EMPTY) == [Pong(), EMPTY]


def test_a_pong_before_a_message_is_no_half_ping() -> None:
    framer = Framer()
    assert framer.feed(PONG) == [Pong()]
    assert framer.feed(EMPTY) == [EMPTY]
    assert framer.feed(PONG) == [Pong()]


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        (b"", 400),
        (b"Content-Length: 0\r\nl: 0\r\n", 400),
        (b"Content-Length: \r\n", 400),
        (b"Content-Length: -1\r\n", 400),
        (b"Content-Length: 1, 1\r\n", 400),
        (b"Content-Length: \xb2\r\n", 400),
        (b"Content-Length: 65536\r\n", 513),
        (b"Content-Length: 65500\r\n", 513),
        (b"Content-Length: 99999999999999999999999999\r\n", 513),
        (b"X-Note: x\r\n Content-Length: 0\r\n", 400),
    ],
)
@pytest.mark.parametrize("whole", [True, False])
def test_no_way_to_tell_the_end(fields: bytes, status: int, whole: bool) -> None:
    framer = Framer()
    data = HEAD + fields + b"\r\n"
    with pytest.raises(RemoteProtocolError) as caught:
        framer.feed(data) if whole else octet_by_octet(framer, data)
    assert caught.value.status == status
    with pytest.raises(RemoteProtocolError):
        framer.feed(EMPTY)


def test_what_was_complete_before_the_fault_is_not_lost() -> None:
    framer = Framer()
    assert framer.feed(EMPTY + PING + HEAD + b"\r\n") == [EMPTY, Ping()]
    with pytest.raises(RemoteProtocolError):
        framer.feed(b"")


@pytest.mark.parametrize("limit", [64, 1000, 65536])
def test_a_header_section_without_end_is_bounded(limit: int) -> None:
    framer = Framer(limit)
    line = b"X-Endless: x\r\n"
    for _ in range((limit - 1) // len(line)):
        assert framer.feed(line) == []
    with pytest.raises(RemoteProtocolError) as caught:
        framer.feed(line)
    assert caught.value.status == 513


def test_a_message_of_exactly_the_limit_passes() -> None:
    assert Framer(len(EMPTY)).feed(EMPTY) == [EMPTY]
    with pytest.raises(RemoteProtocolError):
        Framer(len(EMPTY) - 1).feed(EMPTY)


def test_the_work_does_not_depend_on_the_segments() -> None:
    large = HEAD + b"X-Large: " + b"x" * 60000 + b"\r\nContent-Length: 4000\r\n\r\n" + b"y" * 4000
    framer = Framer()
    start = time.process_time()
    assert octet_by_octet(framer, large * 4) == [large] * 4
    assert Framer(2**17).feed(PING * 100_000 + EMPTY * 2000)[-1] == EMPTY
    assert time.process_time() - start < 5
