"""Results of scheduled calls as JUnit XML, which monitoring and build servers read."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

import msgspec

from tccc_desk.store.files import read_bounded
from tccc_desk.texts.inert import inert
from tccc_desk.trace.export.plain import when
from tccc_desk.trace.export.problem import ExportProblem
from tccc_desk.trace.export.saving import save

_OURS = '<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="tccc-desk"'


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """One scheduled call, placed or not."""

    name: str
    trunk: str
    at: float = 0.0
    seconds: float = 0.0
    failure: str = ""
    """What went wrong, in a sentence; empty where nothing did."""
    kind: str = ""
    skipped: str = ""
    """Why no call was placed."""


def junit(cases: Sequence[Case], made_at: float) -> str:
    """Write the cases as one suite."""
    failures = sum(bool(case.failure) for case in cases)
    skipped = sum(bool(case.skipped) for case in cases)
    seconds = sum(case.seconds for case in cases)
    counts = f'tests="{len(cases)}" failures="{failures}" time="{seconds:.3f}"'
    parts = [
        f"{_OURS} {counts}>",
        (
            f'<testsuite name="scheduled calls" {counts} errors="0" skipped="{skipped}" '
            f"timestamp={quoteattr(when(made_at)[:19])}>"
        ),
    ]
    for case in cases:
        head = f'<testcase classname={_value(case.trunk)} name={_value(case.name)} time="{case.seconds:.3f}"'
        if case.skipped:
            parts.append(f"{head}><skipped message={_value(case.skipped)}/></testcase>")
        elif case.failure:
            body = escape(inert(case.failure))
            message = f"message={_value(case.failure)} type={_value(case.kind)}"
            parts.append(f"{head}><failure {message}>{body}</failure></testcase>")
        else:
            parts.append(f"{head}/>")
    return "\n".join((*parts, "</testsuite>", "</testsuites>")) + "\n"


def save_junit(path: Path, cases: Sequence[Case], made_at: float) -> None:
    """Write the file, over one of ours but over nothing else. Raises ExportProblem, StoreError."""
    written = junit(cases, made_at).encode()
    save(path, lambda stream: stream.write(written), replace=is_ours(path))


def is_ours(path: Path) -> bool:
    """Whether a file of ours is there. Raises ExportProblem for another one."""
    if not path.exists():
        return False
    if not path.is_file() or not (read_bounded(path) or b"").startswith(_OURS.encode()):
        raise ExportProblem("trace.export.exists", path=str(path))
    return True


def _value(text: str) -> str:
    return quoteattr(inert(text[:1000]))
