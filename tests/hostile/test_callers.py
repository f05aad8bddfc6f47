"""Callers who do not keep to the play: early ends, repeats, storms, and answers that never come."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from tccc_desk.engine.commands import AnswerCall
from tccc_desk.engine.events import CallAnswered, CallEnded, CallOffered
from tccc_desk.sip.message import Request
from tests.helpers.hostile_gateway.bodies import HOSTILE_SDP
from tests.helpers.hostile_gateway.case import Case, named, report
from tests.helpers.hostile_gateway.gateway import Link, Transport
from tests.helpers.hostile_gateway.sayings import bare, invite, onward, sdp
from tests.helpers.hostile_gateway.trial import Trial


def told(id: str, attack: Callable[[Trial, Link], Awaitable[None]], **more: object) -> Case:
    """A little play of its own, on a registered flow."""

    async def play(trial: Trial) -> None:
        await attack(trial, await trial.bound())

    fields = {"id": id, "attack": play, "registers": 1}
    return Case(**(fields | more))  # type: ignore[arg-type]


async def repeated(trial: Trial, link: Link) -> None:
    """One INVITE two hundred times is one card."""
    one = invite()(link)
    for _ in range(200):
        link.say(one)
        await asyncio.sleep(0.001)
    await trial.until(lambda: bool(trial.said(CallOffered)))
    assert len(trial.said(CallOffered)) == 1
    link.say(bare("CANCEL", branch=branch(one), call_id=one.headers.get("Call-ID"))(link))
    await trial.until(lambda: 487 in trial.gateway.statuses("INVITE"))


def branch(one: Request) -> str:
    return one.headers.get("Via").partition(";branch=")[2].partition(";")[0]


async def merged(trial: Trial, link: Link) -> None:
    """The same INVITE over two paths (section 8.2.2.2): the second is a loop detected."""
    link.say(invite(call_id="merged")(link))
    link.say(invite(call_id="merged")(link))
    await trial.until(lambda: 482 in trial.gateway.statuses("INVITE"))
    assert len(trial.said(CallOffered)) == 1


async def cancelled(trial: Trial, link: Link) -> None:
    """CANCEL thirty times: one 487, one end."""
    one = invite()(link)
    link.say(one)
    await trial.hear(CallOffered)
    for _ in range(30):
        link.say(bare("CANCEL", branch=branch(one), call_id=one.headers.get("Call-ID"))(link))
    await trial.until(lambda: 487 in trial.gateway.statuses("INVITE"))
    await trial.until(lambda: len(trial.gateway.statuses("CANCEL")) == 30)
    assert len(trial.said(CallEnded)) == 1


async def early_bye(trial: Trial, link: Link) -> None:
    """BYE before the answer (section 15.1.2): 200 to it, 487 to the INVITE."""
    link.say(invite()(link))
    await trial.until(lambda: 180 in trial.gateway.statuses("INVITE"))
    ringing = next(one for one in trial.gateway.answers("INVITE") if one.status == 180)
    link.say(onward(link, ringing, "BYE", 2))
    await trial.until(lambda: bool(trial.said(CallEnded)))
    await trial.until(lambda: 487 in trial.gateway.statuses("INVITE"))
    assert trial.gateway.statuses("BYE") == [200]


async def card_storm(trial: Trial, link: Link) -> None:
    """Sixty callers at once: twenty cards, forty told we are busy, every CANCEL answered."""
    sent = [invite()(link) for _ in range(60)]
    for one in sent:
        link.say(one)
        await asyncio.sleep(0.002)
    await trial.until(lambda: trial.gateway.statuses("INVITE").count(486) >= 40)
    assert len(trial.said(CallOffered)) == 20
    for one in sent:
        link.say(bare("CANCEL", branch=branch(one), call_id=one.headers.get("Call-ID"))(link))
        await asyncio.sleep(0.002)
    await trial.until(lambda: len(trial.said(CallEnded)) == 20)


async def taken(trial: Trial, link: Link, body: bytes | None = None) -> Callable[[str, int, bytes], Request]:
    """A call the admin answered; gives what makes requests in it."""
    await trial.answered(invite(body=body)(link), link)
    answered = next(one for one in trial.gateway.answers("INVITE") if one.status == 200)
    return lambda method, number, text=b"": onward(link, answered, method, number, text)


def late_answer(text: bytes) -> Callable[[Trial, Link], Awaitable[None]]:
    """Our offer in the 200 is answered by nonsense in the ACK: the call is ended, and said why."""

    async def play(trial: Trial, link: Link) -> None:
        inside = await taken(trial, link, b"")
        link.say(inside("ACK", 1, text))
        await trial.until(lambda: bool(trial.gateway.requests("BYE")))
        await trial.until(lambda: bool(trial.said(CallEnded)))
        assert trial.said(CallEnded)[0].finding == "finding.call.bad-answer"

    return play


async def twice_answered(trial: Trial, link: Link) -> None:
    """The admin answers twice, the gateway acknowledges thirty times: one call."""
    inside = await taken(trial, link)
    trial.engine.submit(AnswerCall(call=trial.said(CallOffered)[0].call))
    for _ in range(30):
        link.say(inside("ACK", 1, b""))
    await trial.until(lambda: bool(trial.said(CallAnswered)))
    await asyncio.sleep(0.1)
    assert len(trial.said(CallAnswered)) == 1
    await trial.hung_up(trial.said(CallOffered)[0].call)


async def old_numbers(trial: Trial, link: Link) -> None:
    """Requests with numbers below the INVITE's are out of order: 500, and the call stands (12.2.2)."""
    inside = await taken(trial, link)
    link.say(inside("ACK", 1, b""))
    await trial.until(lambda: bool(trial.said(CallAnswered)))
    for method in ("BYE", "INVITE", "UPDATE", "INFO"):
        link.say(inside(method, 0, b""))
        await trial.until(lambda method=method: 500 in trial.gateway.statuses(method))  # type: ignore[misc]
    assert not trial.said(CallEnded)
    await trial.hung_up(trial.said(CallOffered)[0].call)


