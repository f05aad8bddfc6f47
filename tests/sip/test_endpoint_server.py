"""Server transactions on the wire (RFC 3261 section 17.2)."""

from __future__ import annotations

import pytest

from tccc_desk.sip.endpoint import Endpoint
from tccc_desk.sip.errors import LocalProtocolError
from tccc_desk.sip.flow import Flow
from tccc_desk.sip.message import Request, Response, parse_message, response_to, salvage
from tccc_desk.sip.outputs import (
    AckReceived,
    Cancelled,
    RequestReceived,
    TransactionTimedOut,
    Transition,
    Transmit,
)
from tests.helpers.sip_wire import TCP, UDP, endpoint, incoming, of, run, sent, times


def receive(ua: Endpoint, request: Request, flow: Flow = UDP, now: float = 0.0) -> RequestReceived:
    ua.receive(request, flow, now)
    (received,) = of(RequestReceived, ua.outputs())
    return received


def answered(ua: Endpoint, status: int, method: str = "INVITE", flow: Flow = UDP) -> RequestReceived:
    """Take a request in at 0 s and answer it at once; the answer's outputs are drained."""
    received = receive(ua, incoming(method), flow)
    ua.respond(received.transaction, response_to(received.request, status, to_tag="ours"), 0.0)
    assert sent(ua.outputs())[0].startswith(f"SIP/2.0 {status}")
    return received


# Sections 18.2.1 and RFC 3581


@pytest.mark.parametrize(
    ("via", "filled"),
    [
        ("SIP/2.0/UDP 198.51.100.7:35090;branch=z9hG4bKa", "SIP/2.0/UDP 198.51.100.7:35090;branch=z9hG4bKa"),
        (
            "SIP/2.0/UDP 10.0.0.1;branch=z9hG4bKa",
            "SIP/2.0/UDP 10.0.0.1;branch=z9hG4bKa;received=198.51.100.7",
        ),
        (
            "SIP/2.0/UDP pbx.example;received=1.2.3.4;branch=z9hG4bKa",
            "SIP/2.0/UDP pbx.example;received=198.51.100.7;branch=z9hG4bKa",
        ),
        (
            "SIP/2.0/UDP 198.51.100.7;rport;branch=z9hG4bKa",
            "SIP/2.0/UDP 198.51.100.7;rport=35090;branch=z9hG4bKa;received=198.51.100.7",
        ),
    ],
)
def test_18_2_1_received_and_rport_are_filled_in_before_handing_up(via: str, filled: str) -> None:
    received = receive(endpoint(), incoming(via=via))
    assert received.request.headers.get("Via") == filled


def test_18_2_1_only_the_top_via_is_touched() -> None:
    via = "SIP/2.0/TCP p.example;branch=z9hG4bKa, SIP/2.0/UDP 10.0.0.2;branch=z9hG4bKb;rport"
    received = receive(endpoint(), incoming(via=f"{via}\r\nVia: SIP/2.0/UDP u;branch=z9hG4bKc"), TCP)
    assert received.request.headers.all("Via") == (
        "SIP/2.0/TCP p.example;branch=z9hG4bKa;received=198.51.100.7",
        "SIP/2.0/UDP 10.0.0.2;branch=z9hG4bKb;rport",
        "SIP/2.0/UDP u;branch=z9hG4bKc",
    )
    assert next(iter(received.request.headers))[0] == "Via"


def test_18_2_1_an_ipv6_source_is_compared_as_an_address() -> None:
    six = Flow(9, "UDP", ("2001:db8::1", 5060), ("2001:db8::7", 5060))
    via = "SIP/2.0/UDP [2001:DB8:0::7]:5060;branch=z9hG4bKa"
    assert receive(endpoint(), incoming(via=via), six).request.headers.get("Via") == via
    other = "SIP/2.0/UDP [2001:db8::8]:5060;branch=z9hG4bKb"
    filled = receive(endpoint(), incoming(via=other), six).request.headers.get("Via")
    assert "received=2001:db8::7" in filled
    assert incoming(via=filled).headers.get("Via") == filled


# Section 17.2.1


