"""Answers to a REGISTER that a good registrar would not give: bindings believed only where they are ours."""

from __future__ import annotations

import pytest

from tccc_desk.engine.events import BindingEstablished, BindingRefused, RegistrationFailed
from tccc_desk.sip.message import Response, response_to
from tests.helpers.hostile_gateway.case import Case, named, report
from tests.helpers.hostile_gateway.gateway import Link, Request, Script, Transport
from tests.helpers.hostile_gateway.sayings import (
    STRANGER,
    answer,
    both,
    changed,
    first,
    from_elsewhere,
    grant,
    granted,
    honest,
    nothing,
    raw,
    request,
)
from tests.helpers.hostile_gateway.trial import Trial

NOT_GRANTED = "finding.register.not-granted"
OFFERS: tuple[tuple[str, str], ...] = (("Contact", f"<{STRANGER}>"),)


def granting(id: str, value: str, **more: object) -> Case:
    """The expiry granted is `value`."""
    fields = {"id": f"granted {id}", "script": grant(expires=value), "hold_s": 1.2, "registers": 5}
    return Case(**(fields | more))  # type: ignore[arg-type]


def brief(id: str, *headers: tuple[str, str]) -> Case:
    return Case(
        id=f"423 for ever, {id}",
        script=answer(423, *headers),
        said=(BindingRefused,),
        never=(BindingEstablished,),
        finding="finding.register.too-brief",
        registers=2,
    )


def final(status: int, finding: str, *headers: tuple[str, str], said: type = BindingRefused) -> Case:
    return Case(
        id=f"{status} {' '.join(value for _, value in headers)}".strip(),
        script=answer(status, *headers),
        said=(said,),
        never=(BindingEstablished,),
        finding=finding,
        registers=1,
    )


def stray(id: str, script: Script, *facts: str, **more: object) -> Case:
    """A 200 that is not for us must not count: nothing is believed until the honest one comes."""
    fields = {
        "id": id, "script": script, "attack": patient, "registers": 1,
        "facts": facts, "said": (BindingEstablished,),
    }  # fmt: skip
    return Case(**(fields | more))  # type: ignore[arg-type]


async def patient(trial: Trial) -> None:
    """Nothing may be believed before the right answer is there."""
    trial.register()
    await trial.until(lambda: bool(trial.gateway.requests("REGISTER")))
    trial.link().say(request(trial.link(), "OPTIONS"))
    await trial.until(lambda: bool(trial.gateway.answers("OPTIONS")))  # so what came before it was read, too
    assert not trial.said(BindingEstablished), trial.summary()
    honest(trial.link(), trial.gateway.requests("REGISTER")[0])
    await trial.until(lambda: bool(trial.said(BindingEstablished)))


def listing(*contacts: str) -> object:
    return lambda link, request: link.say(
        response_to(request, 200, to_tag="far", headers=[("Contact", value) for value in contacts])
    )


def many(link: Link, request: Request) -> None:
    ours = f"{request.headers.get('Contact')};expires=60"
    others = ",".join(f"<sip:u{number}@h>" for number in range(350))
    link.say(response_to(request, 200, headers=[("Contact", ours), *[("Contact", others)] * 7]))


def crowd(link: Link, request: Request) -> None:
    """Five thousand Contacts that fit into a message."""
    others = ",".join(f"<sip:{number}@h>" for number in range(500))
    link.say(response_to(request, 200, headers=[("Contact", others)] * 9 + [("Expires", "60")]))


def twice(link: Link, request: Request) -> None:
    for tag in ("one", "two", "three"):
        link.say(changed(To=f"{request.headers.get('To')};tag={tag}")(granted(request)))


def with_status(text: str) -> object:
    return raw(lambda data: data.replace(b" 200 OK", b" " + text.encode(), 1))


def elsewhere(request: Request) -> Response:
    return granted(request)


