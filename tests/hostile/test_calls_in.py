"""Requests nobody should send us: each gets the answer RFC 3261 section 8.2 asks for."""

from __future__ import annotations

import asyncio
import select
import socket

import pytest

from tccc_desk.engine.events import CallEnded, CallOffered, CallRefused
from tccc_desk.sip.message import Request, encode_message
from tests.helpers.hostile_gateway.bodies import HOSTILE_SDP
from tests.helpers.hostile_gateway.case import Case, named, report
from tests.helpers.hostile_gateway.gateway import Link, Transport
from tests.helpers.hostile_gateway.sayings import STRANGER, Make, bare, fresh, invite, request, sdp
from tests.helpers.hostile_gateway.trial import Trial

REFUSED = {400, 415, 488}


def asked(id: str, make: Make, *statuses: int, count: int = 1, rings: bool = False, **more: object) -> Case:
    """Each request is answered with one of the statuses, and no card stays open unless it `rings`."""

    async def attack(trial: Trial) -> None:
        link = await trial.bound()
        for _ in range(count):
            link.say(make(link))
        await trial.until(lambda: bool(said(trial) & set(statuses)))
        await asyncio.sleep(0.1)
        assert said(trial) <= {100, *statuses}, f"answered {said(trial)}"
        over = {event.call for event in trial.said(CallEnded)}  # type: ignore[attr-defined]
        cards = {event.call for event in trial.said(CallOffered)}  # type: ignore[attr-defined]
        assert bool(cards - over) == rings, trial.summary()

    fields = {"id": id, "attack": attack, "registers": 1}
    return Case(**(fields | more))  # type: ignore[arg-type]


def said(trial: Trial) -> set[int]:
    found = {one.status for one in trial.gateway.heard if not isinstance(one, Request)}
    return found | {int(data[8:11]) for data in trial.gateway.unreadable if data.startswith(b"SIP/2.0 ")}


def unanswered(id: str, make: Make, **more: object) -> Case:
    """Nothing is said to it, nothing comes of it."""

    async def attack(trial: Trial) -> None:
        link = await trial.bound()
        for _ in range(20):
            link.say(make(link))
        await asyncio.sleep(0.2)
        assert not said(trial), f"answered {said(trial)}"

    fields = {"id": id, "attack": attack, "registers": 1, "never": (CallOffered,)}
    return Case(**(fields | more))  # type: ignore[arg-type]


def bent(old: bytes, new: bytes) -> Make:
    """An INVITE with some octets replaced."""
    return lambda link: encode_message(invite()(link)).replace(old, new, 1)


def tag_after_tag(link: Link) -> Request:
    return request(link, "INVITE", body=sdp(), from_=f"<sip:a@h>;tag={fresh()}", call_id="same")


def from_stranger(id: str, *datagrams: bytes, answers: int) -> Case:
    """Datagrams from an address that is not the server's."""

    async def attack(trial: Trial) -> None:
        link = await trial.bound()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
            other.bind(("127.0.0.2", 0))
            other.setblocking(False)
            for datagram in datagrams:
                other.sendto(datagram, link.remote)
            loop = asyncio.get_running_loop()
            for _ in range(answers):
                assert b"SIP/2.0 403" in await asyncio.wait_for(loop.sock_recv(other, 65536), 5)
            await asyncio.sleep(0.1)
            assert not select.select([other], [], [], 0)[0], "answered more than that"
        assert not trial.said(CallOffered)
        assert len(trial.said(CallRefused)) == answers

    return Case(id=id, attack=attack, transports=("udp",), registers=1)


def strangers_invite() -> bytes:
    text = (
        "INVITE sip:gateway01@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bKs;rport\r\n"
        "From: <sip:100@1.1.1.1>;tag=s\r\nTo: <sip:011972595@127.0.0.1>\r\n"
        f"Call-ID: {fresh()}\r\nCSeq: 1 INVITE\r\nContact: <sip:100@127.0.0.1:9>\r\nContent-Length: 0\r\n\r\n"
    )
    return text.encode()


