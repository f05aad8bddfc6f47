"""Registration over a scripted server: every request counted, every outcome said (RFC 3261 section 10)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tccc_desk.engine.commands import RegisterTrunk, Shutdown, UnregisterTrunk, VerifyTrunk
from tccc_desk.engine.events import (
    BindingEstablished,
    BindingRefused,
    BindingRemoved,
    CredentialsVerified,
    EngineStopped,
    RegistrationFailed,
)
from tccc_desk.sip.digest import expected_response, parse_authorization
from tccc_desk.sip.message import Request, Response, cseq, response_to
from tests.helpers.simulation import DOMAIN, PASSWORD, Desk, Server, World


def challenge(request: Request, *, realm: str = DOMAIN, extra: str = "", nonce: str = "n1") -> Response:
    value = f'Digest realm="{realm}", nonce="{nonce}", qop="auth", algorithm=MD5{extra}'
    return response_to(request, 401, to_tag="s", headers=[("WWW-Authenticate", value)])


def granted(request: Request, expires: str = "120", *others: str) -> Response:
    contacts = (
        [("Contact", f"{request.headers.get('Contact')};expires={expires}")]
        if "Contact" in request.headers
        else []
    )
    contacts += [("Contact", other) for other in others]
    return response_to(request, 200, to_tag="s", headers=contacts)


def registrar(request: Request, expires: str = "120", *others: str) -> list[Response]:
    if "Authorization" not in request.headers:
        return [challenge(request)]
    fields = parse_authorization(request.headers.get("Authorization"))
    assert fields["response"] == expected_response(fields, "REGISTER", PASSWORD)
    return [granted(request, expires, *others)]


def desk_with(answers: Callable[[Request], list[Response]], **changes: object) -> Desk:
    desk = Desk(World())
    Server(desk, answers)
    desk.configure(**changes)
    return desk


def test_a_challenge_is_answered_and_the_binding_said() -> None:
    desk = desk_with(registrar)
    desk.tell(RegisterTrunk(trunk="t"))
    desk.world.run(1, [desk])
    bound = desk.last(BindingEstablished)
    assert isinstance(bound, BindingEstablished)
    assert (bound.requested_expires_s, bound.granted_expires_s, bound.registers_sent) == (120, 120, 2)
    first, second = desk.requests("REGISTER")
    assert (first.uri, first.headers.get("Expires")) == (f"sip:{DOMAIN}", "120")
    assert first.headers.get("To") == f"<sip:gateway01@{DOMAIN}>"
    assert first.headers.get("Call-ID") == second.headers.get("Call-ID")
    assert cseq(second)[0] == cseq(first)[0] + 1
    assert "Route" not in first.headers


def test_the_refresh_follows_the_granted_expiry_and_keeps_the_nonce() -> None:
    desk = desk_with(lambda request: registrar(request, "40"))
    desk.tell(RegisterTrunk(trunk="t"))
    desk.world.run(23, [desk])
    assert len(desk.requests("REGISTER")) == 2
    desk.world.run(2, [desk])  # 25 s is 15 s early, and up to a tenth of it is left out
    refresh = desk.requests("REGISTER")[2:]
    assert len(refresh) == 1
    assert parse_authorization(refresh[0].headers.get("Authorization"))["nc"] == "00000002"


def test_a_wrong_password_is_tried_once() -> None:
    desk = desk_with(lambda request: [challenge(request, nonce=request.headers.get("CSeq"))])
    desk.tell(RegisterTrunk(trunk="t"))
    desk.world.run(3600, [desk])
    assert len(desk.requests("REGISTER")) == 2
    refused = desk.last(BindingRefused)
    assert isinstance(refused, BindingRefused)
    assert (refused.status, refused.said_by) == (401, "server")
    assert refused.finding == "finding.register.credentials-refused"


def test_stale_is_worth_one_more_try_only() -> None:
    stale = ", stale=true"
    desk = desk_with(lambda request: [challenge(request, extra=stale, nonce=request.headers.get("CSeq"))])
    desk.tell(RegisterTrunk(trunk="t"))
    desk.world.run(3600, [desk])
    assert len(desk.requests("REGISTER")) == 3


def test_a_foreign_realm_gets_no_digest() -> None:
    desk = desk_with(lambda request: [challenge(request, realm="voip.example")])
    desk.tell(RegisterTrunk(trunk="t"))
    desk.world.run(60, [desk])
    refused = desk.last(BindingRefused)
    assert isinstance(refused, BindingRefused)
    assert (refused.finding, refused.details["realm"]) == ("finding.auth.realm", "voip.example")
    assert all("Authorization" not in one.headers for one in desk.requests("REGISTER"))


def test_a_foreign_realm_is_answered_where_the_trunk_allows_it() -> None:
    def answers(request: Request) -> list[Response]:
        if "Authorization" in request.headers:
            return [granted(request)]
        return [challenge(request, realm="voip.example")]

    desk = desk_with(answers, allowed_realms=("voip.example",))
    desk.tell(RegisterTrunk(trunk="t"))
    desk.world.run(1, [desk])
    assert desk.said(BindingEstablished)


def test_423_raises_the_expiry_once() -> None:
    def answers(request: Request) -> list[Response]:
        if int(request.headers.get("Expires")) < 300:
            return [response_to(request, 423, headers=[("Min-Expires", "300")])]
        return registrar(request, "300")

    desk = desk_with(answers)
    desk.tell(RegisterTrunk(trunk="t"))
    desk.world.run(1, [desk])
    bound = desk.last(BindingEstablished)
    assert isinstance(bound, BindingEstablished)
    assert bound.requested_expires_s == 300


@pytest.mark.parametrize("expires", ["0", "1", "-5", "100000000000000000000", "x", ""])
def test_no_grant_makes_us_send_more_than_three_a_second(expires: str) -> None:
    desk = desk_with(lambda request: registrar(request, expires))
    desk.tell(RegisterTrunk(trunk="t"))
    moments: list[float] = []
    for _ in range(300):
        before = len(desk.requests("REGISTER"))
        desk.world.run(0.1, [desk])
        moments += [desk.world.now] * (len(desk.requests("REGISTER")) - before)
    assert moments
    for start in moments:
        assert sum(1 for moment in moments if start <= moment < start + 0.99) <= 3


@pytest.mark.parametrize("status", [403, 404, 302, 402, 501, 600, 603])
def test_a_final_refusal_is_not_repeated(status: int) -> None:
    desk = desk_with(lambda request: [response_to(request, status)])
    desk.tell(RegisterTrunk(trunk="t"))
    desk.world.run(3600, [desk])
    assert len(desk.requests("REGISTER")) == 1
    refused = desk.last(BindingRefused)
    assert isinstance(refused, BindingRefused)
    assert refused.status == status


def test_503_waits_at_least_as_long_as_it_was_asked_to() -> None:
    desk = desk_with(lambda request: [response_to(request, 503, headers=[("Retry-After", "90 (later)")])])
    desk.tell(RegisterTrunk(trunk="t"))
    desk.world.run(89, [desk])
    assert len(desk.requests("REGISTER")) == 1
    failed = desk.last(RegistrationFailed)
    assert isinstance(failed, RegistrationFailed)
    assert (failed.status, failed.said_by) == (503, "server")
    desk.world.run(5, [desk])
    assert len(desk.requests("REGISTER")) == 2


def test_refused_connections_are_retried_with_growing_patience() -> None:
    desk = desk_with(registrar)
    desk.reachable = False
    desk.tell(RegisterTrunk(trunk="t"))
    desk.world.run(600, [desk])
    failures = desk.said(RegistrationFailed)
    waits = [event.retry_in_s for event in failures if isinstance(event, RegistrationFailed)]
    assert waits[:3] == [3.0, 6.0, 12.0]
    assert max(wait or 0 for wait in waits) <= 120
    first = failures[0]
    assert isinstance(first, RegistrationFailed)
    assert (first.fault, first.said_by, first.status) == ("refused", "local", 0)
    desk.reachable = True
    desk.world.run(130, [desk])
    assert desk.said(BindingEstablished)


def test_silence_over_udp_is_timer_f_said_by_this_machine() -> None:
    desk = Desk(World())
    desk.configure(transport="udp")
    desk.tell(RegisterTrunk(trunk="t"))
    desk.world.run(31.9, [desk])
    assert not desk.said(RegistrationFailed)
    desk.world.run(0.2, [desk])
    failed = desk.last(RegistrationFailed)
    assert isinstance(failed, RegistrationFailed)
    assert (failed.fault, failed.finding) == ("silence", "finding.path.silence-udp")
    assert len(desk.requests("REGISTER")) == 11  # 0, .5, 1.5, 3.5, then every 4 s (section 17.1.2.2)


def test_a_lost_flow_is_replaced_by_one_registration() -> None:
    desk = desk_with(registrar)
    desk.tell(RegisterTrunk(trunk="t"))
    desk.world.run(1, [desk])
    desk.lose_flow()
    assert desk.said(RegistrationFailed)
    desk.world.run(5, [desk])
    assert len(desk.said(BindingEstablished)) == 2


def test_verify_touches_no_binding_and_lists_them() -> None:
    desk = desk_with(lambda request: registrar(request, "120", "<sip:pbx@198.51.100.7:5060>;expires=77"))
    desk.tell(VerifyTrunk(trunk="t"))
    desk.world.run(1, [desk])
    verified = desk.last(CredentialsVerified)
    assert isinstance(verified, CredentialsVerified)
    assert verified.contacts == ("<sip:pbx@198.51.100.7:5060>;expires=77",)
    assert all("Contact" not in one.headers for one in desk.requests("REGISTER"))
    desk.tell(RegisterTrunk(trunk="t"))
    desk.world.run(1, [desk])
    bound = desk.last(BindingEstablished)
    assert isinstance(bound, BindingEstablished)
    assert bound.other_contacts == ("<sip:pbx@198.51.100.7:5060>;expires=77",)
    assert bound.registers_sent == 1  # the nonce just proved is used again


def test_unregistering_removes_our_own_binding_only() -> None:
    desk = desk_with(registrar)
    desk.tell(RegisterTrunk(trunk="t"))
    desk.world.run(1, [desk])
    desk.tell(UnregisterTrunk(trunk="t"))
    desk.world.run(1, [desk])
    removal = desk.requests("REGISTER")[-1]
    assert (removal.headers.get("Expires"), removal.headers.all("Contact")) == (
        "0",
        ("<sip:gateway01@192.0.2.10:40000;transport=tcp>",),
    )
    removed = desk.last(BindingRemoved)
    assert isinstance(removed, BindingRemoved)
    assert removed.confirmed


def test_unregistering_while_registering_waits_for_the_answer() -> None:
    desk = desk_with(registrar)
    desk.tell(RegisterTrunk(trunk="t"))
    desk.tell(UnregisterTrunk(trunk="t"))
    desk.world.run(2, [desk])
    assert [one.headers.get("Expires") for one in desk.requests("REGISTER")] == ["120", "120", "0"]
    assert desk.said(BindingRemoved)


def test_shutdown_removes_the_binding_and_finishes() -> None:
    desk = desk_with(registrar)
    desk.tell(RegisterTrunk(trunk="t"))
    desk.world.run(1, [desk])
    desk.tell(Shutdown())
    desk.world.run(1, [desk])
    assert desk.agent.finished
    assert desk.requests("REGISTER")[-1].headers.get("Expires") == "0"
    assert not desk.said(EngineStopped)  # that is the driver's to say


def test_shutdown_does_not_wait_for_a_silent_server() -> None:
    desk = desk_with(registrar)
    desk.tell(RegisterTrunk(trunk="t"))
    desk.world.run(1, [desk])
    desk.peer = None
    desk.tell(Shutdown(deadline_s=2))
    desk.world.run(2.1, [desk])
    assert desk.agent.finished


def test_a_2xx_without_our_binding_is_not_a_registration() -> None:
    def answers(request: Request) -> list[Response]:
        return [response_to(request, 200, headers=[("Contact", "<sip:other@198.51.100.7>;expires=60")])]

    desk = desk_with(answers)
    desk.tell(RegisterTrunk(trunk="t"))
    desk.world.run(1, [desk])
    assert not desk.said(BindingEstablished)
    failed = desk.last(RegistrationFailed)
    assert isinstance(failed, RegistrationFailed)
    assert failed.finding == "finding.register.not-granted"


def test_configuring_again_lets_the_former_binding_go() -> None:
    desk = desk_with(registrar)
    desk.tell(RegisterTrunk(trunk="t"))
    desk.world.run(1, [desk])
    desk.configure(expires_s=60)
    desk.world.run(1, [desk])
    assert desk.requests("REGISTER")[-1].headers.get("Expires") == "0"


def test_a_server_that_hangs_up_after_each_200_is_met_with_growing_patience() -> None:
    desk = desk_with(registrar)
    desk.tell(RegisterTrunk(trunk="t"))
    desk.world.run(1, [desk])
    waits: list[float | None] = []
    for _ in range(9):
        desk.lose_flow()
        failed = desk.last(RegistrationFailed)
        assert isinstance(failed, RegistrationFailed)
        waits.append(failed.retry_in_s)
        desk.world.run((failed.retry_in_s or 0) + 1, [desk])
    assert waits == [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 120.0, 120.0]
    desk.world.run(40, [desk])  # one that lasts is forgiven
    desk.lose_flow()
    failed = desk.last(RegistrationFailed)
    assert isinstance(failed, RegistrationFailed)
    assert failed.retry_in_s == 1.0
