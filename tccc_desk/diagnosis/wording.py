"""Verdicts, stages and findings in words. Values come from the network: the faces make them inert."""

from __future__ import annotations

from collections.abc import Mapping

from tccc_desk.diagnosis.stages import Found, Stage, StageState, Verdict
from tccc_desk.texts.catalogue import Language, domains, ids, text
from tccc_desk.texts.inputs import field_label


def said(verdict: Verdict, language: Language) -> str:
    """What happened, and the likely causes: the first sentence to read."""
    return text(f"verdict.said.{verdict.id}", language, **_filled(verdict.details, language))


def to_do(verdict: Verdict, language: Language) -> str:
    """What to do about it."""
    return text(f"verdict.do.{verdict.id}", language, **_filled(verdict.details, language))


def stage_name(stage: Stage, language: Language) -> str:
    """A stage as a label."""
    return text(f"check.stage.{stage}", language)


def stage_sentence(state: StageState, finding: str, details: Mapping[str, str], language: Language) -> str:
    """What a stage came to."""
    if not finding:
        return text(f"check.state.{state}", language)
    return text(finding, language, **_filled(details, language))


def sentence(found: Found, language: Language) -> str:
    """A finding."""
    details = found.details
    if found.id.startswith("check.origin.") and (signs := details.get("signs", "")):
        words = [text(f"check.sign.{sign}", language) for sign in signs.split()]
        details = details | {"signs": text("check.sign-separator", language).join(words)}
    return text(found.id, language, **_filled(details, language))


def _filled(details: Mapping[str, str], language: Language) -> dict[str, str]:
    """Values that are themselves texts: a field's name, and what is wrong with it."""
    filled = dict(details)
    if "field" in filled:
        filled["field"] = field_label(filled["field"], language)
    if (fault := f"check.fault.{filled.get('fault', '')}") in ids("check"):
        filled["fault"] = text(fault, language)
    problem = filled.get("problem", "")
    if problem.partition(".")[0] in domains():
        filled["problem"] = text(problem, language, **{k: v for k, v in filled.items() if k != "problem"})
    return filled
