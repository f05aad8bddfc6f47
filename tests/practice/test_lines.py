"""The document's step 2 against each line, and what the gateway checks before it connects."""

from __future__ import annotations

import pytest

from tccc_desk.net.media import MediaClock, MediaPort
from tccc_desk.practice.events import CallArrived, CallEnded, DigitReceived
from tccc_desk.practice.gateway import Settings
from tccc_desk.practice.lines import LINES, STEM, find_line
from tccc_desk.sdp.negotiate import answer_offer
from tccc_desk.sip.dialog import Dialog
from tccc_desk.sip.digest import parse_challenges
from tccc_desk.sip.message import to_address

from .conftest import Running, until
from .scripted import DOMAIN

both = pytest.mark.parametrize("transport", ["UDP", "TCP"])
ECHO, TONE = f"{STEM}00", f"{STEM}01"
REFUSING = {line.digits: line for line in LINES if line.action == "reject"}


@both
async def test_an_invite_is_challenged_by_407_and_answered_after_it(running: Running, transport: str) -> None:
    agent = await running.agent(transport)
    call = agent.invite(ECHO, "13800138000")
    first = await call.challenged()
    assert first.status == 407
    (challenge,) = parse_challenges(first.headers, "Proxy-Authenticate")
    assert (challenge.realm, challenge.qop) == (DOMAIN, ("auth",))
    assert to_address(first).tag
    await call.start()
    ringing = await agent.response(call.transaction, provisional=True)
    assert ringing.status == 180
    answer = await call.final()
    assert answer.status == 200
    assert call.parameters.codec == "PCMA"
    (arrived,) = running.events(CallArrived)
    assert (arrived.account, arrived.from_, arrived.to, arrived.line) == (
        "gateway01",
        "13800138000",
        ECHO,
        "echo",
    )
    assert (await call.ask("BYE")).status == 200
    (ended,) = running.events(CallEnded)
    assert (ended.by, ended.status) == ("them", 200)


@pytest.mark.parametrize("digits", sorted(REFUSING))
async def test_a_refusing_line_refuses_with_its_status(running: Running, digits: str) -> None:
    agent = await running.agent("UDP")
    call = agent.invite(f"{STEM}{digits}")
    response = await call.run()
    assert response.status == REFUSING[digits].status
    if response.status == 302:
        assert response.headers.get("Contact") == f"<sip:{STEM}00@{DOMAIN}>"
    (ended,) = running.events(CallEnded)
    assert (ended.by, ended.status) == ("us", response.status)


async def test_a_late_refusal_rings_meanwhile(running: Running) -> None:
    agent = await running.agent()
    call = agent.invite(f"{STEM}15")
    await call.start()
    assert (await agent.response(call.transaction, provisional=True)).status == 180


@both
async def test_the_line_that_rings_for_ever_ends_with_487_on_cancel(running: Running, transport: str) -> None:
    agent = await running.agent(transport)
    call = agent.invite(f"{STEM}04")
    await call.start()
    assert (await agent.response(call.transaction, provisional=True)).status == 180
    agent.endpoint.cancel(call.transaction, agent.now())
    agent.drain()
    assert (await agent.response(call.transaction)).status == 487
    assert running.events(CallEnded)[0].status == 487


async def test_line_02_hangs_up_by_itself(running: Running) -> None:
    agent = await running.agent()
    call = agent.invite(f"{STEM}02")
    await call.run()
    await call.hung_up()
    assert running.events(CallEnded)[0].by == "us"


async def test_line_11_sends_its_sdp_with_183_and_the_same_again_with_200(running: Running) -> None:
    agent = await running.agent()
    call = agent.invite(f"{STEM}11")
    await call.start()
    early = await agent.response(call.transaction, provisional=True)
    answer = await call.final()
    assert (early.status, answer.status) == (183, 200)
    assert early.body == answer.body != b""
    assert to_address(early).tag == to_address(answer).tag