def test_17_2_1_an_invite_unanswered_for_200_ms_gets_a_100() -> None:
    ua = endpoint(user_agent="Desk/1")
    received = receive(ua, incoming("INVITE"))
    assert ua.deadline() == 0.2
    ua.advance(0.2)
    (trying,) = of(Transmit, ua.outputs())
    message = parse_message(trying.data)
    assert isinstance(message, Response)
    assert message.status == 100
    assert message.headers.get("Server") == "Desk/1"
    assert ";tag=" not in message.headers.get("To")
    assert ua.deadline() is None
    ua.receive(incoming("INVITE"), UDP, 0.5)
    (again,) = of(Transmit, ua.outputs())
    assert (again.data, again.retransmission) == (trying.data, 1)
    assert ua.pending(UDP.id) == 1
    assert received.transaction


@pytest.mark.parametrize("status", [180, 200, 486])
def test_17_2_1_an_answer_within_200_ms_saves_the_100(status: int) -> None:
    ua = endpoint()
    answered(ua, status)
    assert times(run(ua, 0.4), "SIP/2.0 100") == []


def test_17_2_1_a_repeated_invite_gets_the_last_provisional_and_is_not_handed_up() -> None:
    ua = endpoint()
    received = answered(ua, 180)
    ua.receive(incoming("INVITE"), UDP, 0.5)
    ua.respond(received.transaction, response_to(received.request, 183, to_tag="ours"), 1.0)
    ua.receive(incoming("INVITE"), UDP, 1.5)
    outputs = ua.outputs()
    assert [start.split()[1] for start in sent(outputs)] == ["180", "183", "183"]
    assert [output.retransmission for output in of(Transmit, outputs)] == [1, 0, 1]
    assert of(RequestReceived, outputs) == []


def test_17_2_1_a_repeated_invite_before_any_answer_is_absorbed() -> None:
    ua = endpoint()
    receive(ua, incoming("INVITE"))
    ua.receive(incoming("INVITE"), UDP, 0.1)
    assert sent(ua.outputs()) == []


def test_17_2_1_a_rejection_repeats_by_timer_g_until_timer_h() -> None:
    ua = endpoint()
    received = answered(ua, 486)
    seen = run(ua, 100.0)
    assert times(seen, "SIP/2.0 486") == [0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5]
    at, report = seen[-1]
    assert at == 32.0
    assert report == TransactionTimedOut(received.transaction, received.request, "H", 11)
    assert ua.pending(UDP.id) == 0


def test_17_2_1_the_ack_confirms_a_rejection_and_timer_i_ends_it() -> None:
    ua = endpoint()
    answered(ua, 486)
    ua.receive(incoming("INVITE"), UDP, 0.4)
    assert sent(ua.outputs()) == ["SIP/2.0 486 Busy Here"]
    ua.receive(incoming("ACK", to_tag="ours"), UDP, 1.0)
    outputs = ua.outputs()
    assert of(AckReceived, outputs) == []
    assert [output.next for output in of(Transition, outputs)] == ["Confirmed"]
    ua.receive(incoming("ACK", to_tag="ours"), UDP, 1.1)
    ua.receive(incoming("INVITE"), UDP, 1.2)
    assert ua.outputs() == []
    assert ua.deadline() == 6.0
    run(ua, 6.0)
    assert ua.pending(UDP.id) == 0


def test_17_2_1_on_a_reliable_flow_a_rejection_is_sent_once_and_timer_i_is_zero() -> None:
    ua = endpoint()
    answered(ua, 486, flow=TCP)
    assert ua.deadline() == 32.0
    ua.receive(incoming("ACK", to_tag="ours"), TCP, 1.0)
    assert ua.pending(TCP.id) == 0
    assert ua.deadline() is None


def test_17_2_1_a_second_final_answer_is_our_own_misuse() -> None:
    ua = endpoint()
    received = answered(ua, 486)
    for status in (180, 200, 487):
        with pytest.raises(LocalProtocolError):
            ua.respond(received.transaction, response_to(received.request, status), 1.0)
    assert ua.outputs() == []


def test_an_answer_that_cannot_be_written_changes_nothing() -> None:
    ua = endpoint()
    received = receive(ua, incoming("INVITE"))
    bad = Response(486, "Busy\r\nX: y", response_to(received.request, 486).headers)
    with pytest.raises(LocalProtocolError):
        ua.respond(received.transaction, bad, 0.1)
    ua.respond(received.transaction, response_to(received.request, 486), 0.1)
    assert sent(ua.outputs()) == ["SIP/2.0 486 Busy Here"]


