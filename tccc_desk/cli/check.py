"""`check`: the whole trunk, stage by stage, and one verdict. Bad input yields a verdict as well."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import cast, get_args

import msgspec

from tccc_desk.cli import checks
from tccc_desk.cli.exits import Exit, failure_exit
from tccc_desk.cli.output import Output
from tccc_desk.cli.session import EngineLost, Interrupted, OpenDoor, Session
from tccc_desk.cli.subject import Subject
from tccc_desk.cli.wording import field_name, problem_sentence
from tccc_desk.diagnosis import wording
from tccc_desk.diagnosis.stages import STAGES, Found, Stage, Verdict
from tccc_desk.diagnosis.verdict import of_word
from tccc_desk.engine.commands import RunCheck, StopCheck
from tccc_desk.engine.events import CheckFinished, CheckStageChanged
from tccc_desk.texts.catalogue import LANGUAGES, Language, text
from tccc_desk.texts.inert import inert
from tccc_desk.trunk.entry import checked_call
from tccc_desk.trunk.errors import InputError
from tccc_desk.trunk.plain import shown
from tccc_desk.trunk.profile import Transport

_CHECK = "check"
_STOP_S = 2.0
_PATIENCE_S = 120.0
"""Beyond all the check's own limits (45 s of silence, the other transports): a stop, not a measure."""
_MARKS = {"ok": "✓", "warning": "!", "failed": "✗", "skipped": "-"}


@dataclass(frozen=True, slots=True)
class CheckPlan:
    """What `check` was asked to do, checked."""

    caller: str
    line: str
    ring_timeout_s: float
    wait_inbound_s: float
    transports: tuple[Transport, ...]
    beside_others: bool


@dataclass(slots=True)
class _Seen:
    """What was told so far."""

    stages: dict[Stage, CheckStageChanged] = field(default_factory=dict)
    finished: CheckFinished | None = None


def check_plan(options: argparse.Namespace) -> CheckPlan:
    """Check the options of `check`. Raises InputError."""
    caller, line = options.caller or "", options.line or ""
    if options.caller is not None or options.line is not None:
        call = checked_call(caller, line)
        caller, line = call.caller, call.line
    return CheckPlan(
        caller=caller,
        line=line,
        ring_timeout_s=checks.seconds("ring_timeout", options.ring_timeout, least=1.0, most=3600.0),
        wait_inbound_s=checks.seconds("wait_inbound", options.wait_inbound, most=3600.0),
        transports=_transports(options.transports or ""),
        beside_others=options.beside_others,
    )


async def check(subject: Subject, plan: CheckPlan, output: Output, open_door: OpenDoor) -> Exit:
    """Run the check; a signal ends it with what was seen by then."""
    seen = _Seen()
    order = RunCheck(
        trunk=subject.trunk.name,
        check=_CHECK,
        caller=plan.caller,
        line=plan.line,
        ring_timeout_s=plan.ring_timeout_s,
        wait_inbound_s=plan.wait_inbound_s,
        transports=plan.transports,
        beside_others=plan.beside_others,
    )
    async with Session(open_door, subject.memory) as session:
        session.submit(subject.configure())
        session.submit(order)
        try:
            await _follow(session, seen, plan.ring_timeout_s + plan.wait_inbound_s + _PATIENCE_S, output)
        except Interrupted:
            session.submit(StopCheck(check=_CHECK))
            await _follow(session, seen, _STOP_S, output)
        except EngineLost:
            pass
    finished = seen.finished
    verdict = finished.verdict if finished is not None else of_word("internal", detail="-")
    findings = finished.findings if finished is not None else ()
    fault = finished.fault if finished is not None else "internal"
    exit = Exit.INTERRUPTED if session.interrupted else _exit(verdict, fault)
    extra = {"interrupted": True} if session.interrupted else {}
    _report(_Result(verdict, seen.stages, findings), exit, output, extra)
    return exit


def _exit(verdict: Verdict, fault: str) -> Exit:
    if verdict.id == "input":
        return Exit.BAD_INPUT
    return Exit.OK if verdict.side == "none" else failure_exit(fault)


def unfit(problem: InputError, output: Output) -> Exit:
    """Bad input as a verdict: nothing was sent."""
    said = {language: problem_sentence(problem, language) for language in LANGUAGES}
    error = {"field": field_name(problem.field), "message": said[output.language]}
    return _unsent(of_word("input"), said, Exit.BAD_INPUT, output, {"error": error})


