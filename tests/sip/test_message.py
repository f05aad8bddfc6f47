"""Messages by wire bytes: what is read, what is refused, what is written."""

from __future__ import annotations

import pytest

from tccc_desk.sip.errors import EXCERPT_LIMIT, LocalProtocolError, ProtocolError, RemoteProtocolError
from tccc_desk.sip.headers import Headers
from tccc_desk.sip.message import (
    MESSAGE_LIMIT,
    Request,
    Response,
    cseq,
    encode_message,
    from_address,
    parse_message,
    response_to,
    salvage,
    to_address,
    top_via,
)

OPTIONS = (
    b"OPTIONS sip:gw7@trunk.example SIP/2.0\r\n"
    b"Via: SIP/2.0/UDP 198.51.100.7:5070;branch=z9hG4bK-1;rport\r\n"
    b"Max-Forwards: 70\r\n"
    b"From: <sip:02160001@trunk.example>;tag=a1\r\n"
    b"To: <sip:88001@trunk.example>\r\n"
    b"Call-ID: one@198.51.100.7\r\n"
    b"CSeq: 7 OPTIONS\r\n"
    b"Content-Length: 4\r\n"
    b"\r\n"
    b"body"
)
RINGING = (
    b"SIP/2.0 180 Ringing\r\n"
    b"v: SIP/2.0/UDP 198.51.100.7:5070;branch=z9hG4bK-1;rport=5070;received=203.0.113.9\r\n"
    b"f: <sip:02160001@trunk.example>;tag=a1\r\n"
    b"t: <sip:88001@trunk.example>;tag=b2\r\n"
    b"i: one@198.51.100.7\r\n"
    b"CSeq: 7 INVITE\r\n"
    b"l: 0\r\n"
    b"\r\n"
)


def changed(old: bytes, new: bytes, base: bytes = OPTIONS) -> bytes:
    assert old in base
    return base.replace(old, new)


def test_a_request_is_read() -> None:
    message = parse_message(OPTIONS)
    assert isinstance(message, Request)
    assert (message.method, message.uri, message.body) == ("OPTIONS", "sip:gw7@trunk.example", b"body")
    assert cseq(message) == (7, "OPTIONS")
    assert top_via(message).branch == "z9hG4bK-1"
    assert top_via(message).wants_rport
    assert from_address(message).tag == "a1"
    assert to_address(message).tag == ""
    assert encode_message(message) == OPTIONS


def test_a_response_with_compact_names_is_read() -> None:
    message = parse_message(RINGING)
    assert isinstance(message, Response)
    assert (message.status, message.reason, message.body) == (180, "Ringing", b"")
    assert [name for name, _ in message.headers] == ["Via", "From", "To", "Call-ID", "CSeq", "Content-Length"]
    assert (top_via(message).rport, top_via(message).received) == (5070, "203.0.113.9")


@pytest.mark.parametrize(
    "data",
    [
        b"\r\n\r\n\r\n" + OPTIONS,
        changed(b"SIP/2.0\r\n", b"sIp/2.0\r\n"),
        changed(b"Max-Forwards: 70\r\n", b""),
        changed(b"Max-Forwards: 70", b"Max-Forwards: 255"),
        changed(b"Max-Forwards: 70", b"Max-Forwards: 0070"),
        changed(b"CSeq: 7", b"CSeq: 2147483647"),
        changed(b"CSeq: 7 ", b"CSeq:\t0000000000000000000007 \t "),
        changed(b"Content-Length: 4\r\n", b""),
        changed(b"Content-Length: 4", b"CONTENT-LENGTH \t:\t4"),
        changed(b"Content-Length: 4", b"Content-Length:\r\n\t4"),
        changed(b"\r\n\r\nbody", b"\r\n\r\nbody and more"),
        changed(b"To: ", b"X-Latin: Stra\xdfe \xe9\r\nTo: "),
        changed(b"To: ", b"X-Empty:\r\nTo: "),
        changed(b"To: ", b'Contact: <sip:a@b>, "x, y" <sip:c@d>;q=1\r\nContact: sip:e@f\r\nTo: '),
        changed(b"To: ", b"Server: one\r\nServer: two\r\nTo: "),
        changed(b":5070;", b":65535;"),
    ],
)
def test_odd_but_legal(data: bytes) -> None:
    message = parse_message(data)
    assert isinstance(message, Request)
    assert message.body.startswith(b"body")
    again = parse_message(encode_message(message))
    assert again == parse_message(encode_message(again))


