"""Any file an admin was sent, read into entries: the one door of this package."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from tccc_desk.trace.capture.containers import is_container
from tccc_desk.trace.capture.findings import Findings
from tccc_desk.trace.capture.packets import PacketReader
from tccc_desk.trace.capture.problem import CaptureProblem
from tccc_desk.trace.capture.source import open_source
from tccc_desk.trace.capture.texts_in import TextReader
from tccc_desk.trace.entry import TraceEntry


class Batch(NamedTuple):
    """Entries read since the batch before, and how far the file is read (0 to 1)."""

    entries: list[TraceEntry]
    progress: float
    findings: Findings | None = None
    """With the last batch."""


def read(path: Path, now: float | None = None) -> Iterator[Batch]:
    """Read a capture file or a pasted text, in batches small enough for a progress bar.

    Raises CaptureProblem at once or in mid-file; what was given before that is good. A capture
    without one SIP message ends with "trace.capture.no_sip".
    """
    with open_source(path) as source:
        start = source.peek(4)
        if not start:
            raise CaptureProblem("trace.capture.empty", path=path.name)
        reader = (
            PacketReader(source)
            if is_container(start)
            else TextReader(source, time.time() if now is None else now)
        )
        for entries in reader.batches():
            yield Batch(entries, min(1.0, source.read / source.size) if source.size else 1.0)
        findings = reader.findings()
        if not findings.messages:
            _refuse(findings)
        yield Batch([], 1.0, findings)


def _refuse(findings: Findings) -> None:
    """Say why nothing came out of a capture."""
    if not findings.packets and findings.notes:
        raise CaptureProblem("trace.capture.damaged")
    if findings.links and not findings.media:
        raise CaptureProblem("trace.capture.links", links=", ".join(map(str, findings.links)))
    if "trace.capture.note.encrypted" in findings.notes:
        raise CaptureProblem("trace.capture.encrypted")
    raise CaptureProblem("trace.capture.no_sip", packets=str(findings.packets))
