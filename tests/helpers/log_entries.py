"""Entries of a log in any number: calls and registrations as a trunk sees them, each Call-ID its own."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import msgspec

from tccc_desk.trace.entry import TraceEntry
from tccc_desk.trace.segment_file import SegmentFile

START = 1_750_000_000.0
TRUNK = "gateway01@1400000001.tccc.qcloud.com"


def word(*seed: object) -> str:
    """A word nobody can guess, the same each time."""
    return hashlib.md5(repr(seed).encode(), usedforsecurity=False).hexdigest()


def call_id(call: int) -> str:
    return f"{word('call', call)[:24]}@192.0.2.10"


def entries(
    count: int, *, start: float = START, step: float = 0.01, first_call: int = 0
) -> Iterator[TraceEntry]:
    """`count` entries: five messages and one machine step a call; every tenth call is busy."""
    for number in range(count):
        yield entry(number, start + number * step, first_call + number // 6)


def entry(number: int, at: float, call: int) -> TraceEntry:
    """The entry of this number, of the call it belongs to."""
    turn = number % 6
    base = TraceEntry(
        number=number + 1,
        at=at,
        monotonic=at - START,
        kind="message",
        direction="sent" if turn in (0, 2, 4) else "received",
        trunk=TRUNK,
        transport="tcp",
        local="192.0.2.10:40001",
        remote="198.51.100.7:35090",
        call_id=call_id(call),
        cseq=1,
    )
    if turn == 5:
        steps = {"machine": "call", "from": "calling", "input": "answered", "to": "confirmed"}
        return msgspec.structs.replace(
            base, kind="transition", direction="local", fact="fact.state", details=steps
        )
    busy = call % 10 == 9
    final = (486, "Busy Here") if busy else (200, "OK")
    status, reason = {1: (407, "Proxy Authentication Required"), 3: final}.get(turn, (0, ""))
    method = "ACK" if turn == 4 else "INVITE"
    line = f"SIP/2.0 {status} {reason}" if status else f"{method} sip:0218888{call % 10000:04d}@x SIP/2.0"
    return msgspec.structs.replace(
        base, method=method, status=status, reason=reason, summary=line, raw=message(line, method, call, turn)
    )


def message(line: str, method: str, call: int, turn: int) -> bytes:
    """A message of the usual size."""
    branch, tag = word("branch", call, turn)[:20], word("tag", call)[:12]
    head = (
        f"{line}\r\n"
        f"Via: SIP/2.0/TCP 192.0.2.10:40001;branch=z9hG4bK{branch};rport\r\n"
        f"Max-Forwards: 70\r\n"
        f'From: "desk" <sip:138{call % 100_000_000:08d}@1400000001.tccc.qcloud.com>;tag={tag}\r\n'
        f"To: <sip:0218888{call % 10000:04d}@1400000001.tccc.qcloud.com>\r\n"
        f"Call-ID: {call_id(call)}\r\nCSeq: 1 {method}\r\n"
        f"Contact: <sip:gateway01@192.0.2.10:40001;transport=tcp>\r\n"
        f"User-Agent: TCCC-Desk/1.0\r\nAllow: INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE\r\n"
    )
    body = ""
    if turn in (0, 2, 3):
        port = 20_000 + call % 20_000
        body = (
            f"v=0\r\no=- {call} 1 IN IP4 192.0.2.10\r\ns=-\r\nc=IN IP4 192.0.2.10\r\nt=0 0\r\n"
            f"m=audio {port} RTP/AVP 8 0 101\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:0 PCMU/8000\r\n"
            "a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=ptime:20\r\na=sendrecv\r\n"
        )
        head += "Content-Type: application/sdp\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n{body}".encode()


def store(folder: Path, count: int, *, max_octets: int = 1 << 30, **how: object) -> list[str]:
    """Write `count` entries; gives the names of the segments they went to."""
    file = SegmentFile(folder, max_octets=max_octets, go_on=False)
    names = [file.name]
    batch: list[TraceEntry] = []
    for one in entries(count, **how):  # type: ignore[arg-type]
        batch.append(one)
        if len(batch) == 500:
            file.append(batch)
            batch = []
            if file.name != names[-1]:
                names.append(file.name)
    if batch:
        file.append(batch)
    file.close()
    return names
