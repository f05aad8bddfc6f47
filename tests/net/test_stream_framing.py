"""What a connection does with a stream that cannot be cut into messages any more."""

from __future__ import annotations

from tccc_desk.net.stream import Stream

WHOLE = b"OPTIONS sip:a@b SIP/2.0\r\nContent-Length: 0\r\n\r\n"
ENDLESS = b"OPTIONS sip:a@b SIP/2.0\r\nVia: SIP/2.0/TCP c\r\n\r\n"


def test_a_fault_behind_a_whole_message_ends_the_connection_at_once() -> None:
    received: list[bytes] = []
    lost: list[tuple[str, str]] = []
    stream = Stream(received.append, lambda fault, detail: lost.append((fault, detail)))
    stream.data_received(b"\r\n" + WHOLE + ENDLESS)
    assert received == [WHOLE]
    assert stream.pongs == 1
    assert lost == [("closed", "Content-Length is missing (RFC 3261 18.3)")]
