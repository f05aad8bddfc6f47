"""Client transactions on the wire (RFC 3261 section 17.1)."""

from __future__ import annotations

import pytest

from tccc_desk.sip.errors import LocalProtocolError
from tccc_desk.sip.flow import Flow
from tccc_desk.sip.message import Request, Response, parse_message
from tccc_desk.sip.outputs import (
    ResponseReceived,
    StrayResponse,
    TransactionFailed,
    TransactionTimedOut,
    Transition,
    Transmit,
)
from tests.helpers.sip_wire import TCP, UDP, answer, endpoint, of, request, run, sent, times


def test_8_1_1_7_a_request_goes_out_with_our_via_and_max_forwards() -> None:
    ua = endpoint(user_agent="Desk/1")
    id = ua.send(request(), UDP, 0.0)
    (transmit,) = of(Transmit, ua.outputs())
    head = transmit.data.decode().split("\r\n")
    assert head[0] == "OPTIONS sip:02188886666@1400264214.tccc.qcloud.com SIP/2.0"
    branch = id.removesuffix("/OPTIONS")
    assert head[1] == f"Via: SIP/2.0/UDP 192.0.2.1:5060;branch={branch};rport"
    assert branch.startswith("z9hG4bK")
    assert head[2] == "Max-Forwards: 70"
    assert "User-Agent: Desk/1" in head
    assert parse_message(transmit.data) == parse_message(transmit.data)
    assert transmit.retransmission == 0
    assert transmit.flow is UDP


def test_8_1_1_7_a_request_sent_again_has_one_via_and_a_new_branch() -> None:
    ua = endpoint()
    first = ua.send(request(), UDP, 0.0)
    (transmit,) = of(Transmit, ua.outputs())
    second = ua.send(transmit.message, UDP, 0.0)
    (again,) = of(Transmit, ua.outputs())
    assert first != second
    assert len(again.message.headers.all("Via")) == 1
    assert len(again.message.headers.all("Max-Forwards")) == 1


@pytest.mark.parametrize("method", ["ACK", "CANCEL"])
def test_17_1_ack_and_cancel_have_their_own_ways(method: str) -> None:
    with pytest.raises(LocalProtocolError):
        endpoint().send(request(method), UDP, 0.0)


def test_a_request_that_cannot_be_written_leaves_nothing_behind() -> None:
    ua = endpoint()
    with pytest.raises(LocalProtocolError):
        ua.send(request(extra="Subject: a\x00b"), UDP, 0.0)
    assert ua.outputs() == []
    assert ua.pending(UDP.id) == 0
    assert ua.deadline() is None


def test_17_1_1_2_invite_over_udp_repeats_by_timer_a_until_timer_b() -> None:
    ua = endpoint()
    id = ua.send(request("INVITE"), UDP, 0.0)
    first = ua.outputs()
    seen = run(ua, 100.0)
    assert sent(first) == ["INVITE sip:02188886666@1400264214.tccc.qcloud.com SIP/2.0"]
    assert times(seen, "INVITE") == [0.5, 1.5, 3.5, 7.5, 15.5, 31.5]
    assert [output.retransmission for _, output in seen if isinstance(output, Transmit)] == [1, 2, 3, 4, 5, 6]
    at, lost = seen[-1]
    assert at == 32.0
    assert lost == TransactionTimedOut(id, first[1].message, "B", 7)
    assert ua.pending(UDP.id) == 0
    assert ua.deadline() is None


def test_17_1_2_2_other_requests_over_udp_repeat_by_timer_e_until_timer_f() -> None:
    ua = endpoint()
    id = ua.send(request("REGISTER"), UDP, 0.0)
    ua.outputs()
    seen = run(ua, 100.0)
    assert times(seen, "REGISTER") == [0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5]
    at, lost = seen[-1]
    assert (at, lost.transaction, lost.timer, lost.transmissions) == (32.0, id, "F", 11)
    assert ua.pending(UDP.id) == 0


def test_17_1_2_2_a_provisional_slows_timer_e_to_t2() -> None:
    ua = endpoint()
    ua.send(request("BYE"), UDP, 0.0)
    (transmit,) = of(Transmit, ua.outputs())
    ua.receive(answer(transmit, 100), UDP, 0.1)
    assert of(ResponseReceived, ua.outputs())[0].response.status == 100
    seen = run(ua, 100.0)
    assert times(seen, "BYE") == [0.5, 4.5, 8.5, 12.5, 16.5, 20.5, 24.5, 28.5]
    assert isinstance(seen[-1][1], TransactionTimedOut)


