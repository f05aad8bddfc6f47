"""pyVoIP's own phone behind its line: an independent far end, with real sound both ways."""

from __future__ import annotations

import os
import signal

import pytest

from tccc_desk.net.media import MediaClock, MediaPort
from tccc_desk.practice.events import CallAnswered, CallEnded, DigitReceived, PhoneChanged
from tccc_desk.practice.gateway import Settings
from tccc_desk.practice.lines import STEM
from tccc_desk.sdp.description import parse_description
from tccc_desk.sdp.negotiate import make_offer

from .conftest import Running, until

PHONE = f"{STEM}77"


@pytest.mark.parametrize("transport", ["UDP", "TCP"])
async def test_the_phone_answers_hears_digits_and_echoes_our_tone(running: Running, transport: str) -> None:
    agent = await running.agent(transport)
    clock = MediaClock()
    port = MediaPort.open("127.0.0.1", clock)
    call = agent.invite(PHONE, port=str(port.port))
    await call.start()
    assert (await agent.response(call.transaction, provisional=True)).status in {100, 180}
    answer = await call.final()
    assert answer.status == 200
    assert call.parameters.codec == "PCMU"
    assert b"pyVoIP" not in answer.headers.get("Contact").encode()  # its dialog is with the gateway
    port.start(call.parameters, "tone", lambda _: None)
    await until(lambda: (port.report().level_received_dbov or -99) > -30)
    port.send_digits("7")
    await until(lambda: bool(running.events(DigitReceived)))
    assert running.events(DigitReceived)[0].digit == "7"
    assert (await call.ask("BYE")).status == 200
    port.close()
    clock.stop()
    assert running.events(CallAnswered)[0].codec == "PCMU"
    assert running.events(CallEnded)[0].by == "them"


async def test_the_sound_goes_past_the_gateway(running: Running) -> None:
    agent = await running.agent()
    call = agent.invite(PHONE)
    answer = await call.run()
    (audio,) = parse_description(answer.body).media
    assert audio.formats[0] == "0"
    assert audio.port not in {running.ready.port, 0}
    assert (await call.ask("INVITE", body=call.offer, content_type="application/sdp")).status == 488
    assert (await call.ask("BYE")).status == 200


async def test_streams_the_phone_cannot_have_are_refused_at_their_place(running: Running) -> None:
    agent = await running.agent()
    call = agent.invite(PHONE)
    lines = call.offer.split(b"m=audio", 1)
    call.offer = lines[0] + b"m=video 5000 RTP/AVP 96\r\nm=audio" + lines[1]
    answer = await call.run()
    assert [media.port == 0 for media in parse_description(answer.body).media] == [True, False]
    await call.ask("BYE")


async def test_an_offer_without_pcmu_gets_488(running: Running) -> None:
    agent = await running.agent()
    call = agent.invite(PHONE)
    call.offer = make_offer("127.0.0.1", 40000, ("PCMA",), session_id=1, version=1)
    assert (await call.run()).status == 488


async def test_a_caller_who_gives_up_leaves_no_call_behind(running: Running) -> None:
    agent = await running.agent()
    call = agent.invite(PHONE)
    await call.start()
    while (await agent.response(call.transaction, provisional=True)).status != 180:
        pass
    agent.endpoint.cancel(call.transaction, agent.now())
    agent.drain()
    assert (await agent.response(call.transaction)).status == 487
    again = agent.invite(PHONE)  # pyVoIP ignores CANCEL and answers: the gateway hangs that up
    assert (await again.run()).status == 200
    await again.ask("BYE")


async def test_a_phone_that_died_is_started_again(running: Running) -> None:
    agent = await running.agent()
    call = agent.invite(PHONE)
    assert (await call.run()).status == 200
    pid = running.gateway.exchange.phone_pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    await until(lambda: any(event.state == "gone" for event in running.events(PhoneChanged)))
    await call.hung_up()
    again = agent.invite(PHONE)
    assert (await again.run()).status == 200
    assert running.gateway.exchange.phone_pid not in {None, pid}
    await again.ask("BYE")


class TestOnIPv6:
    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(host="::1", wake_phone=False)

    async def test_the_phone_which_knows_no_ipv6_is_said_to_be_missing(self, running: Running) -> None:
        agent = await running.agent("TCP")
        assert (await agent.invite(f"{STEM}03").run()).status == 486
        response = await agent.invite(PHONE).run()
        assert (response.status, "pyVoIP" in response.headers.get("Warning")) == (503, True)
