"""Properties of the codec over generated and mutated messages."""

from __future__ import annotations

import random
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tccc_desk.sip.address import Address
from tccc_desk.sip.digest import parse_challenges
from tccc_desk.sip.errors import LocalProtocolError, RemoteProtocolError
from tccc_desk.sip.framing import Framer, Pong
from tccc_desk.sip.grammar import quote, split_commas, unquote
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
from tccc_desk.sip.uri import Uri
from tccc_desk.sip.via import Via
from tests.helpers.mutation import mutated

TOKENS = st.text("abcXYZ019-.!%*_+`'~", min_size=1, max_size=12)
TEXTS = st.one_of(
    st.text(
        st.characters(min_codepoint=32, exclude_categories=["Cs"], exclude_characters="\x7f"), max_size=30
    ),
    st.lists(st.integers(32, 255).filter(lambda code: code != 127), max_size=30).map(
        lambda codes: bytes(codes).decode("utf-8", "surrogateescape")
    ),
).map(lambda text: text.strip(" \t"))
"""What may stand in a header field: any text, and octets that are no UTF-8."""
steady = settings(deadline=None, derandomize=True, max_examples=100)
DIGITS = st.integers(0, 65535)


@st.composite
def addresses(draw: st.DrawFn) -> Address:
    host = draw(st.sampled_from(["a.example", "192.0.2.7", "2001:db8::7", "h_1"]))
    user = draw(st.text("abc019-_.!~*'()&=+$,;?/", max_size=10))
    port = draw(st.none() | DIGITS)
    values = st.none() | TOKENS | TEXTS.map(quote)
    names = st.lists(TOKENS, max_size=3, unique_by=str.lower)
    parameters = tuple((name, draw(values)) for name in draw(names))
    display = draw(TEXTS)
    return Address(
        display, Uri("sip", user, "", host, port, draw(st.sampled_from([(), (("lr", None),)]))), parameters
    )


@st.composite
def messages(draw: st.DrawFn) -> Request | Response:
    method = draw(TOKENS)
    base = [
        ("Via", f"SIP/2.0/{draw(TOKENS)} a.example:{draw(DIGITS)};branch={draw(TOKENS)}"),
        ("From", str(draw(addresses()))),
        ("To", str(draw(addresses()))),
        ("Call-ID", draw(TOKENS)),
        ("CSeq", f"{draw(st.integers(0, 2**31 - 1))} {method}"),
    ]
    extra = draw(st.lists(st.tuples(TOKENS.map("X-{}".format), TEXTS), max_size=4))
    headers = Headers(draw(st.permutations([*base, *extra])))
    body = draw(st.binary(max_size=60))
    if draw(st.booleans()):
        return Request(method, str(draw(addresses()).uri), headers, body)
    return Response(draw(st.integers(100, 699)), draw(TEXTS), headers, body)


@steady
@given(messages())
def test_what_is_written_is_read_back(message: Request | Response) -> None:
    data = encode_message(message)
    read = parse_message(data)
    assert encode_message(read) == data
    length = str(len(message.body))
    assert read.headers == message.headers.set("Content-Length", length)
    assert (type(read), read.body) == (type(message), message.body)
    if isinstance(read, Request):
        assert parse_message(encode_message(response_to(read, 480, to_tag="t"))).headers.get("CSeq")


@steady
@given(addresses())
def test_addresses_are_read_back(address: Address) -> None:
    assert Address.parse(str(address)) == address
    assert split_commas(f"{address}, {address}") == [str(address)] * 2


@steady
@given(st.text())
def test_quoting_is_undone(text: str) -> None:
    assert unquote(quote(text)) == text


@steady
@given(st.lists(messages(), min_size=1, max_size=4), st.lists(st.integers(1, 40), min_size=1), st.booleans())
def test_framing_does_not_depend_on_the_segments(
    sent: list[Request | Response], cuts: list[int], pings: bool
) -> None:
    encoded = [encode_message(message) for message in sent]
    stream = (b"\r\n\r\n" if pings else b"").join(encoded)
    framer, items, at = Framer(), [], 0
    while at < len(stream):
        for cut in cuts:
            items += framer.feed(stream[at : at + cut])
            at += cut
    # The one freedom: half a ping at the end of a segment is a pong first.
    assert [item for item in items if item != Pong()] == Framer().feed(stream)


