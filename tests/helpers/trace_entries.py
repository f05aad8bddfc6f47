"""Log entries of whole calls and registrations, written as they are on the wire."""

from __future__ import annotations

from collections.abc import Iterable

from tccc_desk.sip.errors import ProtocolError
from tccc_desk.sip.message import Request, cseq, parse_message
from tccc_desk.trace.entry import Direction, TraceEntry
from tccc_desk.trace.redact import masked

US = "192.168.1.20:40123"
SERVER = "198.51.100.7:35090"
DOMAIN = "1400264214.tccc.qcloud.com"
LINE = "02188886666"
CALLER = "13800138000"

OFFER = """v=0
o=- 20 1 IN IP4 192.168.1.20
s=-
c=IN IP4 192.168.1.20
t=0 0
m=audio 16400 RTP/AVP 8 0 101
a=rtpmap:8 PCMA/8000
a=rtpmap:0 PCMU/8000
a=rtpmap:101 telephone-event/8000
a=fmtp:101 0-15
a=ptime:20
a=sendrecv
"""
ANSWER = """v=0
o=TCCC 7 1 IN IP4 203.0.113.9
s=TCCC
c=IN IP4 203.0.113.9
t=0 0
m=audio 30000 RTP/AVP 8 101
a=rtpmap:8 PCMA/8000
a=rtpmap:101 telephone-event/8000
a=fmtp:101 0-15
a=ptime:20
"""
CHALLENGE = f'Proxy-Authenticate: Digest realm="{DOMAIN}", nonce="6a1f", algorithm=MD5, qop="auth"'
CREDENTIALS = (
    f'Proxy-Authorization: Digest username="gateway01", realm="{DOMAIN}", nonce="6a1f", '
    f'uri="sip:{LINE}@{DOMAIN}", response="0123456789abcdef0123456789abcdef", cnonce="c0", '
    "qop=auth, nc=00000001"
)


def wire(start: str, *lines: str, body: str = "") -> bytes:
    """Octets of a message: `lines` without Content-Length, which is added."""
    octets = body.replace("\n", "\r\n").encode()
    kind = ["Content-Type: application/sdp"] if body else []
    head = "\r\n".join([start, *lines, *kind, f"Content-Length: {len(octets)}"])
    return head.encode() + b"\r\n\r\n" + octets


def common(
    method: str = "INVITE",
    number: int = 1,
    *,
    branch: str = "",
    to_tag: str = "",
    call_id: str = "c1@192.168.1.20",
    transport: str = "TCP",
) -> tuple[str, ...]:
    """The fields every message of the step 2 call has; those of a response are the same."""
    tag = f";tag={to_tag}" if to_tag else ""
    return (
        f"Via: SIP/2.0/{transport} 192.168.1.20:40123;branch=z9hG4bK{branch or f'{method}{number}'};rport",
        f"From: <sip:{CALLER}@{DOMAIN}>;tag=ours",
        f"To: <sip:{LINE}@{DOMAIN}>{tag}",
        f"Call-ID: {call_id}",
        f"CSeq: {number} {method}",
    )


def invite(number: int = 1, *more: str, body: str = OFFER, **options: str) -> bytes:
    return wire(
        f"INVITE sip:{LINE}@{DOMAIN} SIP/2.0",
        *common("INVITE", number, **options),
        "Max-Forwards: 70",
        f"Contact: <sip:gateway01@{US};transport=tcp>",
        *more,
        body=body,
    )


def answer(
    status: int,
    reason: str,
    *more: str,
    method: str = "INVITE",
    number: int = 1,
    body: str = "",
    **options: str,
) -> bytes:
    return wire(
        f"SIP/2.0 {status} {reason}",
        *common(method, number, to_tag="" if status == 100 else "theirs", **options),
        *more,
        body=body,
    )


def within(method: str, number: int = 1, *more: str, body: str = "", **options: str) -> bytes:
    return wire(
        f"{method} sip:{SERVER} SIP/2.0",
        *common(method, number, to_tag="theirs", **options),
        "Max-Forwards: 70",
        *more,
        body=body,
    )


def entry(
    number: int,
    direction: Direction,
    raw: bytes,
    *,
    at: float | None = None,
    local: str = US,
    remote: str = SERVER,
    transport: str = "TCP",
    retransmission: int = 0,
) -> TraceEntry:
    """A message as the recorder would keep it, `number` tenths of a second after 1,700,000,000."""
    method, status, reason, call_id, count = "", 0, "", "", None
    try:
        message = parse_message(raw)
        call_id = message.headers.get("Call-ID")
        count, method = cseq(message)
        if isinstance(message, Request):
            method = message.method
        else:
            status, reason = message.status, message.reason
    except ProtocolError:
        pass
    moment = number / 10 if at is None else at
    return TraceEntry(
        number=number,
        at=1_700_000_000 + moment,
        monotonic=moment,
        kind="message",
        direction=direction,
        trunk="office",
        transport=transport,
        local=local,
        remote=remote,
        method=method,
        status=status,
        reason=reason,
        call_id=call_id,
        cseq=count,
        summary=raw.split(b"\r\n", 1)[0].decode("utf-8", "replace"),
        retransmission=retransmission,
        raw=masked(raw),
    )


def fact(number: int, name: str, *, call_id: str = "", **details: str) -> TraceEntry:
    return TraceEntry(
        number=number,
        at=1_700_000_000 + number / 10,
        monotonic=number / 10,
        kind="fact",
        direction="local",
        trunk="office",
        transport="TCP",
        local=US,
        remote=SERVER,
        fact=name,
        details=details,
        call_id=call_id,
    )


def log(messages: Iterable[tuple[Direction, bytes]]) -> tuple[TraceEntry, ...]:
    """Entries of messages, a tenth of a second apart."""
    return tuple(entry(number, way, raw) for number, (way, raw) in enumerate(messages, 1))


def step_two_call() -> tuple[TraceEntry, ...]:
    """A simulated customer calls the line: challenged, answered, ended by us."""
    return log(
        (
            ("sent", invite(1)),
            ("received", answer(407, "Proxy Authentication Required", CHALLENGE)),
            ("sent", within("ACK", 1)),
            ("sent", invite(2, CREDENTIALS)),
            ("received", answer(100, "Trying", number=2)),
            ("received", answer(183, "Session Progress", number=2, body=ANSWER)),
            ("received", answer(200, "OK", f"Contact: <sip:{SERVER}>", number=2, body=ANSWER)),
            ("sent", within("ACK", 2)),
            ("sent", within("BYE", 3)),
            ("received", answer(200, "OK", method="BYE", number=3)),
        )
    )
