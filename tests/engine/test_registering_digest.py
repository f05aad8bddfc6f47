"""Digest in the life of a registration: nonces handed on, weaker questions, questions nobody asked for."""

from __future__ import annotations

from tccc_desk.engine.commands import AnswerCall, HangUp, RegisterTrunk
from tccc_desk.engine.events import BindingEstablished, BindingRefused, CallEnded, CallOffered, Noticed
from tccc_desk.sdp.negotiate import make_offer
from tccc_desk.sip.digest import expected_response, parse_authorization
from tccc_desk.sip.headers import Headers
from tccc_desk.sip.message import Request, Response, encode_message, response_to
from tests.engine.test_registering import challenge, desk_with, granted, registrar
from tests.helpers.simulation import DOMAIN, PASSWORD, Desk


def authorization(request: Request, name: str = "Authorization") -> dict[str, str]:
    return dict(parse_authorization(request.headers.get(name)))


def right(request: Request, name: str = "Authorization") -> bool:
    fields = authorization(request, name)
    return fields["response"] == expected_response(fields, "REGISTER", PASSWORD, username="gateway01")


def bound(desk: Desk, seconds: float = 1.0) -> Desk:
    desk.tell(RegisterTrunk(trunk="t"))
    desk.world.run(seconds, [desk])
    assert desk.said(BindingEstablished)
    return desk


def test_the_next_nonce_is_used_for_the_next_request() -> None:
    def answers(request: Request) -> list[Response]:
        if "Authorization" not in request.headers:
            return [challenge(request)]
        assert right(request)
        used = authorization(request)["nonce"]
        info = ("Authentication-Info", f'nextnonce="{used}x", qop=auth')
        answer = granted(request)
        return [Response(200, "OK", answer.headers.add(*info))]

    desk = bound(desk_with(answers), 250)
    fields = [authorization(one) for one in desk.requests("REGISTER")[1:]]
    assert [one["nonce"] for one in fields] == ["n1", "n1x", "n1xx"]
    assert {one["nc"] for one in fields} == {"00000001"}


def test_a_next_nonce_of_the_proxy_is_not_the_registrars() -> None:
    def answers(request: Request) -> list[Response]:
        if "Authorization" not in request.headers:
            return [challenge(request)]
        answer = granted(request)
        return [Response(200, "OK", answer.headers.add("Proxy-Authentication-Info", 'nextnonce="other"'))]

    desk = bound(desk_with(answers), 110)
    assert {authorization(one)["nonce"] for one in desk.requests("REGISTER")[1:]} == {"n1"}


def test_proxy_and_registrar_are_answered_side_by_side() -> None:
    def answers(request: Request) -> list[Response]:
        if "Proxy-Authorization" not in request.headers:
            value = f'Digest realm="{DOMAIN}", nonce="p", qop="auth"'
            return [response_to(request, 407, headers=[("Proxy-Authenticate", value)])]
        assert right(request, "Proxy-Authorization")
        return registrar(request)

    desk = bound(desk_with(answers))
    last = desk.requests("REGISTER")[-1]
    assert authorization(last, "Proxy-Authorization")["nc"] == "00000002"
    assert authorization(last)["nc"] == "00000001"
    assert (authorization(last, "Proxy-Authorization")["nonce"], authorization(last)["nonce"]) == ("p", "n1")


def test_the_strongest_of_several_questions_is_answered() -> None:
    def answers(request: Request) -> list[Response]:
        if "Authorization" in request.headers:
            assert right(request)
            return [granted(request)]
        values = [
            'Basic realm="x"',
            'Digest realm="voip.example", nonce="a", algorithm=SHA-256',
            ", ".join(
                (
                    f'Digest realm="{DOMAIN}", nonce="b", qop="auth", algorithm=MD5',
                    f'Digest realm="{DOMAIN}", nonce="c", qop="auth,auth-int", algorithm=SHA-256',
                )
            ),
            f'Digest realm="{DOMAIN}", nonce="d", algorithm=SHA-3',
        ]
        return [response_to(request, 401, headers=[("WWW-Authenticate", value) for value in values])]

    desk = bound(desk_with(answers))
    assert authorization(desk.requests("REGISTER")[-1])["nonce"] == "c"
    assert not desk.said(Noticed)


