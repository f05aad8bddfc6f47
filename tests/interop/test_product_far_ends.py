"""The engine against SIPp, a far end that does exactly what its scenario says, over UDP and TCP."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar

import pytest

from tccc_desk.engine.commands import ConfigureTrunk, HangUp, PlaceTestCall, RegisterTrunk, Shutdown
from tccc_desk.engine.door import Engine
from tccc_desk.engine.events import (
    BindingEstablished,
    CallAnswered,
    CallEnded,
    CallHeld,
    CallProgressed,
    DigitReceived,
    Event,
    FlowLost,
)
from tccc_desk.trunk.profile import Trunk
from tests.helpers.baresip import LINE
from tests.helpers.kamailio import DOMAIN, USERNAME, Kamailio
from tests.helpers.process import LOOPBACK
from tests.helpers.sipp import ANSWER, Sipp

CALLER = "13900000001"

PASSWORD = "Practice2026"
Kind = TypeVar("Kind")


class Ear:
    """One engine with one trunk, and what it said."""

    def __init__(self, address: tuple[str, int], transport: str) -> None:
        self.events: list[Event] = []
        self.news = asyncio.Event()
        self.engine = Engine(self.listen)
        fields = {"name": "t", "username": USERNAME, "domain": DOMAIN, "server": address[0]}
        self.trunk = Trunk(**fields, port=address[1], transport=transport)  # type: ignore[arg-type]

    def listen(self, event: Event) -> None:
        self.events.append(event)
        self.news.set()

    def said(self, kind: type[Kind]) -> list[Kind]:
        return [event for event in self.events if isinstance(event, kind)]

    async def hear(self, kind: type[Kind], count: int = 1, seconds: float = 10) -> Kind:
        async with asyncio.timeout(seconds):
            while len(self.said(kind)) < count:
                self.news.clear()
                await self.news.wait()
        return self.said(kind)[count - 1]

    def call(self, call: str = "c") -> None:
        self.engine.submit(PlaceTestCall(trunk="t", call=call, caller=CALLER, line=LINE, play="silence"))


@asynccontextmanager
async def ear(address: tuple[str, int], transport: str) -> AsyncIterator[Ear]:
    one = Ear(address, transport)
    await one.engine.start()
    one.engine.submit(ConfigureTrunk(trunk=one.trunk, password=PASSWORD))
    try:
        yield one
    finally:
        one.engine.submit(Shutdown())
        await one.engine.closed()


CODES = {
    302: ("rejected", "finding.call.redirected"),
    403: ("rejected", "finding.call.forbidden"),
    404: ("rejected", "finding.call.not-found"),
    408: ("rejected", "finding.call.server-timeout"),
    480: ("rejected", "finding.call.unavailable"),
    486: ("busy", "finding.call.busy"),
    488: ("rejected", "finding.call.codec"),
    491: ("rejected", "finding.call.rejected"),
    500: ("rejected", "finding.call.server-fault"),
    503: ("rejected", "finding.call.line-unavailable"),
    603: ("rejected", "finding.call.declined"),
}

COPIED = """[last_Via:]
    [last_Record-Route:]
    [last_From:]
    [last_To:];tag=[pid]far[call_number]
    [last_Call-ID:]
    [last_CSeq:]
    Contact: <sip:far@[local_ip]:[local_port];transport=[transport]>"""

REFUSE = f"""
  <recv request="INVITE"/>
  <send><![CDATA[
    SIP/2.0 180 Ringing
    {COPIED}
    Content-Length: 0
  ]]></send>
  <send><![CDATA[
    SIP/2.0 183 Session Progress
    {COPIED}
    Content-Length: 0
  ]]></send>
  <send retrans="500"><![CDATA[
    SIP/2.0 CODE Said So CODE
    {COPIED}
    Content-Length: 0
  ]]></send>
  <recv request="ACK"/>
