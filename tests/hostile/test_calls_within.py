"""What a far end can do inside a call that stands: answered rightly, and the admin can still hang up."""

from __future__ import annotations

import asyncio

import pytest

from tccc_desk.engine.commands import HangUp
from tccc_desk.engine.events import CallAnswered, CallEnded
from tests.helpers.hostile_gateway.bodies import HOSTILE_SDP
from tests.helpers.hostile_gateway.case import Case, named, report
from tests.helpers.hostile_gateway.gateway import Transport
from tests.helpers.hostile_gateway.sayings import STRANGER, answer, back, challenge, nothing, sdp, to
from tests.helpers.hostile_gateway.trial import Trial


def inside(
    id: str,
    *methods: str,
    statuses: set[int],
    number: int = 2,
    body: bytes = b"",
    count: int = 1,
    **fields: str,
) -> Case:
    """Requests in the call: each answered, none ends it."""

    async def attack(trial: Trial) -> None:
        link = await trial.in_call()
        (sent,) = trial.gateway.requests("INVITE")
        for method in methods:
            for step in range(count):
                asked = back(link, sent, method, number + step, body=body, **fields)
                link.say(asked)
                if count > 20:
                    await asyncio.sleep(0.002)
        for method in methods:
            await trial.until(lambda method=method: bool(trial.gateway.answers(method)))  # type: ignore[misc]
        await asyncio.sleep(0.1)
        for method in methods:
            found = {one.status for one in trial.gateway.answers(method)}
            assert found <= statuses | {100}, f"{method} got {found}"
        assert not trial.said(CallEnded), trial.summary()
        for answered in trial.gateway.answers("INVITE"):
            if answered.status == 200:
                link.say(back(link, sent, "ACK", int(answered.headers.get("CSeq").split()[0])))
        await trial.hung_up()

    return Case(id=id, attack=attack, said=(CallAnswered,), registers=0)


def silent(id: str, method: str, **fields: str) -> Case:
    """Said in or beside the call, worth no answer and no end."""

    async def attack(trial: Trial) -> None:
        link = await trial.in_call()
        (sent,) = trial.gateway.requests("INVITE")
        for number in range(30):
            link.say(back(link, sent, method, number + 1, **fields))
        await asyncio.sleep(0.2)
        assert not trial.said(CallEnded), trial.summary()
        await trial.hung_up()

    return Case(id=id, attack=attack, said=(CallAnswered,), registers=0)


async def bye_flood(trial: Trial) -> None:
    """One BYE ends it; the rest are told there is no such call."""
    link = await trial.in_call()
    (sent,) = trial.gateway.requests("INVITE")
    for number in range(200):
        link.say(back(link, sent, "BYE", number + 2))
        await asyncio.sleep(0.001)
    await trial.until(lambda: len(trial.gateway.answers("BYE")) == 200)
    assert {one.status for one in trial.gateway.answers("BYE")} == {200, 481}
    assert len(trial.said(CallEnded, "c")) == 1


async def both_hang_up(trial: Trial) -> None:
    """BYE crosses BYE."""
    link = await trial.in_call()
    (sent,) = trial.gateway.requests("INVITE")
    trial.engine.submit(HangUp(call="c"))
    link.say(back(link, sent, "BYE", 2))
    await trial.until(lambda: bool(trial.said(CallEnded, "c")))


async def lost_in_call(trial: Trial) -> None:
    """The connection dies in the call; hanging up still ends it."""
    link = await trial.in_call()
    link.reset()
    await asyncio.sleep(0.1)
    await trial.hung_up()


CASES = [
    Case(id="two hundred BYEs", attack=bye_flood, said=(CallAnswered,), registers=0),
    Case(
        id="BYE crosses BYE",
        attack=both_hang_up,
        said=(CallAnswered,),
        registers=0,
        finding="finding.call.ok",
    ),
    Case(
        id="our BYE is never answered",
        script=to(BYE=nothing),
        attack=Trial.talked,
        registers=0,
        finding="finding.call.ok",
    ),
    Case(
        id="our BYE is challenged for ever",
        script=to(BYE=challenge(407)),
        attack=Trial.talked,
        registers=0,
        finding="finding.call.ok",
    ),
    Case(
        id="our BYE is answered by 302",
        script=to(BYE=answer(302, ("Contact", f"<{STRANGER}>"))),
        attack=Trial.talked,
        registers=0,
    ),
    Case(id="the connection is reset in the call", transports=("tcp",), attack=lost_in_call, registers=0),
    inside("a storm of re-INVITEs", "INVITE", statuses={200, 491, 500}, body=sdp(), count=50),
    inside("re-INVITEs without sound", "INVITE", statuses={200, 491, 500}, count=5),
    *(
        inside(f"re-INVITE with sound description: {id}", "INVITE", statuses={400, 415, 488, 200}, body=body)
        for id, body in HOSTILE_SDP.items()
        if body and len(body) < 5000
    ),
    inside("a storm of UPDATEs", "UPDATE", statuses={200, 500}, body=sdp(), count=50),
    inside("UPDATE with garbage", "UPDATE", statuses={400, 415, 488}, body=b"\xff\xfe"),
    inside("REFER without a target", "REFER", statuses={400}),
    inside(
        "requests of every kind",
        "OPTIONS",
        "INFO",
        "NOTIFY",
        "MESSAGE",
        "PRACK",
        "SUBSCRIBE",
        "PUBLISH",
        "NONSENSE",
        statuses={200, 202, 405, 481, 489, 501, 415},
    ),
    inside("INFO with old numbers", "INFO", statuses={200, 500}, number=0, count=5),
    inside(
        "requests with the tag of somebody else",
        "BYE",
        "INFO",
        "UPDATE",
        statuses={481},
        to="<sip:x@h>;tag=no",
    ),
    inside("requests with another From tag", "BYE", "INVITE", statuses={481}, from_="<sip:x@h>;tag=no"),
    inside("requests with another Call-ID", "BYE", "INVITE", statuses={481}, call_id="none"),
    silent("ACKs for nothing", "ACK"),
]
ASKED = [(case, transport) for case in CASES for transport in case.transports]


@pytest.mark.parametrize("asked", ASKED, ids=[named(*one) for one in ASKED])
def test_in_a_call(asked: tuple[Case, Transport], outcomes: dict[str, str]) -> None:
    report(outcomes, asked)
