"""Whatever a peer writes: what parses never raises in the endpoint or a dialog, and what we answer parses."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from tccc_desk.sip.dialog import Dialog
from tccc_desk.sip.endpoint import Endpoint
from tccc_desk.sip.errors import RemoteProtocolError
from tccc_desk.sip.message import Request, encode_message, parse_message, response_to
from tccc_desk.sip.outputs import RequestReceived, ResponseReceived, Transmit
from tests.helpers.sip_wire import UDP, endpoint, incoming, of, request

PIECES = [
    b'"\\\x00" <sip:a@b>',
    b'"\\\x7f\\"" <sip:a@b>;tag="x\\\x01y"',
    b"<sip:user;p=1:pw@[2001:db8::1]:1;lr;method=X?a=b>",
    b"<tel:+8613800138000>",
    b"<urn:service:sos>",
    b"\xff\xfe\x80",
    b";tag=",
    b";tag=OURS",
    b";branch=z9hG4bK",
    b";rport",
    b";received=[::1]",
    b", ",
    b" ",
    b"*",
    b"\r\n ",
    b'\r\nRecord-Route: <sip:p;lr>, "\\\x02" <sip:q>',
    b"\r\nContact: <sip:-_-@h;x=%00>",
    b"\r\nVia: SIP/2.0/UDP second",
    b"0",
    b"\xe4\xb8\xad",
]


def start() -> tuple[Endpoint, list[bytes]]:
    """Return an endpoint with transactions of every kind, and messages that reach each of them."""
    ua = endpoint(user_agent="Desk")
    ua.send(request("INVITE"), UDP, 0.0)
    ua.send(request("BYE"), UDP, 0.0)
    seeds = []
    for transmit in of(Transmit, ua.outputs()):
        assert isinstance(transmit.message, Request)
        seeds += [
            encode_message(response_to(transmit.message, status, to_tag="t")) for status in (180, 200, 486)
        ]
    seeds += [encode_message(incoming(method)) for method in ("INVITE", "OPTIONS", "ACK", "CANCEL")]
    seeds.append(
        encode_message(incoming("ACK", via="SIP/2.0/UDP h;branch=z9hG4bKa", to_tag="ours", call_id="c2"))
    )
    ua.receive(incoming("INVITE"), UDP, 0.0)
    ua.receive(incoming("INVITE", via="SIP/2.0/UDP h;branch=z9hG4bKanswered", call_id="c2"), UDP, 0.0)
    for received in of(RequestReceived, ua.outputs())[1:]:
        ua.respond(received.transaction, response_to(received.request, 200, to_tag="ours"), 0.0)
    ua.outputs()
    return ua, seeds


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_no_message_of_a_peer_raises_and_every_answer_can_be_read(data: st.DataObject) -> None:
    ua, seeds = start()
    octets = bytearray(data.draw(st.sampled_from(seeds)))
    for _ in range(data.draw(st.integers(0, 4))):
        at = data.draw(st.integers(0, len(octets)))
        cut = data.draw(st.integers(0, 8))
        octets[at : at + cut] = data.draw(st.sampled_from(PIECES) | st.binary(max_size=4))
    try:
        message = parse_message(bytes(octets))
    except RemoteProtocolError:
        return
    ua.receive(message, UDP, 0.3)
    ua.advance(1.0)
    outputs = ua.outputs()
    for transmit in of(Transmit, outputs):
        parse_message(transmit.data)
    for received in of(RequestReceived, outputs):
        ua.respond(received.transaction, response_to(received.request, 200, to_tag="ours"), 1.0)
        dialog = Dialog.from_request(received.request, "ours")
        encode_message(dialog.request("BYE", contact="")[1])
        dialog.refreshed(received.request).accepts(received.request)
        assert dialog.matches(received.request) in {True, False}
    for reported in of(ResponseReceived, outputs):
        dialog = Dialog.from_response(reported.request, reported.response)
        encode_message(dialog.request("ACK", contact="")[1])
        encode_message(dialog.confirmed(reported.response).request("BYE", contact="")[1])