@steady
@given(st.binary(max_size=300))
def test_any_octets_into_the_framer(data: bytes) -> None:
    framer = Framer(128)
    try:
        for at in range(0, len(data), 7):
            framer.feed(data[at : at + 7])
    except RemoteProtocolError as error:
        status = error.status
    else:
        status = 400
    assert status in {400, 513}


@steady
@given(st.text(max_size=80))
def test_any_text_into_the_value_parsers(text: str) -> None:
    for parse in (Uri.parse, Address.parse, Via.parse):
        try:
            value = parse(text)
        except RemoteProtocolError:
            continue
        assert parse(str(value)) == value
    headers = Headers([("WWW-Authenticate", text), ("Contact", text)])
    for challenge in parse_challenges(headers, "WWW-Authenticate"):
        assert challenge.nonce
    assert all(headers.split("Contact"))


def digest(data: bytes) -> set[int]:
    """Do with a message what a user agent does; only the two declared errors may come out.

    Returns the status of the error, if any.
    """
    statuses: set[int] = set()
    try:
        message = parse_message(data)
    except RemoteProtocolError as error:
        statuses.add(error.status)
        rest = salvage(data)
        if isinstance(rest, Request):
            encode_message(response_to(rest, error.status, to_tag="t"))
        return statuses
    cseq(message), top_via(message), from_address(message), to_address(message)
    if isinstance(message, Request):
        Uri.parse(message.uri)
        encode_message(response_to(message, 200, to_tag="t"))
        for contact in message.headers.split("Contact"):
            if contact != "*":
                str(Address.parse(contact))
    try:
        again = encode_message(message)
    except LocalProtocolError:
        assert b"\\" in data  # an escaped control character, which we never write
    else:
        assert encode_message(parse_message(again)) == again
    return statuses


@pytest.mark.parametrize("seed", range(4))
def test_mutated_messages_raise_nothing_undeclared(seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(1500):
        assert digest(mutated(chance)) <= {400, 414, 505, 513}


def filled(head: str, unit: str, tail: str = "") -> bytes:
    """A request with one header line after another made of `unit` up to the size limit."""
    before = f"OPTIONS sip:a@b SIP/2.0\r\n{head}".encode()
    lines = (unit * (8000 // len(unit)) + tail + "\r\nX-Fill: ").encode()
    return (before + lines * (60000 // len(lines))) + b"\r\n\r\n"


@pytest.mark.parametrize(
    "unit",
    [
        ' "',
        '\\"',
        '"\\"',
        "<",
        "<>",
        ",",
        ";",
        ";a",
        ";a=",
        "%",
        "%4",
        "=",
        "@",
        " ",
        "\t",
        "a",
        "[",
        ":",
        "::",
        '";"',
        "<sip:",
        ",<",
    ],
)
@pytest.mark.parametrize("name", ["To", "Contact", "Via", "Route", "CSeq", "X-Note", "WWW-Authenticate"])
def test_hostile_lines_cost_linear_time(name: str, unit: str) -> None:
    starts = {"Via": "SIP/2.0/UDP a", "CSeq": "1 "}
    data = filled(f"{name}: {starts.get(name, '<sip:a@b>')}", unit)
    assert len(data) < MESSAGE_LIMIT
    start = time.process_time()
    digest(data)
    value = unit * (8000 // len(unit))
    headers = Headers([(name, value)] * 7)
    headers.split(name)
    parse_challenges(
        Headers([("WWW-Authenticate", f"Digest {value}"), ("WWW-Authenticate", value)]), "WWW-Authenticate"
    )
    for text in (
        value,
        "sip:" + value,
        "sip:a@b" + value,
        "<sip:a@b>" + value,
        '"' + value,
        "SIP/2.0/UDP a" + value,
    ):
        for parse in (Uri.parse, Address.parse, Via.parse):
            try:
                parse(text)
            except RemoteProtocolError:
                continue
    assert time.process_time() - start < 1


@pytest.mark.parametrize("unit", ["\r\n ", "\r\n x", "X: y\r\n", "\n", "\r"])
def test_hostile_line_ends_cost_linear_time(unit: str) -> None:
    data = b"OPTIONS sip:a@b SIP/2.0\r\nX-Note: " + (unit * (60000 // len(unit))).encode() + b"\r\n\r\n"
    start = time.process_time()
    digest(data)
    with pytest.raises(RemoteProtocolError):
        framed(data)
    assert time.process_time() - start < 1


def framed(data: bytes) -> None:
    framer = Framer()
    for at in range(0, len(data), 100):
        framer.feed(data[at : at + 100])
    framer.feed(b"")