def unready(finding: str, details: Mapping[str, str], output: Output, *, mistake: bool) -> Exit:
    """A fault of the keyring or of what is stored, as a verdict: nothing was sent."""
    said = {language: text(finding, language, **details) for language in LANGUAGES}
    word, exit = ("input", Exit.BAD_INPUT) if mistake else ("keyring", Exit.FAULT)
    fault = "store" if finding.startswith("store.") else "keyring"
    extra = {"fault": fault, "finding": finding, "sentence": said[output.language]}
    return _unsent(of_word(word), said, exit, output, extra)


def _unsent(
    verdict: Verdict, said: Mapping[Language, str], exit: Exit, output: Output, extra: Mapping[str, object]
) -> Exit:
    stages: dict[Stage, CheckStageChanged] = {}
    for stage in STAGES:
        first = stage == STAGES[0]
        stages[stage] = CheckStageChanged(
            at=0.0,
            trunk="",
            check=_CHECK,
            stage=stage,
            state="failed" if first else "skipped",
            finding="check.problem" if first else "check.skipped.earlier",
        )
    _report(_Result(verdict, stages, problem=said), exit, output, extra)
    return exit


async def _follow(session: Session, seen: _Seen, patience_s: float, output: Output) -> None:
    until = session.now() + patience_s
    while seen.finished is None and (event := await session.next(until)) is not None:
        match event:
            case CheckStageChanged(check="check", state="running"):
                name = wording.stage_name(event.stage, output.language)
                output.remark(f"… {name}")
            case CheckStageChanged(check="check"):
                seen.stages[event.stage] = event
            case CheckFinished(check="check"):
                seen.finished = event


def _transports(entered: str) -> tuple[Transport, ...]:
    named = tuple(dict.fromkeys(part.strip().lower() for part in entered.split(",") if part.strip()))
    known = get_args(Transport)
    for one in named:
        if one not in known:
            allowed = ", ".join(known)
            raise InputError("transports", "cli.error.choice", value=shown(one), allowed=allowed)
    return cast("tuple[Transport, ...]", named)


@dataclass(frozen=True, slots=True)
class _Result:
    """What is to be said, in either language."""

    verdict: Verdict
    stages: Mapping[Stage, CheckStageChanged]
    findings: tuple[Found, ...] = ()
    problem: Mapping[Language, str] = field(default_factory=dict)
    """What is wrong with what was entered, where a sentence of ours says it."""

    def said(self, language: Language) -> str:
        return inert(wording.said(self._filled(language), language))

    def to_do(self, language: Language) -> str:
        return inert(wording.to_do(self._filled(language), language))

    def of_stage(self, event: CheckStageChanged, language: Language) -> str:
        details = event.details | self._problem(language)
        return inert(wording.stage_sentence(event.state, event.finding, details, language))

    def _filled(self, language: Language) -> Verdict:
        details = self.verdict.details | self._problem(language)
        return msgspec.structs.replace(self.verdict, details=details)

    def _problem(self, language: Language) -> dict[str, str]:
        return {"problem": self.problem[language]} if self.problem else {}


def _report(result: _Result, exit: Exit, output: Output, extra: Mapping[str, object]) -> None:
    verdict = result.verdict
    body: dict[str, object] = {
        "verdict": {
            "id": verdict.id,
            "side": verdict.side,
            "document_step": verdict.document_step,
            "confidence": verdict.confidence,
            "en": result.said("en"),
            "zh": result.said("zh"),
            "do_en": result.to_do("en"),
            "do_zh": result.to_do("zh"),
        },
        "stages": [
            {
                "id": stage,
                "state": event.state,
                "elapsed_ms": round(event.elapsed_ms, 1),
                "en": result.of_stage(event, "en"),
                "zh": result.of_stage(event, "zh"),
                "evidence": list(event.evidence),
            }
            for stage, event in _in_order(result.stages)
        ],
        "findings": [
            {
                "id": one.id,
                "severity": one.severity,
                "confidence": one.confidence,
                "en": inert(wording.sentence(one, "en")),
                "zh": inert(wording.sentence(one, "zh")),
            }
            for one in result.findings
        ],
        **extra,
    }
    output.result("check", exit is Exit.OK, body, _lines(result, output.language))


def _lines(result: _Result, language: Language) -> Iterator[str]:
    yield result.said(language)
    yield "→ " + result.to_do(language)
    for stage, event in _in_order(result.stages):
        name = wording.stage_name(stage, language)
        yield f"{_MARKS.get(event.state, '?')} {name}: {result.of_stage(event, language)}"
    for one in result.findings:
        yield f"· {inert(wording.sentence(one, language))}"


def _in_order(stages: Mapping[Stage, CheckStageChanged]) -> Iterator[tuple[Stage, CheckStageChanged]]:
    return ((stage, stages[stage]) for stage in STAGES if stage in stages)
