"""`conformance`: an INVITE of anybody's, or of our own log, against the provider's document."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from tccc_desk.cli.exits import Exit
from tccc_desk.cli.output import Output
from tccc_desk.diagnosis.conformance import Context, RuleResult, conformance
from tccc_desk.diagnosis.invite import Invite, NoInvite
from tccc_desk.diagnosis.reading import chosen_invite
from tccc_desk.diagnosis.rule_words import sentence, value_words, verdict
from tccc_desk.store.paths import folders
from tccc_desk.texts.inert import inert
from tccc_desk.trace.book import LogBook
from tccc_desk.trace.capture.problem import CaptureProblem
from tccc_desk.trace.capture.reader import read
from tccc_desk.trace.entry import TraceEntry
from tccc_desk.trunk.errors import InputError
from tccc_desk.trunk.numbers import clean_number
from tccc_desk.trunk.plain import shown

MAX_PASTED = 4 * 1024 * 1024


def judge_file(options: argparse.Namespace, output: Output) -> Exit:
    """Judge an INVITE; without a step, one we received is compared with step 3 if it is of our own log.

    Exit 1 where a demand of the document is not met.
    """
    step = options.step or "2"
    if step not in ("2", "3"):
        raise InputError("step", "cli.error.choice", value=shown(step), allowed="2, 3")
    if options.file is None:
        entry, invite = _chosen("call", _logged(options.call or ""), "")
        if options.step is None and entry.direction == "received":
            step = "3"
    else:
        entry, invite = _chosen("file", _entries(options.file), options.call or "")
    context = Context(
        line=clean_number(options.line or ""),
        caller=clean_number(options.caller or ""),
        domain=(options.domain or "").strip().casefold(),
        username=(options.username or "").strip(),
    )
    results = conformance(invite, 3 if step == "3" else 2, context)
    body = {
        "step": int(step),
        "call_id": entry.call_id,
        "rules": [_json(result) for result in results],
    }
    broken = any(one.ok is False and one.weight == "must" for one in results)
    output.result(
        "conformance",
        not broken,
        body,
        [
            _summary(entry, results, step, output),
            *(
                f"{_mark(one)} {one.header or '-'}: {sentence(one, output.language, inert)}"
                for one in results
            ),
        ],
    )
    return Exit.NO if broken else Exit.OK


def _logged(call_id: str) -> Sequence[TraceEntry]:
    """Read a call of our own log."""
    if not call_id:
        raise InputError("file", "input.empty")
    with closing(LogBook(folders().log)) as book:
        found = [stored.entry for stored in book.entries(call_id)]
    if not found:
        raise InputError("call", "trace.error.unknown_call", call=shown(call_id))
    return found


def _entries(file: str) -> list[TraceEntry]:
    try:
        if file != "-":
            return [entry for batch in read(Path(file).expanduser()) for entry in batch.entries]
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "pasted.txt"
            path.write_bytes(sys.stdin.buffer.read(MAX_PASTED))
            return [entry for batch in read(path) for entry in batch.entries]
    except CaptureProblem as problem:
        raise InputError("file", problem.finding, **problem.details) from problem
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or os.strerror(22)
        raise InputError("file", "cli.error.file", value=shown(file), reason=reason) from error


def _chosen(field: str, entries: Sequence[TraceEntry], call_id: str) -> tuple[TraceEntry, Invite]:
    try:
        return chosen_invite(entries, call_id)
    except NoInvite as error:
        raise InputError(field, "conformance.no-invite", detail=str(error) or "-") from error


def _json(result: RuleResult) -> dict[str, object]:
    return {
        "id": result.id,
        "header": result.header,
        "expected": value_words(result.expected, "en", inert),
        "found": value_words(result.found, "en", inert),
        "ok": result.ok,
        "weight": result.weight,
        "en": sentence(result, "en", inert),
        "zh": sentence(result, "zh", inert),
    }


def _mark(result: RuleResult) -> str:
    return {"ok": "✓", "wrong": "✗", "advice": "!", "unknown": "?"}[verdict(result)]


def _summary(entry: TraceEntry, results: Sequence[RuleResult], step: str, output: Output) -> str:
    marks = [one.ok for one in results]
    return output.words(
        "conformance.summary",
        ok=marks.count(True),
        wrong=marks.count(False),
        unknown=marks.count(None),
        step=step,
        call_id=entry.call_id,
    )
