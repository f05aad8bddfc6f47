"""Every verdict and finding has its place and its sentences; none of general reasoning is certain."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

from tccc_desk.diagnosis.catalogue import CATALOGUE, ROWS
from tccc_desk.diagnosis.stages import STAGES
from tccc_desk.diagnosis.verdict import VERDICTS
from tccc_desk.texts.catalogue import LANGUAGES, domains, ids, text
from tccc_desk.trunk import findings

EVERY_ID = frozenset().union(*(ids(domain) for domain in domains()))


def test_verdicts_and_sentences_are_the_same_set() -> None:
    assert {f"verdict.{kind}.{word}" for word in VERDICTS for kind in ("said", "do")} == ids("verdict")


def test_every_finding_has_its_place_and_its_sentence() -> None:
    assert set(CATALOGUE) >= findings.ALL
    assert set(CATALOGUE) <= EVERY_ID


def test_every_row_of_the_catalogue_is_said_somewhere() -> None:
    assert set(ROWS) == {*range(1, 58), *range(61, 64)}
    assert {id for row in ROWS.values() for id in row} <= EVERY_ID


def test_stages_have_names() -> None:
    assert {f"check.stage.{stage}" for stage in STAGES} <= ids("check")


def test_place_holders_are_the_same_in_both_languages() -> None:
    for domain in ("verdict", "check"):
        for id in ids(domain):
            holes = [set(re.findall(r"{(\w+)}", text(id, language))) for language in LANGUAGES]
            assert holes[0] == holes[1], id


def test_what_is_not_certain_is_not_worded_as_certain() -> None:
    doubt = {
        "en": re.compile(r"likely|perhaps|either|cannot be seen|not published|will arrive|it need not"),
        "zh": re.compile("可能|或|无法判断|无法区分|未公布|收不到来电|不必能解析"),
    }
    for word, row in VERDICTS.items():
        for language in LANGUAGES:
            said = text(f"verdict.said.{word}", language)
            _, colon, cause = said.partition(":" if language == "en" else "：")
            if row.confidence != "certain" and colon and "{" not in cause[:3] and cause.strip("). "):
                assert doubt[language].search(cause), (word, said)


def test_the_page_is_what_a_run_gives() -> None:
    docs = Path(__file__).parents[2] / "docs"
    made = runpy.run_path(str(docs / "make_verdicts.py"))["document"]()
    assert (docs / "verdicts.md").read_text(encoding="utf-8") == made, "run python docs/make_verdicts.py"
