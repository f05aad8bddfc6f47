"""A call in the log, for tests of what is made of it."""

from __future__ import annotations

from pathlib import Path

import msgspec

from tccc_desk.trace.entry import TraceEntry
from tests.bench._captures import frame, message
from tests.trace._frames import taken

AT = 1_700_000_000.0
PCAP_HEAD = bytes.fromhex("d4c3b2a1020004000000000000000000ffff000001000000")
TIMES = (0.0, 0.01, 0.03, 0.031, 0.04, 0.2, 2.0, 2.01, 9.0, 9.02)


def call(
    folder: Path, number: int = 1, transport: str = "UDP", local: str = "", remote: str = ""
) -> list[TraceEntry]:
    """INVITE, 407, INVITE, 180, 200, BYE: as it would stand in our own log."""
    octets = PCAP_HEAD + b"".join(frame(AT + at, *message(number, step)) for step, at in enumerate(TIMES))
    entries, _ = taken(folder, octets, f"call-{number}.pcap")
    changes = {"transport": transport, "local": local, "remote": remote}
    changes = {name: value for name, value in changes.items() if value}
    return [msgspec.structs.replace(entry, **changes) for entry in entries]


def with_raw(entry: TraceEntry, raw: bytes) -> TraceEntry:
    return msgspec.structs.replace(entry, raw=raw)
