"""Every finding about input has its sentence in both languages, and no sentence is left over."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import tccc_desk
from tccc_desk.texts.catalogue import LANGUAGES, ids, text
from tccc_desk.texts.inputs import field_label, sentence
from tccc_desk.trunk.entry import FIELDS, checked_trunk
from tccc_desk.trunk.errors import InputError

PACKAGE = Path(tccc_desk.__file__).parent


def named_in_code(prefix: str, *folders: str) -> set[str]:
    """Find the text ids written out in the modules of `folders`."""
    pattern = re.compile(rf'"({prefix}\.[a-z_]+(?:\.[a-z_]+)*)"')
    return {
        id
        for folder in folders
        for path in (PACKAGE / folder).rglob("*.py")
        for id in pattern.findall(path.read_text(encoding="utf-8"))
    }


def test_findings_and_sentences_are_the_same_set() -> None:
    sentences = {id for id in ids("input") if not id.startswith("input.field.")}
    assert named_in_code("input", "trunk", "store") == sentences


def test_every_field_has_a_label() -> None:
    labels = {id.removeprefix("input.field.") for id in ids("input") if id.startswith("input.field.")}
    assert labels == {*FIELDS, "caller", "line", "header", "dtmf", "password"}


@pytest.mark.parametrize("id", sorted(ids("input")))
def test_both_languages_have_the_same_places(id: str) -> None:
    places = {language: set(re.findall(r"\{(\w+)\}", text(id, language))) for language in LANGUAGES}
    assert places["en"] == places["zh"]
    assert re.search("[\u4e00-\u9fff]", text(id, "zh")) or id.startswith("input.field.")
    assert not re.search("[\u4e00-\u9fff]", text(id, "en"))


def test_a_sentence_names_the_field_and_leaves_no_hole() -> None:
    with pytest.raises(InputError) as refusal:
        checked_trunk({"username": "gateway01", "domain": "1400264214.tccc.qcloud.com", "server": "x:0"})
    error = refusal.value
    assert sentence(error.field, error.finding, error.details, "en") == (
        "Server: “0” is not a port. A port is a number from 1 to 65535."
    )
    assert sentence(error.field, error.finding, error.details, "zh").startswith("服务器：")
    assert field_label("no_such_field", "en") == "no_such_field"
