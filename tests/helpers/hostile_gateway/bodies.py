"""Session descriptions that leave nobody with sound to exchange."""

from __future__ import annotations

from tests.helpers.hostile_gateway.sayings import sdp

HOSTILE_SDP: dict[str, bytes] = {
    "none": b"",
    "empty lines": b"\r\n\r\n",
    "binary": bytes(range(256)) * 8,
    "sixty thousand letters": b"v=0\r\ns=" + b"x" * 40_000 + b"\r\n",
    "ten thousand lines": b"v=0\r\n" + b"a=x\r\n" * 10_000,
    "port 0": sdp().replace(b"m=audio 40000", b"m=audio 0"),
    "port 65536": sdp().replace(b"m=audio 40000", b"m=audio 65536"),
    "port -1": sdp().replace(b"m=audio 40000", b"m=audio -1"),
    "video only": sdp().replace(b"m=audio", b"m=video"),
    "encrypted sound only": sdp().replace(b"RTP/AVP", b"RTP/SAVP"),
    "no codec of ours": b"\r\n".join(
        line
        for line in sdp().replace(b"RTP/AVP 8 0 101", b"RTP/AVP 18").split(b"\r\n")
        if b"a=rtpmap" not in line
    ),
    "no connection line": b"\r\n".join(line for line in sdp().split(b"\r\n") if not line.startswith(b"c=")),
    "a name for an address": sdp().replace(b"IP4 127.0.0.1", b"IP4 " + b"a." * 200 + b"example"),
    "no media at all": sdp().partition(b"m=")[0],
    "a thousand media": sdp() + b"m=audio 4000 RTP/AVP 8\r\n" * 1000,
    "JSON": b'{"sdp": "v=0"}',
}
