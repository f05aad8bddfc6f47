"""The messages as JSON with a schema version, for programs."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from typing import BinaryIO

import msgspec

from tccc_desk.trace.entry import TraceEntry
from tccc_desk.trace.export.calls import Calls
from tccc_desk.trace.export.pcap import Written
from tccc_desk.trace.export.plain import when

SCHEMA = 1


def entry_object(entry: TraceEntry) -> dict[str, object]:
    """One entry as an object: `raw` where the octets are UTF-8, else `raw_base64`."""
    body = {
        "number": entry.number,
        "at": when(entry.at),
        "kind": entry.kind,
        "direction": entry.direction,
        "trunk": entry.trunk,
        "transport": entry.transport,
        "local": entry.local,
        "remote": entry.remote,
        "method": entry.method,
        "status": entry.status,
        "reason": entry.reason,
        "call_id": entry.call_id,
        "cseq": entry.cseq,
        "fact": entry.fact,
        "details": entry.details,
        "retransmission": entry.retransmission,
    }
    try:
        return {**body, "raw": entry.raw.decode("utf-8"), "raw_base64": None}
    except UnicodeDecodeError:
        return {**body, "raw": None, "raw_base64": base64.b64encode(entry.raw).decode("ascii")}


def write_json(entries: Iterable[TraceEntry], stream: BinaryIO) -> Written:
    """Write one object {schema, entries, calls}; entries go out one by one, whatever their number."""
    encode = msgspec.json.Encoder().encode
    calls = Calls()
    count = 0
    stream.write(f'{{"schema": {SCHEMA}, "entries": ['.encode())
    for entry in entries:
        calls.add(entry)
        stream.write((b",\n" if count else b"\n") + encode(entry_object(entry)))
        count += 1
    stream.write(b'\n], "calls": ' + encode(list(calls)) + b"}\n")
    return Written(messages=count)