REFUSED: tuple[tuple[str, bytes, int], ...] = (
    ("empty", b"", 400),
    ("blank lines only", b"\r\n\r\n\r\n\r\n", 400),
    ("no end of headers", changed(b"\r\n\r\nbody", b"\r\n"), 400),
    ("binary", bytes(range(256)) * 4, 400),
    ("http", changed(b"SIP/2.0\r\n", b"HTTP/1.1\r\n"), 400),
    ("version", changed(b"SIP/2.0\r\n", b"SIP/2.1\r\n"), 505),
    ("version of a response", changed(b"SIP/2.0 180", b"SIP/1.0 180", RINGING), 505),
    ("no version", changed(b" SIP/2.0\r\n", b"\r\n"), 400),
    ("version without number", changed(b"SIP/2.0\r\n", b"SIP/two\r\n"), 400),
    ("method not a token", changed(b"OPTIONS sip", b"OPT(ONS sip"), 400),
    ("tab in the request line", changed(b"OPTIONS sip", b"OPTIONS\tsip"), 400),
    ("leading space", b" " + OPTIONS, 400),
    ("folded start line", changed(b"SIP/2.0\r\n", b"SIP/2.0\r\n folded\r\n"), 400),
    ("relative uri", changed(b"sip:gw7@trunk.example S", b"gw7@trunk.example S"), 400),
    ("port of the uri", changed(b"trunk.example S", b"trunk.example:65536 S"), 400),
    ("control in the uri", changed(b"sip:gw7@", b"sip:gw\x007@"), 400),
    ("lone LF ends a line", changed(b"70\r\n", b"70\n"), 400),
    ("lone CR ends a line", changed(b"70\r\n", b"70\r"), 400),
    ("NUL in a value", changed(b"Max-", b"X-Note: a\x00b\r\nMax-"), 400),
    ("DEL in a value", changed(b"Max-", b"X-Note: a\x7fb\r\nMax-"), 400),
    ("NUL in quotes", changed(b"To: ", b'To: "a\x00b" '), 400),
    ("NUL behind quotes", changed(b"To: ", b'X-Note: "a\\\x00" \x00\r\nTo: '), 400),
    ("NUL in open quotes", changed(b"To: ", b'X-Note: "\\\x00\r\nTo: '), 400),
    ("escaped CR", changed(b"To: ", b'To: "a\\\rb" '), 400),
    ("escaped LF", changed(b"To: ", b'To: "a\\\nb" '), 400),
    ("escaped backslash, then NUL", changed(b"To: ", b'To: "a\\\\\x00b" '), 400),
    ("line without colon", changed(b"Max-Forwards: 70", b"Max-Forwards 70"), 400),
    ("name not a token", changed(b"Max-Forwards: 70", b"Max Forwards: 70"), 400),
    ("empty name", changed(b"Max-Forwards: 70", b": 70"), 400),
    ("no Via", changed(b"Via", b"X-Via"), 400),
    ("no To", changed(b"To:", b"X-To:"), 400),
    ("no CSeq", changed(b"CSeq:", b"X-CSeq:"), 400),
    ("To twice", changed(b"To: ", b"To: <sip:x@y>\r\nTo: "), 400),
    ("To twice, once short", changed(b"To: ", b"t: <sip:x@y>\r\nTo: "), 400),
    ("two in From", changed(b"tag=a1", b"tag=a1, <sip:x@y>"), 400),
    ("two tags", changed(b"tag=a1", b"tag=a1;TAG=a2"), 400),
    ("empty tag", changed(b"tag=a1", b"tag="), 400),
    ("Call-ID with a space", changed(b"one@", b"one two@"), 400),
    ("empty Call-ID", changed(b"one@198.51.100.7", b""), 400),
    ("CSeq negative", changed(b"CSeq: 7", b"CSeq: -7"), 400),
    ("CSeq 2^31", changed(b"CSeq: 7", b"CSeq: 2147483648"), 400),
    ("CSeq in Arabic digits", changed(b"CSeq: 7", "CSeq: ٧".encode()), 400),
    ("CSeq with a sign", changed(b"CSeq: 7", b"CSeq: +7"), 400),
    ("CSeq with underscore", changed(b"CSeq: 7", b"CSeq: 1_0"), 400),
    ("CSeq of 10000 digits", changed(b"CSeq: 7", b"CSeq: " + b"0" * 7990 + b"7"), 400),
    ("CSeq without method", changed(b"7 OPTIONS", b"7"), 400),
    ("CSeq other method", changed(b"7 OPTIONS", b"7 options"), 400),
    ("Max-Forwards 256", changed(b": 70", b": 256"), 400),
    ("Max-Forwards a word", changed(b": 70", b": many"), 400),
    ("Via without address", changed(b"UDP 198.51.100.7:5070;", b"UDP ;"), 400),
    ("Via list with a hole", changed(b";rport\r\n", b";rport,,SIP/2.0/UDP a\r\n"), 400),
    ("Via of another version", changed(b"Via: SIP/2.0", b"Via: SIP/2.1"), 400),
    ("Via port", changed(b":5070;", b":99999;"), 400),
    ("Via rport", changed(b";rport", b";rport=x"), 400),
    ("Content-Length twice", changed(b"Content-Length: 4", b"l: 4\r\nContent-Length: 4"), 400),
    ("Content-Length list", changed(b"Length: 4", b"Length: 4, 4"), 400),
    ("Content-Length hex", changed(b"Length: 4", b"Length: 0x4"), 400),
    ("Content-Length too large", changed(b"Length: 4", b"Length: 5"), 400),
    ("Content-Length 10^30", changed(b"Length: 4", b"Length: 1" + b"0" * 30), 513),
    ("star in OPTIONS", changed(b"To: ", b"Contact: *\r\nTo: "), 400),
    ("star and another", changed(b"To: ", b"Contact: *, <sip:a@b>\r\nTo: "), 400),
    ("Contact empty", changed(b"To: ", b"Contact:\r\nTo: "), 400),
    ("Contact broken", changed(b"To: ", b"Contact: <sip:a@b\r\nTo: "), 400),
    ("Route without brackets end", changed(b"To: ", b"Route: <sip:a;lr>, sip:b@\r\nTo: "), 400),
    ("status 99", changed(b"180", b"099", RINGING), 400),
    ("status 700", changed(b"180", b"700", RINGING), 400),
    ("status 18", changed(b"180", b"18", RINGING), 400),
    ("status with sign", changed(b"180", b"+18", RINGING), 400),
    ("status in other digits", changed(b"180", "１８０".encode(), RINGING), 400),
    ("two spaces before the status", changed(b"2.0 180", b"2.0  180", RINGING), 400),
    ("control in the reason", changed(b"Ringing", b"Ring\x1b[2J", RINGING), 400),
    ("start line too long", changed(b"sip:gw7@", b"sip:" + b"g" * 9000 + b"@"), 414),
    ("header too long", changed(b"70\r\n", b"70\r\nX-Note: " + b"x" * 9000 + b"\r\n"), 513),
    ("folded header too long", changed(b"70\r\n", b"70\r\nX-Note:" + b"\r\n x" * 9000 + b"\r\n"), 513),
    ("too many headers", changed(b"70\r\n", b"70\r\n" + b"X: y\r\n" * 300), 513),
    ("too large", OPTIONS + b"x" * MESSAGE_LIMIT, 513),
)


