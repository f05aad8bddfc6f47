"""A connection that dies under a call to us: the way back is gone, and the card with it."""

from __future__ import annotations

import pytest

from tccc_desk.engine.commands import AnswerCall, RegisterTrunk
from tccc_desk.engine.events import BindingEstablished, CallEnded, CallOffered
from tccc_desk.sip.headers import Headers
from tccc_desk.sip.message import Request, encode_message, response_to
from tests.helpers.hostile_gateway.sayings import sdp
from tests.helpers.simulation import DOMAIN, Desk, Server, World

INVITE = Request(
    "INVITE",
    "sip:gateway01@192.0.2.10:40000",
    Headers(
        [
            ("Via", "SIP/2.0/TCP 192.0.2.1:35090;branch=z9hG4bKsame"),
            ("From", f"<sip:100@{DOMAIN}>;tag=far"),
            ("To", f"<sip:200@{DOMAIN}>"),
            ("Call-ID", "lost"),
            ("CSeq", "1 INVITE"),
            ("Contact", "<sip:far@192.0.2.1:35090>"),
            ("Content-Type", "application/sdp"),
        ]
    ),
    sdp(),
)


def ringing() -> tuple[Desk, CallOffered]:
    desk = Desk(World())
    Server(desk, lambda request: [response_to(request, 200, headers=[("Expires", "60")])])
    desk.configure()
    desk.tell(RegisterTrunk(trunk="t"))
    desk.world.run(1, [desk])
    desk.hears(encode_message(INVITE), desk.world.now)
    offer = desk.last(CallOffered)
    assert isinstance(offer, CallOffered)
    return desk, offer


@pytest.mark.parametrize("answered", [False, True])
def test_the_call_ends_with_its_connection(answered: bool) -> None:
    desk, offer = ringing()
    if answered:
        desk.tell(AnswerCall(call=offer.call))
    desk.lose_flow()
    desk.world.run(5, [desk])
    ended = desk.last(CallEnded)
    assert isinstance(ended, CallEnded)
    assert (ended.outcome, ended.said_by, ended.fault) == (
        "failed",
        "local",
        "silence" if answered else "closed",
    )
    assert ended.finding == ("finding.call.no-ack" if answered else "finding.path.closed")
    assert offer.call in desk.closed_media
    assert len(desk.said(BindingEstablished)) == 2


def test_the_same_invite_over_the_next_connection_is_a_new_call() -> None:
    """Its transaction has the old one's name; an answer to the old card must not reach it."""
    desk, first = ringing()
    desk.lose_flow()
    desk.world.run(5, [desk])
    desk.hears(encode_message(INVITE), desk.world.now)
    second = desk.last(CallOffered)
    assert isinstance(second, CallOffered)
    assert second.call != first.call
    for call in (first.call, second.call):
        desk.tell(AnswerCall(call=call))
    desk.world.run(1, [desk])
    assert 200 in {one.status for one in desk.sent if not isinstance(one, Request)}
