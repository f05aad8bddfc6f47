"""A trunk's rule for numbers: what is sent, and what is refused after it was applied."""

from __future__ import annotations

import msgspec
import pytest

from tccc_desk.trunk.china import RULES, Rule
from tccc_desk.trunk.dialling import as_dialled
from tccc_desk.trunk.errors import InputError
from tccc_desk.trunk.numbers import is_emergency
from tests.helpers.window_script import TRUNK


def sent(number: str, rule: Rule, prefix: str = "", *, called: bool = True) -> str:
    trunk = msgspec.structs.replace(TRUNK, number_rule=rule, number_prefix=prefix)
    return as_dialled(trunk, "line", number, called=called)


@pytest.mark.parametrize(
    ("number", "rule", "expected"),
    [
        ("075583765566", "typed", "075583765566"),
        ("+8675583765566", "national", "075583765566"),
        ("75583765566", "national", "075583765566"),
        ("013800138000", "national", "13800138000"),
        ("075583765566", "e164", "8675583765566"),
        ("13800138000", "plus", "+8613800138000"),
        ("02188886666", "idd", "00862188886666"),
        ("83765566", "e164", "83765566"),
        ("12345678901", "plus", "12345678901"),
        ("0015551234567", "plus", "+15551234567"),
    ],
)
def test_the_rule_writes_what_it_understands(number: str, rule: Rule, expected: str) -> None:
    assert sent(number, rule) == expected
    assert sent(number, rule, called=False) == expected


def test_the_prefix_is_the_called_numbers() -> None:
    assert sent("13800138000", "e164", "9") == "98613800138000"
    assert sent("13800138000", "e164", "9", called=False) == "8613800138000"


@pytest.mark.parametrize(
    ("number", "prefix", "finding"),
    [
        ("10", "1", "input.number.emergency"),
        ("0", "12", "input.number.emergency"),
        ("19", "1", "input.number.emergency"),
        ("+15551234567", "9", "input.number_rule.result"),
        ("1" * 30, "999", "input.number_rule.result"),
    ],
)
def test_what_comes_out_is_checked_again(number: str, prefix: str, finding: str) -> None:
    with pytest.raises(InputError) as refusal:
        sent(number, "typed", prefix)
    assert (refusal.value.field, refusal.value.finding) == ("line", finding)


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("prefix", ["", "0", "1", "11", "12", "010", "86"])
def test_no_rule_and_no_prefix_reaches_an_emergency_service(rule: Rule, prefix: str) -> None:
    for number in (str(one) for one in range(3_000)):
        try:
            assert not is_emergency(sent(number, rule, prefix))
        except InputError as refusal:
            assert refusal.finding in {"input.number.emergency", "input.number_rule.result"}  # noqa: PT017