def test_rfc3262_a_reliable_copy_is_traced_as_a_retransmission() -> None:
    ua = endpoint()
    received = answered(ua, 183)
    again = response_to(received.request, 183, to_tag="ours")
    ua.respond(received.transaction, again, 0.5, reliable_copy=True)
    ua.respond(received.transaction, again, 1.0, reliable_copy=True)
    assert [output.retransmission for output in of(Transmit, ua.outputs())] == [1, 2]


# Section 13.3.1.4 and RFC 6026


@pytest.mark.parametrize("flow", [UDP, TCP])
def test_13_3_1_4_a_2xx_repeats_on_every_transport_until_timer_h(flow: Flow) -> None:
    ua = endpoint()
    received = answered(ua, 200, flow=flow)
    seen = run(ua, 100.0)
    assert times(seen, "SIP/2.0 200") == [0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5]
    reports = [(at, output) for at, output in seen if isinstance(output, TransactionTimedOut)]
    assert [(at, report.timer, report.transmissions) for at, report in reports] == [(32.0, "H", 11)]
    assert reports[0][1].transaction == received.transaction
    assert ua.pending(flow.id) == 0
    assert ua.deadline() is None


def test_13_3_1_4_the_ack_of_the_dialog_stops_the_2xx_and_every_ack_is_handed_up() -> None:
    ua = endpoint()
    answered(ua, 200)
    ack = incoming("ACK", via="SIP/2.0/UDP 198.51.100.7:35090;branch=z9hG4bKack", to_tag="OURS")
    for at in (1.0, 1.1):
        ua.receive(ack, UDP, at)
        assert of(AckReceived, ua.outputs()) == [AckReceived(ack, UDP)]
    seen = run(ua, 100.0)
    assert times(seen, "SIP/2.0") == []
    assert of(TransactionTimedOut, [output for _, output in seen]) == []
    assert ua.pending(UDP.id) == 0


@pytest.mark.parametrize(
    "ack",
    [
        incoming("ACK", via="SIP/2.0/UDP a;branch=z9hG4bKack", to_tag="other"),
        incoming("ACK", via="SIP/2.0/UDP a;branch=z9hG4bKack", to_tag="ours", number=2),
        incoming("ACK", via="SIP/2.0/UDP a;branch=z9hG4bKack", to_tag="ours", call_id="c10"),
    ],
)
def test_13_3_1_4_the_ack_of_another_dialog_stops_nothing(ack: Request) -> None:
    ua = endpoint()
    answered(ua, 200)
    ua.receive(ack, UDP, 0.1)
    assert len(of(AckReceived, ua.outputs())) == 1
    assert times(run(ua, 4.0), "SIP/2.0 200") == [0.5, 1.5, 3.5]


def test_rfc6026_7_1_an_ack_on_the_invites_branch_counts_too() -> None:
    ua = endpoint()
    answered(ua, 200)
    ua.receive(incoming("ACK", to_tag="ours"), UDP, 0.1)
    assert len(of(AckReceived, ua.outputs())) == 1
    assert times(run(ua, 50.0), "SIP/2.0") == []


def test_rfc6026_7_1_a_repeated_invite_after_the_2xx_is_absorbed_until_timer_l() -> None:
    ua = endpoint()
    received = answered(ua, 200)
    ua.acknowledged(received.transaction, 0.2)
    ua.outputs()
    ua.receive(incoming("INVITE"), UDP, 1.0)
    assert ua.outputs() == []
    assert ua.deadline() == 32.0
    run(ua, 32.0)
    assert ua.pending(UDP.id) == 0


def test_13_3_1_4_acknowledging_what_is_gone_or_unanswered_is_no_error() -> None:
    ua = endpoint()
    received = receive(ua, incoming("INVITE"))
    ua.acknowledged(received.transaction, 0.1)
    ua.acknowledged("gone", 0.1)
    assert ua.outputs() == []


# Section 17.2.2


def test_17_2_2_a_repeated_request_gets_the_last_answer_until_timer_j() -> None:
    ua = endpoint()
    answered(ua, 200, "OPTIONS")
    ua.receive(incoming("OPTIONS"), UDP, 1.0)
    (again,) = of(Transmit, ua.outputs())
    assert (again.message.status, again.retransmission) == (200, 1)
    assert ua.deadline() == 32.0
    run(ua, 32.0)
    assert ua.pending(UDP.id) == 0


