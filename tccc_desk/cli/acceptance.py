"""`acceptance NAME`: the script to go through with the provider, shown, filled in and reported."""

from __future__ import annotations

import argparse
import contextlib
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

import msgspec

from tccc_desk import __version__
from tccc_desk.cli.exits import Exit
from tccc_desk.cli.output import Output
from tccc_desk.cli.session import OpenDoor
from tccc_desk.store.acceptance import Acceptances
from tccc_desk.store.paths import Folders, folders
from tccc_desk.store.profiles import Profiles
from tccc_desk.store.vault import Secrets
from tccc_desk.texts.inert import inert
from tccc_desk.trace.book import LogBook
from tccc_desk.trace.call_facts import facts_of
from tccc_desk.trace.export.acceptance import Row, html_report, markdown_report, rows, summary
from tccc_desk.trace.export.problem import ExportProblem
from tccc_desk.trace.export.saving import save
from tccc_desk.trunk.acceptance import (
    BY_ID,
    MAX_REMARK,
    Acceptance,
    CallFacts,
    Record,
    Step,
    verdict_of,
)
from tccc_desk.trunk.errors import InputError
from tccc_desk.trunk.numbers import checked_number, clean_number
from tccc_desk.trunk.plain import plain, shown
from tccc_desk.trunk.profile import Trunk

_SIGNS = {"pass": "+", "fail": "x", "open": " "}


def acceptance(
    options: argparse.Namespace, output: Output, secrets: Callable[[], Secrets], open_door: OpenDoor
) -> Exit:
    """Do what the options ask for. Raises InputError, StoreError and VaultError."""
    if not options.name:
        raise InputError("name", "input.empty")
    places = folders()
    trunk = Profiles(places).get(options.name)
    store = Acceptances(places)
    _refuse_mixtures(options)
    if options.reset:
        store.reset(trunk.name)
        said = output.words("acceptance.result.reset", name=trunk.name)
        output.result(
            "acceptance", True, {"trunk": trunk.name, **_body(store.get(trunk.name), output)}, [said]
        )
        return Exit.OK
    if options.run:
        from tccc_desk.cli.acceptance_run import run  # noqa: PLC0415  a list needs no engine

        return run(options, trunk, store, output, secrets=secrets, open_door=open_door)
    if options.step:
        return _fill_in(options, trunk, store, places, output)
    if options.report:
        return _report(options, store.get(trunk.name), output)
    return show(store.get(trunk.name), output, Exit.OK)


def show(found: Acceptance, output: Output, exit: Exit, **more: object) -> Exit:
    """Print the whole list, and `more` under `--json`."""
    body = {"trunk": found.trunk, **_body(found, output), **more}
    output.result("acceptance", exit is Exit.OK, body, _lines(found, output))
    return exit


def step_named(value: str) -> Step:
    """Find a step. Raises InputError."""
    if value not in BY_ID:
        raise InputError("step", "acceptance.error.step", value=shown(value), allowed=", ".join(BY_ID))
    return BY_ID[value]


def _refuse_mixtures(options: argparse.Namespace) -> None:
    acts = [name for name in ("run", "reset", "report") if getattr(options, name)]
    if len(acts) > 1:
        raise InputError(acts[0], "acceptance.error.exclusive", other=f"--{acts[1]}")
    filling = any((options.call, options.remark, options.passed, options.failed))
    if filling and (acts or not options.step):
        raise InputError("step", "acceptance.error.one_step")
    if options.passed and options.failed:
        raise InputError("pass", "acceptance.error.both")


