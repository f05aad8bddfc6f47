"""Hostility that takes minutes: in simulated time, so that every timer of RFC 3261 runs to its end."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tccc_desk.engine.commands import AnswerCall, HangUp, PlaceTestCall, RegisterTrunk
from tccc_desk.engine.events import (
    BindingEstablished,
    CallAnswered,
    CallEnded,
    CallOffered,
    RegistrationFailed,
)
from tccc_desk.sip.headers import Headers
from tccc_desk.sip.message import Request, Response, cseq, encode_message, response_to
from tests.helpers.hostile_gateway.sayings import SDP_TYPE, sdp
from tests.helpers.simulation import DOMAIN, Desk, Server, World

TRANSPORTS = ("udp", "tcp")
CONTACT = ("Contact", "<sip:far@192.0.2.1:35090>")
Answers = Callable[[Request], list[Response]]


def good(request: Request) -> list[Response]:
    """An honest far end that answers at once."""
    if request.method == "REGISTER":
        contact = f"{request.headers.get('Contact')};expires=3000"
        return [response_to(request, 200, to_tag="far", headers=[("Contact", contact)])]
    if request.method == "INVITE":
        return [response_to(request, 200, to_tag="far", headers=[CONTACT, SDP_TYPE], body=sdp())]
    return [response_to(request, 200, to_tag="far")]


def desk_with(answers: Answers, transport: str = "tcp") -> Desk:
    desk = Desk(World())
    Server(desk, answers)
    desk.configure(transport=transport)
    return desk


def place(desk: Desk) -> None:
    desk.tell(PlaceTestCall(trunk="t", call="c", caller="100", line="200"))


def again_and_again(desk: Desk, message: Callable[[], bytes], every_s: float, times: int) -> None:
    for number in range(times):
        desk.world.later(number * every_s, lambda: desk.hears(message(), desk.world.now))


def invite(number: int) -> bytes:
    headers = [
        ("Via", f"SIP/2.0/TCP 192.0.2.1:35090;branch=z9hG4bK{number}"),
        ("From", f"<sip:100@{DOMAIN}>;tag=far"),
        ("To", f"<sip:200@{DOMAIN}>"),
        ("Call-ID", f"storm{number}"),
        ("CSeq", "1 INVITE"),
        CONTACT,
        SDP_TYPE,
    ]
    return encode_message(Request("INVITE", "sip:gateway01@192.0.2.10:40000", Headers(headers), sdp()))


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_provisional_answers_to_a_register_do_not_hold_us_longer_than_timer_f(transport: str) -> None:
    desk = desk_with(lambda request: [], transport)
    desk.tell(RegisterTrunk(trunk="t"))
    desk.world.run(0.1, [desk])
    asked = desk.requests("REGISTER")[0]
    trying = encode_message(response_to(asked, 100))
    again_and_again(desk, lambda: trying, 0.5, 200)
    desk.world.run(33, [desk])
    failed = desk.last(RegistrationFailed)
    assert isinstance(failed, RegistrationFailed)
    assert (failed.fault, failed.said_by) == ("silence", "local")


def test_an_answer_that_drips_is_silence_after_timer_f_and_the_connection_is_replaced() -> None:
    desk = desk_with(lambda request: [])  # what never becomes a message never gets here
    desk.tell(RegisterTrunk(trunk="t"))
    desk.world.run(31, [desk])
    assert not desk.said(RegistrationFailed)
    Server(desk, good)
    desk.world.run(12, [desk])
    assert desk.said(RegistrationFailed)
    assert desk.closed_flows
    assert desk.said(BindingEstablished)


@pytest.mark.parametrize("status", [100, 180, 183, 199])
def test_ringing_for_ever_ends_with_our_patience(status: int) -> None:
    desk = desk_with(lambda request: [response_to(request, status, to_tag="far")])
    place(desk)
    desk.world.run(1, [desk])
    asked = desk.requests("INVITE")[0]
    ringing = encode_message(response_to(asked, status, to_tag="far"))
    again_and_again(desk, lambda: ringing, 1.0, 300)
    desk.world.run(80, [desk])
    (ended,) = desk.said(CallEnded)
    assert isinstance(ended, CallEnded)
    assert ended.outcome == "no_answer"
    assert len({one.headers.get("CSeq") for one in desk.requests("CANCEL")}) == 1
    desk.world.run(300, [desk])
    assert desk.agent.deadline() is None, "nothing is left running"


def test_an_answer_repeated_after_the_end_is_acknowledged_and_costs_no_second_bye() -> None:
    desk = desk_with(good)
    place(desk)
    desk.world.run(1, [desk])
    assert desk.said(CallAnswered)
    answer = encode_message(good(desk.requests("INVITE")[0])[0])
    desk.tell(HangUp(call="c"))
    desk.world.run(1, [desk])
    assert desk.said(CallEnded)
    again_and_again(desk, lambda: answer, 0.5, 50)
    desk.world.run(60, [desk])
    assert len(desk.requests("ACK")) == 51
    assert len(desk.requests("BYE")) == 1


def test_a_late_answer_to_a_call_given_up_is_acknowledged_and_ended_once() -> None:
    desk = desk_with(lambda request: [] if request.method == "INVITE" else good(request))
    place(desk)
    desk.world.run(1, [desk])
    asked = desk.requests("INVITE")[0]
    desk.hears(encode_message(response_to(asked, 180, to_tag="far")), desk.world.now)
    desk.tell(HangUp(call="c"))
    desk.world.run(6, [desk])
    assert desk.said(CallEnded)
    answer = encode_message(good(asked)[0])
    again_and_again(desk, lambda: answer, 0.5, 20)
    desk.world.run(40, [desk])
    assert len(desk.requests("ACK")) == 20
    assert len(desk.requests("BYE")) == 1


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_a_2xx_nobody_acknowledges_is_given_up(transport: str) -> None:
    desk = desk_with(good, transport)
    desk.tell(RegisterTrunk(trunk="t"))
    desk.world.run(1, [desk])
    desk.hears(invite(1), desk.world.now)
    offer = desk.last(CallOffered)
    assert isinstance(offer, CallOffered)
    desk.tell(AnswerCall(call=offer.call))
    desk.world.run(40, [desk])
    ended = desk.last(CallEnded)
    assert isinstance(ended, CallEnded)
    assert ended.finding == "finding.call.no-ack"
    assert len(desk.requests("BYE")) == 1


def test_five_thousand_invites_are_bounded_while_they_come_and_gone_afterwards() -> None:
    desk = desk_with(good)
    desk.tell(RegisterTrunk(trunk="t"))
    desk.world.run(1, [desk])
    for number in range(5000):
        desk.hears(invite(number), desk.world.now)
        desk.world.run(0.001, [desk])
    endpoint = desk.agent._endpoint
    assert len(endpoint._servers) <= 2000
    assert len(desk.said(CallOffered)) == 20
    refused = {one.status for one in desk.sent if isinstance(one, Response)}
    assert refused == {180, 486, 503}
    desk.world.run(300, [desk])
    assert len(desk.said(CallEnded)) == 20
    assert not endpoint._servers
    assert not endpoint._accepted
    assert len(desk.requests("REGISTER")) == 1


def test_a_server_that_closes_every_connection_once_bound_meets_no_storm() -> None:
    desk = desk_with(good)
    desk.tell(RegisterTrunk(trunk="t"))
    for _ in range(6000):
        bound = len(desk.said(BindingEstablished))
        desk.world.run(0.1, [desk])
        if len(desk.said(BindingEstablished)) > bound and desk.flow is not None:
            desk.lose_flow()
    assert len(desk.requests("REGISTER")) <= 1200  # ten minutes


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_ten_minutes_of_refusals_of_every_kind_leave_nothing_running(transport: str) -> None:
    """Whatever final answer comes, REGISTERs stay rare and no transaction stays behind."""
    statuses = iter([*range(300, 700, 7)] * 40)

    def answers(request: Request) -> list[Response]:
        return [response_to(request, next(statuses), to_tag="far", headers=[("Retry-After", "0")])]

    desk = desk_with(answers, transport)
    for _ in range(60):
        desk.tell(RegisterTrunk(trunk="t"))
        desk.world.run(10, [desk])
    assert len(desk.requests("REGISTER")) <= 60 * 5
    numbers = [cseq(one)[0] for one in desk.requests("REGISTER")]
    assert numbers == sorted(numbers)
    desk.world.run(40, [desk])
    assert len(desk.agent._endpoint._clients) <= 1