def test_17_2_2_a_repeat_before_any_answer_is_absorbed_and_a_second_final_dropped() -> None:
    ua = endpoint()
    received = receive(ua, incoming("BYE"))
    ua.receive(incoming("BYE"), UDP, 0.5)
    assert ua.outputs() == []
    ua.respond(received.transaction, response_to(received.request, 200), 1.0)
    ua.respond(received.transaction, response_to(received.request, 481), 1.1)
    assert sent(ua.outputs()) == ["SIP/2.0 200 OK"]


def test_17_2_2_a_provisional_answer_is_repeated_too() -> None:
    ua = endpoint()
    answered(ua, 180, "OPTIONS")
    ua.receive(incoming("OPTIONS"), UDP, 1.0)
    assert sent(ua.outputs()) == ["SIP/2.0 180 Ringing"]


def test_17_2_2_on_a_reliable_flow_timer_j_is_zero() -> None:
    ua = endpoint()
    answered(ua, 200, "OPTIONS", TCP)
    assert ua.pending(TCP.id) == 0


# Section 17.2.3


def test_17_2_3_another_branch_sent_by_or_method_is_another_transaction() -> None:
    ua = endpoint()
    seen = {receive(ua, incoming("OPTIONS")).transaction}
    for via in ("198.51.100.7:35090;branch=z9hG4bKpeer2", "198.51.100.7:35091;branch=z9hG4bKpeer1"):
        seen.add(receive(ua, incoming("OPTIONS", via=f"SIP/2.0/UDP {via}")).transaction)
    seen.add(receive(ua, incoming("INFO")).transaction)
    assert len(seen) == 4


@pytest.mark.parametrize("branch", ["", ";branch=1", ";branch=z9hG4bK"])
def test_17_2_3_an_rfc_2543_branch_is_matched_by_the_call(branch: str) -> None:
    ua = endpoint()
    via = f"SIP/2.0/UDP 198.51.100.7:35090{branch}"
    received = receive(ua, incoming("INVITE", via=via))
    ua.receive(incoming("INVITE", via=via), UDP, 0.1)
    assert of(RequestReceived, ua.outputs()) == []
    ua.respond(received.transaction, response_to(received.request, 486, to_tag="ours"), 0.1)
    ua.outputs()
    ua.receive(incoming("ACK", via=via, to_tag="ours"), UDP, 0.3)
    assert [output.next for output in of(Transition, ua.outputs())] == ["Confirmed"]
    other = receive(ua, incoming("INVITE", via=via, number=2))
    assert other.transaction != received.transaction


# Section 9.2


def test_9_2_a_cancel_gets_200_and_the_invite_is_reported_cancelled_once() -> None:
    ua = endpoint()
    received = answered(ua, 180)
    ua.receive(incoming("CANCEL"), UDP, 1.0)
    outputs = ua.outputs()
    (ok,) = of(Transmit, outputs)
    assert ok.data.startswith(b"SIP/2.0 200 ")
    assert ok.message.headers.get("CSeq") == "1 CANCEL"
    assert ok.message.headers.get("To").endswith(";tag=ours")
    assert of(Cancelled, outputs) == [Cancelled(received.transaction, received.request)]
    ua.receive(incoming("CANCEL"), UDP, 1.5)
    outputs = ua.outputs()
    assert sent(outputs) == ["SIP/2.0 200 OK"]
    assert of(Cancelled, outputs) == []
    ua.respond(received.transaction, response_to(received.request, 487, to_tag="ours"), 1.6)
    assert sent(ua.outputs()) == ["SIP/2.0 487 Request Terminated"]


@pytest.mark.parametrize("status", [200, 486])
def test_9_2_a_cancel_after_the_final_answer_gets_200_and_changes_nothing(status: int) -> None:
    ua = endpoint()
    answered(ua, status)
    ua.receive(incoming("CANCEL"), UDP, 0.1)
    outputs = ua.outputs()
    assert sent(outputs) == ["SIP/2.0 200 OK"]
    assert of(Cancelled, outputs) == []


