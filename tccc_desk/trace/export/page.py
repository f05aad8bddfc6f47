"""A report in one HTML file: opens anywhere, loads nothing, runs nothing."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence

from tccc_desk.texts.catalogue import Language, text
from tccc_desk.trace.entry import TraceEntry
from tccc_desk.trace.export.calls import Call, calls_of
from tccc_desk.trace.export.inert import block, markup
from tccc_desk.trace.export.ladder_words import clock, day
from tccc_desk.trace.export.plain import heading, when
from tccc_desk.trace.export.quality import quality_svg
from tccc_desk.trace.export.svg import svg
from tccc_desk.trace.ladder_model import Ladder
from tccc_desk.trace.sound_record import sound_records

_STYLE = (
    "body{font:14px/1.5 'Noto Sans CJK SC','Microsoft YaHei','PingFang SC','Segoe UI',sans-serif;"
    "margin:2em auto;max-width:1200px;padding:0 1em;color:#1c2733;background:#fff}"
    "table{border-collapse:collapse;width:100%}th,td{border:1px solid #d5dbe1;"
    "padding:4px 8px;text-align:left}"
    "th{background:#f3f5f7}pre{background:#f6f8fa;padding:8px;overflow:auto;white-space:pre-wrap;"
    "overflow-wrap:anywhere;font:12px/1.4 monospace}figure{overflow:auto;margin:1em 0}"
    "details{margin:.3em 0}.wrong{color:#b3261e}.unusual{color:#9a6700}"
)
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"

_TAGS = {"zh": "zh-CN", "en": "en"}

Finding = tuple[str, str]
"""Verdict ("wrong", "unusual" or "info") and sentence."""


class Section:
    """One call or registration of the report."""

    def __init__(
        self, call_id: str, entries: Sequence[TraceEntry], ladder: Ladder, findings: Sequence[Finding] = ()
    ) -> None:
        self.call_id = call_id
        self.entries = entries
        self.ladder = ladder
        self.findings = findings


def page(sections: Iterable[Section], language: Language, *, made_at: float, version: str) -> str:
    """Write the report."""
    whole = list(sections)
    calls = [call for section in whole for call in calls_of(section.entries)]
    title = text("trace.report.title", language)
    parts = [
        (
            f'<!DOCTYPE html>\n<html lang="{_TAGS[language]}"><head><meta charset="utf-8">'
            f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
            f'<meta name="viewport" content="width=device-width"><title>{markup(title)}</title>'
            f"<style>{_STYLE}</style></head><body>"
        ),
        f"<h1>{markup(title)}</h1>",
        f"<p>{markup(text('trace.report.made', language, when=when(made_at)[:19], version=version))}</p>",
        _table(calls, language) if calls else "",
    ]
    for number, section in enumerate(whole, 1):
        parts += _section(number, section, language)
    return "\n".join(part for part in (*parts, "</body></html>") if part) + "\n"


def _table(calls: Sequence[Call], language: Language) -> str:
    columns = ("start", "caller", "callee", "pdd", "duration", "status", "call_id")
    head = "".join(f"<th>{markup(text(f'trace.column.{one}', language))}</th>" for one in columns)
    rows = []
    for call in calls:
        cells = (
            f"{day(call.started_at)} {clock(call.started_at)}",
            call.caller,
            call.callee,
            "" if call.ringing_after is None else f"{call.ringing_after:.3f}",
            "" if call.duration is None else f"{call.duration:.3f}",
            f"{call.status} {call.reason}" if call.status else "",
            call.call_id,
        )
        rows.append("<tr>" + "".join(f"<td>{markup(cell)}</td>" for cell in cells) + "</tr>")
    return f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"


def _section(number: int, section: Section, language: Language) -> list[str]:
    parts = [f"<h2>{number}. {markup(section.call_id)}</h2>"]
    if section.findings:
        said = "".join(
            f'<li class="{html.escape(kind)}">{markup(one)}</li>' for kind, one in section.findings
        )
        parts.append(f"<h3>{markup(text('trace.report.findings', language))}</h3><ul>{said}</ul>")
    parts.append(f"<figure>{svg(section.ladder, language, section.call_id)}</figure>")
    pictures = [quality_svg(record, language) for record in sound_records(section.entries)]
    if any(pictures):
        parts.append(f"<h3>{markup(text('soundroom.strip.title', language))}</h3>")
        parts += [f"<figure>{picture}</figure>" for picture in pictures if picture]
    parts.append(f"<h3>{markup(text('trace.report.messages', language))}</h3>")
    for entry in section.entries:
        if entry.kind == "message":
            raw = html.escape(block(entry.raw.decode("utf-8", "replace")))
            parts.append(
                f"<details><summary>{markup(heading(entry))} {markup(entry.summary)}</summary>"
                f"<pre>{raw}</pre></details>"
            )
    return parts
