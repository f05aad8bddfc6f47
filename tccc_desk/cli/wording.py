"""Bad input and stored files' faults, put into one sentence that names the option."""

from __future__ import annotations

from collections.abc import Mapping

from tccc_desk.texts.catalogue import Language, text
from tccc_desk.trunk.errors import InputError

_OPTION_OF_FIELD = {
    "caller": "from",
    "line": "to",
    "codecs": "codec",
    "allowed_realms": "allow_realm",
    "allowed_sources": "allow_source",
    "wait_for": "for",
    "password": "password_stdin",
}
"""Fields that the command line calls otherwise than forms do."""

_NOT_OPTIONS = {"arguments", "command", "action", "name", "file"}


def field_name(field: str) -> str:
    """Name a field as the error object does: the option without dashes, underscores within."""
    return _OPTION_OF_FIELD.get(field, field)


def problem_sentence(problem: InputError, language: Language) -> str:
    """Say what is wrong with which option."""
    return sentence(problem.field, problem.finding, problem.details, language)


def sentence(field: str, finding: str, details: Mapping[str, str], language: Language) -> str:
    """Say a finding about `field`, which appears as the option it was entered by."""
    name = field_name(field)
    label = text(f"cli.label.{name}", language) if name in _NOT_OPTIONS else f"--{name.replace('_', '-')}"
    try:
        return text(finding, language, **{**details, "field": label})
    except KeyError:  # a finding without a sentence still names the option
        return f"{label}: {finding}"
