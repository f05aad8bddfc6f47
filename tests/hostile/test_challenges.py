"""Challenges no honest registrar sends: bounded tries, a clear word, no digest for strangers."""

from __future__ import annotations

import asyncio

import pytest

from tccc_desk.engine.events import BindingEstablished, BindingRefused, CallEnded, ChallengeReceived
from tccc_desk.sip.message import Request, response_to
from tests.helpers.hostile_gateway.case import Case, named, report, run
from tests.helpers.hostile_gateway.gateway import Link, Transport
from tests.helpers.hostile_gateway.sayings import answer, both, challenge, first, fresh, honest, to
from tests.helpers.hostile_gateway.trial import Trial
from tests.helpers.simulation import DOMAIN


def realm_after_realm(link: Link, request: Request) -> None:
    challenge(realm=f"{fresh()}.{DOMAIN}")(link, request)


REFUSED = "finding.register.credentials-refused"
ALGORITHM, QOP, REALM, NONE = (f"finding.auth.{word}" for word in ("algorithm", "qop", "realm", "none"))
WWW = "WWW-Authenticate"


def refused(id: str, script: object, finding: str, registers: int = 1, **more: object) -> Case:
    fields = {
        "id": id,
        "script": script,
        "finding": finding,
        "registers": registers,
        "said": (BindingRefused,),
        "never": (BindingEstablished,),
    }
    return Case(**(fields | more))  # type: ignore[arg-type]


def written(*values: str, status: int = 401, name: str = WWW) -> object:
    return answer(status, *((name, value) for value in values))


async def place(trial: Trial) -> None:
    """A call in place of a registration."""
    trial.place()
    await trial.hear(CallEnded)
    await trial.until(lambda: len(trial.gateway.requests("ACK")) == len(trial.gateway.requests("INVITE")))
    assert len(trial.gateway.requests("INVITE")) <= 3


def called(id: str, script: object, finding: str) -> Case:
    return Case(id=id, script=to(INVITE=script), attack=place, finding=finding)  # type: ignore[arg-type]


