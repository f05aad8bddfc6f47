#!/usr/bin/env python3
"""Writes docs/verdicts.md by running every fault of the table: `python docs/make_verdicts.py`.

A test holds the file equal to what a run gives, so run this after changing a verdict or a fault.
"""

from __future__ import annotations

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from tccc_desk.diagnosis.verdict import VERDICTS  # noqa: E402
from tccc_desk.texts.catalogue import Language, text  # noqa: E402
from tests.helpers.check_cases import CASES, Case, run  # noqa: E402

TARGET = HERE / "verdicts.md"

INTRODUCTION = """# Verdicts

Made by `python docs/make_verdicts.py`: each line is a check that was run against a scripted server in
simulated time. Do not edit. The test beside it holds what each check must say.

**Who said no** is told by evidence, see `diagnosis/origin.py`: ringing first, another software or
Record-Route speak for somebody behind the provider's server; an answer as fast as the server's own
answers to OPTIONS and to challenges, for the server itself; one that took five round trips and 200 ms more,
for somebody behind, perhaps. Between the two it stays unknown, unless the code itself speaks: only
somebody who was called is busy, declines or is not there.

**Confidence** is "certain" only for what this machine did or saw itself. What TCCC means by a code is not
published; such verdicts are "likely" or "possible", and their sentences say so.

| what is wrong | verdict | side | step | confidence | passwords shown |
|---|---|---|---|---|---|
"""


def document() -> str:
    """Return the whole text."""
    rows = [_row(case) for case in CASES]
    reached = {case.id for case in CASES}
    rest = sorted(set(VERDICTS) - reached)
    named = ", ".join(f"`{word}`" for word in rest)
    said = [f"| `{word}` | {_said(word, 'en')} | {_said(word, 'zh')} |" for word in VERDICTS]
    return (
        INTRODUCTION
        + "\n".join(rows)
        + f"\n\nVerdicts with tests elsewhere (real sound, the keyring, faults of our own): {named}.\n"
        + "\n## What they say\n\n| verdict | | |\n|---|---|---|\n"
        + "\n".join(said)
        + "\n"
    )


def _row(case: Case) -> str:
    desk, finished = run(case)
    verdict = finished.verdict
    step = verdict.document_step or "-"
    shown = desk.credentialed
    return f"| {case.what} | `{verdict.id}` | {verdict.side} | {step} | {verdict.confidence} | {shown} |"


def _said(word: str, language: Language) -> str:
    said = text(f"verdict.said.{word}", language)
    return said.replace("|", "\\|")


if __name__ == "__main__":
    TARGET.write_text(document(), encoding="utf-8")
