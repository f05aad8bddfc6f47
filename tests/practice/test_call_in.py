"""The document's step 3: the gateway calls a registered device over the flow it registered on."""

from __future__ import annotations

import pytest

from tccc_desk.net.media import MediaClock, MediaPort
from tccc_desk.practice.calling import Wish
from tccc_desk.practice.events import CallAnswered, CallEnded, CallPlaced, CallProgressed
from tccc_desk.practice.exchange import CannotDo
from tccc_desk.sip.message import cseq, from_address, to_address
from tccc_desk.sip.outputs import AckReceived, Cancelled

from .conftest import Running, until
from .scripted import DOMAIN

both = pytest.mark.parametrize("transport", ["UDP", "TCP"])
WISH = Wish(account="gateway01", caller="02188886666", number="13800138000")


@both
async def test_the_invite_comes_as_the_document_says_and_sound_follows_the_answer(
    running: Running, transport: str
) -> None:
    agent = await running.agent(transport)
    await agent.register()
    clock = MediaClock()
    port = MediaPort.open("127.0.0.1", clock)
    call = running.gateway.call_in(WISH)
    event = await agent.incoming()
    request = event.request
    assert request.uri == agent.contact.strip("<>")
    assert str(to_address(request).uri) == f"sip:13800138000@{DOMAIN}"
    assert str(from_address(request).uri) == f"sip:02188886666@{DOMAIN}"
    assert request.headers.get("P-Asserted-Identity") == f"<sip:02188886666@{DOMAIN}>"
    agent.respond(event, 180, to_tag="callee", headers=[("Contact", agent.contact)])
    port.start(agent.answer_call(event, port.port), "silence", lambda _: None)
    ack = await agent.inbox.take(lambda item: isinstance(item, AckReceived))
    assert isinstance(ack, AckReceived)
    assert cseq(ack.request) == (1, "ACK")
    await until(lambda: (port.report().level_received_dbov or -99) > -30)  # a tone, not silence
    assert running.gateway.hang_up(call) == 1
    agent.respond(await agent.incoming("BYE"), 200)
    port.close()
    clock.stop()
    assert running.events(CallPlaced)[0].contact == agent.contact.strip("<>")
    assert [each.status for each in running.events(CallProgressed)] == [180]
    assert len(running.events(CallAnswered)) == 1
    (ended,) = running.events(CallEnded)
    assert (ended.by, ended.status) == ("us", 200)
    assert ended.sent > 0


async def test_the_newest_binding_of_the_account_is_called(running: Running) -> None:
    old, new = await running.agent("TCP"), await running.agent("UDP")
    await old.register()
    await new.register()
    running.gateway.call_in(WISH)
    new.respond(await new.incoming(), 603, to_tag="x")
    await until(lambda: bool(running.events(CallEnded)))
    assert (running.events(CallEnded)[0].by, running.events(CallEnded)[0].status) == ("them", 603)


async def test_the_request_uri_may_be_the_number(running: Running) -> None:
    agent = await running.agent()
    await agent.register()
    running.gateway.call_in(Wish(account="gateway01", caller="1", number="2", target="number"))
    event = await agent.incoming()
    assert event.request.uri == f"sip:2@{DOMAIN}"
    agent.respond(event, 486, to_tag="x")


async def test_hanging_up_while_it_rings_cancels(running: Running) -> None:
    agent = await running.agent()
    await agent.register()
    call = running.gateway.call_in(WISH)
    event = await agent.incoming()
    agent.respond(event, 180, to_tag="callee")
    await until(lambda: bool(running.events(CallProgressed)))
    running.gateway.hang_up(call)
    await agent.inbox.take(lambda item: isinstance(item, Cancelled))
    agent.respond(event, 487, to_tag="callee")
    await until(lambda: bool(running.events(CallEnded)))
    assert (running.events(CallEnded)[0].by, running.events(CallEnded)[0].status) == ("us", 487)


async def test_a_cancel_that_crosses_the_answer_is_followed_by_ack_and_bye(running: Running) -> None:
    agent = await running.agent()
    await agent.register()
    call = running.gateway.call_in(WISH)
    event = await agent.incoming()
    agent.respond(event, 180, to_tag="callee")
    await until(lambda: bool(running.events(CallProgressed)))
    agent.answer_call(event, 40000)
    running.gateway.hang_up(call)
    await agent.inbox.take(lambda item: isinstance(item, AckReceived))
    agent.respond(await agent.incoming("BYE"), 200)
    assert running.events(CallEnded)[0].by == "us"


async def test_ringing_ends_with_the_ring_timeout(running: Running) -> None:
    agent = await running.agent()
    await agent.register()
    running.gateway.call_in(Wish(account="gateway01", caller="1", number="2", ring_timeout_s=0.2))
    event = await agent.incoming()
    agent.respond(event, 180, to_tag="callee")
    await agent.inbox.take(lambda item: isinstance(item, Cancelled))
    agent.respond(event, 487, to_tag="callee")


async def test_several_calls_at_once_end_on_their_own(running: Running) -> None:
    agent = await running.agent()
    await agent.register()
    calls = [running.gateway.call_in(WISH) for _ in range(3)]
    assert len(set(calls)) == 3
    for _ in calls:
        agent.answer_call(await agent.incoming(), 40000)
    await until(lambda: len(running.events(CallAnswered)) == 3)
    assert running.gateway.hang_up() == 3
    for _ in calls:
        agent.respond(await agent.incoming("BYE"), 200)


async def test_the_device_may_hang_up(running: Running) -> None:
    agent = await running.agent()
    await agent.register()
    running.gateway.call_in(Wish(account="gateway01", caller="1", number="2", seconds=60))
    event = await agent.incoming()
    agent.answer_call(event, 40000)
    await agent.inbox.take(lambda item: isinstance(item, AckReceived))
    assert (await agent.bye(event)).status == 200
    assert running.events(CallEnded)[0].by == "them"


async def test_an_answer_without_usable_sdp_is_hung_up(running: Running) -> None:
    agent = await running.agent()
    await agent.register()
    running.gateway.call_in(WISH)
    agent.respond(await agent.incoming(), 200, to_tag="x", headers=[("Contact", agent.contact)])
    agent.respond(await agent.incoming("BYE"), 200)
    assert running.events(CallEnded)[0].by == "fault"


async def test_a_lost_connection_ends_the_ringing_call(running: Running) -> None:
    agent = await running.agent("TCP")
    await agent.register()
    running.gateway.call_in(WISH)
    await agent.incoming()
    agent.wire.transport.abort()
    await until(lambda: bool(running.events(CallEnded)))
    assert (running.events(CallEnded)[0].by, running.events(CallEnded)[0].status) == ("fault", 0)


async def test_nobody_can_be_called_who_is_not_registered(running: Running) -> None:
    with pytest.raises(CannotDo, match="not registered") as refused:
        running.gateway.call_in(WISH)
    assert refused.value.field == "account"
    running.gateway.apply("other-device")  # listed, but made up
    with pytest.raises(CannotDo):
        running.gateway.call_in(WISH)
