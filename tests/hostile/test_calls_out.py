"""Far ends that treat a call of ours badly: one end said for each, the port freed, nothing left running."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from tccc_desk.engine.commands import HangUp
from tccc_desk.engine.events import CallAnswered, CallEnded, CallProgressed
from tccc_desk.sip.message import Message, Request, response_to
from tests.helpers.hostile_gateway.bodies import HOSTILE_SDP
from tests.helpers.hostile_gateway.gateway import Link, Script, Transport
from tests.helpers.hostile_gateway.sayings import (
    SDP_TYPE,
    STRANGER,
    accepted,
    after,
    answer,
    back,
    both,
    challenge,
    changed,
    contact,
    from_elsewhere,
    honest,
    nothing,
    paced,
    sdp,
    to,
)
from tests.helpers.hostile_gateway.trial import Case, Trial, named, report

Attack = Callable[[Trial], Awaitable[None]]
BAD_ANSWER = "finding.call.bad-answer"


async def ended(trial: Trial) -> None:
    """Placed, and ended by the gateway's doing."""
    trial.place()
    await trial.until(lambda: bool(trial.said(CallEnded, "c")))


async def in_call(trial: Trial) -> Link:
    trial.place()
    await trial.until(lambda: bool(trial.said(CallAnswered, "c")))
    return trial.link()


async def hung_up(trial: Trial) -> None:
    """Ended by the admin, whatever the gateway is at, and at once."""
    trial.engine.submit(HangUp(call="c"))
    await trial.until(lambda: bool(trial.said(CallEnded, "c")), 7)
    assert len(trial.said(CallEnded, "c")) == 1


def rings(until: Callable[[Trial], bool]) -> Attack:
    """Placed, watched until something is true, hung up by the admin."""

    async def attack(trial: Trial) -> None:
        trial.place()
        await trial.until(lambda: until(trial))
        await hung_up(trial)

    return attack


def invite(id: str, script: Script, finding: str = "", **more: object) -> Case:
    fields = {
        "id": id, "script": to(INVITE=script), "attack": ended, "said": (CallEnded,), "finding": finding,
        "registers": 0,
    }  # fmt: skip
    return Case(**(fields | more))  # type: ignore[arg-type]


def good(id: str, script: Script) -> Case:
    """Odd, but a call: it is answered, and ended by the admin."""
    return invite(id, script, "finding.call.ok", attack=talked, said=(CallAnswered, CallEnded))


def quiet(id: str, script: Script, status: int, count: int) -> Case:
    """Rings without end, until the admin has enough."""
    return invite(id, script, "finding.call.cancelled", attack=rings(progressed(status, count)))


def with_sdp(body: bytes) -> Script:
    return lambda link, request: link.say(accepted(link, request, body))


def with_headers(*headers: tuple[str, str]) -> Script:
    return lambda link, request: link.say(
        response_to(request, 200, to_tag="far", headers=[contact(link), SDP_TYPE, *headers], body=sdp())
    )


def progressed(status: int, count: int) -> Callable[[Trial], bool]:
    return lambda trial: sum(one.status == status for one in trial.said(CallProgressed)) >= count


async def talked(trial: Trial) -> None:
    await in_call(trial)
    await hung_up(trial)
    await trial.until(lambda: bool(trial.gateway.requests("BYE")))


def early(body: bytes) -> Script:
    return lambda link, request: link.say(
        response_to(request, 183, to_tag="far", headers=[contact(link), SDP_TYPE], body=body)
    )


def forks(link: Link, request: Request) -> None:
    """Three phones answer one call: two of them must be sent away by BYE."""
    for tag in ("one", "two", "three"):
        link.say(accepted(link, request, to_tag=tag))


async def forked(trial: Trial) -> None:
    await in_call(trial)
    await trial.until(lambda: len(trial.gateway.requests("BYE")) == 2)
    await hung_up(trial)
    await trial.until(lambda: len(trial.gateway.requests("BYE")) == 3)