def test_a_hidden_user_name_is_sent_hidden() -> None:
    def answers(request: Request) -> list[Response]:
        if "Authorization" not in request.headers:
            return [challenge(request, extra=", userhash=true")]
        assert right(request)
        assert "gateway01" not in request.headers.get("Authorization")
        return [granted(request)]

    bound(desk_with(answers))


def test_a_weaker_question_than_before_is_answered_and_said_once() -> None:
    algorithm = "SHA-256"

    def answers(request: Request) -> list[Response]:
        nonce = f"{algorithm}-{request.headers.get('CSeq').split()[0]}"
        if "Authorization" in request.headers and authorization(request)["algorithm"] == algorithm:
            assert right(request)
            return [granted(request)]
        value = f'Digest realm="{DOMAIN}", nonce="{nonce}", qop="auth", algorithm={algorithm}, stale=true'
        return [response_to(request, 401, headers=[("WWW-Authenticate", value)])]

    desk = bound(desk_with(answers))
    algorithm = "MD5"
    desk.world.run(110, [desk])
    algorithm = "SHA-256"
    desk.world.run(110, [desk])
    algorithm = "MD5"
    desk.world.run(110, [desk])
    assert len(desk.said(BindingEstablished)) == 4
    said = desk.said(Noticed)
    assert len(said) == 1
    notice = said[0]
    assert isinstance(notice, Noticed)
    assert notice.finding == "finding.auth.downgrade"
    assert notice.details == {"realm": DOMAIN, "before": "SHA-256", "algorithm": "MD5"}


def test_a_question_to_nothing_we_asked_gets_no_digest() -> None:
    desk = bound(desk_with(registrar))
    sent = len(desk.sent)
    asked = desk.requests("REGISTER")[-1]
    unasked = Request("REGISTER", asked.uri, asked.headers.set("Call-ID", "made-up"))
    for _ in range(100):
        desk.hears(encode_message(challenge(unasked)), desk.world.now)
    desk.world.run(5, [desk])
    assert len(desk.sent) == sent
    said = desk.said(Noticed)
    assert 1 <= len(said) <= 10
    notice = said[0]
    assert isinstance(notice, Noticed)
    assert (notice.finding, notice.details["realm"]) == ("finding.auth.leak", DOMAIN)
    assert sum(entry.fact == "fact.digest-refused" for entry in desk.trace) == 100


def test_a_late_question_to_what_we_asked_is_no_leak() -> None:
    desk = bound(desk_with(registrar))
    late = challenge(desk.requests("REGISTER")[0])
    desk.hears(encode_message(late), desk.world.now)
    assert not desk.said(Noticed)
    assert not desk.said(BindingRefused)


def test_who_calls_us_gets_no_digest_of_the_bye() -> None:
    desk = desk_with(lambda request: [challenge(request)] if request.method == "BYE" else registrar(request))
    bound(desk)
    offer = make_offer("198.51.100.7", 30000, ("PCMA",), session_id=1, version=1)
    invite = Request(
        "INVITE",
        "sip:gateway01@192.0.2.10",
        Headers(
            [
                ("Via", "SIP/2.0/TCP 192.0.2.1;branch=z9hG4bKcall"),
                ("From", "<sip:1@far.example>;tag=f"),
                ("To", f"<sip:2@{DOMAIN}>"),
                ("Call-ID", "incoming"),
                ("CSeq", "1 INVITE"),
                ("Contact", "<sip:1@192.0.2.1;transport=tcp>"),
                ("Content-Type", "application/sdp"),
            ]
        ),
        offer,
    )
    desk.hears(encode_message(invite), desk.world.now)
    offered = desk.last(CallOffered)
    assert isinstance(offered, CallOffered)
    desk.tell(AnswerCall(call=offered.call))
    answer = next(one for one in desk.sent if isinstance(one, Response) and one.status == 200)
    ack = invite.headers.set("CSeq", "1 ACK").set("To", answer.headers.get("To")).without("Content-Type")
    ack = ack.set("Via", "SIP/2.0/TCP 192.0.2.1;branch=z9hG4bKack")
    desk.hears(encode_message(Request("ACK", invite.uri, ack)), desk.world.now)
    desk.tell(HangUp(call=offered.call))
    desk.world.run(2, [desk])
    byes = desk.requests("BYE")
    assert len(byes) == 1
    assert "Authorization" not in byes[0].headers
    assert desk.said(CallEnded)
    assert [one.finding for one in desk.said(Noticed)] == ["finding.auth.leak"]  # type: ignore[union-attr]