def _fill_in(
    options: argparse.Namespace, trunk: Trunk, store: Acceptances, places: Folders, output: Output
) -> Exit:
    if len(options.step) != 1:
        raise InputError("step", "acceptance.error.one_step")
    step = step_named(options.step[0])
    remark = plain("remark", options.remark or "", MAX_REMARK)
    ruled: Literal["", "pass", "fail"] = "pass" if options.passed else "fail" if options.failed else ""
    expected = {
        field: checked_number(field, value, called=False)
        for field, value in (("expect_to", options.expect_to), ("expect_from", options.expect_from))
        if value
    }
    if not (options.call or remark or ruled or expected):
        raise InputError("step", "acceptance.error.nothing_given")
    facts = _facts(options.call, trunk, places) if options.call else None

    def change(before: Acceptance) -> Acceptance:
        old = before.record(step.id) or Record(step=step.id, filled_at=0.0)
        # A new call is judged anew; a remark or a verdict alone is added to what is there.
        new = msgspec.structs.replace(
            old,
            filled_at=time.time(),
            facts=facts or old.facts,
            remark=remark or old.remark,
            ruled=ruled or ("" if facts else old.ruled),
            **expected,
        )
        return before.filled(new)

    after = store.change(trunk.name, change)
    verdict = verdict_of(step, after.record(step.id))
    good = verdict != "fail" or ruled == "fail"
    row = next(one for one in rows(after, output.language) if one.id == step.id)
    said = output.words("acceptance.verdict." + verdict)
    lines = [output.words("acceptance.result.filled", step=row.title, verdict=said), *_proofs(row, output)]
    exit = Exit.OK if good else Exit.NO
    output.result(
        "acceptance", good, {"trunk": trunk.name, **_body(after, output), "filled": [step.id]}, lines
    )
    return exit


def _facts(call_id: str, trunk: Trunk, places: Folders) -> CallFacts:
    wanted = plain("call", call_id, 256, required=True)
    with contextlib.closing(LogBook(places.log)) as book:
        found = [one.entry for one in book.entries(wanted)]
    facts = facts_of(found)
    if facts is None:
        raise InputError("call", "acceptance.error.no_call", value=shown(wanted))
    names = {one.trunk for one in found if one.trunk}
    # An unstored run of the same account is called by its account.
    if names and not names & {trunk.name, f"{trunk.username}@{trunk.domain}"}:
        other = shown(min(names))
        raise InputError("call", "acceptance.error.other_trunk", value=shown(wanted), trunk=other)
    return msgspec.structs.replace(
        facts, caller=clean_number(facts.caller), callee=clean_number(facts.callee)
    )


def _report(options: argparse.Namespace, found: Acceptance, output: Output) -> Exit:
    path = Path(plain("report", options.report, 4096)).expanduser()
    writers = {".html": html_report, ".htm": html_report, ".md": markdown_report}
    if path.suffix.lower() not in writers:
        raise InputError("report", "acceptance.error.report", value=shown(options.report))
    write = writers[path.suffix.lower()]
    written = write(found, output.language, made_at=time.time(), version=__version__, mask=options.mask)
    try:
        save(path, lambda stream: stream.write(written.encode()))
    except ExportProblem as problem:
        raise InputError("report", problem.finding, **problem.details) from problem
    said = output.words("acceptance.result.reported", file=str(path))
    body = {"trunk": found.trunk, "file": str(path), "masked": bool(options.mask)}
    output.result("acceptance", True, body, [said])
    return Exit.OK


def _body(found: Acceptance, output: Output) -> dict[str, object]:
    listed = rows(found, output.language)
    count = {verdict: sum(row.verdict == verdict for row in listed) for verdict in _SIGNS}
    return {"steps": [msgspec.to_builtins(row) for row in listed], **count}


def _lines(found: Acceptance, output: Output) -> Iterator[str]:
    listed = rows(found, output.language)
    for row in listed:
        verdict = output.words(f"acceptance.verdict.{row.verdict}")
        yield f"[{_SIGNS[row.verdict]}] {row.id}  {row.title}  ({verdict})"
        if row.verdict == "open":
            yield f"      {row.do}"
        if row.call_id or row.result or row.remark:
            yield inert("      " + "  ".join(filter(None, (row.at, row.result, row.call_id, row.remark))))
        if row.verdict == "fail":
            yield from _proofs(row, output)
    yield summary(listed, output.language)


def _proofs(row: Row, output: Output) -> Iterator[str]:
    for proof in row.proofs:
        met = {True: "yes", False: "no", None: "unknown"}[proof.met]
        yield f"      {output.words('acceptance.met.' + met)}: {proof.sentence}"
