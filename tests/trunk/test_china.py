"""Numbers of China in every form people type and paste."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tccc_desk.trunk.china import KINDS, RULES, Rule, read_number

MOBILES = (
    "13800138000",
    "13012345678",
    "15912345678",
    "16600001111",
    "17712345678",
    "18988887777",
    "19912345678",
)
LANDLINES = (
    ("10", "62345678"),
    ("20", "81234567"),
    ("21", "58881234"),
    ("22", "23456789"),
    ("23", "67891234"),
    ("24", "23456789"),
    ("25", "84567890"),
    ("27", "87654321"),
    ("28", "86543210"),
    ("29", "88888888"),
    ("755", "83765566"),
    ("571", "88157838"),
    ("512", "65432100"),
    ("898", "6625555"),
    ("991", "2345678"),
    ("310", "3211234"),
    ("936", "8123456"),
    ("755", "12345600"),
)
DECORATED = (
    "{0}",
    " {0} ",
    "\u202d{0}\u202c",
    "\u00a0{0}\u3000",
    "<sip:{0}@1400000001.tccc.qcloud.com>",
    '"客户" <sip:{0}@x>',
    "tel:{0};phone-context=x",
    "sip:{0}@x;user=phone",
)


def spaced(number: str) -> str:
    return f"{number[:3]}-{number[3:7]} {number[7:]}"


def full_width(number: str) -> str:
    return "".join(chr(ord(one) + 0xFEE0) for one in number)


def mobile_forms() -> list[tuple[str, str]]:
    forms = []
    for number in MOBILES:
        forms += [
            (prefix + number, number) for prefix in ("", "0", "86", "+86", "0086", "+860", "00860", "+0086")
        ]
        forms += [(spaced(number), number), (full_width(number), number), (f"+86 {spaced(number)}", number)]
        forms += [(shape.format(number), number) for shape in DECORATED]
    return forms


def landline_forms() -> list[tuple[str, str, str]]:
    forms = []
    for area, rest in LANDLINES:
        forms += [
            (f"{prefix}{area}{rest}", area, rest)
            for prefix in ("0", "+86", "0086", "86", "+860", "00860", "860", "")
        ]
        forms += [
            (f"(0{area}) {rest[:4]}-{rest[4:]}", area, rest),
            (f"（0{area}）{rest}", area, rest),
            (f"+86 {area} {rest}", area, rest),
            (f"+86 (0){area} {rest}", area, rest),
            (full_width(f"0{area}{rest}"), area, rest),
            (f"0{area}–{rest}", area, rest),
        ]
    return forms


@pytest.mark.parametrize(("typed", "number"), mobile_forms())
def test_a_mobile_number_in_all_its_forms(typed: str, number: str) -> None:
    read = read_number(typed)
    assert read.kind == "mobile"
    assert dict(read.forms) == {
        "national": number,
        "e164": f"86{number}",
        "plus": f"+86{number}",
        "idd": f"0086{number}",
        "trunk": f"0{number}",
    }


@pytest.mark.parametrize(("typed", "area", "rest"), landline_forms())
def test_a_landline_in_all_its_forms(typed: str, area: str, rest: str) -> None:
    read = read_number(typed)
    assert (read.kind, read.area) == ("landline", area)
    assert dict(read.forms) == {
        "national": f"0{area}{rest}",
        "e164": f"86{area}{rest}",
        "plus": f"+86{area}{rest}",
        "idd": f"0086{area}{rest}",
    }


@pytest.mark.parametrize(
    ("typed", "kind", "national"),
    [
        ("400-800-1234", "service-400", "4008001234"),
        ("+86 400 800 1234", "service-400", "4008001234"),
        ("0086 4008001234", "service-400", "4008001234"),
        ("８００８１０１２３４", "service-800", "8008101234"),
        ("95588", "service-95", "95588"),
        ("+8695588", "service-95", "95588"),
        ("9501234", "service-95", "9501234"),
        ("95013555", "service-95", "95013555"),
        ("96123", "service-96", "96123"),
        ("962120", "service-96", "962120"),
        ("021962120", "service-96", "021962120"),
        ("075595555", "service-95", "075595555"),
        ("1010 0000", "service-1010", "10100000"),
        ("10086", "short", "10086"),
        ("010 10086", "short", "01010086"),
        ("12345", "short", "12345"),
        ("12306", "short", "12306"),
        ("114", "short", "114"),
    ],
)
def test_service_numbers(typed: str, kind: str, national: str) -> None:
    read = read_number(typed)
    assert (read.kind, read.forms["national"]) == (kind, national)


@pytest.mark.parametrize("number", ["110", "119", "120", "122"])
@pytest.mark.parametrize(
    "around", ["{0}", "0{0}", "010{0}", "0755{0}", "+86{0}", "0086{0}", "+8610{0}", "１-{0}"]
)
def test_emergency_numbers_are_refused(number: str, around: str) -> None:
    if around.startswith("１"):
        number, around = full_width(number), "{0}"
    read = read_number(around.format(number))
    assert (read.kind, read.refused) == ("emergency", True)


@pytest.mark.parametrize(
    ("typed", "kind"),
    [
        ("83765566", "local"),
        ("6625555", "local"),
        ("+14155550123", "international"),
        ("0014155550123", "international"),
        ("+85221234567", "international"),
        ("+8613800", "unknown"),
        ("07551999", "unknown"),
        ("0755012345678", "unknown"),
        ("026 81234567", "unknown"),
        ("138001380001", "unknown"),
        ("1380013800", "unknown"),
        ("12800138000", "unknown"),
        ("9", "unknown"),
        ("", "none"),
        ("   ", "none"),
        ("gateway01", "none"),
        ("13800138000,1", "none"),
        ("1" * 33, "none"),
        ("٣٨٠٠", "none"),
        ("*#06#", "none"),
    ],
)
def test_what_is_something_else(typed: str, kind: str) -> None:
    assert read_number(typed).kind == kind


@pytest.mark.parametrize(
    ("typed", "rule", "prefix", "sent"),
    [
        ("+86 755 8376 5566", "typed", "", "+8675583765566"),
        ("+86 755 8376 5566", "national", "", "075583765566"),
        ("0755-83765566", "plus", "", "+8675583765566"),
        ("0755-83765566", "e164", "", "8675583765566"),
        ("013800138000", "national", "", "13800138000"),
        ("13800138000", "idd", "", "008613800138000"),
        ("13800138000", "national", "9", "913800138000"),
        ("83765566", "plus", "", "83765566"),
        ("+14155550123", "national", "", "+14155550123"),
        ("0014155550123", "plus", "", "+14155550123"),
    ],
)
def test_the_rule_of_a_trunk(typed: str, rule: Rule, prefix: str, sent: str) -> None:
    assert read_number(typed).as_sent(rule, prefix) == sent


@given(st.text(max_size=60))
def test_anything_typed_is_understood_or_said_to_be_none(typed: str) -> None:
    read = read_number(typed)
    assert read.kind in KINDS
    for rule in RULES:
        read.as_sent(rule)


@given(st.sampled_from([*MOBILES, *(f"0{area}{rest}" for area, rest in LANDLINES)]), st.sampled_from(RULES))
def test_a_form_read_again_is_the_same_number(number: str, rule: Rule) -> None:
    read = read_number(number)
    again = read_number(read.as_sent(rule))
    assert (again.kind, dict(again.forms)) == (read.kind, dict(read.forms))
