"""Each fault is what it says, on the wire, and is gone after "normal"."""

from __future__ import annotations

import asyncio

import pytest

from tccc_desk.net.media import MediaClock, MediaPort
from tccc_desk.practice.faults import FAULTS, FOREIGN_REALM
from tccc_desk.practice.lines import STEM
from tccc_desk.sip.digest import parse_challenges

from .conftest import Running, until


async def test_wrong_password_challenges_for_ever_and_never_as_stale(running: Running) -> None:
    agent = await running.agent()
    running.gateway.apply("wrong-password")
    for _ in range(2):
        response = await agent.register()
        assert response.status == 401
        assert not parse_challenges(response.headers, "WWW-Authenticate")[0].stale
    assert (await agent.invite(f"{STEM}00").run()).status == 407
    running.gateway.apply("normal")
    assert (await agent.register()).status == 200


@pytest.mark.parametrize(("fault", "status"), [("403", 403), ("503", 503)])
async def test_a_final_answer_to_everything(running: Running, fault: str, status: int) -> None:
    agent = await running.agent()
    running.gateway.apply(fault)  # type: ignore[arg-type]
    response = await agent.register()
    assert response.status == status
    assert (response.headers.get("Retry-After") == "5") is (status == 503)
    assert (await agent.invite(f"{STEM}00").challenged()).status == status


@pytest.mark.parametrize("transport", ["UDP", "TCP"])
async def test_silence_answers_nothing_until_it_is_over(running: Running, transport: str) -> None:
    agent = await running.agent(transport)
    running.gateway.apply("silence")
    transaction = agent.send(agent.register_request())
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(agent.response(transaction, provisional=True), 0.6)
    running.gateway.apply("normal")
    assert (await agent.register()).status == 200


async def test_kill_connections_resets_tcp(running: Running) -> None:
    agent = await running.agent("TCP")
    await agent.register()
    running.gateway.apply("kill-connections")
    await asyncio.wait_for(agent.wire.lost.wait(), 5)
    assert running.gateway.bindings()["gateway01"] == ()
    assert (await (await running.agent("TCP")).register()).status == 200


async def test_short_expiry_grants_thirty_seconds(running: Running) -> None:
    agent = await running.agent()
    running.gateway.apply("short-expiry")
    assert (await agent.register()).headers.get("Contact").endswith(";expires=30")


async def test_foreign_realm_challenges_with_one(running: Running) -> None:
    agent = await running.agent()
    running.gateway.apply("foreign-realm")
    response = await agent.ask(agent.register_request())
    assert parse_challenges(response.headers, "WWW-Authenticate")[0].realm == FOREIGN_REALM
    assert (await agent.register()).status == 200  # for a device that is allowed to answer it


async def test_other_device_lists_a_second_binding_until_normal(running: Running) -> None:
    agent = await running.agent()
    running.gateway.apply("other-device")
    running.gateway.apply("other-device")
    listed = (await agent.register()).headers.split("Contact")
    assert len(listed) == 2
    assert listed[0] == "<sip:gateway01@192.0.2.77:5060>;expires=120"
    running.gateway.apply("normal")
    assert len((await agent.register()).headers.split("Contact")) == 1


async def test_stale_nonce_happens_once(running: Running) -> None:
    agent = await running.agent()
    running.gateway.apply("stale-nonce")
    first = await agent.register()
    assert first.status == 401
    assert parse_challenges(first.headers, "WWW-Authenticate")[0].stale
    assert (await agent.register()).status == 200


async def test_one_way_answers_without_any_rtp(running: Running) -> None:
    agent = await running.agent()
    running.gateway.apply("one-way")
    clock = MediaClock()
    port = MediaPort.open("127.0.0.1", clock)
    call = agent.invite(f"{STEM}01", port=str(port.port))
    assert (await call.run()).status == 200
    port.start(call.parameters, "tone", lambda _: None)
    await until(lambda: port.report().sent >= 20)
    assert port.report().received == 0
    await call.ask("BYE")
    port.close()
    clock.stop()


@pytest.mark.parametrize(
    ("fault", "algorithms"),
    [
        ("challenge-md5", ["MD5"]),
        ("challenge-sha256", ["SHA-256"]),
        ("challenge-both", ["SHA-256", "MD5"]),
    ],
)
async def test_the_challenge_may_use_other_algorithms(
    running: Running, fault: str, algorithms: list[str]
) -> None:
    agent = await running.agent()
    running.gateway.apply(fault)  # type: ignore[arg-type]
    response = await agent.ask(agent.register_request())
    challenges = parse_challenges(response.headers, "WWW-Authenticate")
    assert [challenge.algorithm for challenge in challenges] == algorithms
    assert (await agent.register()).status == 200
    call = agent.invite(f"{STEM}03")
    assert (await call.run()).status == 486


async def test_every_fault_can_be_set_and_is_told(running: Running) -> None:
    for fault in FAULTS:
        running.gateway.apply(fault)
    running.gateway.apply("normal")
    assert (await (await running.agent()).register()).status == 200
