"""Sentences about one entered field, with the field named by its label."""

from __future__ import annotations

from collections.abc import Mapping

from tccc_desk.texts.catalogue import Language, ids, text


def field_label(field: str, language: Language) -> str:
    """Name the field for a reader; an unknown field shows as its key."""
    id = f"input.field.{field}"
    return text(id, language) if id in ids("input") else field


def sentence(field: str, finding: str, details: Mapping[str, str], language: Language) -> str:
    """Say an `InputError` or a `Notice` in `language`."""
    return text(finding, language, **{**details, "field": field_label(field, language)})