CASES = [
    *(
        asked(
            f"INVITE with sound description: {id}",
            invite(body=body),
            *REFUSED,
            transports=("tcp",) if len(body) > 30_000 else ("udp", "tcp"),
        )
        for id, body in HOSTILE_SDP.items()
        if body and id not in {"a name for an address", "a thousand media"}
    ),
    asked("INVITE of text", invite(("Content-Type", "text/plain"), body=b""), 180, rings=True),
    asked("INVITE with parts", bent(b"application/sdp", b"multipart/mixed;boundary=b"), 415),
    asked("INVITE without Contact", invite(contact=""), 400),
    asked("INVITE with Contact of garbage", invite(contact=">>><<<"), 400),
    asked("INVITE with Contact '*'", invite(contact="*"), 400),
    asked("INVITE with Contact of a stranger", invite(contact=f"<{STRANGER}>"), 180, rings=True),
    asked("INVITE that requires 100rel", invite(("Require", "100rel")), 180, rings=True),
    asked(
        "INVITE that requires everything", invite(("Require", ", ".join(f"x{n}" for n in range(300)))), 420
    ),
    asked("INVITE that requires what cannot be written back", invite(("Require", 'a"\\,b')), 420),
    asked("INVITE that replaces a call of nobody", invite(("Replaces", "x;to-tag=a;from-tag=b")), 481),
    asked("INVITE with a To tag", invite(to="<sip:x@h>;tag=never"), 481),
    asked("INVITE to an unknown scheme", invite(uri="nobody:knows"), 400, 416, 180, rings=True),
    asked("INVITE with a Request-URI of garbage", bent(b"INVITE sip:", b"INVITE sip::@:"), 400),
    asked("INVITE with a From of garbage", invite(from_=">>,<"), 400, echoes=True),
    asked("INVITE without a From tag", invite(from_="<sip:a@h>"), 180, 400, rings=True),
    asked("INVITE with Max-Forwards 300", bent(b"Max-Forwards: 70", b"Max-Forwards: 300"), 400),
    asked("INVITE with Max-Forwards 0", bent(b"Max-Forwards: 70", b"Max-Forwards: 0"), 180, 483, rings=True),
    asked("INVITE with CSeq 2^31", invite(number="2147483648"), 400, echoes=True),
    asked("INVITE with CSeq of another method", invite(cseq_method="BYE"), 400),
    unanswered(
        "INVITE with three hundred headers", bent(b"Max-Forwards", b"X: y\r\n" * 300 + b"Max-Forwards")
    ),
    asked("INVITE with a header of nine thousand letters", invite(("X-Long", "z" * 9000)), 513),
    unanswered("INVITE with NULs in the display name", bent(b"From: <", b'From: "a\0b" <')),
    asked("INVITE of SIP/7.0", bent(b"SIP/2.0\r\n", b"SIP/7.0\r\n"), 505, 400),
    asked("INVITE with two Call-IDs", invite(("Call-ID", "again")), 400),
    asked(
        "INVITE with sixty Record-Routes",
        invite(*[("Record-Route", f"<{STRANGER};lr>")] * 60),
        180,
        rings=True,
    ),
    asked("INVITE with a broken Record-Route", invite(("Record-Route", ">>,<<,;;")), 400),
    asked(
        "INVITE of sixty thousand octets in one datagram",
        invite(*[("X-Big", "b" * 7000)] * 8),
        180,
        rings=True,
    ),
    asked(
        "INVITE in a datagram with more behind it",
        lambda link: encode_message(invite()(link)) + b"\r\n" * 50 + b"BYE x SIP/2.0\r\n",
        180,
        rings=True,
        transports=("udp",),
    ),
    asked(
        "INVITE with Content-Length beyond the datagram",
        bent(b"Content-Length: ", b"Content-Length: 9"),
        400,
        transports=("udp",),
    ),
    asked(
        "the same Call-ID with tag after tag",
        tag_after_tag,
        180,
        486,
        count=30,
        rings=True,
    ),
    asked("CANCEL for nothing", bare("CANCEL"), 481, count=20),
    *(
        asked(f"{method} for nothing", bare(method), 481, count=20)
        for method in ("BYE", "PRACK", "UPDATE", "INFO", "NOTIFY")
    ),
    *(
        asked(f"{method} for a call of nobody", bare(method, to="<sip:x@h>;tag=none"), 481)
        for method in ("BYE", "PRACK", "UPDATE", "INFO", "NOTIFY", "OPTIONS", "REFER", "SUBSCRIBE")
    ),
    *(
        asked(f"{method} out of the blue", bare(method), 400, 405, 501, 481, 603, 489)
        for method in ("REGISTER", "REFER", "SUBSCRIBE", "PUBLISH", "MESSAGE", "NONSENSE", "invite")
    ),
    asked("a hundred OPTIONS", bare("OPTIONS"), 200, count=100),
    asked("a method of four hundred letters", bare("M" * 400), 501, 405, 400),
    unanswered("ACK for nothing", bare("ACK")),
    unanswered("ACK with garbage", bare("ACK", body=b"\xff" * 300)),
    unanswered(
        "ACK that breaks the rules", lambda link: encode_message(bare("ACK")(link)).replace(b"CSeq", b"X", 1)
    ),
    unanswered(
        "a request without a Via",
        lambda link: encode_message(bare("OPTIONS")(link)).replace(b"Via:", b"Vya:", 1),
    ),
    *(
        unanswered(f"a datagram of {id}", lambda link, data=data: data, transports=("udp",))  # type: ignore[misc]
        for id, data in (
            ("NULs", b"\0" * 200),
            ("one octet", b"x"),
            ("nothing", b""),
            ("CRLF", b"\r\n\r\n"),
            ("sixty-five thousand octets", b"SIP/2.0 200 OK\r\n" + b"z" * 65_000),
            ("STUN", bytes.fromhex("000100002112a442") + b"t" * 12),
            ("RTP", b"\x80\x08" + b"\xd5" * 170),
            ("TLS", b"\x16\x03\x01\x02\0\x01\0"),
            ("HTTP", b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"),
        )
    ),
    from_stranger("INVITE of a stranger", strangers_invite(), answers=1),
    from_stranger("garbage of a stranger", b"\xff" * 300, b"INVITE sip:x SIP/2.0\r\n\r\n", b"", answers=0),
    from_stranger("ACK of a stranger", strangers_invite().replace(b"INVITE", b"ACK"), answers=0),
    from_stranger(
        "200 of a stranger",
        strangers_invite().replace(b"INVITE sip:gateway01@127.0.0.1 SIP/2.0", b"SIP/2.0 200 OK"),
        answers=0,
    ),
]
ASKED = [(case, transport) for case in CASES for transport in case.transports]


@pytest.mark.parametrize("asked", ASKED, ids=[named(*one) for one in ASKED])
def test_a_request(asked: tuple[Case, Transport], outcomes: dict[str, str]) -> None:
    report(outcomes, asked)
