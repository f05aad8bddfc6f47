"""Every finding of the store has its sentence in both languages, and none is left over."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import tccc_desk
from tccc_desk.store import errors
from tccc_desk.texts.catalogue import LANGUAGES, ids, text

STORE = Path(tccc_desk.__file__).parent / "store"


def test_findings_and_sentences_are_the_same_set() -> None:
    in_code = {
        id
        for path in STORE.glob("*.py")
        for id in re.findall(r'(?<!f)"(store(?:\.[a-z_]+){2})"', path.read_text(encoding="utf-8"))
    }
    sentences = {
        id
        for id in ids("store")
        if not id.startswith("store.choice.") and not id.endswith((".label", ".help"))
    }
    assert in_code == sentences


def test_every_vault_error_has_its_own_finding() -> None:
    findings = [error.finding for error in errors.VaultError.__subclasses__()]
    assert len(set(findings)) == len(findings) == 5
    assert set(findings) <= ids("store")


@pytest.mark.parametrize("id", sorted(ids("store")))
def test_both_languages_have_the_same_places(id: str) -> None:
    places = {language: set(re.findall(r"\{(\w+)\}", text(id, language))) for language in LANGUAGES}
    assert places["en"] == places["zh"]