"""
"""Rings, says it is under way, then refuses with CODE."""

TRANSPORTS = [("udp", "u1"), ("tcp", "t1")]


async def refused(folder: Path, code: int, transport: str, mode: str) -> None:
    far = Sipp(folder / f"sipp{code}", REFUSE.replace("CODE", str(code)), transport=mode)
    await asyncio.to_thread(far.__enter__)
    try:
        async with ear(far.address, transport) as one:
            one.call()
            end = await one.hear(CallEnded)
            assert (end.status, end.reason) == (code, f"Said So {code}"), far.messages()
            assert (end.outcome, end.finding) == CODES[code]
            assert (end.said_by, end.ended_by, end.fault) == ("server", "them", "")
            assert end.pdd_ms is not None
            assert ("sip:far@127.0.0.1" in end.details["contact"]) is (code == 302)
            assert [event.status for event in one.said(CallProgressed) if event.status > 100] == [180, 183]
        assert await asyncio.to_thread(far.finish) == 0, far.messages()
    finally:
        await asyncio.to_thread(far.__exit__)


@pytest.mark.parametrize(("transport", "mode"), TRANSPORTS)
async def test_every_code_is_surfaced_as_it_came(tmp_path: Path, transport: str, mode: str) -> None:
    await asyncio.gather(*(refused(tmp_path, code, transport, mode) for code in CODES))


SDP = """v=0
    o=sipp 1 {version} IN IP4 [local_ip]
    s=-
    c=IN IP4 [local_ip]
    t=0 0
    m=audio [media_port] RTP/AVP 8
    a=rtpmap:8 PCMA/8000
    a={direction}"""

KEEP = """
      <ereg regexp=".*" search_in="hdr" header="Via:" assign_to="via"/>
      <ereg regexp=".*" search_in="hdr" header="CSeq:" assign_to="cseq"/>
      <ereg regexp=".*" search_in="hdr" header="From:" assign_to="us"/>
      <ereg regexp="sip:[^>]*" search_in="hdr" header="Contact:" assign_to="target"/>"""


def ask(method: str, number: int, more: str = "", body: str = "") -> str:
    """A request of the far end's inside the call."""
    content = f"Content-Type: application/sdp\n    Content-Length: [len]\n\n    {body}" if body else ""
    return f"""
  <send retrans="500"><![CDATA[
    {method} [$target] SIP/2.0
    Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=z9hG4bKs[call_number]x{number}
    Max-Forwards: 70
    From: <sip:{LINE}@{DOMAIN}>;tag=[pid]far[call_number]
    To:[$us]
    [last_Call-ID:]
    CSeq: {number} {method}
    Contact: <sip:far@[local_ip]:[local_port];transport=[transport]>
    {more}{content or "Content-Length: 0"}
  ]]></send>"""


def expect(status: int, *patterns: tuple[str, str]) -> str:
    checks = "".join(
        f'<ereg regexp="{pattern}" search_in="{where}" check_it="true" assign_to="unused"/>'
        for where, pattern in patterns
    )
    return f'<recv response="{status}"><action>{checks}</action></recv>' if checks else (
        f'<recv response="{status}"/>'
    )  # fmt: skip


def ack(number: int) -> str:
    return ask("ACK", number).replace(' retrans="500"', "").replace(f"x{number}", f"x{number}ack")


TOO_SHORT = "Supported: timer\n    Session-Expires: 60\n    "
REFRESH = "Supported: timer\n    Session-Expires: 120;refresher=uac\n    "
TRANSFER = "Refer-To: <sip:elsewhere@127.0.0.1:9>\n    "
DIGIT = ask("INFO", 5, "Content-Type: application/dtmf-relay\n    ").replace(
    "Content-Length: 0", "Content-Length: [len]\n\n    Signal=9"
)

EVERYTHING = f"""
  <recv request="INVITE"><action>{KEEP}</action></recv>
  <send><![CDATA[
    SIP/2.0 183 Session Progress
    {COPIED}
    Require: 100rel
    RSeq: 77
    Content-Type: application/sdp
    Content-Length: [len]

    {SDP.format(version=1, direction="sendrecv")}
  ]]></send>
  <recv request="PRACK"><action>
    <ereg regexp="77 [0-9]+ INVITE" search_in="hdr" header="RAck:" check_it="true" assign_to="unused"/>
  </action></recv>
  <send><![CDATA[
    SIP/2.0 200 OK
    [last_Via:]
    [last_From:]
    [last_To:]
    [last_Call-ID:]
    [last_CSeq:]
    Content-Length: 0
  ]]></send>
  <send retrans="500"><![CDATA[
    SIP/2.0 200 OK
    Via:[$via]
    [last_From:]
    [last_To:]
    [last_Call-ID:]
    CSeq:[$cseq]
    Contact: <sip:far@[local_ip]:[local_port];transport=[transport]>
    Require: timer
    Session-Expires: 120;refresher=uas
    Content-Length: 0
  ]]></send>
  <recv request="ACK"/>
  {ask("UPDATE", 1, TOO_SHORT)}
  {expect(422, ("msg", "Min-SE: *90"))}
  {ask("UPDATE", 2, REFRESH)}
  {expect(200, ("msg", "Session-Expires: *120;refresher=uac"))}
  {ask("INVITE", 3, "", SDP.format(version=2, direction="sendonly"))}
  <recv response="100" optional="true"/>
  {expect(200, ("body", "a=recvonly"))}
  {ack(3)}
  {ask("INVITE", 4, "", SDP.format(version=3, direction="sendrecv"))}
  <recv response="100" optional="true"/>
  {expect(200, ("body", "a=sendrecv"))}
  {ack(4)}
  {DIGIT}
  {expect(200)}
  {ask("REFER", 6, TRANSFER)}
  {expect(603)}
  <recv request="BYE"/>
  <send><![CDATA[
    SIP/2.0 200 OK
    [last_Via:]
    [last_From:]
    [last_To:]
    [last_Call-ID:]
    [last_CSeq:]
    Content-Length: 0
  ]]></send>
  <Reference variables="unused"/>
"""
"""A reliable 183, a session timer, hold and resume, a digit, a transfer nobody follows."""