def repeating(link: Link, request: Request) -> None:
    """200 again and again, whatever we acknowledge."""
    for number in range(60):
        link.gateway.later(number * 0.01, lambda: link.say(accepted(link, request)))


async def acknowledged_again(trial: Trial) -> None:
    await in_call(trial)
    await trial.until(lambda: len(trial.gateway.requests("ACK")) >= 55)
    await hung_up(trial)
    assert len(trial.gateway.requests("BYE")) == 1


def late(link: Link, request: Request) -> None:
    """CANCEL refused, and the call answered after all."""
    link.say(response_to(request, 500, to_tag="far"))
    link.say(accepted(link, link.gateway.requests("INVITE")[-1]))


def bye_at_once(link: Link, request: Request) -> None:
    link.say(accepted(link, request))
    link.say(back(link, request, "BYE", 2))


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
        link = await in_call(trial)
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
        await hung_up(trial)

    return Case(id=id, attack=attack, said=(CallAnswered,), registers=0)


def silent(id: str, method: str, **fields: str) -> Case:
    """Said in or beside the call, worth no answer and no end."""

    async def attack(trial: Trial) -> None:
        link = await in_call(trial)
        (sent,) = trial.gateway.requests("INVITE")
        for number in range(30):
            link.say(back(link, sent, method, number + 1, **fields))
        await asyncio.sleep(0.2)
        assert not trial.said(CallEnded), trial.summary()
        await hung_up(trial)

    return Case(id=id, attack=attack, said=(CallAnswered,), registers=0)


async def bye_flood(trial: Trial) -> None:
    """One BYE ends it; the rest are told there is no such call."""
    link = await in_call(trial)
    (sent,) = trial.gateway.requests("INVITE")
    for number in range(200):
        link.say(back(link, sent, "BYE", number + 2))
        await asyncio.sleep(0.001)
    await trial.until(lambda: len(trial.gateway.answers("BYE")) == 200)
    assert {one.status for one in trial.gateway.answers("BYE")} == {200, 481}
    assert len(trial.said(CallEnded, "c")) == 1


async def both_hang_up(trial: Trial) -> None:
    """BYE crosses BYE."""
    link = await in_call(trial)
    (sent,) = trial.gateway.requests("INVITE")
    trial.engine.submit(HangUp(call="c"))
    link.say(back(link, sent, "BYE", 2))
    await trial.until(lambda: bool(trial.said(CallEnded, "c")))


async def never_mind_bye(trial: Trial) -> None:
    """Our BYE is never answered: the call is over for the admin all the same."""
    await in_call(trial)
    await hung_up(trial)


async def lost_in_call(trial: Trial) -> None:
    """The connection dies in the call; hanging up still ends it."""
    link = await in_call(trial)
    link.reset()
    await asyncio.sleep(0.1)
    await hung_up(trial)


def moved(link: Link, request: Request) -> None:
    """The far end names a stranger as its Contact: our requests go over the flow all the same."""
    link.say(changed(Contact=f"<{STRANGER}>")(accepted(link, request)))


def spoofed(make: Callable[[Request], Message]) -> Script:
    return both(from_elsewhere(make), after(0.2, honest))


