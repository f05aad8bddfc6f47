"""Far ends that treat a call of ours badly: one end said for each, the port freed, nothing left running."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from tccc_desk.engine.events import CallAnswered, CallEnded, CallProgressed
from tccc_desk.sip.message import Message, Request, response_to
from tests.helpers.hostile_gateway.bodies import HOSTILE_SDP
from tests.helpers.hostile_gateway.case import Case, named, report
from tests.helpers.hostile_gateway.gateway import Link, Script, Transport
from tests.helpers.hostile_gateway.sayings import (
    SDP_TYPE,
    STRANGER,
    accepted,
    after,
    answer,
    back,
    both,
    changed,
    contact,
    from_elsewhere,
    honest,
    nothing,
    paced,
    sdp,
    to,
)
from tests.helpers.hostile_gateway.trial import Trial

Attack = Callable[[Trial], Awaitable[None]]
BAD_ANSWER = "finding.call.bad-answer"


async def ended(trial: Trial) -> None:
    """Placed, and ended by the gateway's doing."""
    trial.place()
    await trial.until(lambda: bool(trial.said(CallEnded, "c")))


def rings(until: Callable[[Trial], bool]) -> Attack:
    """Placed, watched until something is true, hung up by the admin."""

    async def attack(trial: Trial) -> None:
        trial.place()
        await trial.until(lambda: until(trial))
        await trial.hung_up()

    return attack


def invite(id: str, script: Script, finding: str = "", **more: object) -> Case:
    fields = {
        "id": id, "script": to(INVITE=script), "attack": ended, "said": (CallEnded,), "finding": finding,
        "registers": 0,
    }  # fmt: skip
    return Case(**(fields | more))  # type: ignore[arg-type]


def good(id: str, script: Script) -> Case:
    """Odd, but a call: it is answered, and ended by the admin."""
    return invite(id, script, "finding.call.ok", attack=Trial.talked, said=(CallAnswered, CallEnded))


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


async def few_invites(trial: Trial) -> None:
    """Asked for a longer session again and again: tried once more at the most."""
    await ended(trial)
    assert len(trial.gateway.requests("INVITE")) <= 2


async def refreshed(trial: Trial) -> None:
    """No session interval makes us send refreshes in a storm."""
    await trial.in_call()
    await asyncio.sleep(1)
    assert len(trial.gateway.requests("INVITE")) + len(trial.gateway.requests("UPDATE")) <= 4
    if not trial.said(CallEnded):
        await trial.hung_up()


def early(body: bytes) -> Script:
    return lambda link, request: link.say(
        response_to(request, 183, to_tag="far", headers=[contact(link), SDP_TYPE], body=body)
    )


def forks(link: Link, request: Request) -> None:
    """Three phones answer one call: two of them must be sent away by BYE."""
    for tag in ("one", "two", "three"):
        link.say(accepted(link, request, to_tag=tag))


async def forked(trial: Trial) -> None:
    await trial.in_call()
    await trial.until(lambda: len(trial.gateway.requests("BYE")) == 2)
    await trial.hung_up()
    await trial.until(lambda: len(trial.gateway.requests("BYE")) == 3)


def repeating(link: Link, request: Request) -> None:
    """200 again and again, whatever we acknowledge."""
    for number in range(60):
        link.gateway.later(number * 0.01, lambda: link.say(accepted(link, request)))


async def acknowledged_again(trial: Trial) -> None:
    await trial.in_call()
    await trial.until(lambda: len(trial.gateway.requests("ACK")) >= 55)
    await trial.hung_up()
    assert len(trial.gateway.requests("BYE")) == 1


def late(link: Link, request: Request) -> None:
    """CANCEL refused, and the call answered after all."""
    link.say(response_to(request, 500, to_tag="far"))
    link.say(accepted(link, link.gateway.requests("INVITE")[-1]))


def bye_at_once(link: Link, request: Request) -> None:
    link.say(accepted(link, request))
    link.say(back(link, request, "BYE", 2))


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
    *(
        invite(
            f"422 for ever, Min-SE {value}",
            answer(422, ("Min-SE", value)),
            "finding.call.extension",
            attack=few_invites,
        )
        for value in ("90", "3600", "1" + "0" * 20, "-1", "soon", "")
    ),
    *(
        invite(
            f"200 with Session-Expires {value}", with_headers(("Session-Expires", value)), attack=refreshed
        )
        for value in ("1;refresher=uac", "0", "-5", "1" + "0" * 20, "soon", ";;;", "90;refresher=both")
    ),
    quiet("100, then silence", answer(100), 100, 1),
    quiet("180 five hundred times", paced(answer(180), 500), 180, 300),  # UDP may lose some of a burst
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
        attack=Trial.talked,
        said=(CallAnswered,),
        facts=("fact.stray-response",),
        transports=("udp",),
    ),
    invite(
        "486 with another branch",
        both(lambda link, request: link.say(changed(branch="z9hG4bKx")(response_to(request, 486))), honest),
        attack=Trial.talked,
        said=(CallAnswered,),
        facts=("fact.stray-response",),
    ),
]
ASKED = [(case, transport) for case in CASES for transport in case.transports]


@pytest.mark.parametrize("asked", ASKED, ids=[named(*one) for one in ASKED])
def test_a_call(asked: tuple[Case, Transport], outcomes: dict[str, str]) -> None:
    report(outcomes, asked)