@pytest.mark.parametrize(("data", "status"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_refused(data: bytes, status: int) -> None:
    with pytest.raises(RemoteProtocolError) as caught:
        parse_message(data)
    assert caught.value.status == status
    assert len(caught.value.excerpt) <= EXCERPT_LIMIT
    assert str(caught.value).startswith(caught.value.message)
    salvage(data)  # never raises


def test_contact_star_stands_alone_in_register() -> None:
    register = OPTIONS.replace(b"OPTIONS", b"REGISTER").replace(b"To: ", b"m: *\r\nExpires: 0\r\nTo: ")
    assert parse_message(register).headers.all("Contact") == ("*",)
    with pytest.raises(RemoteProtocolError):
        parse_message(register.replace(b"m: *", b"m: *\r\nm: <sip:a@b>"))


def test_a_response_survives_somebody_elses_broken_contact() -> None:
    message = parse_message(changed(b"CSeq", b"Contact: <<<, ;;\r\nMax-Forwards: x\r\nCSeq", RINGING))
    assert message.headers.get("Contact") == "<<<, ;;"


def test_a_status_line_may_lack_the_last_space() -> None:
    message = parse_message(changed(b"180 Ringing", b"180", RINGING))
    assert isinstance(message, Response)
    assert (message.status, message.reason) == (180, "")


def test_the_base_error_takes_no_blame() -> None:
    with pytest.raises(TypeError):
        ProtocolError("whose fault?")
    error = RemoteProtocolError("odd", excerpt=b"x" * 200, section="RFC 3261 7")
    assert (len(error.excerpt), str(error), error.status) == (64, "odd (RFC 3261 7)", 400)
    assert str(RemoteProtocolError("odd")) == "odd"


GOOD = Headers([("Via", "SIP/2.0/UDP a"), ("X-Note", "a\tb")])


@pytest.mark.parametrize(
    "message",
    [
        Request("INV ITE", "sip:a@b", GOOD),
        Request("", "sip:a@b", GOOD),
        Request("INVITE\r\nX: y", "sip:a@b", GOOD),
        Request("INVITE", "", GOOD),
        Request("INVITE", "sip:a@b\r\nX: y", GOOD),
        Request("INVITE", "sip:a@b c", GOOD),
        Request("INVITE", "sip:a\0@b", GOOD),
        Request("INVITE", "sip:a@b\t", GOOD),
        Request("INVITE", "<sip:a@b>", GOOD),
        Request("INVITE", "sip:\ud800@b", GOOD),
        Response(99, "", GOOD),
        Response(700, "", GOOD),
        Response(200, "OK\r\nX: y", GOOD),
        Response(200, "O\0K", GOOD),
        *(
            Response(200, "OK", GOOD.add("X-Note", f"a{chr(code)}b"))
            for code in [*range(9), *range(10, 32), 127]
        ),
        Response(200, "OK", GOOD.add("X Note", "a")),
        Response(200, "OK", GOOD.add("X:", "a")),
        Response(200, "OK", GOOD.add("X\r\nY", "a")),
        Response(200, "OK", GOOD.add("", "a")),
        Response(200, "OK", GOOD.add("X-Né", "a")),
    ],
    ids=repr,
)
def test_never_written(message: Request | Response) -> None:
    with pytest.raises(LocalProtocolError):
        encode_message(message)


def test_content_length_is_always_that_of_the_body() -> None:
    wrong = Headers([("l", "99"), ("Content-Length", "98"), ("X-Last", "z")])
    assert encode_message(Response(200, "OK", wrong, b"abc")) == (
        b"SIP/2.0 200 OK\r\nContent-Length: 3\r\nX-Last: z\r\n\r\nabc"
    )


def test_octets_that_are_no_utf8_come_back() -> None:
    odd = changed(b"To: <", b'To: "\xe9\xff\xc3\xa9\xed\xa0\x80" <')
    assert encode_message(parse_message(odd)) == odd


INVITE = Request(
    "INVITE",
    "sip:88001@trunk.example",
    Headers(
        [
            ("Via", "SIP/2.0/UDP a;branch=1"),
            ("Via", "SIP/2.0/UDP b;branch=2, SIP/2.0/UDP c;branch=3"),
            ("Record-Route", "<sip:r1;lr>"),
            ("Record-Route", "<sip:r2;lr>"),
            ("Max-Forwards", "70"),
            ("From", "<sip:x@y>;tag=f"),
            ("To", "<sip:88001@trunk.example>"),
            ("Call-ID", "c"),
            ("CSeq", "3 INVITE"),
            ("Timestamp", "5"),
            ("Contact", "<sip:x@a>"),
        ]
    ),
    b"offer",
)


def test_a_response_copies_what_8_2_6_2_says() -> None:
    answer = response_to(INVITE, 183, to_tag="t", headers=[("Contact", "<sip:us@here>")], body=b"sdp")
    assert list(answer.headers) == [
        ("Via", "SIP/2.0/UDP a;branch=1"),
        ("Via", "SIP/2.0/UDP b;branch=2, SIP/2.0/UDP c;branch=3"),
        ("Record-Route", "<sip:r1;lr>"),
        ("Record-Route", "<sip:r2;lr>"),
        ("From", "<sip:x@y>;tag=f"),
        ("To", "<sip:88001@trunk.example>;tag=t"),
        ("Call-ID", "c"),
        ("CSeq", "3 INVITE"),
        ("Contact", "<sip:us@here>"),
    ]
    assert (answer.status, answer.reason, answer.body) == (183, "Session Progress", b"sdp")


def test_a_100_has_no_tag_and_copies_the_timestamp() -> None:
    answer = response_to(INVITE, 100, to_tag="t")
    assert answer.headers.get("To") == "<sip:88001@trunk.example>"
    assert answer.headers.get("Timestamp") == "5"
    assert "Record-Route" not in answer.headers


def test_an_error_copies_no_route_and_keeps_a_tag() -> None:
    tagged = Request("INVITE", INVITE.uri, INVITE.headers.set("To", "<sip:x@y>;tag=mine"))
    answer = response_to(tagged, 599, to_tag="t")
    assert answer.headers.get("To") == "<sip:x@y>;tag=mine"
    assert "Record-Route" not in answer.headers
    assert answer.reason == ""
    assert response_to(tagged, 486, "Nobody home").reason == "Nobody home"


def test_a_message_too_broken_to_read_is_still_answered() -> None:
    broken = (
        b"\r\nINVITE sip:a b@c  SIP/2.0\r\nBogus line\r\nVia: SIP/2.0/UDP h\r\n ;branch=1\r\n"
        b'v: SIP/2.0/UDP g\r\nf: "x <sip:x@y>\r\nTo: <sip:88001;;;>;tag=q\r\nTo: second\r\n'
        b"Call-ID: c\nCSeq: 99999999999 INVITE\r\n"
        b"X-Note: \x00\r\n\r\n"
    )
    rest = salvage(broken)
    assert isinstance(rest, Request)
    assert encode_message(response_to(rest, 400, to_tag="t")) == (
        b"SIP/2.0 400 Bad Request\r\nVia: SIP/2.0/UDP h ;branch=1\r\nVia: SIP/2.0/UDP g\r\n"
        b'From: "x <sip:x@y>\r\nTo: <sip:88001;;;>;tag=q\r\nCall-ID: c\r\nCSeq: 99999999999 INVITE\r\n'
        b"Content-Length: 0\r\n\r\n"
    )
    untagged = salvage(broken.replace(b";tag=q", b""))
    assert isinstance(untagged, Request)
    assert response_to(untagged, 400, to_tag="t").headers.get("To") == "<sip:88001;;;>;tag=t"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x16\x03\x01\x02\x00",
        RINGING,
        OPTIONS.replace(b"OPTIONS", b"ACK"),
        changed(b"Call-ID: ", b"Call-ID: \x01"),
        changed(b"Call-ID: one@198.51.100.7", b"Call-ID:"),
        changed(b"Call-ID: ", b"Call-ID: " + b"x" * 9000),
        changed(b"OPTIONS sip:gw7@trunk.example SIP/2.0", b"OPTIONS"),
        changed(b"OPTIONS sip", b"OPT(ONS sip"),
    ],
)
def test_what_cannot_or_must_not_be_answered(data: bytes) -> None:
    assert salvage(data) is None