@pytest.mark.parametrize(("method", "timer"), [("INVITE", "B"), ("OPTIONS", "F")])
def test_17_1_a_reliable_flow_repeats_nothing_but_still_gives_up(method: str, timer: str) -> None:
    ua = endpoint()
    ua.send(request(method), TCP, 0.0)
    ua.outputs()
    seen = run(ua, 100.0)
    assert [type(output) for _, output in seen] == [Transition, TransactionTimedOut]
    assert (seen[-1][0], seen[-1][1].timer, seen[-1][1].transmissions) == (32.0, timer, 1)


@pytest.mark.parametrize(("flow", "lingers"), [(UDP, 5.0), (TCP, 0.0)])
def test_17_1_2_2_a_final_response_is_handed_up_once_and_timer_k_ends(flow: Flow, lingers: float) -> None:
    ua = endpoint()
    id = ua.send(request(), flow, 0.0)
    (transmit,) = of(Transmit, ua.outputs())
    ok = answer(transmit, 200)
    ua.receive(ok, flow, 1.0)
    assert of(ResponseReceived, ua.outputs()) == [ResponseReceived(id, transmit.message, ok, flow)]
    assert ua.deadline() == (1.0 + lingers if lingers else None)
    ua.receive(ok, flow, 1.1)
    outputs = ua.outputs()
    assert of(ResponseReceived, outputs) == []
    assert [stray.why for stray in of(StrayResponse, outputs)] == ([] if lingers else ["transaction"])
    run(ua, 50.0)
    assert ua.pending(flow.id) == 0


def test_17_1_1_3_the_ack_to_a_rejection_copies_branch_route_and_the_responses_to() -> None:
    ua = endpoint(user_agent="Desk/1")
    invite = request("INVITE", number=7, extra="Route: <sip:p1;lr>\nRoute: <sip:p2;lr>\nRequire: x")
    ua.send(invite, UDP, 0.0)
    (transmit,) = of(Transmit, ua.outputs())
    ua.receive(answer(transmit, 407), UDP, 0.2)
    outputs = ua.outputs()
    (ack,) = of(Transmit, outputs)
    message = parse_message(ack.data)
    assert isinstance(message, Request)
    assert (message.method, message.uri) == ("ACK", invite.uri)
    assert message.headers.all("Via") == transmit.message.headers.all("Via")
    assert message.headers.all("Route") == ("<sip:p1;lr>", "<sip:p2;lr>")
    assert message.headers.get("To") == f"{invite.headers.get('To')};tag=peertag"
    assert message.headers.get("From") == invite.headers.get("From")
    assert message.headers.get("Call-ID") == "c1"
    assert message.headers.get("CSeq") == "7 ACK"
    assert "Require" not in message.headers
    assert message.body == b""
    assert outputs.index(ack) < outputs.index(of(ResponseReceived, outputs)[0])


def test_17_1_1_2_a_repeated_rejection_is_acknowledged_again_and_not_handed_up() -> None:
    ua = endpoint()
    ua.send(request("INVITE"), UDP, 0.0)
    (transmit,) = of(Transmit, ua.outputs())
    busy = answer(transmit, 486)
    ua.receive(busy, UDP, 1.0)
    ua.outputs()
    ua.receive(busy, UDP, 2.0)
    outputs = ua.outputs()
    assert [output.retransmission for output in of(Transmit, outputs)] == [1]
    assert of(ResponseReceived, outputs) == []
    assert ua.deadline() == 33.0  # timer D, 32 s from the first
    run(ua, 33.0)
    assert ua.pending(UDP.id) == 0


def test_17_1_1_2_on_a_reliable_flow_timer_d_is_zero() -> None:
    ua = endpoint()
    ua.send(request("INVITE"), TCP, 0.0)
    (transmit,) = of(Transmit, ua.outputs())
    ua.receive(answer(transmit, 486), TCP, 1.0)
    assert sent(ua.outputs()) == [f"ACK {transmit.message.uri} SIP/2.0"]
    assert ua.pending(TCP.id) == 0
    assert ua.deadline() is None


