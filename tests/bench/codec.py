"""Messages read and written a second, on the document's second INVITE: Proxy-Authorization and an offer."""

from __future__ import annotations

import time
from collections.abc import Callable

from tccc_desk.sdp.negotiate import make_offer
from tccc_desk.sip.message import encode_message, parse_message

INVITE = (
    b"INVITE sip:02188886001@1400000001.tccc.qcloud.com SIP/2.0\r\n"
    b"Via: SIP/2.0/TCP 192.0.2.10:40123;branch=z9hG4bKb3c1a09f5d2e4a77;rport\r\n"
    b"Max-Forwards: 70\r\n"
    b"From: <sip:13800138000@1400000001.tccc.qcloud.com>;tag=5f0c1d2e3a4b5c6d\r\n"
    b"To: <sip:02188886001@1400000001.tccc.qcloud.com>\r\n"
    b"Call-ID: 0f7a6b5c4d3e2f1a@192.0.2.10\r\nCSeq: 2 INVITE\r\n"
    b"Contact: <sip:gateway01@192.0.2.10:40123;transport=tcp>\r\n"
    b'Proxy-Authorization: Digest username="gateway01", realm="1400000001.tccc.qcloud.com", '
    b'nonce="awS0OmsEsw7iMU5+B2Ey11AO+c4W5G47", uri="sip:02188886001@1400000001.tccc.qcloud.com", '
    b'response="0123456789abcdef0123456789abcdef", algorithm=MD5, qop=auth, nc=00000001, cnonce="c0ffee"\r\n'
    b"Allow: INVITE, ACK, CANCEL, BYE, OPTIONS\r\nContent-Type: application/sdp\r\n"
)


def per_second(act: Callable[[], object], seconds: float = 1.0) -> float:
    """How often a second `act` can be done, the best of three stretches."""
    best = 0.0
    for _ in range(3):
        count, started = 0, time.perf_counter()
        while (spent := time.perf_counter() - started) < seconds / 3:
            for _ in range(100):
                act()
            count += 100
        best = max(best, count / spent)
    return best


def main() -> None:
    body = make_offer("192.0.2.10", 16384, ("PCMA", "PCMU"), session_id=1, version=1)
    data = INVITE + b"Content-Length: %d\r\n\r\n" % len(body) + body
    message = parse_message(data)
    print(f"{len(data)} octets: {per_second(lambda: parse_message(data)):,.0f} read a second, ", end="")
    print(f"{per_second(lambda: encode_message(message)):,.0f} written")
