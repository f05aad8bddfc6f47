"""Every sentence the code can say exists in both languages, and none lies about unused."""

from __future__ import annotations

import re

import pytest

from tccc_desk.texts.catalogue import LANGUAGES, ids, text
from tests.explain._ids import BUILT, every, patterns


def test_every_id_has_its_text_and_no_text_is_unused() -> None:
    assert patterns() == set(BUILT)
    assert every() - ids("explain") == set()
    assert ids("explain") - every() == set()


@pytest.mark.parametrize("id", sorted(ids("explain")))
def test_both_languages_are_sentences_with_the_same_place_holders(id: str) -> None:
    english, chinese = (text(id, language) for language in LANGUAGES)
    assert set(re.findall(r"\{(\w+)\}", english)) == set(re.findall(r"\{(\w+)\}", chinese))
    assert re.search(r"[\u4e00-\u9fff]", chinese)
    assert not re.search(r"[\u4e00-\u9fff]", english)
    assert "  " not in english + chinese
