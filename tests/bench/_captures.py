"""Makes captures: so and so many messages of ordinary calls and registrations, in pcap."""

from __future__ import annotations

import struct
from pathlib import Path

_RECORD = struct.Struct("<IIII")
_DESK, _GATEWAY = bytes([10, 0, 0, 5]), bytes([198, 51, 100, 7])
_SDP = (
    "v=0\r\no=- 1 1 IN IP4 10.0.0.5\r\ns=-\r\nc=IN IP4 10.0.0.5\r\nt=0 0\r\n"
    "m=audio {port} RTP/AVP 8 0 101\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:0 PCMU/8000\r\n"
    "a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=sendrecv\r\n"
)
_CALL: tuple[tuple[bool, str, int, str, float], ...] = (
    (True, "INVITE", 0, "sdp", 0.0),
    (False, "100 Trying", 1, "", 0.01),
    (False, "407 Proxy Authentication Required", 1, "", 0.03),
    (True, "ACK", 1, "", 0.031),
    (True, "INVITE", 0, "sdp", 0.04),
    (False, "180 Ringing", 2, "", 0.2),
    (False, "200 OK", 2, "sdp", 2.0),
    (True, "ACK", 2, "", 2.01),
    (True, "BYE", 3, "", 9.0),
    (False, "200 OK", 3, "", 9.02),
)


def message(number: int, step: int) -> tuple[bool, bytes]:
    """One message of call `number`: whether we sent it, and its octets."""
    sent, what, _, body, _ = _CALL[step]
    cseq = (1, 1, 1, 1, 2, 2, 2, 2, 3, 3)[step]
    verb = what if sent else ("BYE" if step == 9 else "INVITE")
    caller, line = f"1380000{number % 10000:04d}", "02188886666"
    first = f"{what} sip:{line}@1400000001.tccc.qcloud.com SIP/2.0" if sent else f"SIP/2.0 {what}"
    credentials = (
        f'Proxy-Authorization: Digest username="gateway01", realm="1400000001.tccc.qcloud.com", '
        f'nonce="{number:032x}", uri="sip:{line}@1400000001.tccc.qcloud.com", algorithm=MD5, '
        f'response="{number * 7919:032x}"\r\n'
        if step == 4
        else ""
    )
    # A port of its own, as calls have: tshark searches all calls of one port for each of its messages.
    text = _SDP.replace("{port}", str(20000 + number * 2 % 40000)) if body else ""
    kind = "Content-Type: application/sdp\r\n" if body else ""
    return sent, (
        f"{first}\r\nVia: SIP/2.0/UDP 10.0.0.5:5060;branch=z9hG4bK{number:x}.{cseq};rport\r\n"
        f"Max-Forwards: 70\r\nFrom: <sip:{caller}@1400000001.tccc.qcloud.com>;tag={number:x}\r\n"
        f"To: <sip:{line}@1400000001.tccc.qcloud.com>\r\nCall-ID: call-{number:08d}@10.0.0.5\r\n"
        f"CSeq: {cseq} {'ACK' if what == 'ACK' else verb}\r\nContact: <sip:gateway01@10.0.0.5:5060>\r\n"
        f"{credentials}User-Agent: bench\r\n{kind}Content-Length: {len(text)}\r\n\r\n{text}"
    ).encode()


def write_capture(path: Path, messages: int, together: int = 50) -> int:
    """Write a pcap of `messages` messages over UDP, `together` calls interleaved. Gives its octets."""
    with path.open("wb") as stream:
        stream.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
        written = 0
        for block in range(0, messages, together * len(_CALL)):
            first = block // len(_CALL)
            for step in range(len(_CALL)):
                for number in range(first, first + together):
                    if written == messages:
                        return stream.tell()
                    at = 1_700_000_000 + first * 0.2 + (number - first) * 0.001 + _CALL[step][4]
                    stream.write(frame(at, *message(number, step)))
                    written += 1
        return stream.tell()


def frame(at: float, sent: bool, payload: bytes) -> bytes:
    """One pcap record with an Ethernet frame; checksums of 0 mean "not computed" for UDP."""
    source, destination = (_DESK, _GATEWAY) if sent else (_GATEWAY, _DESK)
    ports = struct.pack("!HHHH", *((5060, 35090) if sent else (35090, 5060)), 8 + len(payload), 0)
    header = struct.pack("!BBHHHBBH", 0x45, 0, 28 + len(payload), 0, 0, 64, 17, 0) + source + destination
    total = sum(struct.unpack("!10H", header))
    total = (total & 0xFFFF) + (total >> 16)
    checksum = ~((total & 0xFFFF) + (total >> 16)) & 0xFFFF
    header = header[:10] + checksum.to_bytes(2, "big") + header[12:]
    data = bytes.fromhex("020000000001020000000002") + b"\x08\x00" + header + ports + payload
    return _RECORD.pack(*divmod(round(at * 1e6), 1_000_000), len(data), len(data)) + data
