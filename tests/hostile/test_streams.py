"""What a TCP peer can do to a byte stream: every lie bounded, every end noticed, one new one."""

from __future__ import annotations

import socket
import struct
from collections.abc import Callable

import pytest

from tccc_desk.engine.events import BindingEstablished, FlowLost, RegistrationFailed
from tccc_desk.sip.message import encode_message
from tests.helpers.hostile_gateway.case import Case, named, report
from tests.helpers.hostile_gateway.gateway import Link, Request, Transport
from tests.helpers.hostile_gateway.sayings import both, first, granted, honest, nothing, raw
from tests.helpers.hostile_gateway.trial import Trial

HEAD = b"SIP/2.0 200 OK\r\nVia: SIP/2.0/TCP h;branch=z9hG4bKx\r\n"
CLOSED = "finding.path.closed"


def tcp(id: str, script: object, **more: object) -> Case:
    """A stream that goes on, and what was said is understood."""
    fields = {
        "id": id,
        "transports": ("tcp",),
        "script": script,
        "said": (BindingEstablished,),
        "registers": 1,
    }
    return Case(**(fields | more))  # type: ignore[arg-type]


def broken(id: str, script: object, **more: object) -> Case:
    """A stream that cannot be read any further: ended, said, and replaced without a storm."""
    fields = {
        "id": id, "transports": ("tcp",), "script": script, "said": (FlowLost, RegistrationFailed),
        "finding": CLOSED, "registers": 2, "never": (BindingEstablished,),
    }  # fmt: skip
    return Case(**(fields | more))  # type: ignore[arg-type]


def says(*pieces: bytes) -> Callable[[Link, Request], None]:
    def script(link: Link, request: Request) -> None:
        for piece in pieces:
            link.say(piece)

    return script


def length(value: bytes) -> object:
    """An honest answer with another Content-Length."""
    return raw(lambda data: data.replace(b"Content-Length: 0", b"Content-Length: " + value, 1))


def byte_by_byte(link: Link, request: Request) -> None:
    """A segment for each octet."""
    assert link.stream is not None
    link.stream.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    data = encode_message(granted(request))
    for number, octet in enumerate(data):
        link.gateway.later(number * 0.001, lambda octet=octet: link.say(bytes([octet])))  # type: ignore[misc]


def drip(link: Link, request: Request) -> None:
    """A header section that grows for ever, a line at a time."""
    link.say(HEAD)
    for number in range(100):
        link.gateway.later(number * 0.01, lambda: link.say(b"X-Drip: " + b"d" * 100 + b"\r\n"))


