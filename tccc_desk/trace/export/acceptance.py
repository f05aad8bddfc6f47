"""The acceptance script for a reader: rows in words, and the report as one HTML or Markdown file."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

import msgspec

from tccc_desk.texts.catalogue import Language, ids, text
from tccc_desk.trace.export.inert import inert, markup
from tccc_desk.trace.export.plain import when
from tccc_desk.trace.masking import Masker
from tccc_desk.trunk.acceptance import (
    STEPS,
    Acceptance,
    CallFacts,
    Record,
    Step,
    Verdict,
    checks_of,
    verdict_of,
)

_STYLE = (
    "body{font:14px/1.5 'Noto Sans CJK SC','Microsoft YaHei','PingFang SC','Segoe UI',sans-serif;"
    "margin:2em auto;max-width:1000px;padding:0 1em;color:#1c2733;background:#fff}"
    "table{border-collapse:collapse;width:100%;margin:.5em 0 1.5em}th,td{border:1px solid #d5dbe1;"
    "padding:4px 8px;text-align:left;vertical-align:top;overflow-wrap:anywhere}"
    "th{background:#f3f5f7;width:9em}.pass{color:#1b6e2e}.fail{color:#b3261e}.open{color:#5b6670}"
)
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
_TAGS = {"zh": "zh-CN", "en": "en"}
_SIGNS: dict[Verdict, str] = {"pass": "✓", "fail": "✗", "open": "○"}
_COLON: dict[Language, str] = {"en": ": ", "zh": "："}
_BETWEEN: dict[Language, str] = {"en": "; ", "zh": "；"}
_MET = {True: "yes", False: "no", None: "unknown"}
_MARKDOWN = re.compile(r"([\\`*_\[\]<>|~&!#@]|(?<=www)\.|:(?=//))")
"""What would format, link or embed; the last three are what viewers make links of by themselves."""


class Proof(msgspec.Struct, frozen=True):
    """One check: met, not met, or None for not known."""

    id: str
    met: bool | None
    sentence: str


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One step in words; nothing of it is inert yet."""

    id: str
    title: str
    do: str
    expect: str
    verdict: Verdict
    runs: bool
    proofs: tuple[Proof, ...]
    call_id: str = ""
    at: str = ""
    caller: str = ""
    callee: str = ""
    expect_from: str = ""
    expect_to: str = ""
    result: str = ""
    remark: str = ""
    ruled: bool = False


def rows(acceptance: Acceptance, language: Language, masker: Masker | None = None) -> tuple[Row, ...]:
    """Give every step of the script, filled in or not."""
    shown: Callable[[str], str] = masker.mask if masker is not None else str
    return tuple(_row(step, acceptance.record(step.id), language, shown) for step in STEPS)


def summary(found: Sequence[Row], language: Language) -> str:
    """Say how many steps passed, failed and are open."""
    count = {verdict: sum(row.verdict == verdict for row in found) for verdict in _SIGNS}
    return text(
        "acceptance.result.summary", language, passed=count["pass"], failed=count["fail"], open=count["open"]
    )


def html_report(
    acceptance: Acceptance, language: Language, *, made_at: float, version: str, mask: bool = False
) -> str:
    """Write the report as a page that loads nothing and runs nothing."""
    found = rows(acceptance, language, Masker() if mask else None)
    title = markup(text("acceptance.report.title", language))
    parts = [
        (
            f'<!DOCTYPE html>\n<html lang="{_TAGS[language]}"><head><meta charset="utf-8">'
            f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
            f'<meta name="viewport" content="width=device-width"><title>{title}</title>'
            f"<style>{_STYLE}</style></head><body>"
        ),
        f"<h1>{title}</h1>",
        f"<p>{markup(_made(acceptance, language, made_at, version, mask=mask))}</p>",
        f"<p><strong>{markup(summary(found, language))}</strong></p>",
        f"<p>{markup(text('acceptance.report.ours', language))}</p>",
    ]
    for number, row in enumerate(found, 1):
        word = f"{_SIGNS[row.verdict]} {text(f'acceptance.verdict.{row.verdict}', language)}"
        parts.append(
            f'<h2>{number}. {markup(row.title)} <span class="{row.verdict}">{markup(word)}</span></h2><table>'
        )
        for label, values in _lines(row, language):
            cell = "<br>".join(map(markup, values))
            parts.append(
                f"<tr><th>{markup(text(f'acceptance.report.{label}', language))}</th><td>{cell}</td></tr>"
            )
        parts.append("</table>")
    return "\n".join((*parts, "</body></html>")) + "\n"