MD5 = f'Digest realm="{DOMAIN}", nonce="n", algorithm=MD5, qop="auth"'
CASES = [
    refused("401 for ever, nonce after nonce", challenge(), REFUSED, 2),
    refused("401 for ever, the same nonce", challenge(nonce="same"), REFUSED, 2),
    refused("stale for ever", challenge(more=", stale=true"), REFUSED, 3),
    refused("stale before anything was answered", challenge(more=", stale=TRUE", nonce="x"), REFUSED, 3),
    refused("407 to a REGISTER for ever", challenge(407), REFUSED, 2),
    refused("401, then 407, for ever", first(challenge(401), challenge(407)), REFUSED, 3),
    refused(
        "a new realm under ours each time",
        realm_after_realm,
        REFUSED,
        5,
    ),
    refused("401 without a challenge", answer(401), NONE),
    refused("407 without a challenge", answer(407), NONE),
    refused("407 with the registrar's header", written(MD5, status=407), NONE),
    refused("401 with the proxy's header", written(MD5, name="Proxy-Authenticate"), NONE),
    refused("unreadable challenge", written('Digest realm="half, nonce='), NONE),
    refused("challenge of commas", written(",,,,;;;;====" * 200), NONE),
    refused("challenge without nonce", written(f'Digest realm="{DOMAIN}"'), NONE),
    refused("challenge with an empty nonce", written(f'Digest realm="{DOMAIN}", nonce=""'), NONE),
    refused("nonce twice", written(f'Digest realm="{DOMAIN}", nonce="a", nonce="b"'), NONE),
    refused("Basic only", written(f'Basic realm="{DOMAIN}"'), NONE),
    refused("Bearer and Basic", written(f'Bearer realm="{DOMAIN}"', f'Basic realm="{DOMAIN}"'), NONE),
    refused("auth-int only", challenge(qop="auth-int"), QOP),
    refused("unknown quality of protection", challenge(qop="auth-conf,token"), QOP),
    refused("unknown algorithm", challenge(algorithm="ROT13"), ALGORITHM),
    refused("AKAv1-MD5", challenge(algorithm="AKAv1-MD5"), ALGORITHM),
    refused("algorithm with quotes and lies", challenge(algorithm='"MD5,SHA-256"'), ALGORITHM),
    refused("realm of a stranger", challenge(realm="bank.example"), REALM),
    refused("realm that ends like ours", challenge(realm="eviltccc.qcloud.com"), REALM),
    refused("realm that begins like ours", challenge(realm=f"{DOMAIN}.evil.example"), REALM),
    refused("empty realm", challenge(realm=""), REALM),
    refused("realm of seven thousand letters", challenge(realm="r" * 7000), REALM),
    refused("escaped quotes in the realm", challenge(realm=f'{DOMAIN}\\", nonce=\\"'), REALM),
    refused("our realm in a comment of another", challenge(realm=f"x ({DOMAIN})"), REALM),
    refused(
        "nonce of seven thousand letters",
        challenge(nonce="n" * 7000),
        REFUSED,
        2,
        transports=("tcp",),
    ),
    refused(
        "thirty challenges of strangers",
        written(*(f'Digest realm="r{number}.example", nonce="n"' for number in range(30))),
        REALM,
    ),
    refused("thirty challenges, all ours, for ever", written(*[MD5] * 30), REFUSED, 2),
    refused("two hundred challenges in one line", written(", ".join([MD5] * 100)), REFUSED, 2),
    refused("both kinds at once, for ever", answer(401, (WWW, MD5), ("Proxy-Authenticate", MD5)), REFUSED, 2),
    Case(
        id="a weak and a strong challenge: the strong is answered",
        script=first(
            both(answer(401, (WWW, MD5), (WWW, f'Digest realm="{DOMAIN}", nonce="n", algorithm=SHA-256'))),
            honest,
        ),
        said=(BindingEstablished,),
        registers=2,
    ),
    Case(
        id="a stranger's challenge before ours",
        script=first(answer(401, (WWW, 'Digest realm="evil", nonce="n"'), (WWW, MD5)), honest),
        said=(BindingEstablished, ChallengeReceived),
        registers=2,
    ),
    Case(
        id="a challenge to what was granted already",
        script=both(honest, challenge()),
        said=(BindingEstablished,),
        never=(BindingRefused,),
        registers=1,
    ),
    called("401 to INVITEs for ever", challenge(401), "finding.call.credentials"),
    called("407 to INVITEs for ever", challenge(407), "finding.call.credentials"),
    called("407 to INVITEs, stale for ever", challenge(407, more=", stale=true"), "finding.call.credentials"),
    called("407, then 401, for ever", first(challenge(407), challenge(401)), "finding.call.credentials"),
    called("407 without a challenge to a call", answer(407), NONE),
    called("a stranger's realm for a call", challenge(407, realm="toll.example"), REALM),
    called("unknown algorithm for a call", challenge(407, algorithm="X"), ALGORITHM),
    called("auth-int only for a call", challenge(407, qop="auth-int"), QOP),
]
ASKED = [(case, transport) for case in CASES for transport in case.transports]


@pytest.mark.parametrize("asked", ASKED, ids=[named(*one) for one in ASKED])
def test_a_challenge(asked: tuple[Case, Transport], outcomes: dict[str, str]) -> None:
    report(outcomes, asked)


def test_no_digest_is_shown_to_a_stranger() -> None:
    shown: list[str] = []

    def script(link: Link, request: Request) -> None:
        shown.append(request.headers.get("Authorization"))
        link.say(response_to(request, 401, headers=[(WWW, 'Digest realm="bank.example", nonce="n"')]))

    asyncio.run(run(refused("stranger", script, REALM), "udp"))
    assert set(shown) == {""}