@pytest.mark.parametrize(("transport", "mode"), TRANSPORTS)
async def test_a_call_with_everything_a_far_end_may_do(tmp_path: Path, transport: str, mode: str) -> None:
    with Sipp(tmp_path / "sipp", EVERYTHING, transport=mode) as far:
        async with ear(far.address, transport) as one:
            one.call()
            answered = await one.hear(CallAnswered)
            assert answered.codec == "PCMA"
            try:
                digit = await one.hear(DigitReceived)
            except TimeoutError:
                pytest.fail(far.messages())
            assert digit.digit == "9"
            assert [(event.by, event.held) for event in one.said(CallHeld)] == [
                ("them", True),
                ("them", False),
            ]
            await asyncio.sleep(0.2)
            one.engine.submit(HangUp(call="c"))
            end = await one.hear(CallEnded)
            assert (end.outcome, end.ended_by) == ("answered", "us")
        assert await asyncio.to_thread(far.finish) == 0, far.messages()


@pytest.mark.parametrize(("record_route", "routes"), [("none", 0), ("once", 1), ("twice", 2)])
async def test_the_route_set_of_a_real_proxy_is_kept(tmp_path: Path, record_route: str, routes: int) -> None:
    """Two sockets of Kamailio's are on the way: it records each, one, or itself not at all."""
    with Sipp(tmp_path / "sipp", ANSWER) as far:
        gateway = Kamailio(
            tmp_path / "kamailio",
            password=PASSWORD,
            far_end=far.address,
            record_route=record_route != "none",
            double_record_route=record_route == "twice",
        )
        with gateway:
            async with ear((LOOPBACK, gateway.port), "udp") as one:
                one.call()
                await one.hear(CallAnswered)
                one.engine.submit(HangUp(call="c"))
                end = await one.hear(CallEnded)
            assert (end.outcome, end.ended_by) == ("answered", "us")
            assert await asyncio.to_thread(far.finish) == 0, far.messages()
            bye = gateway.await_wire("BYE ")
    assert len(re.findall(rb"<sip:[^>]*;lr[^>]*>", bye.data)) == routes
    assert bye.start_line.split()[1].startswith("sip:")


async def test_calls_go_on_after_the_nonce_expired_and_the_gateway_restarted(tmp_path: Path) -> None:
    with Sipp(tmp_path / "sipp", ANSWER, calls=3) as far:
        port = 0

        def gateway(folder: str) -> Kamailio:
            more = {"port": port} if port else {}
            life = {"far_end": far.address, "nonce_life_s": 1}
            return Kamailio(tmp_path / folder, password=PASSWORD, **life, **more)  # type: ignore[arg-type]

        async def answered(number: int) -> None:
            one.call(f"c{number}")
            await one.hear(CallAnswered, number)
            one.engine.submit(HangUp(call=f"c{number}"))
            assert (await one.hear(CallEnded, number)).outcome == "answered", far.messages()

        first = gateway("first")
        port = first.port
        async with ear((LOOPBACK, port), "tcp") as one:
            with first:
                one.engine.submit(RegisterTrunk(trunk="t"))
                await one.hear(BindingEstablished)
                await answered(1)
                await asyncio.sleep(1.5)  # the nonce of the first call is stale now
                await answered(2)
            await one.hear(FlowLost)  # every connection is gone with it
            second = gateway("second")
            with second:
                await one.hear(BindingEstablished, 2, seconds=40)
                await answered(3)
                one.engine.submit(Shutdown())
                await one.engine.closed()
        assert await asyncio.to_thread(far.finish) == 0, far.messages()
