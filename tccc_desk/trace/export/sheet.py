"""The calls as CSV that Excel for Chinese Windows opens as it is, and that runs no formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import BinaryIO

from tccc_desk.texts.catalogue import Language, text
from tccc_desk.trace.entry import TraceEntry
from tccc_desk.trace.export.calls import Call, calls_of
from tccc_desk.trace.export.inert import inert
from tccc_desk.trace.export.pcap import Written

COLUMNS = (
    "start",
    "direction",
    "caller",
    "callee",
    "pdd",
    "answer",
    "duration",
    "status",
    "q850",
    "end_status",
    "call_id",
)
"""EndStatus stays empty: it stands in the provider's console and is filled in by hand."""

_FORMULA = tuple("=+-@\t\r＝＋－＠|%")


def cell(value: str) -> str:
    """Make a cell inert: Excel computes what begins with = + - @, and numbers begin with "+"."""
    shown = inert(value)[:500]
    return f"'{shown}" if shown.lstrip(" ").startswith(_FORMULA) else shown


def write_csv(entries: Iterable[TraceEntry], stream: BinaryIO, language: Language) -> Written:
    """Write one line a call, UTF-8 with a byte order mark."""
    calls = calls_of(entries)
    lines = io.StringIO(newline="")
    writer = csv.writer(lines)
    writer.writerow([text(f"trace.column.{column}", language) for column in COLUMNS])
    writer.writerows([cell(value) for value in _row(call, language)] for call in calls)
    stream.write(b"\xef\xbb\xbf" + lines.getvalue().encode("utf-8", "replace"))
    return Written(messages=len(calls))


def _row(call: Call, language: Language) -> tuple[str, ...]:
    start = datetime.fromtimestamp(min(max(call.started_at, 0.0), 4e9), UTC).astimezone()
    return (
        start.strftime("%Y-%m-%d %H:%M:%S.") + f"{start.microsecond // 1000:03d}",
        text(f"trace.way.{'sent' if call.sent else 'received'}", language),
        call.caller,
        call.callee,
        _seconds(call.ringing_after),
        _seconds(call.answered_after),
        _seconds(call.duration),
        f"{call.status} {call.reason}".strip() if call.status else "",
        "" if call.q850 is None else str(call.q850),
        "",
        call.call_id,
    )


def _seconds(value: float | None) -> str:
    return "" if value is None else f"{max(0.0, value):.3f}"
