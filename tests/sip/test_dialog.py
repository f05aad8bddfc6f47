"""Dialogs (RFC 3261 section 12)."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from tccc_desk.sip.dialog import Dialog
from tccc_desk.sip.message import Request, Response, encode_message, parse_message, response_to
from tests.helpers.sip_wire import incoming, request

CONTACT = "<sip:gateway01-a_b@192.0.2.1:40000;transport=tcp;ob>"


def accepted(
    *headers: tuple[str, str], status: int = 200, to_tag: str = "remote-Tag", number: int = 4
) -> tuple[Request, Response]:
    """Make an INVITE of ours and its answer, both by way of octets."""
    invite = request("INVITE", number=number)
    invite = Request("INVITE", invite.uri, invite.headers.push("Via", "SIP/2.0/UDP a;branch=z9hG4bK1"), b"")
    response = parse_message(encode_message(response_to(invite, status, to_tag=to_tag, headers=headers)))
    assert isinstance(response, Response)
    return invite, response


def dialog(*headers: tuple[str, str], **options: object) -> Dialog:
    return Dialog.from_response(*accepted(*headers, **options))  # type: ignore[arg-type]


def offered(extra: Iterable[tuple[str, str]] = (), **options: object) -> Request:
    invite = incoming("INVITE", **options)  # type: ignore[arg-type]
    headers = invite.headers
    for name, value in extra:
        headers = headers.set(name, value)
    made = parse_message(encode_message(Request("INVITE", invite.uri, headers)))
    assert isinstance(made, Request)
    return made


def test_12_1_2_the_uac_reverses_record_route_and_takes_the_contact() -> None:
    made = dialog(
        ("Contact", "<sip:line-01_x;ext=5@10.0.0.9:5070;transport=tcp>;q=0.5"),
        ("Record-Route", "<sip:p3;lr>, <sip:p2;lr=on>"),
        ("Record-Route", "<sip:p1;lr>"),
    )
    assert made.route_set == ("<sip:p1;lr>", "<sip:p2;lr=on>", "<sip:p3;lr>")
    assert made.remote_target == "sip:line-01_x;ext=5@10.0.0.9:5070;transport=tcp"
    assert (made.local_tag, made.remote_tag) == ("fromtag", "remote-Tag")
    assert (made.local_cseq, made.remote_cseq, made.secure) == (4, None, False)
    assert made.call_id == "c1"
    assert str(made.local) == "<sip:13800138000@1400264214.tccc.qcloud.com>"


def test_12_2_1_1_a_loose_route_set_is_carried_whole() -> None:
    made = dialog(("Contact", "<sip:far@10.0.0.9>"), ("Record-Route", "<sip:p2;lr>, <sip:p1;lr>"))
    after, bye = made.request("BYE", contact=CONTACT)
    assert bye.uri == "sip:far@10.0.0.9"
    assert bye.headers.all("Route") == ("<sip:p1;lr>", "<sip:p2;lr>")
    assert bye.headers.get("CSeq") == "5 BYE"
    assert bye.headers.get("Call-ID") == "c1"
    assert bye.headers.get("From") == "<sip:13800138000@1400264214.tccc.qcloud.com>;tag=fromtag"
    assert bye.headers.get("To") == "<sip:02188886666@1400264214.tccc.qcloud.com>;tag=remote-Tag"
    assert "Contact" not in bye.headers
    assert after.local_cseq == 5
    assert made.local_cseq == 4


def test_12_2_1_1_a_strict_first_route_becomes_the_request_uri() -> None:
    made = dialog(
        ("Contact", "<sip:far@10.0.0.9>"),
        ("Record-Route", "<sip:p2;lr>, <sip:p1:5080;method=INVITE?Subject=x>"),
    )
    _, bye = made.request("BYE", contact=CONTACT)
    assert bye.uri == "sip:p1:5080"
    assert bye.headers.all("Route") == ("<sip:p2;lr>", "<sip:far@10.0.0.9>")


def test_12_2_1_1_without_routes_there_is_no_route_header() -> None:
    _, bye = dialog(("Contact", "<sip:far@10.0.0.9>")).request("BYE", contact=CONTACT)
    assert "Route" not in bye.headers


def test_19_1_1_headers_and_method_of_a_contact_stay_out_of_the_request_uri() -> None:
    made = dialog(("Contact", "<sip:far@10.0.0.9;method=BYE;x=1?Replaces=a>"))
    assert made.remote_target == "sip:far@10.0.0.9;x=1"


@pytest.mark.parametrize(
    "contact", [(), (("Contact", "*"),), (("Contact", "nonsense"),), (("Contact", "<mailto:a@b>"),)]
)
def test_12_1_2_an_unusable_contact_leaves_the_target(contact: tuple[tuple[str, str], ...]) -> None:
    assert dialog(*contact).remote_target == "sip:02188886666@1400264214.tccc.qcloud.com"


def test_12_1_2_a_record_route_that_is_no_address_is_left_out() -> None:
    invite, response = accepted(("Record-Route", "<sip:p2;lr>, garbage"), ("Record-Route", '"?" <sip:p1;lr>'))
    hostile = encode_message(response).replace(b'"?"', b'"\\\x01"')
    made = Dialog.from_response(invite, parse_message(hostile))  # type: ignore[arg-type]
    assert made.route_set == ('"\ufffd" <sip:p1;lr>', "<sip:p2;lr>")
    encode_message(made.request("BYE", contact="")[1])


def test_12_1_1_the_uas_keeps_record_route_order_and_swaps_the_ends() -> None:
    invite = offered(
        [("Record-Route", "<sip:p1;lr>, <sip:p2;lr>"), ("Contact", "<sip:a_b-c@10.0.0.9;ob>")], number=7
    )
    made = Dialog.from_request(invite, "ourtag")
    assert made.route_set == ("<sip:p1;lr>", "<sip:p2;lr>")
    assert made.remote_target == "sip:a_b-c@10.0.0.9;ob"
    assert (made.local_tag, made.remote_tag) == ("ourtag", "peertag")
    assert (made.local_cseq, made.remote_cseq) == (0, 7)
    after, bye = made.request("BYE", contact=CONTACT)
    assert bye.headers.get("CSeq") == "1 BYE"
    assert bye.headers.get("From") == "<sip:13900139000@1400264214.tccc.qcloud.com>;tag=ourtag"
    assert bye.headers.get("To") == "<sip:02155550000@1400264214.tccc.qcloud.com>;tag=peertag"
    assert after.local_cseq == 1


def test_12_1_1_an_invite_without_contact_leaves_the_from_uri() -> None:
    invite = offered([("From", "<sip:02155550000@x.example;method=INVITE>;tag=peertag")])
    bare = Request("INVITE", invite.uri, invite.headers.without("Contact"))
    assert Dialog.from_request(bare, "t").remote_target == "sip:02155550000@x.example"


def test_12_1_1_an_rfc_2543_peer_has_no_tag() -> None:
    invite = offered([("From", "<sip:02155550000@x.example>")])
    made = Dialog.from_request(invite, "ourtag")
    _, bye = made.request("BYE", contact=CONTACT)
    assert made.remote_tag == ""
    assert bye.headers.get("To") == "<sip:02155550000@x.example>"
    theirs = incoming("BYE", number=2, to_tag="ourtag")
    assert not made.matches(theirs)
    untagged = Request("BYE", theirs.uri, theirs.headers.set("From", "<sip:02155550000@x.example>"))
    assert made.matches(untagged)


def test_12_1_secure_only_for_a_sips_request_uri() -> None:
    invite, response = accepted(("Contact", "<sips:far@10.0.0.9>"))
    secure = Request("INVITE", "sips:02188886666@x.example", invite.headers)
    assert Dialog.from_response(secure, response).secure
    assert not Dialog.from_response(invite, response).secure


def test_13_2_2_4_the_ack_bears_the_invites_number_and_counts_nothing() -> None:
    made = dialog(("Contact", "<sip:far@10.0.0.9>"))
    after, ack = made.request("ACK", contact=CONTACT)
    assert ack.headers.get("CSeq") == "4 ACK"
    assert after == made
    later, _ = made.request("UPDATE", contact=CONTACT)
    _, again = later.request("ACK", contact=CONTACT, cseq=4)
    assert again.headers.get("CSeq") == "4 ACK"
    assert later.request("BYE", contact=CONTACT)[1].headers.get("CSeq") == "6 BYE"


def test_12_2_1_1_target_refresh_requests_bear_the_contact_and_bodies_their_type() -> None:
    _, invite = dialog().request(
        "INVITE",
        contact=CONTACT,
        headers=[("Allow", "INVITE, ACK")],
        body=b"v=0\r\n",
        content_type="application/sdp",
    )
    assert invite.headers.get("Contact") == CONTACT
    assert invite.headers.get("Content-Type") == "application/sdp"
    assert invite.headers.get("Allow") == "INVITE, ACK"
    wired = invite.headers.push("Via", "SIP/2.0/UDP a;branch=z9hG4bK2")
    parsed = parse_message(encode_message(Request("INVITE", invite.uri, wired, invite.body)))
    assert parsed.body == b"v=0\r\n"


def test_12_2_2_a_lower_number_is_stale_except_on_ack() -> None:
    made = Dialog.from_request(offered(number=7), "ourtag")
    assert made.accepts(incoming("BYE", number=6)) == "stale"
    assert made.accepts(incoming("BYE", number=8)) == "ok"
    assert made.accepts(incoming("BYE", number=900)) == "ok"  # gaps are fine
    later = made.refreshed(incoming("INFO", number=9))
    assert later.remote_cseq == 9
    assert later.accepts(incoming("ACK", number=7)) == "ok"
    assert later.accepts(incoming("INVITE", number=8)) == "stale"
    assert later.refreshed(incoming("ACK", number=7)).remote_cseq == 9


def test_12_2_2_the_first_request_of_the_peer_may_bear_any_number() -> None:
    made = dialog()
    assert made.accepts(incoming("BYE", number=0)) == "ok"
    assert made.refreshed(incoming("BYE", number=0)).remote_cseq == 0


def test_12_2_2_a_target_refresh_moves_the_target_and_nothing_else_does() -> None:
    made = dialog(("Contact", "<sip:far@10.0.0.9>"), ("Record-Route", "<sip:p1;lr>"))
    assert made.refreshed(incoming("INFO", number=3)).remote_target == "sip:far@10.0.0.9"
    moved = made.refreshed(incoming("UPDATE", number=4))
    assert moved.remote_target == "sip:peer@198.51.100.7:35090"
    assert moved.route_set == made.route_set


def test_12_2_1_2_the_2xx_to_a_target_refresh_moves_the_target() -> None:
    made = dialog(("Contact", "<sip:far@10.0.0.9>"))
    _, ok = accepted(("Contact", "<sip:moved@10.0.0.10>"), number=5)
    assert made.refreshed(ok).remote_target == "sip:moved@10.0.0.10"
    _, busy = accepted(("Contact", "<sip:moved@10.0.0.10>"), number=5, status=491)
    assert made.refreshed(busy) == made


def test_13_2_2_4_the_2xx_recomputes_the_route_set_of_an_early_dialog() -> None:
    early = dialog(("Contact", "<sip:far@10.0.0.9>"), ("Record-Route", "<sip:old;lr>"), status=183)
    early, _ = early.request("PRACK", contact=CONTACT)
    _, ok = accepted(("Contact", "<sip:far2@10.0.0.9>"), ("Record-Route", "<sip:new;lr>"))
    confirmed = early.confirmed(ok)
    assert confirmed.route_set == ("<sip:new;lr>",)
    assert confirmed.remote_target == "sip:far2@10.0.0.9"
    assert confirmed.local_cseq == 5


def test_12_matching_by_call_id_and_both_tags() -> None:
    made = Dialog.from_request(offered(), "ourtag")
    assert made.matches(incoming("BYE", to_tag="ourtag"))
    assert not made.matches(incoming("BYE", to_tag="othertag"))
    assert not made.matches(incoming("BYE"))
    assert not made.matches(incoming("BYE", to_tag="ourtag", call_id="c8"))
    assert not made.matches(incoming("BYE", to_tag="ourtag", call_id="C9"))


def test_7_3_1_tags_compare_without_case() -> None:
    made = dialog(to_tag="remote-Tag")
    assert made.matches(accepted(to_tag="REMOTE-TAG")[1])
    assert not made.matches(accepted(to_tag="remote-Tag2")[1])