def test_9_2_a_cancel_of_nothing_gets_481_with_the_same_tag_each_time() -> None:
    ua = endpoint()
    for _ in range(2):
        ua.receive(incoming("CANCEL"), UDP, 1.0)
    first, second = of(Transmit, ua.outputs())
    assert first.data == second.data
    assert first.data.startswith(b"SIP/2.0 481 ")
    assert ";tag=" in first.message.headers.get("To")
    assert ua.pending(UDP.id) == 0


def test_9_2_a_cancel_before_any_tag_of_ours_is_answered_with_a_tag() -> None:
    ua = endpoint()
    receive(ua, incoming("INVITE"))
    ua.receive(incoming("CANCEL"), UDP, 0.1)
    (ok,) = of(Transmit, ua.outputs())
    assert ";tag=" in ok.message.headers.get("To")


# Bounds and losses


def test_too_many_server_transactions_get_a_stateless_503_and_are_not_handed_up() -> None:
    ua = endpoint(max_server_transactions=2)
    for name in ("a", "b", "c"):
        ua.receive(incoming(via=f"SIP/2.0/UDP 198.51.100.7;branch=z9hG4bK{name}"), UDP, 0.0)
    outputs = ua.outputs()
    assert len(of(RequestReceived, outputs)) == 2
    (refusal,) = of(Transmit, outputs)
    assert refusal.data.startswith(b"SIP/2.0 503 ")
    assert refusal.message.headers.get("Retry-After")
    assert ua.pending(UDP.id) == 2


def test_a_lost_flow_ends_its_server_transactions_silently_and_late_answers_go_nowhere() -> None:
    ua = endpoint()
    invite = receive(ua, incoming("INVITE"), TCP)
    options = receive(ua, incoming("OPTIONS"), TCP)
    receive(ua, incoming("OPTIONS", via="SIP/2.0/UDP 198.51.100.7;branch=z9hG4bKz"), UDP)
    ua.flow_lost(TCP.id, "closed", "", 1.0)
    assert {type(output) for output in ua.outputs()} == {Transition}
    assert (ua.pending(TCP.id), ua.pending(UDP.id)) == (0, 1)
    for received in (invite, options):
        ua.respond(received.transaction, response_to(received.request, 200), 1.1)
    assert ua.outputs() == []
    assert ua.deadline() is None


def test_8_2_7_a_stateless_reply_keeps_nothing() -> None:
    ua = endpoint()
    bad = incoming("INVITE", via="SIP/2.0/UDP 10.0.0.1;rport;branch=z9hG4bKa")
    ua.reply(bad, UDP, response_to(bad, 400, to_tag="x"), 0.0)
    (reply,) = of(Transmit, ua.outputs())
    assert "rport=35090;branch=z9hG4bKa;received=198.51.100.7" in reply.message.headers.get("Via")
    assert ua.pending(UDP.id) == 0


def test_escaped_controls_of_a_peer_never_stop_an_answer() -> None:
    ua = endpoint()
    clean = incoming("INVITE")
    hostile = Request("INVITE", clean.uri, clean.headers.set("From", '"\\\x00" <sip:a@b>;tag=t'))
    receive(ua, hostile)
    ua.advance(1.0)
    ua.receive(Request("CANCEL", hostile.uri, hostile.headers.set("CSeq", "1 CANCEL")), UDP, 1.1)
    assert [start.split()[1] for start in sent(ua.outputs())] == ["100", "200"]


@pytest.mark.parametrize("via", ["SIP/3.0/UDP 198.51.100.7;branch=z9hG4bKa", "SIP/2.0/UDP a;;,;", ","])
def test_a_request_whose_via_cannot_be_read_is_answered_with_it(via: str) -> None:
    """RFC 4475 3.1.2.1 and 3.1.2.16: the answer goes where the request came from."""
    data = (
        f"OPTIONS sip:a@b SIP/3.0\r\nVia: {via}\r\nFrom: <sip:c@d>;tag=f\r\nTo: <sip:a@b>\r\n"
        "Call-ID: i\r\nCSeq: 1 OPTIONS\r\n\r\n"
    ).encode()
    rescued = salvage(data)
    assert isinstance(rescued, Request)
    ua = endpoint()
    ua.reply(rescued, UDP, response_to(rescued, 505, to_tag="ours"), 0.0)
    (transmit,) = of(Transmit, ua.outputs())
    assert transmit.data.startswith(f"SIP/2.0 505 Version Not Supported\r\nVia: {via}\r\n".encode())
