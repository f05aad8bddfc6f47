"""A judged rule in words, for every face: values stand as they are, made inert by the face."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from tccc_desk.diagnosis.conformance import RuleResult
from tccc_desk.texts.catalogue import Language, text

Inert = Callable[[str], str]
Verdict = Literal["ok", "wrong", "advice", "unknown"]
VERDICTS: tuple[Verdict, ...] = ("wrong", "advice", "unknown", "ok")
"""What must be mended first."""


def verdict(result: RuleResult) -> Verdict:
    """Name what came out: an unmet demand is wrong, an unmet advice is not."""
    if result.ok is None:
        return "unknown"
    if result.ok:
        return "ok"
    return "wrong" if result.weight == "must" else "advice"


def rule_words(result: RuleResult, language: Language) -> str:
    """Say what the rule wants and why."""
    return text(f"conformance.rule.{result.id}", language)


def value_words(found: str, language: Language, inert: Inert) -> str:
    """Give a value as it stands, made inert, or the words for one of ours."""
    if found.startswith("conformance.value."):
        return text(found, language)
    return inert(found) or text("conformance.empty", language)


def sentence(result: RuleResult, language: Language, inert: Inert) -> str:
    """Say one rule with its verdict."""
    return text(
        f"conformance.verdict.{verdict(result)}",
        language,
        rule=rule_words(result, language),
        found=value_words(result.found, language, inert),
        expected=value_words(result.expected, language, inert),
    )
