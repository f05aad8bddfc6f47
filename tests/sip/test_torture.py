"""RFC 4475 and RFC 5118: every section by messages of our own, and by the RFCs' where they are at hand."""

from __future__ import annotations

import pytest

from tccc_desk.sip.address import Address
from tccc_desk.sip.errors import RemoteProtocolError
from tccc_desk.sip.message import (
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
from tccc_desk.sip.uri import Uri
from tccc_desk.sip.via import Via
from tests.helpers.torture import CORPUS, RFC4475, RFC5118, Row, original_messages, own_messages

MESSAGES = [*own_messages(), *original_messages()]


@pytest.mark.parametrize(("name", "row", "data"), MESSAGES, ids=[name for name, _, _ in MESSAGES])
def test_section(name: str, row: Row, data: bytes) -> None:
    if row.status is None:
        message = parse_message(data)
        assert message.headers.get("Call-ID")
        return
    with pytest.raises(RemoteProtocolError) as caught:
        parse_message(data)
    assert caught.value.status == row.status
    assert row.why in caught.value.message


def test_the_table_is_complete() -> None:
    assert len(RFC4475) == 49
    assert sum(len(row.originals) for row in RFC5118) == 12
    sections = {row.section for row in (*RFC4475, *RFC5118)}
    assert {file.stem.partition("-")[0] for file in CORPUS.glob("*.sip")} == sections


@pytest.mark.parametrize(
    ("name", "data"),
    [(name, data) for name, row, data in MESSAGES if row.status is None],
    ids=[name for name, row, _ in MESSAGES if row.status is None],
)
def test_a_valid_request_is_answered_and_a_valid_message_written_back(name: str, data: bytes) -> None:
    message = parse_message(data)
    if isinstance(message, Request):
        answer = response_to(message, 486, to_tag="ours")
        assert parse_message(encode_message(answer)) == Response(
            486, "Busy Here", answer.headers.set("Content-Length", "0")
        )
    if "characters" in name or "intmeth" in name:
        return  # holds an escaped NUL, which we never write
    again = parse_message(encode_message(message))
    assert encode_message(again) == encode_message(message)
    assert again.body == message.body


@pytest.mark.parametrize(
    ("name", "data"),
    [(name, data) for name, row, data in MESSAGES if row.status is not None and not data.startswith(b"SIP")],
    ids=[name for name, row, data in MESSAGES if row.status is not None and not data.startswith(b"SIP")],
)
def test_a_refused_request_is_answered_when_it_holds_what_an_answer_copies(name: str, data: bytes) -> None:
    rest = salvage(data)
    if "missing" in name or "insuf" in name:
        assert rest is None
        return
    assert isinstance(rest, Request)
    answer = encode_message(response_to(rest, 400, to_tag="ours"))
    assert answer.startswith(b"SIP/2.0 400 Bad Request\r\nVia: ")
    assert answer.count(b"Call-ID: ") == answer.count(b"CSeq: ") == 1
    assert b";tag=" in answer.partition(b"\r\nTo: ")[2].partition(b"\r\n")[0]


def own(stem: str) -> Request:
    message = parse_message((CORPUS / f"{stem}.sip").read_bytes())
    assert isinstance(message, Request)
    return message


def test_3_1_1_1_white_space_where_it_is_allowed() -> None:
    message = own("3.1.1.1-spaces")
    assert from_address(message).display == 'Gate "7" \\'
    assert from_address(message).tag == "near-end-3"
    assert to_address(message).tag == "far-end-9"
    assert cseq(message) == (12, "INVITE")
    assert message.headers.get("Max-Forwards") == "0070"
    assert message.headers.get("X-Note") == "one two three"
    assert message.headers.get("Subject", "-") == ""
    vias = [Via.parse(text) for text in message.headers.split("Via")]
    assert [(via.transport, via.host, via.port) for via in vias] == [
        ("UDP", "198.51.100.7", 5070),
        ("TCP", "relay.trunk.example", None),
    ]
    assert vias[0].branch == "z9hG4bK-sp1"
    contact = Address.parse(message.headers.get("Contact"))
    assert contact.parameters == (("q", "0.5"), ("flag", None))


def test_3_1_1_2_every_legal_character() -> None:
    message = own("3.1.1.2-characters")
    assert message.method == "A-Z.!%*_+`'~0"
    assert Uri.parse(message.uri).user == "~.!*'()-_&=+$,;?/9"
    assert cseq(message) == (2**31 - 1, message.method)
    # Controls are legal behind a backslash; nobody downstream gets to see them.
    assert to_address(message).display == 'bell \ufffd nul \ufffd del \ufffd tab \t \\ "'
    assert from_address(message).parameter("p`'") == "中继"
    assert message.headers.get("x-.!%*_+`'~").encode("utf-8", "surrogateescape").endswith(b"\xff\xfe")


def test_3_1_1_3_escapes_stay_as_written() -> None:
    message = own("3.1.1.3-escapes")
    assert Uri.parse(message.uri).user == "sip%3agw7%40trunk.example"
    assert Uri.parse(message.uri).number == "sip:gw7@trunk.example"
    assert to_address(message).uri.same(Uri.parse("sip:88001@trunk.example"))
    assert Address.parse(message.headers.get("Contact")).uri.same(
        Uri.parse("sip:gW7@198.51.100.7;lr;x=%2541")
    )


def test_3_1_1_4_an_escaped_nul_is_a_character() -> None:
    message = own("3.1.1.4-escaped-nul")
    assert [Address.parse(text).uri.number for text in message.headers.split("Contact")] == ["\0", "\0\0"]


def test_3_1_1_5_escapes_mean_nothing_in_a_method_or_name() -> None:
    message = own("3.1.1.5-escapes-elsewhere")
    assert message.method == "OPT%49ONS"
    assert len(message.headers.all("Contact")) == 2
    assert to_address(message).display == "%41%42"


def test_3_1_1_8_octets_behind_the_body_are_dropped() -> None:
    assert own("3.1.1.8-octets-behind").body == b""


def test_3_1_1_11_a_body_is_octets() -> None:
    assert b"\x00\x01\r\n\r\n\xff\xfe\x80" in own("3.1.1.11-multipart").body


def test_3_3_12_and_13_whose_parameter_it_is() -> None:
    bare = Address.parse(own("3.3.12-contact-parameter").headers.get("Contact"))
    assert (bare.parameter("mood"), bare.uri.parameter("mood")) == ("good", None)
    inside = Address.parse(own("3.3.13-uri-parameter").headers.get("Contact"))
    assert (inside.parameter("mood"), inside.uri.parameter("mood")) == (None, "good")


def test_rfc5118_4_3_and_4_4_where_the_port_is() -> None:
    inside = Uri.parse(own("4.3-port-inside").uri)
    assert (inside.host, inside.port) == ("2001:db8:7::1:5090", None)
    outside = Uri.parse(own("4.4-port-outside").uri)
    assert (outside.host, outside.port) == ("2001:db8:7::1", 5090)


@pytest.mark.parametrize("stem", ["4.5-received-bare", "4.5-received-brackets"])
def test_rfc5118_4_5_received_with_and_without_brackets(stem: str) -> None:
    assert top_via(own(stem)).received == "2001:db8:7::9"


def test_rfc5118_4_10_the_third_colon_is_dropped() -> None:
    assert Uri.parse(own("4.10-three-colons").uri) == Uri.parse(own("4.10-two-colons").uri)
    with pytest.raises(RemoteProtocolError):
        Uri.parse("sip:gw7@[2001:db8:::7]")