async def test_an_invite_without_offer_gets_one_in_the_200_and_takes_the_answer_from_the_ack(
    running: Running,
) -> None:
    agent = await running.agent()
    clock = MediaClock()
    port = MediaPort.open("127.0.0.1", clock)
    call = agent.invite(TONE, offer=False, port=str(port.port))
    assert (await call.run()).status == 200
    port.start(call.parameters, "silence", lambda _: None)
    await until(lambda: port.report().received >= 5)
    assert (await call.ask("BYE")).status == 200
    port.close()
    clock.stop()


async def test_sound_and_digits_go_both_ways_on_the_echo_line(running: Running) -> None:
    agent = await running.agent()
    clock = MediaClock()
    port = MediaPort.open("127.0.0.1", clock)
    call = agent.invite(ECHO, port=str(port.port))
    await call.run()
    port.start(call.parameters, "tone", lambda _: None)
    port.send_digits("5")
    await until(
        lambda: (port.report().level_received_dbov or -99) > -30 and bool(running.events(DigitReceived))
    )
    assert (await call.ask("BYE")).status == 200
    port.close()
    clock.stop()
    ended = running.events(CallEnded)[0]
    assert min(ended.sent, ended.received) >= 5
    assert running.events(DigitReceived)[0].digit == "5"


async def test_line_12_answers_and_sends_nothing(running: Running) -> None:
    agent = await running.agent()
    clock = MediaClock()
    port = MediaPort.open("127.0.0.1", clock)
    call = agent.invite(f"{STEM}12", port=str(port.port))
    assert (await call.run()).status == 200
    port.start(call.parameters, "tone", lambda _: None)
    await until(lambda: port.report().sent >= 25)
    assert port.report().received == 0
    await call.ask("BYE")
    port.close()
    clock.stop()
    assert running.events(CallEnded)[0].sent == 0


async def test_hold_and_resume_inside_the_call(running: Running) -> None:
    agent = await running.agent()
    call = agent.invite(ECHO)
    await call.run()
    held = await call.ask(
        "INVITE", body=call.offer.replace(b"sendrecv", b"sendonly"), content_type="application/sdp"
    )
    assert (held.status, b"a=recvonly" in held.body) == (200, True)
    _, ack = call.dialog.request("ACK", contact=agent.contact)
    agent.endpoint.send_ack(ack, agent.flow, agent.now())
    agent.drain()
    assert (await call.ask("INFO")).status == 200
    assert (await call.ask("UPDATE")).status == 405
    assert (await call.ask("BYE")).status == 200


@pytest.mark.parametrize("digits", ["04", "77"])
async def test_a_bye_before_the_answer_ends_the_invite_with_487(running: Running, digits: str) -> None:
    agent = await running.agent()
    call = agent.invite(f"{STEM}{digits}")
    await call.start()
    while (ringing := await agent.response(call.transaction, provisional=True)).status != 180:
        assert ringing.status == 100
    call.dialog = Dialog.from_response(call.message(2), ringing)
    assert (await call.ask("INVITE", body=call.offer)).status == (500 if digits == "04" else 488)
    assert (await call.ask("BYE")).status == 200
    assert (await agent.response(call.transaction)).status == 487
    (ended,) = running.events(CallEnded)
    assert (ended.by, ended.status) == ("them", 487)


async def test_a_request_out_of_order_gets_500(running: Running) -> None:
    agent = await running.agent()
    call = agent.invite(ECHO)
    await call.run()
    assert (await call.ask("INFO", cseq=9)).status == 200
    assert (await call.ask("INFO", cseq=5)).status == 500
    assert (await call.ask("BYE")).status == 200


