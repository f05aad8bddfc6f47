"""The document's step 1 against the gateway: challenge, grant, list, remove."""

from __future__ import annotations

import pytest

from tccc_desk.practice.events import Refused, Registered, Unregistered
from tccc_desk.sip.digest import parse_challenges
from tccc_desk.sip.message import Response

from .conftest import Running
from .scripted import DOMAIN

both = pytest.mark.parametrize("transport", ["UDP", "TCP"])


def contacts(response: Response) -> list[str]:
    return list(response.headers.split("Contact"))


@both
async def test_a_register_is_challenged_then_granted_120_seconds_at_most(
    running: Running, transport: str
) -> None:
    agent = await running.agent(transport)
    first = await agent.ask(agent.register_request(expires="3600"))
    assert first.status == 401
    (challenge,) = parse_challenges(first.headers, "WWW-Authenticate")
    assert (challenge.realm, challenge.algorithm, challenge.qop) == (DOMAIN, "MD5", ("auth",))
    second = await agent.ask(
        agent.register_request(agent.answer(first, "REGISTER", f"sip:{DOMAIN}"), expires="3600")
    )
    assert second.status == 200
    assert contacts(second) == [f"{agent.contact};expires=120"]
    (event,) = running.events(Registered)
    assert (event.account, event.expires, event.flow.split()[0]) == ("gateway01", 120, transport)


async def test_register_without_contact_lists_every_binding_and_touches_none(running: Running) -> None:
    one, two = await running.agent("TCP"), await running.agent("UDP")
    await one.register()
    await two.register()
    listed = await one.register(contact="")
    assert listed.status == 200
    assert {each.partition(">")[0] + ">" for each in contacts(listed)} == {one.contact, two.contact}


async def test_expires_zero_removes_one_binding_only(running: Running) -> None:
    one, two = await running.agent("TCP"), await running.agent("UDP")
    await one.register()
    await two.register()
    gone = await one.register(expires="0")
    assert [each.partition(">")[0] + ">" for each in contacts(gone)] == [two.contact]
    (event,) = running.events(Unregistered)
    assert (event.contact, event.why) == (one.contact.strip("<>"), "asked")


async def test_an_expires_parameter_wins_over_the_header(running: Running) -> None:
    agent = await running.agent()
    response = await agent.register(contact=f"{agent.contact};expires=60", expires="120")
    assert contacts(response) == [f"{agent.contact};expires=60"]


async def test_an_expiry_below_ten_seconds_gets_423_with_min_expires(running: Running) -> None:
    agent = await running.agent()
    response = await agent.register(expires="5")
    assert (response.status, response.headers.get("Min-Expires")) == (423, "10")


@pytest.mark.parametrize("expires", ["never", "-5", "1" * 30, ""])
async def test_an_unreadable_expiry_counts_as_the_longest(running: Running, expires: str) -> None:
    agent = await running.agent()
    assert contacts(await agent.register(expires=expires)) == [f"{agent.contact};expires=120"]


async def test_star_removes_all_only_with_expires_zero(running: Running) -> None:
    agent = await running.agent()
    await agent.register()
    assert (await agent.register(contact="*", expires="60")).status == 400
    assert contacts(await agent.register(contact="*", expires="0")) == []


async def test_a_lost_connection_takes_its_binding_along(running: Running) -> None:
    agent, watcher = await running.agent(), await running.agent("UDP")
    await agent.register()
    agent.wire.transport.abort()
    await agent.wire.lost.wait()
    assert contacts(await watcher.register(contact="")) == []
    assert running.events(Unregistered)[0].why == "connection-lost"


async def test_a_wrong_password_is_challenged_again_and_not_as_stale(running: Running) -> None:
    agent = await running.agent(password="not this one")
    response = await agent.register()
    assert response.status == 401
    (challenge,) = parse_challenges(response.headers, "WWW-Authenticate")
    assert not challenge.stale
    assert "password" in response.headers.get("Warning")
    assert "password" in running.events(Refused)[0].why


async def test_a_replayed_nonce_count_is_stale(running: Running) -> None:
    agent = await running.agent()
    first = await agent.ask(agent.register_request())
    header = agent.answer(first, "REGISTER", f"sip:{DOMAIN}")
    assert (await agent.ask(agent.register_request(header))).status == 200
    again = await agent.ask(agent.register_request(header))
    (challenge,) = parse_challenges(again.headers, "WWW-Authenticate")
    assert (again.status, challenge.stale) == (401, True)
    used_further = agent.answer(first, "REGISTER", f"sip:{DOMAIN}")  # same nonce, nc=2
    assert (await agent.ask(agent.register_request(used_further))).status == 200


@pytest.mark.parametrize(("to", "status"), [("gateway02", 403), ("nobody", 404)])
async def test_an_account_registers_only_itself(running: Running, to: str, status: int) -> None:
    agent = await running.agent()
    assert (await agent.register(to=to)).status == status


async def test_no_account_takes_more_than_ten_bindings(running: Running) -> None:
    agent = await running.agent()
    for number in range(10):
        assert (await agent.register(contact=f"<sip:x{number}@127.0.0.1>")).status == 200
    assert (await agent.register(contact="<sip:x10@127.0.0.1>")).status == 403


@both
async def test_options_and_unknown_methods_are_answered(running: Running, transport: str) -> None:
    agent = await running.agent(transport)
    headers = list(agent.register_request().headers)
    for method, status in [("OPTIONS", 200), ("REFER", 405), ("BYE", 481)]:
        own = [(n, v.replace("REGISTER", method)) for n, v in headers if n != "Contact"]
        response = await agent.ask(agent.request(method, f"sip:{DOMAIN}", own))
        assert response.status == status
    extension = await agent.ask(agent.register_request(("Require", "gruu")))
    assert (extension.status, extension.headers.get("Unsupported")) == (420, "gruu")


async def test_a_ping_gets_its_pong(running: Running) -> None:
    agent = await running.agent("TCP")
    agent.write(b"\r\n\r\n")
    await agent.inbox.take(lambda item: type(item).__name__ == "Pong")


async def test_garbage_is_survived_and_a_broken_request_gets_400(running: Running) -> None:
    agent = await running.agent("UDP")
    agent.write(b"\x00\xff nonsense")
    broken = (
        f"REGISTER sip:{DOMAIN} SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1;branch=z9hG4bKx;rport\r\n"
        f"From: <sip:a@{DOMAIN}>;tag=1\r\nTo: <sip:a@{DOMAIN}>\r\nCall-ID: 1\r\nCSeq: x REGISTER\r\n\r\n"
    )
    agent.write(broken.encode())
    stream = await running.agent("TCP")
    stream.write(b"INVITE sip:x SIP/2.0\r\nContent-Length: 99999999\r\n\r\n")
    await stream.wire.lost.wait()
    assert (await agent.register()).status == 200
