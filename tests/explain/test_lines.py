"""Header lines and SDP lines -> sentence and verdict, in the messages of the document's three steps."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tccc_desk.explain.cutting import MAX_LINES
from tccc_desk.explain.headers import KNOWN, RARE
from tccc_desk.explain.lines import lines
from tccc_desk.explain.model import MAX_SHOWN, Context, Explained
from tccc_desk.explain.session import ATTRIBUTES, CODECS, DIRECTIONS, TYPES
from tccc_desk.explain.start import METHODS
from tccc_desk.sip.headers import COMPACT
from tccc_desk.texts.catalogue import LANGUAGES, text
from tccc_desk.trunk.profile import Trunk
from tests.explain._ids import every

DOMAIN = "1400000001.tccc.qcloud.com"
TRUNK = Trunk(name="office", username="gateway01", domain=DOMAIN, server="sip.tccc.qcloud.com", port=35090)
LINE, CALLER = "075583765566", "13800138000"

REGISTER = (
    f"REGISTER sip:{DOMAIN} SIP/2.0\r\n"
    "Via: SIP/2.0/UDP 192.168.1.5:40000;branch=z9hG4bKr;rport\r\n"
    "Max-Forwards: 70\r\n"
    f"From: <sip:gateway01@{DOMAIN}>;tag=a1\r\n"
    f"To: <sip:gateway01@{DOMAIN}>\r\n"
    "Call-ID: r1\r\nCSeq: 1 REGISTER\r\n"
    "Contact: <sip:gateway01@192.168.1.5:40000>\r\n"
    "Expires: 120\r\nContent-Length: 0\r\n\r\n"
)
REGISTERED = (
    "SIP/2.0 200 OK\r\n"
    "Via: SIP/2.0/UDP 192.168.1.5:40000;branch=z9hG4bKr;rport=5001;received=203.0.113.9\r\n"
    f"From: <sip:gateway01@{DOMAIN}>;tag=a1\r\n"
    f"To: <sip:gateway01@{DOMAIN}>;tag=b\r\n"
    "Call-ID: r1\r\nCSeq: 1 REGISTER\r\n"
    "Contact: <sip:gateway01@192.168.1.5:40000>;expires=120\r\nContent-Length: 0\r\n\r\n"
)
SDP = (
    "v=0\r\no=- 1 1 IN IP4 119.28.0.9\r\ns=-\r\nc=IN IP4 119.28.0.9\r\nt=0 0\r\n"
    "m=audio 20000 RTP/AVP 8 0 101\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:101 telephone-event/8000\r\n"
    "a=fmtp:101 0-15\r\na=ptime:20\r\na=sendrecv\r\n"
)
INVITE = (
    f"INVITE sip:{LINE}@{DOMAIN} SIP/2.0\r\n"
    "Via: SIP/2.0/TCP 198.51.100.10:40000;branch=z9hG4bKa;rport\r\n"
    "Max-Forwards: 70\r\n"
    f"From: <sip:{CALLER}@{DOMAIN}>;tag=a1\r\n"
    f"To: <sip:{LINE}@{DOMAIN}>\r\n"
    "Call-ID: c1\r\nCSeq: 2 INVITE\r\n"
    "Contact: <sip:gateway01@119.28.0.10:40000;transport=tcp>\r\n"
    f'Proxy-Authorization: Digest username="gateway01", realm="{DOMAIN}", nonce="n",'
    f' uri="sip:{LINE}@{DOMAIN}", response="********************************", algorithm=MD5\r\n'
    f"Content-Type: application/sdp\r\nContent-Length: {len(SDP)}\r\n\r\n"
) + SDP
CHALLENGE = (
    "SIP/2.0 407 Proxy Authentication Required\r\n"
    "Via: SIP/2.0/TCP 198.51.100.10:40000;branch=z9hG4bKa;rport=40000\r\n"
    f"From: <sip:{CALLER}@{DOMAIN}>;tag=a1\r\nTo: <sip:{LINE}@{DOMAIN}>;tag=x\r\n"
    "Call-ID: c1\r\nCSeq: 1 INVITE\r\n"
    f'Proxy-Authenticate: Digest realm="{DOMAIN}", nonce="n", algorithm=MD5, qop="auth"\r\n'
    "Content-Length: 0\r\n\r\n"
)
STEP_3 = (
    INVITE.replace(f"INVITE sip:{LINE}@{DOMAIN}", "INVITE sip:gateway01@198.51.100.10:40000")
    .replace(f"From: <sip:{CALLER}@", f"From: <sip:{LINE}@")
    .replace(f"To: <sip:{LINE}@", "To: <sip:13900001111@")
    .replace("Proxy-Authorization: Digest", "X-Own: Digest")
)

SENT_1 = Context(direction="sent", trunk=TRUNK, step=1)
GOT_1 = Context(direction="received", trunk=TRUNK, step=1)
SENT_2 = Context(direction="sent", trunk=TRUNK, step=2, line=LINE, caller=CALLER, first_request=True)
GOT_2 = Context(direction="received", trunk=TRUNK, step=2, line=LINE, caller=CALLER)
GOT_3 = Context(direction="received", trunk=TRUNK, step=3, line="13900001111", first_request=True)
BARE_2 = Context(direction="sent", step=2, first_request=True)


def said(message: str, context: Context) -> dict[str, str]:
    return {one.id: one.verdict for one in lines(message.encode(), context)}


def complained(message: str, context: Context) -> dict[str, str]:
    return {id: verdict for id, verdict in said(message, context).items() if verdict in ("unusual", "wrong")}


@pytest.mark.parametrize(
    ("message", "context"),
    [
        (REGISTER, SENT_1),
        (REGISTERED, GOT_1),
        (INVITE, SENT_2),
        (INVITE, BARE_2),
        (CHALLENGE, GOT_2),
        (STEP_3, GOT_3),
    ],
)
def test_the_documents_messages_have_no_complaint(message: str, context: Context) -> None:
    assert complained(message, context) == {}


def test_each_line_of_a_call_is_said() -> None:
    found = lines(INVITE.encode(), SENT_2)
    assert [one.line for one in found] == [at for at, line in enumerate(INVITE.split("\r\n")) if line]
    assert [one.id.removeprefix("explain.") for one in found] == [
        *("start.invite-line", "via.sent", "max-forwards.enough", "from.caller", "to.line", "call-id.one"),
        *("cseq.request", "contact.dialog", "credentials.fit", "content-type.sdp", "content-length.right"),
        *("sdp.v", "sdp.o", "sdp.s", "c.public", "sdp.t", "m.audio", "rtpmap.pcma", "rtpmap.telephone-event"),
        *("fmtp.events", "a.ptime-20", "a.sendrecv"),
    ]


CHANGES = [
    (INVITE, SENT_2, f"INVITE sip:{LINE}@", "INVITE sip:gateway01@", "start.invite-account", "wrong"),
    (INVITE, SENT_2, f"INVITE sip:{LINE}@", "INVITE sip:10086@", "start.invite-number", "wrong"),
    (INVITE, SENT_2, f"{LINE}@{DOMAIN} SIP", f"{LINE}@sip.tccc.qcloud.com SIP", "start.invite-host", "wrong"),
    (INVITE, SENT_2, f"To: <sip:{LINE}", "To: <sip:gateway01", "to.account", "wrong"),
    (INVITE, BARE_2, f"To: <sip:{LINE}", "To: <sip:gateway01", "to.account", "wrong"),
    (INVITE, SENT_2, f"To: <sip:{LINE}", "To: <sip:10086", "to.line-wrong", "wrong"),
    (INVITE, SENT_2, f"To: <sip:{LINE}@{DOMAIN}", f"To: <sip:{LINE}@10.0.0.1", "to.host-wrong", "wrong"),
    (INVITE, SENT_2, f"To: <sip:{LINE}@{DOMAIN}>", f"To: <sip:{LINE}@{DOMAIN}>;tag=z", "to.tag-new", "wrong"),
    (INVITE, SENT_2, "To: <", "To: <<", "to.unreadable", "wrong"),
    (INVITE, SENT_2, f"From: <sip:{CALLER}", "From: <sip:gateway01", "from.account", "wrong"),
    (INVITE, SENT_2, f"From: <sip:{CALLER}", "From: <sip:12345", "from.caller-wrong", "wrong"),
    (INVITE, SENT_2, ";tag=a1", "", "from.no-tag", "wrong"),
    (INVITE, SENT_2, f"From: <sip:{CALLER}@{DOMAIN}", f"From: <sip:{CALLER}@a.b", "from.host-wrong", "wrong"),
    (INVITE, SENT_2, "Proxy-Authorization", "Authorization", "credentials.not-proxy", "unusual"),
    (INVITE, SENT_2, 'username="gateway01"', 'username="1001"', "credentials.user", "wrong"),
    (INVITE, SENT_2, f'uri="sip:{LINE}@', 'uri="sip:1@', "credentials.uri", "wrong"),
    (INVITE, SENT_2, f'realm="{DOMAIN}"', 'realm="asterisk"', "credentials.realm", "unusual"),
    (INVITE, SENT_2, "Digest username", "Basic username", "credentials.unreadable", "wrong"),
    (INVITE, SENT_2, "SIP/2.0/TCP 198", "SIP/2.0/UDP 198", "via.sent", "expected"),
    (INVITE, SENT_2, "TCP 198.51.100.10:40000", "TCP 0.0.0.0:40000", "via.nowhere", "wrong"),
    (INVITE, SENT_2, "z9hG4bKa", "abc", "via.branch", "unusual"),
    (INVITE, SENT_2, "Max-Forwards: 70", "Max-Forwards: 0", "max-forwards.none", "wrong"),
    (INVITE, SENT_2, "Max-Forwards: 70", "Max-Forwards: 3", "max-forwards.few", "unusual"),
    (INVITE, SENT_2, "119.28.0.10:40000;tr", "192.168.1.5:40000;tr", "contact.private", "info"),
    (INVITE, SENT_2, "119.28.0.10:40000;tr", "0.0.0.0:40000;tr", "contact.nowhere", "wrong"),
    (INVITE, SENT_2, "CSeq: 2 INVITE", "CSeq: 2 BYE", "cseq.method", "wrong"),
    (INVITE, SENT_2, "CSeq: 2 INVITE", "CSeq: INVITE", "cseq.bad", "wrong"),
    (INVITE, SENT_2, "Call-ID: c1", "Call-ID: c 1", "call-id.bad", "wrong"),
    (INVITE, SENT_2, "Call-ID: c1", "i: c1", "call-id.one", "expected"),
    (INVITE, SENT_2, "Content-Length: ", "Content-Length: 9", "content-length.short", "wrong"),
    (INVITE, SENT_2, f"Content-Length: {len(SDP)}", "l: 10", "content-length.more", "unusual"),
    (INVITE, SENT_2, "Content-Length: ", "Content-Length: x", "content-length.bad", "wrong"),
    (INVITE, SENT_2, "Max-Forwards: 70", "X-Own: 1", "header-unknown", "info"),
    (INVITE, SENT_2, "Max-Forwards: 70", "Call-ID: c2", "header-twice", "wrong"),
    (INVITE, SENT_2, "Max-Forwards: 70", "P-DCS-LAES: 1", "header-rare", "info"),
    (INVITE, SENT_2, "Max-Forwards: 70", "no header", "other.no-header", "wrong"),
    (INVITE, SENT_2, "Max-Forwards: 70", "Privacy: id", "privacy.hide", "unusual"),
    (INVITE, SENT_2, "Max-Forwards: 70", "Privacy: none", "privacy.none", "info"),
    (INVITE, SENT_2, "Max-Forwards: 70", "Require: 100rel", "require.known", "info"),
    (INVITE, SENT_2, "Max-Forwards: 70", "Require: sec-agree", "require.other", "unusual"),
    (INVITE, SENT_2, "Max-Forwards: 70", "k: timer", "supported", "info"),
    (INVITE, SENT_2, "Max-Forwards: 70", "Supported:", "supported-none", "info"),
    (INVITE, SENT_2, "Max-Forwards: 70", "Allow: INVITE, ACK, BYE, CANCEL", "allow.list", "info"),
    (INVITE, SENT_2, "Max-Forwards: 70", "Allow: INVITE", "allow.lacking", "unusual"),
    (INVITE, SENT_2, "Max-Forwards: 70", "x: 1800", "session-expires.open", "info"),
    (INVITE, SENT_2, "Max-Forwards: 70", "x: 1800;refresher=uac", "session-expires.uac", "info"),
    (INVITE, SENT_2, "Max-Forwards: 70", "Session-Expires: 30", "session-expires.short", "wrong"),
    (INVITE, SENT_2, "Max-Forwards: 70", "Session-Expires: ten", "session-expires.bad", "wrong"),
    (INVITE, SENT_2, "Max-Forwards: 70", "Expires: 60", "expires.other", "info"),
    (INVITE, SENT_2, "Max-Forwards: 70", "Min-SE: 90", "header.min-se", "info"),
    (INVITE, SENT_2, "Max-Forwards: 70", "Diversion: <sip:1@a>", "header.diversion", "info"),
    (
        INVITE,
        SENT_2,
        "Max-Forwards: 70",
        "P-Asserted-Identity: <sip:1@a>",
        "header.p-asserted-identity",
        "info",
    ),
    (INVITE, SENT_2, "Max-Forwards: 70", "History-Info: <sip:1@a>;index=1", "header.history-info", "info"),
    (INVITE, SENT_2, "Max-Forwards: 70", "y: abc", "header.identity", "info"),
    (INVITE, SENT_2, "Max-Forwards: 70", "Proxy-Require: foo", "header.proxy-require", "unusual"),
    (INVITE, SENT_2, "application/sdp", "application/dtmf-relay", "content-type.dtmf", "info"),
    (INVITE, SENT_2, "application/sdp", "multipart/mixed;boundary=x", "content-type.multipart", "unusual"),
    (INVITE, SENT_2, "application/sdp", "text/plain", "other.body", "info"),
    (INVITE, SENT_2, "v=0", "v=1", "sdp.v-bad", "wrong"),
    (INVITE, SENT_2, "c=IN IP4 119.28.0.9", "c=IN IP4 192.168.1.9", "c.private", "unusual"),
    (INVITE, SENT_2, "c=IN IP4 119.28.0.9", "c=IN IP4 192.0.2.9", "c.stand-in", "info"),
    (INVITE, SENT_2, "c=IN IP4 119.28.0.9", "c=IN IP4 0.0.0.0", "c.hold", "info"),
    (INVITE, SENT_2, "c=IN IP4 119.28.0.9", "c=IN IP4 127.0.0.1", "c.loopback", "info"),
    (INVITE, SENT_2, "c=IN IP4 119.28.0.9", "c=IN IP4 a.example", "c.name", "unusual"),
    (INVITE, SENT_2, "c=IN IP4 119.28.0.9", "c=IN 119.28.0.9", "c.bad", "wrong"),
    (INVITE, SENT_2, "AVP 8 0 101", "AVP 18 101", "m.g729-only", "unusual"),
    (INVITE, SENT_2, "AVP 8 0 101", "AVP 3 101", "m.no-g711", "wrong"),
    (INVITE, SENT_2, "AVP 8 0 101", "AVP 8 0", "m.no-events", "unusual"),
    (INVITE, SENT_2, "audio 20000", "audio 0", "m.refused", "unusual"),
    (INVITE, SENT_2, "audio 20000", "audio 20001", "m.odd-port", "info"),
    (INVITE, SENT_2, "audio 20000", "audio x", "m.bad", "wrong"),
    (INVITE, SENT_2, "audio 20000", "video 20000", "m.video", "unusual"),
    (INVITE, SENT_2, "RTP/AVP", "RTP/SAVP", "m.srtp", "unusual"),
    (INVITE, SENT_2, "RTP/AVP", "UDP/TLS/RTP/SAVPF", "m.dtls", "unusual"),
    (INVITE, SENT_2, "RTP/AVP", "udp", "m.protocol", "wrong"),
    (INVITE, SENT_2, "a=rtpmap:8 PCMA", "a=rtpmap:8 PCMU", "rtpmap-static", "wrong"),
    (INVITE, SENT_2, "a=rtpmap:8 PCMA/8000", "a=rtpmap:8", "rtpmap-bad", "wrong"),
    (INVITE, SENT_2, "telephone-event/8000", "telephone-event/16000", "rtpmap-rate", "unusual"),
    (INVITE, SENT_2, "a=ptime:20", "a=ptime:30", "a.ptime-other", "unusual"),
    (INVITE, SENT_2, "a=ptime:20", "a=ptime:x", "a.ptime-bad", "wrong"),
    (INVITE, SENT_2, "a=ptime:20", "a=rtcp-mux", "a.rtcp-mux", "info"),
    (INVITE, SENT_2, "a=ptime:20", "a=silenceSupp:off - - - -", "a.silencesupp", "info"),
    (INVITE, SENT_2, "a=ptime:20", "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:x", "a.crypto", "unusual"),
    (INVITE, SENT_2, "a=ptime:20", "a=crypto", "a.crypto", "unusual"),
    (INVITE, SENT_2, "a=ptime:20", "a=own:1", "a-unknown", "info"),
    (INVITE, SENT_2, "a=ptime:20", "q=own", "sdp-unknown", "unusual"),
    (INVITE, SENT_2, "a=ptime:20", "nothing", "other.no-sdp", "wrong"),
    (INVITE, SENT_2, "a=sendrecv", "a=sendonly", "a.sendonly", "info"),
    (INVITE, SENT_2, "a=fmtp:101 0-15", "a=fmtp:99 x=1", "fmtp.stray", "unusual"),
    (
        REGISTER,
        SENT_1,
        f"REGISTER sip:{DOMAIN}",
        "REGISTER sip:sip.tccc.qcloud.com",
        "start.register-host",
        "wrong",
    ),
    (REGISTER, SENT_1, "From: <sip:gateway01@", "From: <sip:1001@", "register.account-wrong", "wrong"),
    (
        REGISTER,
        SENT_1,
        f"To: <sip:gateway01@{DOMAIN}",
        "To: <sip:gateway01@a.b",
        "register.host-wrong",
        "wrong",
    ),
    (REGISTER, SENT_1, "Contact: <sip:gateway01@192.168.1.5:40000>", "m: *", "contact.all", "wrong"),
    (REGISTER, SENT_1, "Expires: 120", "Expires: 3600", "expires.asked-other", "unusual"),
    (REGISTER, SENT_1, "Expires: 120", "Expires: 0", "expires.remove", "expected"),
    (REGISTER, SENT_1, "Expires: 120", "Expires: 0", "contact.remove", "expected"),
    (REGISTER, SENT_1, "Expires: 120", "Expires: soon", "expires.bad", "wrong"),
    (REGISTER, SENT_1, ";rport", "", "via.no-rport", "unusual"),
    (REGISTER, SENT_1, "REGISTER sip", "FROB sip", "start.unknown-method", "unusual"),
    (REGISTER, SENT_1, "REGISTER sip:", "REGISTER ", "start.bad-uri", "wrong"),
    (REGISTER, SENT_1, "SIP/2.0\r\nVia", "SIP/3.0\r\nVia", "start.version", "wrong"),
    (REGISTER, SENT_1, "REGISTER sip", "GET / sip", "start.unreadable", "wrong"),
    (REGISTERED, GOT_1, "rport=5001", "rport=5001", "via.nat", "expected"),
    (REGISTERED, GOT_1, "rport=5001;received=203.0.113.9", "rport=40000", "via.no-nat", "expected"),
    (REGISTERED, GOT_1, ";rport=5001;received=203.0.113.9", "", "via.returned", "expected"),
    (REGISTERED, GOT_1, "expires=120", "expires=30", "contact.granted-short", "unusual"),
    (REGISTERED, GOT_1, ";expires=120", ";expires=120, <sip:gateway01@9.9.9.9>", "contact.others", "unusual"),
    (REGISTERED, GOT_1, "200 OK", "403 Forbidden", "finding.register.forbidden", "wrong"),
    (REGISTERED, GOT_1, "200 OK", "423 Interval Too Brief", "status.423", "unusual"),
    (REGISTERED, GOT_1, "200 OK", "401 Unauthorized", "status.no-challenge", "wrong"),
    (REGISTERED, GOT_1, "200 OK", "499 Odd", "status.class-4", "wrong"),
    (
        CHALLENGE,
        GOT_2,
        "407 Proxy Authentication Required",
        "404 Not Found",
        "finding.call.not-found",
        "wrong",
    ),
    (CHALLENGE, GOT_2, "407 Proxy Authentication Required", "486 Busy", "finding.call.busy", "unusual"),
    (CHALLENGE, GOT_2, "407 Proxy Authentication Required", "180 Ringing", "status.180", "expected"),
    (CHALLENGE, GOT_2, "407 Proxy Authentication Required", "302 Moved", "status.302", "unusual"),
    (CHALLENGE, GOT_2, 'qop="auth"', 'qop="auth", stale=true', "challenge.stale", "expected"),
    (CHALLENGE, GOT_2, 'qop="auth"', 'qop="auth-int"', "challenge.qop", "wrong"),
    (CHALLENGE, GOT_2, ', qop="auth"', "", "challenge.no-qop", "unusual"),
    (CHALLENGE, GOT_2, "algorithm=MD5", "algorithm=FOO", "challenge.algorithm", "wrong"),
    (CHALLENGE, GOT_2, f'realm="{DOMAIN}"', 'realm="other"', "challenge.realm", "unusual"),
    (CHALLENGE, GOT_2, "Digest realm", "Basic realm", "challenge.unreadable", "wrong"),
    (CHALLENGE, GOT_2, "Content-Length: 0", "Reason: Q.850;cause=17", "q850.17", "info"),
    (CHALLENGE, GOT_2, "Content-Length: 0", 'Reason: Q.850;cause=34;text="No"', "q850.34", "unusual"),
    (CHALLENGE, GOT_2, "Content-Length: 0", "Reason: Q.850;cause=126", "q850.other", "unusual"),
    (CHALLENGE, GOT_2, "Content-Length: 0", "Reason: SIP;cause=487", "reason.sip", "info"),
    (CHALLENGE, GOT_2, "Content-Length: 0", "Reason: X", "reason.other", "info"),
    (CHALLENGE, GOT_2, "Content-Length: 0", "Retry-After: 5", "retry-after.wait", "info"),
    (CHALLENGE, GOT_2, "Content-Length: 0", 'Warning: 399 a "b"', "warning", "unusual"),
    (CHALLENGE, GOT_2, "Content-Length: 0", "Unsupported: timer", "unsupported", "unusual"),
    (STEP_3, GOT_3, "To: <sip:13900001111", "To: <sip:10010", "to.step3-other", "unusual"),
    (STEP_3, GOT_3, "To: <sip:13900001111@", "To: <sip:", "to.empty", "wrong"),
    (STEP_3, GOT_3, "119.28.0.10:40000;tr", "10.1.1.1:40000;tr", "contact.private-theirs", "unusual"),
]


Change = tuple[str, Context, str, str, str, str]


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_is_said(change: Change) -> None:
    message, context, old, new, id, verdict = change
    assert message.count(old) >= 1
    whole = id if id.startswith("finding.") else f"explain.{id}"
    assert said(message.replace(old, new, 1), context).get(whole) == verdict


def test_a_second_challenge_after_credentials_is_wrong() -> None:
    context = Context(direction="received", trunk=TRUNK, step=2, credentials_sent_before=True)
    found = complained(CHALLENGE, context)
    assert found == {"explain.status.challenge-again": "wrong", "explain.challenge.again": "wrong"}
    stale = CHALLENGE.replace("qop=", "stale=true, qop=")
    assert complained(stale, context) == {}


def test_within_a_call_from_and_to_may_change_places() -> None:
    bye = (
        "BYE sip:gateway01@198.51.100.10:40000 SIP/2.0\r\nVia: SIP/2.0/TCP 9.9.9.9;branch=z9hG4bKb\r\n"
        f"From: <sip:{LINE}@{DOMAIN}>;tag=x\r\nTo: <sip:{CALLER}@{DOMAIN}>;tag=a1\r\n"
        "Call-ID: c1\r\nCSeq: 1 BYE\r\n\r\n"
    )
    assert complained(bye, GOT_2) == {}
    assert {"explain.method.bye", "explain.from.called", "explain.to.caller"} <= set(said(bye, GOT_2))
    answer = bye.replace("BYE sip:gateway01@198.51.100.10:40000 SIP/2.0", "SIP/2.0 200 OK")
    own = Context(direction="sent", trunk=TRUNK, step=2, line=LINE, caller=CALLER)
    assert complained(answer, own) == {}


def test_a_folded_header_is_one_line() -> None:
    folded = INVITE.replace("nonce=", "\r\n nonce=")
    found = lines(folded.encode(), SENT_2)
    assert complained(folded, SENT_2) == {}
    at = next(one.line for one in found if one.id == "explain.credentials.fit")
    assert [one.line for one in found if one.line in (at, at + 1, at + 2)] == [at, at + 2]


def test_what_is_quoted_is_masked_cut_and_printable() -> None:
    long = INVITE.replace("Max-Forwards: 70", "Subject: " + "\udce9" + "x" * 5000)
    found = lines(long.encode("utf-8", "surrogateescape"), SENT_2)
    value = next(one for one in found if one.id == "explain.header.subject").values["value"]
    assert len(value) == MAX_SHOWN + 1
    assert value.encode()
    assert not any("response" in one.values for one in found)


def sayable(found: tuple[Explained, ...]) -> None:
    known = every()
    for one in found:
        assert one.id in known or one.id.startswith("finding.")
        for language in LANGUAGES:
            sentence = text(one.id, language, **dict.fromkeys(one.values, "#"))
            assert not re.search(r"\{\w+\}", sentence), (one.id, dict(one.values))
            assert sentence
        for value in one.values.values():
            assert len(value) <= MAX_SHOWN + 1
            value.encode()


@pytest.mark.parametrize("change", CHANGES)
def test_every_sentence_gets_its_values(change: Change) -> None:
    message, context, old, new = change[:4]
    sayable(lines(message.replace(old, new, 1).encode(), context))


@pytest.mark.parametrize("name", sorted(KNOWN | RARE))
def test_every_header_of_the_registry_is_known(name: str) -> None:
    raw = f"OPTIONS sip:1@a SIP/2.0\r\n{name.title()}: some value\r\n\r\n".encode()
    found = lines(raw, SENT_2)
    assert found[1].id == ("explain.header-rare" if name in RARE else f"explain.header.{name}")
    sayable(found)


def test_compact_forms_are_the_headers_they_stand_for() -> None:
    for short, name in COMPACT.items():
        long, brief = (
            lines(f"OPTIONS sip:1@a SIP/2.0\r\n{written}: 1\r\n\r\n".encode(), SENT_2)[1].id
            for written in (name, short.upper())
        )
        assert long == brief != "explain.header-unknown"


@pytest.mark.parametrize(
    "line", [f"a={name}:x" for name in ATTRIBUTES] + [f"a={name}" for name in DIRECTIONS]
)
def test_every_attribute_is_known(line: str) -> None:
    found = lines(f"INFO sip:1@a SIP/2.0\r\nc: application/sdp\r\n\r\n{line}\r\n".encode(), SENT_2)
    assert found[-1].id not in ("explain.a-unknown", "explain.other.no-sdp")
    sayable(found)


@pytest.mark.parametrize(
    "line", [f"a=rtpmap:99 {name}/8000" for name in CODECS] + [f"{one}=x" for one in TYPES]
)
def test_every_codec_and_line_is_known(line: str) -> None:
    found = lines(f"INFO sip:1@a SIP/2.0\r\nc: application/sdp\r\n\r\n{line}\r\n".encode(), SENT_2)
    assert found[-1].id.startswith(("explain.rtpmap.", "explain.sdp."))
    sayable(found)


@pytest.mark.parametrize("method", METHODS)
def test_every_method_is_known(method: str) -> None:
    found = lines(f"{method.upper()} sip:1@a SIP/2.0\r\nReason: Q.850;cause=16\r\n\r\n".encode(), SENT_2)
    assert [one.id for one in found] == [f"explain.method.{method}", "explain.q850.16"]


STATUSES = st.integers(min_value=90, max_value=720)
CONTEXTS = st.builds(
    Context,
    direction=st.sampled_from(["sent", "received"]),
    trunk=st.sampled_from([None, TRUNK]),
    line=st.sampled_from(["", LINE]),
    caller=st.sampled_from(["", CALLER]),
    first_request=st.booleans(),
    credentials_sent_before=st.booleans(),
    step=st.sampled_from([0, 1, 2, 3]),
)
FRAGMENTS = sorted(
    {piece for message in (REGISTER, REGISTERED, INVITE, CHALLENGE) for piece in message.split("\r\n")}
)


@given(CONTEXTS, STATUSES, st.sampled_from(["REGISTER", "INVITE", "BYE", "OPTIONS", "REFER"]))
def test_every_status_has_a_sentence(context: Context, status: int, method: str) -> None:
    sayable(lines(f"SIP/2.0 {status} Words\r\nCSeq: 1 {method}\r\n\r\n".encode(), context))


@given(CONTEXTS, st.binary(max_size=400))
def test_nothing_hostile_breaks_it(context: Context, raw: bytes) -> None:
    sayable(lines(raw, context))


@given(
    CONTEXTS,
    st.lists(st.one_of(st.sampled_from(FRAGMENTS), st.text(max_size=40), st.just("")), max_size=20),
    st.sampled_from(["\r\n", "\n", "\r"]),
)
def test_nothing_nearly_right_breaks_it(context: Context, pieces: list[str], end: str) -> None:
    sayable(lines(end.join(pieces).encode("utf-8", "surrogatepass"), context))


@given(
    CONTEXTS,
    st.sampled_from([REGISTER, REGISTERED, INVITE, CHALLENGE, STEP_3]),
    st.data(),
)
def test_a_mutation_breaks_nothing(context: Context, message: str, data: st.DataObject) -> None:
    raw = bytearray(message.encode())
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(raw) - 1))
        raw[at : at + data.draw(st.integers(0, 12))] = data.draw(st.binary(max_size=12))
        if not raw:
            break
    sayable(lines(bytes(raw), context))


def test_it_is_bounded() -> None:
    assert len(lines(b"INVITE sip:1@a SIP/2.0\r\n" + b"X: 1\r\n" * 50_000, SENT_2)) <= MAX_LINES
    many = b"INVITE sip:1@a SIP/2.0\r\nContent-Type: application/sdp\r\n\r\n" + b"a=x\n" * 50_000
    assert len(lines(many, SENT_2)) <= MAX_LINES + 2
    assert lines(b"", SENT_2) == ()
    assert lines(b"\r\n" * 100_000, SENT_2) == ()
    assert lines(b"INVITE " + b"9" * 10**6, SENT_2)