@pytest.mark.parametrize("flow", [UDP, TCP])
def test_rfc6026_7_2_every_2xx_is_handed_up_until_timer_m(flow: Flow) -> None:
    ua = endpoint()
    ua.send(request("INVITE"), flow, 0.0)
    (transmit,) = of(Transmit, ua.outputs())
    for at, tag in ((1.0, "a"), (1.5, "a"), (2.0, "b")):
        ua.receive(answer(transmit, 200, tag), flow, at)
    outputs = ua.outputs()
    assert len(of(ResponseReceived, outputs)) == 3
    assert of(Transmit, outputs) == []
    ua.receive(answer(transmit, 180, "b"), flow, 2.0)
    ua.receive(answer(transmit, 486, "b"), flow, 2.0)
    assert ua.outputs() == []
    assert ua.deadline() == 33.0
    run(ua, 33.0)
    ua.receive(answer(transmit, 200, "a"), flow, 33.1)
    assert [stray.why for stray in of(StrayResponse, ua.outputs())] == ["transaction"]
    assert ua.pending(flow.id) == 0


def test_13_2_2_4_the_ack_to_a_2xx_has_a_branch_of_its_own_and_no_state() -> None:
    ua = endpoint()
    ua.send(request("INVITE"), UDP, 0.0)
    (transmit,) = of(Transmit, ua.outputs())
    data = ua.send_ack(request("ACK", to_tag="peertag"), UDP, 1.0)
    (ack,) = of(Transmit, ua.outputs())
    assert ack.data == data
    assert data.startswith(b"ACK ")
    assert ack.message.headers.get("Via") != transmit.message.headers.get("Via")
    assert ua.pending(UDP.id) == 1


def test_17_1_1_2_provisionals_stop_the_repeats_and_the_clock() -> None:
    ua = endpoint()
    ua.send(request("INVITE"), UDP, 0.0)
    (transmit,) = of(Transmit, ua.outputs())
    ua.receive(answer(transmit, 100), UDP, 0.4)
    ua.receive(answer(transmit, 180), UDP, 0.6)
    ua.receive(answer(transmit, 180), UDP, 0.7)
    assert [output.response.status for output in of(ResponseReceived, ua.outputs())] == [100, 180, 180]
    assert ua.deadline() is None


# Section 9.1


def test_9_1_cancel_waits_for_a_provisional_and_repeats_the_invites_branch() -> None:
    ua = endpoint()
    invite = request("INVITE", number=3, extra="Route: <sip:p1;lr>\nProxy-Authorization: Digest x")
    id = ua.send(invite, UDP, 0.0)
    (transmit,) = of(Transmit, ua.outputs())
    ua.cancel(id, 0.1)
    assert sent(ua.outputs()) == []
    ua.receive(answer(transmit, 180), UDP, 0.2)
    (cancel,) = of(Transmit, ua.outputs())
    message = cancel.message
    assert (message.method, message.uri) == ("CANCEL", invite.uri)
    assert message.headers.all("Via") == transmit.message.headers.all("Via")
    assert message.headers.get("CSeq") == "3 CANCEL"
    assert message.headers.all("Route") == ("<sip:p1;lr>",)
    for name in ("From", "To", "Call-ID"):
        assert message.headers.get(name) == invite.headers.get(name)
    assert "Proxy-Authorization" not in message.headers
    ua.cancel(id, 0.3)
    ua.cancel(id, 0.4)
    assert sent(ua.outputs()) == []


def test_9_1_the_answer_to_cancel_is_not_handed_up_and_487_ends_the_invite() -> None:
    ua = endpoint()
    id = ua.send(request("INVITE"), UDP, 0.0)
    (transmit,) = of(Transmit, ua.outputs())
    ua.receive(answer(transmit, 180), UDP, 0.2)
    ua.cancel(id, 1.0)
    (cancel,) = of(Transmit, ua.outputs())
    ua.receive(answer(cancel, 200), UDP, 1.1)
    assert of(ResponseReceived, ua.outputs()) == []
    ua.receive(answer(transmit, 487), UDP, 1.2)
    outputs = ua.outputs()
    assert [output.response.status for output in of(ResponseReceived, outputs)] == [487]
    assert sent(outputs)[0].startswith("ACK ")
    assert of(TransactionTimedOut, [output for _, output in run(ua, 100.0)]) == []
    assert ua.pending(UDP.id) == 0


def test_9_1_a_cancelled_invite_without_final_answer_ends_after_64_t1() -> None:
    ua = endpoint()
    id = ua.send(request("INVITE"), UDP, 0.0)
    (transmit,) = of(Transmit, ua.outputs())
    ua.receive(answer(transmit, 180), UDP, 0.2)
    ua.cancel(id, 10.0)
    ua.outputs()
    reports = [(at, output) for at, output in run(ua, 100.0) if isinstance(output, TransactionTimedOut)]
    assert [(at, report.transaction, report.timer) for at, report in reports] == [(42.0, id, "B")]
    assert ua.pending(UDP.id) == 0