CASES = [
    *(
        invite(
            f"200 with sound description: {id}",
            with_sdp(body),
            BAD_ANSWER,
            transports=("tcp",) if len(body) > 30_000 else ("udp", "tcp"),
        )
        for id, body in HOSTILE_SDP.items()
    ),
    invite("200 without anything", answer(200), BAD_ANSWER),
    invite(
        "200 with a body of another type",
        answer(200, ("Content-Type", "text/html"), body=b"<html>"),
        BAD_ANSWER,
    ),
    good("200 without a To tag", lambda link, request: link.say(accepted(link, request, to_tag=""))),
    good(
        "200 with garbage for a Contact",
        lambda link, request: link.say(changed(Contact=">>><<<")(accepted(link, request))),
    ),
    good(
        "200 with a Contact of telephones",
        lambda link, request: link.say(changed(Contact="<tel:+86>")(accepted(link, request))),
    ),
    good("200 with a stranger's Contact", moved),
    good("200 with sixty Record-Routes", with_headers(*[("Record-Route", f"<{STRANGER};lr>")] * 60)),
    good("200 with a broken Record-Route", with_headers(("Record-Route", ">>,<,;"))),
    good(
        "200 with a strict route and another scheme",
        with_headers(("Record-Route", f"<{STRANGER}>"), ("Record-Route", "<tel:+86>")),
    ),
    invite("three phones answer one call", forks, "finding.call.ok", attack=forked),
    invite("200 repeated for ever", repeating, "finding.call.ok", attack=acknowledged_again),
    quiet("100, then silence", answer(100), 100, 1),
    quiet("180 five hundred times", paced(answer(180), 500), 180, 500),
    quiet("183 with garbage for sound", early(b"\xff" * 500), 183, 1),
    quiet("183 with good sound, again and again", both(*[early(sdp())] * 50), 183, 50),
    quiet("199 and a stranger's 180", both(answer(199), answer(180, ("Contact", f"<{STRANGER}>"))), 199, 1),
    quiet(
        "183 that requires an answer we never announced",
        answer(183, ("Require", "100rel"), ("RSeq", "99999999999")),
        183,
        1,
    ),
    Case(
        id="CANCEL answered by nothing",
        finding="finding.call.cancelled",
        registers=0,
        script=to(INVITE=answer(180), CANCEL=nothing),
        attack=rings(progressed(180, 1)),
    ),
    Case(
        id="CANCEL answered by 500 and then 200 to the INVITE",
        finding="finding.call.cancelled",
        registers=0,
        script=to(INVITE=answer(180), CANCEL=late),
        attack=rings(progressed(180, 1)),
    ),
    invite("200, and BYE in the same breath", bye_at_once, "finding.call.ok"),
    invite("302 to a stranger", answer(302, ("Contact", f"<{STRANGER}>")), "finding.call.redirected"),
    invite("305", answer(305, ("Contact", f"<{STRANGER}>")), "finding.call.redirected"),
    invite(
        "300 with fifty Contacts",
        answer(300, *[("Contact", f"<{STRANGER}>")] * 50),
        "finding.call.redirected",
    ),
    invite("603, and 200 after it", both(answer(603), after(0.1, honest)), "finding.call.declined"),
    invite("486 thirty times", both(*[answer(486)] * 30), "finding.call.busy"),
    invite("491 and 422 without a word", answer(422), "finding.call.extension"),
    invite("699", answer(699), "finding.call.rejected"),
    invite(
        "closed on the INVITE", lambda link, request: link.close(), "finding.path.closed", transports=("tcp",)
    ),
    invite(
        "reset after 180",
        both(answer(180), lambda link, request: link.reset()),
        "finding.path.closed",
        transports=("tcp",),
    ),
    invite(
        "486 from another port",
        spoofed(lambda request: response_to(request, 486, to_tag="x")),
        attack=talked,
        said=(CallAnswered,),
        facts=("fact.stray-response",),
        transports=("udp",),
    ),
    invite(
        "486 with another branch",
        both(lambda link, request: link.say(changed(branch="z9hG4bKx")(response_to(request, 486))), honest),
        attack=talked,
        said=(CallAnswered,),
        facts=("fact.stray-response",),
    ),
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
        attack=talked,
        registers=0,
        finding="finding.call.ok",
    ),
    Case(
        id="our BYE is challenged for ever",
        script=to(BYE=challenge(407)),
        attack=talked,
        registers=0,
        finding="finding.call.ok",
    ),
    Case(
        id="our BYE is answered by 302",
        script=to(BYE=answer(302, ("Contact", f"<{STRANGER}>"))),
        attack=talked,
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
def test_a_call(asked: tuple[Case, Transport], outcomes: dict[str, str]) -> None:
    report(outcomes, asked)