async def reinvites(trial: Trial, link: Link) -> None:
    """A hundred re-INVITEs, each with an offer, none acknowledged: answered, and the call can be ended."""
    inside = await taken(trial, link)
    link.say(inside("ACK", 1, b""))
    await trial.until(lambda: bool(trial.said(CallAnswered)))
    for number in range(100):
        link.say(inside("INVITE", number + 2, sdp(40000 + 2 * number)))
        await asyncio.sleep(0.002)
    await trial.until(
        lambda: len({one.headers.get("CSeq") for one in trial.gateway.answers("INVITE")}) == 101
    )
    await trial.hung_up(trial.said(CallOffered)[0].call)
    found = set(trial.gateway.statuses("INVITE"))
    assert found <= {100, 180, 200, 491, 500}, f"answered {found}"


CASES = [
    told("one INVITE two hundred times", repeated),
    told("one INVITE over two paths", merged),
    told("CANCEL thirty times", cancelled),
    told("BYE before the answer", early_bye),
    told("sixty callers at once", card_storm),
    told("ACK thirty times", twice_answered),
    told("ACK without the answer it owes", late_answer(b"")),
    told("ACK with garbage for an answer", late_answer(b"\xff\xfe\0")),
    told("ACK with video only", late_answer(HOSTILE_SDP["video only"])),
    told("old numbers in a call", old_numbers),
    told("a hundred re-INVITEs in a call", reinvites),
]
ASKED = [(case, transport) for case in CASES for transport in case.transports]


@pytest.mark.parametrize("asked", ASKED, ids=[named(*one) for one in ASKED])
def test_a_caller(asked: tuple[Case, Transport], outcomes: dict[str, str]) -> None:
    report(outcomes, asked)
