"""Every verdict and finding has its place and its sentences; none of general reasoning is certain."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import pytest

from tccc_desk.diagnosis.answers import Answer
from tccc_desk.diagnosis.catalogue import CATALOGUE, ROWS
from tccc_desk.diagnosis.evidence import Evidence, Outcome, PathSeen
from tccc_desk.diagnosis.stages import STAGES
from tccc_desk.diagnosis.verdict import VERDICTS, judge
from tccc_desk.texts.catalogue import LANGUAGES, domains, ids, text
from tccc_desk.trunk import findings
from tests.helpers.simulation import trunk_named

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


def _called(one_way: str, cause: str = "", **changes: str) -> Outcome:
    return Outcome(state="ok", outcome="answered", one_way=one_way, cause=cause, **changes)  # type: ignore[arg-type]


REGISTERED = Outcome(state="ok", status=200, by_server=True)


@pytest.mark.parametrize(
    ("seen", "verdict"),
    [
        ({"call": _called("none")}, ("healthy", "none", None)),
        ({"call": _called("unknown", "no-rtcp")}, ("healthy", "none", None)),
        ({"call": _called("we_hear_nothing", "nothing-arrives")}, ("deaf", "network", 2)),
        ({"call": _called("we_hear_nothing", "arrives-silent")}, ("far-end-silent", "beyond", 2)),
        ({"call": _called("they_hear_nothing", "rtcp-reports-none")}, ("mute", "network", 2)),
        ({"call": _called("they_hear_nothing", "microphone-silent")}, ("mute", "this_machine", 2)),
        ({"call": _called("both", "private-address-theirs")}, ("both-deaf", "network", 2)),
        ({"waited": True, "came": _called("we_hear_nothing", "wrong-port")}, ("deaf", "network", 3)),
        ({"waited": True, "came": _called("none")}, ("healthy", "none", None)),
        ({"waited": True}, ("no-call-came", "unknown", 3)),
        (
            {"waited": True, "came": Outcome(state="failed", finding="finding.call.no-ack")},
            ("call-in-failed", "unknown", 3),
        ),
        ({"call": Outcome(state="failed", finding="finding.path.closed")}, ("call-lost", "network", 2)),
        ({"call": Outcome(state="failed", finding="finding.new")}, ("call-rejected", "unknown", 2)),
        ({"internal": "checks:1"}, ("internal", "this_machine", None)),
        ({"stopped": True}, ("stopped", "unknown", None)),
        ({"others": ("a",), "held_back": True, "call": _called("none")}, ("in-use", "none", 1)),
    ],
)
def test_what_the_stages_saw_is_judged(seen: dict[str, object], verdict: tuple[str, str, int | None]) -> None:
    evidence = Evidence(trunk_named("t"))
    evidence.paths["tcp"] = PathSeen("tcp", "192.0.2.1:35090", state="open", options=Answer(status=200))
    evidence.credentials = evidence.registration = REGISTERED
    for name, value in seen.items():
        setattr(evidence, name, value)
    said = judge(evidence)
    assert (said.id, said.side, said.document_step) == verdict


def test_nothing_seen_at_all_is_no_good_news() -> None:
    assert judge(Evidence(trunk_named("t"))).side == "this_machine"


def test_the_page_is_what_a_run_gives() -> None:
    docs = Path(__file__).parents[2] / "docs"
    made = runpy.run_path(str(docs / "make_verdicts.py"))["document"]()
    assert (docs / "verdicts.md").read_text(encoding="utf-8") == made, "run python docs/make_verdicts.py"
