"""Hands a part of the log over in one of the formats: the one door of this package for both faces."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from tccc_desk import __version__
from tccc_desk.texts.catalogue import Language
from tccc_desk.trace.entry import TraceEntry
from tccc_desk.trace.export.choosing import Chooser, Format
from tccc_desk.trace.export.listing import write_json
from tccc_desk.trace.export.mermaid import mermaid
from tccc_desk.trace.export.page import Finding, Section, page
from tccc_desk.trace.export.pcap import Written, write_pcap
from tccc_desk.trace.export.plain import write_text
from tccc_desk.trace.export.problem import ExportProblem
from tccc_desk.trace.export.saving import save
from tccc_desk.trace.export.scenario import scenario
from tccc_desk.trace.export.sheet import write_csv
from tccc_desk.trace.export.svg import svg

MAX_REPORTED = 200
"""Calls of one HTML report."""
PICTURE_S = 60.0

Findings = Callable[[Sequence[TraceEntry]], Sequence[Finding]]
"""What stands out in one call's entries: verdict and sentence."""


def nothing_stands_out(_entries: Sequence[TraceEntry]) -> Sequence[Finding]:
    """Give no findings."""
    return ()


def hand_over(
    chooser: Chooser,
    format: Format,
    path: Path,
    language: Language,
    *,
    findings: Findings = nothing_stands_out,
    replace: bool = False,
) -> Written:
    """Write `path` in `format` (all but "bundle"). Raises ExportProblem; then no file is there."""

    def write(stream: BinaryIO) -> Written:
        return _write(chooser, format, stream, language, findings)

    return save(path, write, replace=replace)


def _write(
    chooser: Chooser, format: Format, stream: BinaryIO, language: Language, findings: Findings
) -> Written:
    match format:
        case "pcap":
            return _some(write_pcap(_first(chooser.entries()), stream))
        case "text":
            return _some(write_text(_first(chooser.entries()), stream))
        case "csv":
            return write_csv(_first(chooser.entries()), stream, language)
        case "json":
            return _some(write_json(_first(chooser.entries()), stream))
        case "html":
            sections = report_sections(chooser, findings)
            report = page(sections, language, made_at=time.time(), version=__version__)
            stream.write(report.encode("utf-8", "replace"))
            return Written(messages=_messages(sections))
        case _:
            section = _one(chooser)
            stream.write(_drawn(section, format, language))
            return Written(messages=_messages([section]))


def report_sections(chooser: Chooser, findings: Findings, limit: int = MAX_REPORTED) -> list[Section]:
    """Give the chosen calls with their ladders and findings. Raises ExportProblem where they are too many."""
    call_ids = chooser.call_ids(limit)
    if len(call_ids) > limit:
        raise ExportProblem("trace.export.many_calls", limit=str(limit))
    sections = [chooser.section(call_id) for call_id in call_ids]
    kept = [section for section in sections if section.entries]
    if not kept:
        raise ExportProblem("trace.export.nothing")
    for section in kept:
        section.findings = findings(section.entries)
    return kept


def draw_png(drawing: str) -> bytes:
    """Turn an SVG into a PNG in a process that has Qt. Raises ExportProblem."""
    command = [sys.executable, "-m", "tccc_desk.app.picture"]
    try:
        done = subprocess.run(  # noqa: S603  our own module, no shell
            command,
            input=drawing.encode("utf-8", "replace"),
            capture_output=True,
            timeout=PICTURE_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ExportProblem("trace.export.picture_failed", reason=type(error).__name__) from error
    if done.returncode or not done.stdout:
        reason = done.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2][:200]
        raise ExportProblem("trace.export.picture_failed", reason=reason or str(done.returncode))
    return done.stdout


def _drawn(section: Section, format: Format, language: Language) -> bytes:
    match format:
        case "svg":
            return svg(section.ladder, language, section.call_id).encode("utf-8", "replace")
        case "png":
            return draw_png(svg(section.ladder, language, section.call_id))
        case "mermaid":
            return mermaid(section.ladder, language).encode("utf-8", "replace")
        case _:
            return scenario(section.entries).encode("utf-8", "replace")


def _one(chooser: Chooser) -> Section:
    call_ids = chooser.call_ids(1)
    if len(call_ids) > 1:
        raise ExportProblem("trace.export.one_call")
    section = chooser.section(call_ids[0]) if call_ids else None
    if section is None or not section.entries:
        raise ExportProblem("trace.export.nothing")
    return section


def _first(entries: Iterator[TraceEntry]) -> Iterable[TraceEntry]:
    """Raise where there is nothing, before a file is begun with it."""
    for entry in entries:
        yield entry
        break
    else:
        raise ExportProblem("trace.export.nothing")
    yield from entries


def _some(written: Written) -> Written:
    if not written.messages:
        raise ExportProblem("trace.export.nothing")
    return written


def _messages(sections: Sequence[Section]) -> int:
    return sum(entry.kind == "message" for section in sections for entry in section.entries)
