"""The messages of a registration and a call, as the wire carries them, for the benchmarks."""

from __future__ import annotations

from tccc_desk.sdp.negotiate import make_offer

DOMAIN = "1400000001.tccc.qcloud.com"
_DIGEST = (
    f'Digest username="gateway01", realm="{DOMAIN}", nonce="awS0OmsEsw7iMU5+B2Ey11AO+c4W5G47", '
    f'uri="sip:{DOMAIN}", response="0123456789abcdef0123456789abcdef", algorithm=MD5, qop=auth, '
    'nc=00000001, cnonce="c0ffee"'
)
_CHALLENGE = f'Digest realm="{DOMAIN}", nonce="awS0OmsEsw7iMU5+B2Ey11AO+c4W5G47", qop="auth"'
_BRANCH = "Via: SIP/2.0/UDP 192.0.2.10:40123;branch=z9hG4bKb3c1a09f5d2e4a77;rport"
_CALLER = f"From: <sip:13800138000@{DOMAIN}>;tag=5f0c1d2e3a4b5c6d"
_LINE = f"To: <sip:02188886001@{DOMAIN}>"
_ACCOUNT = f"<sip:gateway01@{DOMAIN}>"
_CONTACT = "Contact: <sip:gateway01@192.0.2.10:40123>"


def messages() -> dict[str, bytes]:
    """Octets by a short title."""
    offer = make_offer("192.0.2.10", 16384, ("PCMA", "PCMU"), session_id=1, version=1)
    answer = make_offer("198.51.100.7", 20000, ("PCMA",), session_id=2, version=1)
    return {
        "REGISTER": _message(
            f"REGISTER sip:{DOMAIN} SIP/2.0",
            *(_BRANCH, "Max-Forwards: 70", f"From: {_ACCOUNT};tag=5f0c1d2e3a4b5c6d", f"To: {_ACCOUNT}"),
            *("Call-ID: 0f7a6b5c4d3e2f1a@192.0.2.10", "CSeq: 2 REGISTER", _CONTACT, "Expires: 300"),
            *(f"Authorization: {_DIGEST}", "Allow: INVITE, ACK, CANCEL, BYE, OPTIONS"),
            "User-Agent: TCCC-Desk/1",
        ),
        "401 to REGISTER": _message(
            "SIP/2.0 401 Unauthorized",
            *(f"{_BRANCH}=40123;received=192.0.2.10", f"From: {_ACCOUNT};tag=5f0c1d2e3a4b5c6d"),
            *(f"To: {_ACCOUNT};tag=b27e1a1d33761e85", "Call-ID: 0f7a6b5c4d3e2f1a@192.0.2.10"),
            *("CSeq: 1 REGISTER", f"WWW-Authenticate: {_CHALLENGE}", "Server: registrar"),
        ),
        "INVITE with offer": _message(
            f"INVITE sip:02188886001@{DOMAIN} SIP/2.0",
            *(_BRANCH, "Max-Forwards: 70", _CALLER, _LINE, "Call-ID: 1f7a6b5c4d3e2f1a@192.0.2.10"),
            *("CSeq: 2 INVITE", _CONTACT, f"Proxy-Authorization: {_DIGEST}"),
            *("Allow: INVITE, ACK, CANCEL, BYE, OPTIONS", "User-Agent: TCCC-Desk/1"),
            "Content-Type: application/sdp",
            body=offer,
        ),
        "180": _message(
            "SIP/2.0 180 Ringing",
            *(f"{_BRANCH}=40123;received=192.0.2.10", _CALLER, f"{_LINE};tag=99aa88bb"),
            *("Call-ID: 1f7a6b5c4d3e2f1a@192.0.2.10", "CSeq: 2 INVITE"),
            "Contact: <sip:02188886001@198.51.100.7:5060>",
        ),
        "200 with answer": _message(
            "SIP/2.0 200 OK",
            *(f"{_BRANCH}=40123;received=192.0.2.10", "Record-Route: <sip:198.51.100.7;lr>", _CALLER),
            *(f"{_LINE};tag=99aa88bb", "Call-ID: 1f7a6b5c4d3e2f1a@192.0.2.10", "CSeq: 2 INVITE"),
            *("Contact: <sip:02188886001@198.51.100.7:5060>", "Allow: INVITE, ACK, CANCEL, BYE, OPTIONS"),
            *("Server: gateway", "Content-Type: application/sdp"),
            body=answer,
        ),
        "BYE": _message(
            "BYE sip:gateway01@192.0.2.10:40123 SIP/2.0",
            *("Via: SIP/2.0/UDP 198.51.100.7:5060;branch=z9hG4bK776asdhds", "Max-Forwards: 70"),
            *(f"From: <sip:02188886001@{DOMAIN}>;tag=99aa88bb", _CALLER.replace("From", "To", 1)),
            *("Call-ID: 1f7a6b5c4d3e2f1a@192.0.2.10", "CSeq: 101 BYE"),
        ),
    }


def _message(*lines: str, body: bytes = b"") -> bytes:
    return "\r\n".join((*lines, f"Content-Length: {len(body)}", "", "")).encode() + body
