"""Each rule of step 2 and step 3: a right message meets them all, one mutation flips exactly one line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tccc_desk.diagnosis.conformance import Context, RuleResult, conformance
from tccc_desk.diagnosis.invite import NoInvite, read_invite
from tccc_desk.texts.catalogue import ids

SDP = (
    "v=0\r\no=- 1 1 IN IP4 198.51.100.2\r\ns=-\r\nc=IN IP4 119.28.0.9\r\nt=0 0\r\n"
    "m=audio 20000 RTP/AVP 8 0 101\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:101 telephone-event/8000\r\n"
)
DOMAIN = "1400000001.tccc.qcloud.com"
STEP_2 = (
    f"INVITE sip:075583765566@{DOMAIN} SIP/2.0\r\n"
    "Via: SIP/2.0/TCP 192.0.2.10:40000;branch=z9hG4bKa;rport\r\n"
    "Max-Forwards: 70\r\n"
    f"From: <sip:13800138000@{DOMAIN}>;tag=a1\r\n"
    f"To: <sip:075583765566@{DOMAIN}>\r\n"
    "Call-ID: c1\r\nCSeq: 2 INVITE\r\n"
    "Contact: <sip:gateway01@192.0.2.10:40000;transport=tcp>\r\n"
    f'Proxy-Authorization: Digest username="gateway01", realm="{DOMAIN}", nonce="n",'
    f' uri="sip:075583765566@{DOMAIN}", response="0123456789abcdef0123456789abcdef"\r\n'
    "Content-Type: application/sdp\r\n\r\n"
) + SDP
KNOWN = Context(line="075583765566", caller="13800138000", domain=DOMAIN, username="gateway01")
STEP_3 = (
    "INVITE sip:gateway01@192.0.2.10:40000 SIP/2.0\r\n"
    "Via: SIP/2.0/TCP 203.0.113.7:35090;branch=z9hG4bKb\r\n"
    "Max-Forwards: 68\r\n"
    f"From: <sip:075583765566@{DOMAIN}>;tag=b1\r\n"
    f"To: <sip:13800001111@{DOMAIN}>\r\n"
    "Call-ID: c2\r\nCSeq: 1 INVITE\r\n"
    "Contact: <sip:203.0.113.7:35090;transport=tcp>\r\n"
    "Content-Type: application/sdp\r\n\r\n"
) + SDP
KNOWN_3 = Context(line="13800001111", caller="075583765566", domain=DOMAIN, username="gateway01")


def judged(message: str, step: int = 2, context: Context = KNOWN) -> dict[str, RuleResult]:
    results = conformance(read_invite(message.encode()), 3 if step == 3 else 2, context)
    assert len({one.id for one in results}) == len(results)
    return {one.id: one for one in results}


def test_the_documents_call_meets_every_rule_of_step_2() -> None:
    assert {id: one.ok for id, one in judged(STEP_2).items() if one.ok is not True} == {}
    assert {id: one.ok for id, one in judged(STEP_2, context=Context()).items() if one.ok is not True} == {}


def test_a_call_from_the_provider_meets_every_rule_of_step_3() -> None:
    assert {id: one.ok for id, one in judged(STEP_3, 3, KNOWN_3).items() if one.ok is not True} == {}


MUTATIONS_2 = [
    ("uri-user", "INVITE sip:075583765566@", "INVITE sip:gateway01@"),
    ("uri-host", f"INVITE sip:075583765566@{DOMAIN}", "INVITE sip:075583765566@sip.tccc.qcloud.com"),
    ("to-user", "To: <sip:075583765566@", "To: <sip:gateway01@"),
    ("to-host", f"To: <sip:075583765566@{DOMAIN}", "To: <sip:075583765566@192.0.2.10"),
    ("to-tag", f"To: <sip:075583765566@{DOMAIN}>", f"To: <sip:075583765566@{DOMAIN}>;tag=z"),
    ("from-user", "From: <sip:13800138000@", "From: <sip:gateway01@"),
    ("from-host", f"From: <sip:13800138000@{DOMAIN}", "From: <sip:13800138000@10.0.0.1"),
    ("from-tag", ";tag=a1", ""),
    ("credentials-user", 'username="gateway01"', 'username="1001"'),
    ("credentials-realm", f'realm="{DOMAIN}"', 'realm="asterisk"'),
    ("credentials-uri", f'uri="sip:075583765566@{DOMAIN}"', f'uri="sip:{DOMAIN}"'),
    ("via-host", "192.0.2.10:40000;branch", "0.0.0.0:40000;branch"),
    ("transport", "SIP/2.0/TCP", "SIP/2.0/UDP"),
    ("max-forwards", "Max-Forwards: 70", "Max-Forwards: 0"),
    ("max-forwards", "Max-Forwards: 70\r\n", ""),
    ("contact", "gateway01@192.0.2.10:40000;transport", "gateway01@0.0.0.0:40000;transport"),
    ("contact", "Contact: <sip:gateway01@192.0.2.10:40000;transport=tcp>\r\n", ""),
    ("codec", "8 0 101", "18 101"),
    ("telephone-event", "a=rtpmap:101 telephone-event/8000\r\n", ""),
    ("media-address", "IN IP4 119.28.0.9", "IN IP4 192.168.1.9"),
]


@pytest.mark.parametrize(("rule", "old", "new"), MUTATIONS_2)
def test_one_mutation_flips_exactly_one_line_of_step_2(rule: str, old: str, new: str) -> None:
    assert old in STEP_2
    before, after = judged(STEP_2), judged(STEP_2.replace(old, new))
    assert [id for id in before if after[id].ok != before[id].ok] == [rule]
    assert after[rule].ok is False


def test_a_large_request_is_too_large_for_udp_only() -> None:
    padded = STEP_2.replace("Content-Type", f"X-Pad: {'x' * 1000}\r\nContent-Type")
    assert judged(padded)["size"].ok is True
    assert judged(padded.replace("SIP/2.0/TCP", "SIP/2.0/UDP"))["size"].ok is False


def test_the_first_invite_has_no_credentials_and_is_not_blamed() -> None:
    bare = "\r\n".join(line for line in STEP_2.split("\r\n") if not line.startswith("Proxy-"))
    results = judged(bare)
    assert results["credentials"].ok is None
    assert "credentials-user" not in results


@pytest.mark.parametrize(
    ("context", "rule"),
    [
        (Context(line="075583765566", caller="83765566", domain=DOMAIN), "caller-form"),
        (Context(line="83765566", caller="13800138000", domain=DOMAIN), "line-form"),
    ],
)
def test_an_incomplete_number_is_advice(context: Context, rule: str) -> None:
    result = judged(STEP_2, context=context)[rule]
    assert (result.ok, result.weight) == (False, "advice")


MUTATIONS_3 = [
    ("to-user", "To: <sip:13800001111@", "To: <sip:0086138000011110@"),
    ("from-user", "From: <sip:075583765566@", "From: <sip:anonymous@"),
    ("from-host", f"From: <sip:075583765566@{DOMAIN}", "From: <sip:075583765566@example.com"),
    ("to-tag", f"To: <sip:13800001111@{DOMAIN}>", f"To: <sip:13800001111@{DOMAIN}>;tag=z"),
    ("codec", "8 0 101", "18 101"),
    ("media-address", "IN IP4 119.28.0.9", "IN IP4 10.1.1.9"),
]


@pytest.mark.parametrize(("rule", "old", "new"), MUTATIONS_3)
def test_one_mutation_flips_exactly_one_line_of_step_3(rule: str, old: str, new: str) -> None:
    before, after = judged(STEP_3, 3, KNOWN_3), judged(STEP_3.replace(old, new), 3, KNOWN_3)
    assert [id for id in before if after[id].ok != before[id].ok] == [rule]


def test_a_request_uri_that_is_neither_contact_nor_number_cannot_be_judged() -> None:
    changed = STEP_3.replace("INVITE sip:gateway01@", "INVITE sip:somebody@")
    assert judged(changed, 3, KNOWN_3)["uri-ours"].ok is None


def test_the_digest_goes_nowhere() -> None:
    invite = read_invite(STEP_2.encode())
    assert "response" not in invite.credentials
    assert "0123456789abcdef" not in repr(invite)


@pytest.mark.parametrize(
    "raw", [b"", b"INVITE", b"OPTIONS sip:a SIP/2.0\r\n\r\n", b"\xff" * 100, STEP_2[:80].encode()]
)
def test_what_is_no_invite_is_said(raw: bytes) -> None:
    with pytest.raises(NoInvite):
        read_invite(raw)


@given(st.data())
def test_a_bent_invite_is_judged_or_refused(data: st.DataObject) -> None:
    raw = bytearray(STEP_2.encode())
    for _ in range(data.draw(st.integers(1, 8))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    try:
        invite = read_invite(bytes(raw))
    except NoInvite:
        return
    for step in (2, 3):
        for result in conformance(invite, 3 if step == 3 else 2, KNOWN):
            assert len(result.found) <= 400


def test_every_rule_and_value_has_its_words() -> None:
    results = [*judged(STEP_2).values(), *judged(STEP_3, 3, KNOWN_3).values()]
    results += judged(STEP_2, context=Context()).values()
    assert {f"conformance.rule.{one.id}" for one in results} == {
        id for id in ids("conformance") if id.startswith("conformance.rule.")
    }
    used = {
        value for one in results for value in (one.expected, one.found) if value.startswith("conformance.")
    }
    assert used <= set(ids("conformance"))