CASES = [
    granting("0", "0", said=(RegistrationFailed,), never=(BindingEstablished,), finding=NOT_GRANTED),
    granting("1", "1", said=(BindingEstablished,)),
    granting("2", "2", said=(BindingEstablished,)),
    *(
        granting(id, value, said=(BindingEstablished,), registers=1)
        for id, value in (
            ("-5", "-5"),
            ("10^20", "1" + "0" * 20),
            ("garbage", "soon"),
            ("1.5", "1.5"),
            ("4294967296", "4294967296"),
            ("in Arabic digits", "٦٠"),
            ("a superscript", "²"),
            ("0x10", "0x10"),
        )
    ),
    granting("an empty word", "", finding=NOT_GRANTED, never=(BindingEstablished,), registers=1),
    brief("Min-Expires absent"),
    brief("Min-Expires 0", ("Min-Expires", "0")),
    brief("Min-Expires -1", ("Min-Expires", "-1")),
    brief("Min-Expires 10^20", ("Min-Expires", "1" + "0" * 20)),
    brief("Min-Expires of words", ("Min-Expires", "a while")),
    brief("Min-Expires below ours", ("Min-Expires", "60")),
    brief("Min-Expires above ours", ("Min-Expires", "300")),
    brief("Min-Expires of a year", ("Min-Expires", "31536000")),
    Case(
        id="423 and 401 in turn",
        script=first(answer(423, ("Min-Expires", "300")), answer(401, ("WWW-Authenticate", "Basic realm=x"))),
        said=(BindingRefused,),
        registers=2,
    ),
    Case(id="200 without Contact", script=answer(200), said=(BindingEstablished,), registers=1),
    Case(
        id="200 without Contact, Expires 0",
        script=answer(200, ("Expires", "0")),
        finding=NOT_GRANTED,
        never=(BindingEstablished,),
        registers=1,
    ),
    Case(
        id="200 with thousands of Contacts and ours",
        script=many,
        said=(BindingEstablished,),
        registers=1,
        transports=("tcp",),
    ),
    Case(id="200 with five thousand Contacts, none ours", script=crowd, finding=NOT_GRANTED, registers=1),
    *(
        Case(
            id=f"200 with {id}",
            script=listing(*values),
            finding=NOT_GRANTED,  # type: ignore[arg-type]
            never=(BindingEstablished,),
            registers=1,
        )
        for id, *values in (
            ("'*'", "*"),
            ("a stranger's Contact only", f"<{STRANGER}>;expires=60"),
            ("our user at another port", "<sip:gateway01@127.0.0.1:1>;expires=60"),
            ("Contact of garbage", ">>><<<;;;"),
            ("Contact without a scheme", "<gateway01>"),
            ("Contact of another scheme", "<tel:+8613800138000>;expires=60"),
        )
    ),
    stray("provisional for ever", both(*[answer(100)] * 40, *[answer(183)] * 20)),
    stray("199", answer(199)),
    Case(
        id="100 after 200",
        script=both(honest, answer(100), answer(100)),
        said=(BindingEstablished,),
        registers=1,
    ),
    Case(
        id="200, then 403",
        script=both(honest, answer(403)),
        said=(BindingEstablished,),
        never=(BindingRefused,),
        registers=1,
    ),
    Case(id="200 thrice with differing tags", script=twice, said=(BindingEstablished,), registers=1),
    stray("200 from another port", from_elsewhere(elsewhere), "fact.stray-response", transports=("udp",)),
    stray(
        "403 from another port",
        from_elsewhere(lambda request: response_to(request, 403)),
        "fact.stray-response",
        transports=("udp",),
    ),
    stray("200 with another Call-ID", grant(changed(Call_ID="other")), "fact.stray-response"),
    stray("200 with another branch", grant(changed(branch="z9hG4bKother")), "fact.stray-response"),
    stray("200 with another sequence number", grant(changed(CSeq="77 REGISTER")), "fact.stray-response"),
    stray("200 with another method", grant(changed(CSeq="1 INVITE")), "fact.stray-response"),
    stray("200 with another From tag", grant(changed(From="<sip:gateway01@h>;tag=x")), "fact.stray-response"),
    stray("200 without a From tag", grant(changed(From="<sip:gateway01@h>")), "fact.stray-response"),
    stray(
        "200 with two Vias",
        grant(
            lambda response: Response(200, "OK", response.headers.add("Via", "SIP/2.0/UDP h;branch=z9hG4bKx"))
        ),
        "fact.stray-response",
    ),
    stray(
        "200 with an empty Via", raw(lambda data: data.replace(b"Via: ", b"Via: ,", 1)), "fact.bad-message"
    ),
    stray(
        "200 without a Call-ID", raw(lambda data: data.replace(b"Call-ID", b"Call-OD", 1)), "fact.bad-message"
    ),
    stray(
        "200 with two CSeqs",
        raw(lambda data: data.replace(b"CSeq", b"CSeq: 1 REGISTER\r\nCSeq", 1)),
        "fact.bad-message",
    ),
    *(
        stray(f"status {text!r}", with_status(text), "fact.bad-message")
        for text in ("099 OK", "700 OK", "-1 OK", "0200 OK", "2e2 OK", "20 OK", "", "OK", "²⁰⁰ OK")
    ),
    stray("SIP/3.0", raw(lambda data: data.replace(b"SIP/2.0 ", b"SIP/3.0 ", 1)), "fact.bad-message"),
    stray("a reason with a bare CR", with_status("200 OK\rX: y"), "fact.bad-message"),
    stray("a reason with a bare LF", with_status("200 OK\nX: y"), "fact.bad-message"),
    stray("a reason with a NUL", with_status("200 O\0K"), "fact.bad-message"),
    Case(
        id="a reason of escapes and colours",
        script=raw(lambda data: data.replace(b" 200 OK", b" 200 \xff\xfe\xe2\x80\xae%0d%0aVia: x", 1)),
        said=(BindingEstablished,),
        registers=1,
    ),
    final(302, "finding.register.redirected", *OFFERS),
    final(301, "finding.register.redirected"),
    final(305, "finding.register.redirected", *OFFERS),
    final(380, "finding.register.redirected", *OFFERS * 20),
    *(final(status, "finding.register.rejected") for status in (400, 420, 499, 600, 603, 606, 699)),
    final(501, "finding.register.server-trouble"),
    *(
        final(status, "finding.register.server-trouble", said=RegistrationFailed)
        for status in (500, 503, 599)
    ),
    *(
        final(503, "finding.register.server-trouble", ("Retry-After", value), said=RegistrationFailed)
        for value in ("0", "-1", "1" + "0" * 30, "soon", "²", "5;duration=" + "9" * 60)
    ),
    Case(
        id="silence over UDP is still silence after a second",
        transports=("udp",),
        script=nothing,
        concludes=False,
        hold_s=1.2,
        registers=3,
        never=(BindingRefused, RegistrationFailed),
        same=False,
    ),
]
ASKED = [(case, transport) for case in CASES for transport in case.transports]


@pytest.mark.parametrize("asked", ASKED, ids=[named(*one) for one in ASKED])
def test_an_answer(asked: tuple[Case, Transport], outcomes: dict[str, str]) -> None:
    report(outcomes, asked)