def test_9_1_a_2xx_that_crosses_the_cancel_is_handed_up() -> None:
    ua = endpoint()
    id = ua.send(request("INVITE"), UDP, 0.0)
    (transmit,) = of(Transmit, ua.outputs())
    ua.receive(answer(transmit, 180), UDP, 0.2)
    ua.cancel(id, 1.0)
    ua.outputs()
    ua.receive(answer(transmit, 200), UDP, 1.1)
    assert [output.response.status for output in of(ResponseReceived, ua.outputs())] == [200]
    ua.cancel(id, 1.2)
    assert sent(ua.outputs()) == []


def test_9_1_only_an_invite_can_be_cancelled_and_a_gone_one_is_no_error() -> None:
    ua = endpoint()
    id = ua.send(request(), UDP, 0.0)
    with pytest.raises(LocalProtocolError):
        ua.cancel(id, 0.1)
    ua.cancel("z9hG4bKgone/INVITE", 0.1)


# Sections 17.1.3 and 18.1.2


def test_17_1_3_responses_that_do_not_match_are_strays_with_a_reason() -> None:
    ua = endpoint()
    ua.send(request("INVITE"), UDP, 0.0)
    (transmit,) = of(Transmit, ua.outputs())
    ok = answer(transmit, 200)

    def changed(name: str, value: str) -> Response:
        headers = ok.headers.set(name, value)
        return Response(200, "OK", headers)

    strays = [
        (changed("Via", "SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKother"), UDP, "transaction"),
        (changed("CSeq", "1 BYE"), UDP, "transaction"),
        (ok, TCP, "flow"),
        (changed("Call-ID", "other"), UDP, "call-id"),
        (changed("CSeq", "2 INVITE"), UDP, "cseq"),
        (changed("From", "<sip:x@y>;tag=other"), UDP, "from-tag"),
        (changed("Via", f"{ok.headers.get('Via')}, SIP/2.0/UDP a;branch=z9hG4bKb"), UDP, "via-count"),
    ]
    for response, flow, why in strays:
        ua.receive(response, flow, 1.0)
        assert ua.outputs() == [StrayResponse(response, flow, why)]
    ua.receive(ok, UDP, 1.0)
    assert len(of(ResponseReceived, ua.outputs())) == 1


@pytest.mark.parametrize("method", ["INVITE", "OPTIONS"])
def test_17_1_4_a_lost_flow_fails_its_client_transactions_and_no_others(method: str) -> None:
    ua = endpoint()
    id = ua.send(request(method), TCP, 0.0)
    other = ua.send(request(method), UDP, 0.0)
    (transmit, _) = of(Transmit, ua.outputs())
    ua.flow_lost(TCP.id, "closed", "reset by peer", 1.0)
    assert of(TransactionFailed, ua.outputs()) == [
        TransactionFailed(id, transmit.message, "closed", "reset by peer")
    ]
    assert (ua.pending(TCP.id), ua.pending(UDP.id)) == (0, 1)
    assert other.endswith(method)


def test_a_lost_flow_says_nothing_once_the_final_response_is_handed_up() -> None:
    ua = endpoint()
    ua.send(request("INVITE"), UDP, 0.0)
    ua.send(request("OPTIONS"), UDP, 0.0)
    for transmit in of(Transmit, ua.outputs()):
        ua.receive(answer(transmit, 200), UDP, 1.0)
    ua.outputs()
    ua.flow_lost(UDP.id, "icmp", "", 2.0)
    assert of(TransactionFailed, ua.outputs()) == []
    assert ua.pending(UDP.id) == 0
    assert ua.deadline() is None


def test_transitions_name_machine_key_state_input_and_next() -> None:
    ua = endpoint()
    id = ua.send(request("INVITE"), UDP, 0.0)
    (transmit,) = of(Transmit, ua.outputs())
    ua.receive(answer(transmit, 486), UDP, 1.0)
    assert of(Transition, ua.outputs()) == [
        Transition("invite client", id, "Calling", "300-699", "Completed")
    ]


def test_a_driver_that_comes_late_repeats_once_and_gives_up_once() -> None:
    ua = endpoint()
    ua.send(request("INVITE"), UDP, 0.0)
    ua.outputs()
    ua.advance(600.0)
    outputs = ua.outputs()
    assert len(of(Transmit, outputs)) == 1
    assert len(of(TransactionTimedOut, outputs)) == 1