async def test_a_re_invite_without_offer_takes_its_answer_from_the_ack(running: Running) -> None:
    agent = await running.agent()
    call = agent.invite(TONE)
    await call.run()
    clock = MediaClock()
    port = MediaPort.open("127.0.0.1", clock)
    offered = await call.ask("INVITE")
    body, parameters = answer_offer(offered.body, "127.0.0.1", port.port, ("PCMU",), session_id=1, version=2)
    _, ack = call.dialog.request("ACK", contact=agent.contact, body=body, content_type="application/sdp")
    agent.endpoint.send_ack(ack, agent.flow, agent.now())
    agent.drain()
    port.start(parameters, "silence", lambda _: None)
    await until(lambda: port.report().received > 5)  # the sound moved to the new port
    assert (await call.ask("BYE")).status == 200
    port.close()
    clock.stop()


async def test_an_offer_without_our_codecs_gets_488(running: Running) -> None:
    agent = await running.agent()
    call = agent.invite(ECHO)
    call.offer = call.offer.replace(b"RTP/AVP 8 0 101", b"RTP/AVP 9 18")
    assert (await call.run()).status == 488


@pytest.mark.parametrize(
    ("wrong", "status", "why"),
    [
        ({"from_uri": "sip:138@elsewhere.example"}, 403, "From"),
        ({"to": f"sip:{ECHO}@elsewhere.example"}, 404, "To"),
        ({"to": f"sip:gateway01@{DOMAIN}"}, 404, "differ"),
        ({"uri": f"sip:99999999@{DOMAIN}", "to": f"sip:99999999@{DOMAIN}"}, 404, "line number"),
        ({"uri": f"sip:agent@{DOMAIN}", "to": f"sip:agent@{DOMAIN}"}, 404, "line number"),
    ],
)
async def test_what_is_not_step_2_of_the_document_is_refused_with_the_reason(
    running: Running, wrong: dict[str, str], status: int, why: str
) -> None:
    agent = await running.agent()
    response = await agent.invite(ECHO, **wrong).run()
    assert response.status == status
    assert why in response.headers.get("Warning")


async def test_credentials_of_another_account_or_uri_do_not_pass(running: Running) -> None:
    agent = await running.agent()
    call = agent.invite(ECHO)
    first = await call.challenged()
    header = agent.answer(first, "INVITE", f"sip:{TONE}@{DOMAIN}")
    again = await agent.ask(call.message(2, header))
    assert (again.status, "uri" in again.headers.get("Warning")) == (407, True)


async def test_a_call_nobody_acknowledges_is_ended_by_the_gateway(running: Running) -> None:
    """RFC 3261 section 13.3.1.4, seen up to the repeated 200: the rest is the endpoint's own test."""
    agent = await running.agent("UDP")
    call = agent.invite(ECHO)
    await call.start()
    await agent.response(call.transaction)
    assert (await agent.response(call.transaction)).status == 200  # repeated: no ACK came
    running.gateway.hang_up()
    agent.respond(await agent.incoming("BYE"), 200)


async def test_an_invite_that_comes_again_under_another_branch_is_merged(running: Running) -> None:
    agent = await running.agent("UDP")
    call = agent.invite(f"{STEM}04")
    first = await call.challenged()
    agent.send(call.message(2, agent.answer(first, "INVITE", call.uri)))
    again = await agent.ask(call.message(2, agent.answer(first, "INVITE", call.uri)))
    assert again.status == 482


class TestRecordRoute:
    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(wake_phone=False, record_route=True)

    async def test_later_requests_bear_the_route(self, running: Running) -> None:
        agent = await running.agent("TCP")
        call = agent.invite(ECHO)
        await call.run()
        assert call.dialog.route_set == (f"<sip:127.0.0.1:{running.ready.port};lr;transport=tcp>",)
        assert (await call.ask("BYE")).status == 200


@pytest.mark.parametrize(
    "number", ["", "00", "abc00", "0755123456￼", "07551234567890123456789", "0755123499"]
)
def test_no_line_is_behind_a_strange_number(number: str) -> None:
    assert find_line(number) is None


def test_every_pair_of_digits_is_given_once() -> None:
    assert len({line.digits for line in LINES}) == len({line.name for line in LINES}) == len(LINES)
