"""Wireshark's "packet details" as text (File, Export Packet Dissections; tshark -V) read back into messages.

The tree is indented by four blanks a level: header fields stand two levels below "Session Initiation
Protocol", deeper lines are what Wireshark found in them and are passed over.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tccc_desk.trace.capture.heads import Head
from tccc_desk.trace.capture.pasted import Pasted

_FRAME = re.compile(rb"Frame [0-9]+[:,(]")
_EPOCH = re.compile(rb"[ \t]*(?:Epoch (?:Arrival )?Time): ([0-9]{1,11}\.[0-9]{1,9}).*")
_HOST = rb"(?:\S+ \()?([0-9A-Fa-f:.]+)\)?"
_PORT = rb"(?:\S+ \()?([0-9]{1,5})\)?"
_IP = re.compile(rb"Internet Protocol Version [46], Src: " + _HOST + rb", Dst: " + _HOST + rb".*")
_PORTS = re.compile(
    rb"(User Datagram|Transmission Control) Protocol, Src Port: " + _PORT + rb", Dst Port: " + _PORT + rb".*"
)
_SIP = re.compile(rb"Session Initiation Protocol(?: \(.*\))?")
_SDP = re.compile(rb".*\(([a-z])\): (.*)")
_MAX_LINES = 4000


def is_dissected(start: bytes) -> bool:
    """Tell packet details from other text by what it begins with."""
    return b"\n    Message Header" in start.replace(b"\r", b"") and b"Session Initiation Protocol" in start


def dissected(lines: Iterator[bytes]) -> Iterator[Pasted]:
    """Give the messages of a text of packet details."""
    head = Head()
    addresses = (b"", b"")
    within = False
    message: list[bytes] = []
    body: list[bytes] = []
    part = ""
    for line in lines:
        line = line.rstrip(b"\r\n")  # noqa: PLW2901
        if line[:1] not in (b" ", b"\t", b""):
            if message:
                yield _done(head, message, body)
            message, body, part = [], [], ""
            within = _SIP.fullmatch(line) is not None
            if _FRAME.match(line):
                head = Head()
            elif found := _IP.fullmatch(line):
                addresses = (found[1], found[2])
            elif found := _PORTS.fullmatch(line):
                source, target = (
                    _end(host, port) for host, port in zip(addresses, (found[2], found[3]), strict=True)
                )
                transport = "UDP" if found[1].startswith(b"User") else "TCP"
                head = head._replace(source=source, target=target, transport=transport)
            continue
        if not within:
            if not head.clock and (found := _EPOCH.fullmatch(line)):
                head = head._replace(clock=found[1].decode("ascii"), zone="epoch")
            continue
        if len(message) + len(body) > _MAX_LINES:
            continue
        depth = len(line) - len(line.lstrip(b" "))
        text = line[depth:]
        if depth == 4:
            if text.startswith((b"Request-Line: ", b"Status-Line: ")):
                message = [text.partition(b": ")[2]]
            part = "header" if text == b"Message Header" else "body" if text == b"Message Body" else ""
        elif part == "header" and depth == 8 and not text.startswith(b"["):
            message.append(text)
        elif part == "body" and depth == 12 and (found := _SDP.fullmatch(text)):
            body.append(found[1] + b"=" + found[2])
    if message:
        yield _done(head, message, body)


def _end(host: bytes, port: bytes) -> str:
    name = host.decode("ascii", "replace")
    return f"[{name}]:{int(port)}" if ":" in name else f"{name}:{int(port)}"


def _done(head: Head, message: list[bytes], body: list[bytes]) -> Pasted:
    raw = b"\r\n".join(message) + b"\r\n\r\n" + b"".join(line + b"\r\n" for line in body)
    return Pasted(head, raw, "")