def endless(size: int, line: bytes) -> Callable[[Link, Request], None]:
    return says(HEAD + line * (size // len(line)))


def half(act: Callable[[Link], None]) -> Callable[[Link, Request], None]:
    """Half of an answer, then an end."""

    def script(link: Link, request: Request) -> None:
        data = encode_message(granted(request))
        link.say(data[: len(data) // 2])
        act(link)

    return script


def glued(link: Link, request: Request) -> None:
    """Many answers in one segment, ours in the middle."""
    other = encode_message(granted(request)).replace(b"branch=z9hG4bK", b"branch=z9hG4bKno")
    link.say(other * 20 + encode_message(granted(request)) + other * 20)


async def waiting(trial: Trial) -> None:
    """The wish stands; nothing is concluded while the peer keeps the connection without a word."""
    trial.register()
    await trial.until(lambda: bool(trial.gateway.links))


async def after_bound(trial: Trial, act: Callable[[Link], None]) -> None:
    """Registered, then the connection suffers, and is replaced once."""
    link = await trial.bound()
    act(link)
    await trial.hear(FlowLost)
    await trial.until(lambda: len(trial.said(BindingEstablished, "t")) == 2)
    assert len(trial.gateway.links) == 2


def bound_then(id: str, act: Callable[[Link], None]) -> Case:
    return Case(
        id=id,
        transports=("tcp",),
        attack=lambda trial: after_bound(trial, act),
        said=(FlowLost,),
        registers=2,
    )


async def pinged(trial: Trial) -> None:
    """A thousand pings get no more than a thousand pongs, and nothing else happens."""
    link = await trial.bound()
    link.say(b"\r\n\r\n" * 1000)
    link.say(b"\r\n" * 3001)


CASES = [
    tcp("one octet a segment", byte_by_byte),
    tcp("forty messages glued around ours", glued),
    tcp("CRLF storm before the answer", both(says(b"\r\n" * 5000), honest)),
    tcp("ping storm before the answer", both(says(b"\r\n\r\n" * 5000), honest)),
    Case(
        id="ping storm on a registered flow",
        transports=("tcp",),
        attack=pinged,
        registers=1,
        never=(FlowLost,),
    ),
    tcp(
        "a body nobody asked for",
        raw(
            lambda data: data.replace(
                b"Content-Length: 0\r\n\r\n", b"Content-Length: 60000\r\n\r\n" + b"b" * 60000, 1
            )
        ),
    ),
    tcp("Content-Length with zeros before it", length(b"0000000000")),
    tcp(
        "compact and odd-cased Content-Length",
        raw(lambda data: data.replace(b"Content-Length:", b"L\t :", 1)),
    ),
    tcp(
        "a message without meaning before ours",
        both(says(b"NOTIFY x SIP/2.0\r\nContent-Length: 0\r\n\r\n" * 50), honest),
        facts=("fact.bad-message",),
    ),
    broken("Content-Length missing", raw(lambda data: data.replace(b"Content-Length: 0\r\n", b"", 1))),
    broken("Content-Length twice", length(b"0\r\nContent-Length: 5")),
    broken("Content-Length twice, one compact", length(b"0\r\nl: 0")),
    broken("Content-Length -1", length(b"-1")),
    broken("Content-Length +0", length(b"+0")),
    broken("Content-Length 10^30", length(b"1" + b"0" * 30)),
    broken("Content-Length of 4 GiB", length(b"4294967296")),
    broken("Content-Length of words", length(b"none")),
    broken("Content-Length empty", length(b"")),
    broken("Content-Length in hexadecimal", length(b"0x0")),
    broken("Content-Length a list", length(b"0, 0")),
    broken("a header section of a megabyte", endless(1_000_000, b"X-Long: " + b"y" * 92 + b"\r\n")),
    broken("a header line of 64 KiB without an end", endless(200_000, b"z" * 100)),
    broken("ten thousand short headers", endless(80_000, b"A: b\r\n")),
    broken("LF only", raw(lambda data: data.replace(b"\r\n", b"\n") + b"\n" * 70_000)),
    broken("binary garbage", says(bytes(range(256)) * 400)),
    broken("an answer of HTTP", says(b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/html\r\n\r\n<html>")),
    broken("NULs", says(b"\0" * 100_000)),
    broken(
        "the banner of SSH, then silence and an end",
        both(says(b"SSH-2.0-OpenSSH_9.2\r\n"), lambda link, request: link.close()),
    ),
    broken(
        "an alert of TLS, then an end",
        both(says(b"\x15\x03\x03\x00\x02\x02\x46"), lambda link, request: link.close()),
    ),
    broken("half an answer, then closed", half(Link.close)),
    broken("half an answer, then reset", half(Link.reset)),
    broken("closed on the request", lambda link, request: link.close()),
    broken("reset on the request", lambda link, request: link.reset()),
    broken("closed right after accept", nothing, greeting=Link.close, registers=3),
    broken("reset right after accept", nothing, greeting=Link.reset, registers=3),
    broken(
        "closed after a 100",
        both(raw(lambda data: data.replace(b"200 OK", b"100 Trying", 1)), lambda link, request: link.close()),
    ),
    bound_then("closed while registered", Link.close),
    bound_then("reset while registered", Link.reset),
    bound_then("garbage while registered", lambda link: link.say(b"\xff" * 70_000)),
    bound_then(
        "a lie about length while registered", lambda link: link.say(HEAD + b"Content-Length: 9e9\r\n\r\n")
    ),
    *(
        Case(
            id=id,
            transports=("tcp",),
            script=script,
            attack=waiting,
            registers=1,
            hold_s=1.2,
            same=False,
            never=(BindingEstablished, FlowLost),
        )
        for id, script in (
            ("accepted, and never a word", nothing),
            ("a header section that drips", drip),
            ("Content-Length longer than the body", length(b"500")),
            ("pings, pongs, and never an answer", says(b"\r\n\r\n\r\n")),
            ("bytes of TLS", says(struct.pack("!BHH", 22, 0x0303, 4) + b"\x02\0\0\0")),
        )
    ),
    Case(
        id="a flood of small lies, each on a new connection",
        transports=("tcp",),
        script=first(length(b"x"), first(length(b"x"), honest)),
        said=(FlowLost,),
        finding=CLOSED,
        registers=3,
    ),
]
ASKED = [(case, transport) for case in CASES for transport in case.transports]


@pytest.mark.parametrize("asked", ASKED, ids=[named(*one) for one in ASKED])
def test_a_stream(asked: tuple[Case, Transport], outcomes: dict[str, str]) -> None:
    report(outcomes, asked)
