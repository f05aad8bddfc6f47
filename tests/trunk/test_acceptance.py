"""The acceptance script's table, and what proves a step."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tccc_desk.texts.catalogue import LANGUAGES, ids, text
from tccc_desk.trunk.acceptance import (
    BY_ID,
    CHECKS,
    STEPS,
    Acceptance,
    CallFacts,
    Record,
    checks_of,
    verdict_of,
)

TALKED: dict[str, Any] = {
    "call_id": "c1@here",
    "caller": "13800138000",
    "callee": "02188886666",
    "outcome": "answered",
    "status": 200,
    "duration_s": 6.0,
    "ended_by": "us",
    "codec": "PCMA",
    "received": 300,
    "one_way": "none",
    "dtmf_sent": "1",
    "dtmf_method": "rfc4733",
}


def judged(step: str, *, record: dict[str, Any] | None = None, **facts: Any) -> str:
    found = Record(step=step, filled_at=1.0, facts=CallFacts(**{**TALKED, **facts}), **(record or {}))
    return verdict_of(BY_ID[step], found)


@pytest.mark.parametrize(
    ("step", "facts", "verdict"),
    [
        ("mobile-caller", {}, "pass"),
        ("mobile-caller", {"caller": "02188880000"}, "fail"),
        ("mobile-caller", {"caller": "+8613800138000"}, "pass"),
        ("mobile-caller", {"one_way": "they_hear_nothing"}, "fail"),
        ("mobile-caller", {"one_way": "unknown"}, "open"),
        ("mobile-caller", {"outcome": "busy", "status": 486}, "fail"),
        ("landline-caller", {"caller": "075588880000"}, "pass"),
        ("ivr-single", {}, "open"),
        ("ivr-single", {"dtmf_sent": ""}, "fail"),
        ("ivr-multi", {"dtmf_sent": "1"}, "fail"),
        ("we-hang-up", {}, "pass"),
        ("we-hang-up", {"ended_by": "them"}, "fail"),
        ("they-hang-up", {"ended_by": "them"}, "pass"),
        ("long-call", {"duration_s": 599.5}, "pass"),
        ("long-call", {"duration_s": 540.0}, "fail"),
        ("codec-dtmf", {}, "pass"),
        ("codec-dtmf", {"dtmf_method": ""}, "fail"),
        ("outbound-request", {"incoming": True}, "open"),
        ("outbound-busy", {"incoming": True, "outcome": "busy", "status": 486}, "pass"),
        ("outbound-busy", {"incoming": True, "outcome": "rejected", "status": 603}, "fail"),
        ("outbound-rejected", {"incoming": True, "outcome": "rejected", "status": 603}, "pass"),
        ("outbound-rejected", {"incoming": True, "outcome": "cancelled", "status": 487}, "fail"),
        ("registration-kept", {"kind": "registration", "outcome": "registered", "duration_s": 601.0}, "pass"),
        ("registration-kept", {"kind": "registration", "outcome": "failed", "duration_s": 900.0}, "fail"),
        ("registration-kept", {"duration_s": 900.0}, "fail"),
    ],
)
def test_each_step_is_proved_by_its_facts(step: str, facts: dict[str, Any], verdict: str) -> None:
    assert judged(step, **facts) == verdict


def test_expected_numbers_are_compared_digit_for_digit() -> None:
    expected = {"expect_to": "02188886666", "expect_from": "13800138000"}
    assert judged("outbound-request", record=expected, incoming=True) == "pass"
    assert judged("outbound-request", record=expected, incoming=True, callee="862188886666") == "fail"


def test_the_admins_word_stands_first() -> None:
    assert judged("ivr-single", record={"ruled": "pass"}) == "pass"
    assert judged("mobile-caller", record={"ruled": "fail"}) == "fail"
    assert verdict_of(BY_ID["agent-answers"], None) == "open"
    assert verdict_of(BY_ID["agent-answers"], Record(step="agent-answers", filled_at=1.0)) == "open"


FACTS = st.builds(
    CallFacts,
    kind=st.sampled_from(("call", "registration")),
    incoming=st.booleans(),
    caller=st.text(max_size=20),
    outcome=st.sampled_from(("answered", "busy", "registered", "")),
    status=st.integers(0, 699),
    duration_s=st.floats(0, 1e9),
    one_way=st.sampled_from(("", "none", "both", "unknown", "we_hear_nothing", "they_hear_nothing")),
    dtmf_sent=st.text("0123,#", max_size=5),
)


@given(step=st.sampled_from(STEPS), facts=FACTS)
def test_every_step_judges_every_call(step: Any, facts: CallFacts) -> None:
    record = Record(step=step.id, filled_at=0.0, facts=facts)
    found = dict(checks_of(step, record))
    verdict = verdict_of(step, record)
    assert (verdict == "fail") == (False in found.values())
    assert (verdict == "pass") == all(met is True for met in found.values())


def test_filling_in_replaces_only_that_step() -> None:
    script = Acceptance(trunk="t").filled(Record(step="we-hang-up", filled_at=1.0))
    script = script.filled(Record(step="long-call", filled_at=2.0)).filled(
        Record(step="we-hang-up", filled_at=3.0)
    )
    assert [(one.step, one.filled_at) for one in script.records] == [("long-call", 2.0), ("we-hang-up", 3.0)]


def test_steps_and_checks_have_their_sentences() -> None:
    said = ids("acceptance")
    steps = {id.split(".")[2] for id in said if id.startswith("acceptance.step.")}
    assert steps == set(BY_ID)
    assert all(
        f"acceptance.step.{step}.{part}" in said for step in steps for part in ("title", "do", "expect")
    )
    assert {id.split(".")[2] for id in said if id.startswith("acceptance.check.")} == set(CHECKS)
    assert {check for step in STEPS for check in step.proofs} == set(CHECKS)


@pytest.mark.parametrize("domain", ["acceptance"])
def test_both_languages_have_the_same_place_holders(domain: str) -> None:
    for id in ids(domain):
        holes = [set(re.findall(r"{(\w+)}", text(id, language))) for language in LANGUAGES]
        assert holes[0] == holes[1], id