def markdown_report(
    acceptance: Acceptance, language: Language, *, made_at: float, version: str, mask: bool = False
) -> str:
    """Write the report as Markdown; what was entered or came from the network formats nothing in it."""
    found = rows(acceptance, language, Masker() if mask else None)
    parts = [
        f"# {text('acceptance.report.title', language)}",
        _plain(_made(acceptance, language, made_at, version, mask=mask)),
        f"**{summary(found, language)}**",
        text("acceptance.report.ours", language),
    ]
    for number, row in enumerate(found, 1):
        word = f"{_SIGNS[row.verdict]} {text(f'acceptance.verdict.{row.verdict}', language)}"
        parts.append(f"## {number}. {_plain(row.title)} {word}")
        parts.append(
            "\n".join(
                f"- {text(f'acceptance.report.{label}', language)}{_COLON[language]}"
                f"{_BETWEEN[language].join(map(_plain, values))}"
                for label, values in _lines(row, language)
            )
        )
    return "\n\n".join(parts) + "\n"


def _made(acceptance: Acceptance, language: Language, made_at: float, version: str, *, mask: bool) -> str:
    trunk = "***" if mask else acceptance.trunk  # its name is mostly the account's
    return text("acceptance.report.made", language, trunk=trunk, when=when(made_at)[:19], version=version)


def _lines(row: Row, language: Language) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Labels (rest of acceptance.report.LABEL) and what stands there, empty ones left out."""
    yield "do", (row.do,)
    yield "expect", (row.expect,)
    yield "proof", tuple(_proof(one, row, language) for one in row.proofs)
    if row.at:
        yield "time", (row.at,)
    if row.caller or row.callee:
        yield "numbers", (f"{row.caller or '-'} → {row.callee or '-'}",)
    if row.expect_from or row.expect_to:
        yield "expected", (f"{row.expect_from or '-'} → {row.expect_to or '-'}",)
    if row.result:
        yield "result", (row.result,)
    if row.call_id:
        yield "call_id", (row.call_id,)
    if row.remark or row.ruled:
        ruled = text("acceptance.report.ruled", language) if row.ruled else ""
        yield "remark", tuple(filter(None, (row.remark, ruled)))


def _proof(proof: Proof, row: Row, language: Language) -> str:
    if not row.at:  # nothing filled in: what will be looked at
        return proof.sentence
    return f"{text(f'acceptance.met.{_MET[proof.met]}', language)}{_COLON[language]}{proof.sentence}"


def _row(step: Step, record: Record | None, language: Language, say: Callable[[str], str]) -> Row:
    facts = record.facts if record else None
    row = Row(
        id=step.id,
        title=text(f"acceptance.step.{step.id}.title", language),
        do=text(f"acceptance.step.{step.id}.do", language),
        expect=text(f"acceptance.step.{step.id}.expect", language),
        verdict=verdict_of(step, record),
        runs=step.runs,
        proofs=tuple(
            Proof(check, met, text(f"acceptance.check.{check}", language))
            for check, met in checks_of(step, record)
        ),
    )
    if record is None:
        return row
    return msgspec.structs.replace(
        row,
        call_id=say(facts.call_id) if facts else "",
        at=when(facts.at if facts and facts.at else record.filled_at)[:19],
        caller=say(facts.caller) if facts else "",
        callee=say(facts.callee) if facts else "",
        expect_from=say(record.expect_from),
        expect_to=say(record.expect_to),
        result=say(_result(facts, language)) if facts else "",
        remark=say(record.remark),
        ruled=bool(record.ruled),
    )


def _result(facts: CallFacts, language: Language) -> str:
    id = f"acceptance.outcome.{facts.outcome}"
    said = text(id, language) if id in ids("acceptance") else facts.outcome
    parts = [
        text(f"acceptance.result.{facts.kind}", language, outcome=said, seconds=f"{facts.duration_s:.0f}")
    ]
    if facts.status:
        parts.append(f"{facts.status} {facts.reason}".strip())
    if facts.codec:
        parts.append(text("acceptance.result.codec", language, codec=facts.codec))
    if facts.dtmf_sent:
        method = facts.dtmf_method or "-"
        parts.append(text("acceptance.result.dtmf", language, digits=facts.dtmf_sent, method=method))
    if facts.mos is not None:
        parts.append(text("acceptance.result.mos", language, mos=f"{facts.mos:.1f}"))
    return " · ".join(parts)


def _plain(value: str) -> str:
    return _MARKDOWN.sub(r"\\\1", inert(value))
