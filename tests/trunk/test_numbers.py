"""Pasted numbers and the numbers a test must never dial."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tccc_desk.trunk.errors import InputError
from tccc_desk.trunk.numbers import MAX_DIGITS, checked_number, clean_number, is_emergency

CLEANED = [
    ("02188886666", "02188886666"),
    ("  02188886666  ", "02188886666"),
    ("021 8888 6666", "02188886666"),
    ("021-8888-6666", "02188886666"),
    ("(021) 8888-6666", "02188886666"),
    ("（021）88886666", "02188886666"),
    ("[021]88886666", "02188886666"),
    ("【021】88886666", "02188886666"),
    ("021\u201388886666", "02188886666"),
    ("021\u201188886666", "02188886666"),
    ("021\u00a088886666", "02188886666"),
    ("021\u202f88886666", "02188886666"),
    ("021\u300088886666", "02188886666"),
    ("\u202a+8613800138000\u202c", "+8613800138000"),
    ("\u202d13800138000\u202c", "13800138000"),
    ("\u2068 13800138000 \u2069", "13800138000"),
    ("\u200e13800138000", "13800138000"),
    ("\ufeff13800138000", "13800138000"),
    ("１３８００１３８０００", "13800138000"),
    ("＋８６１３８００１３８０００", "+8613800138000"),
    ("+86 138 0013 8000", "+8613800138000"),
    ("0086-010-8888-6666", "008601088886666"),
    ("tel:+86-10-8888-6666", "+861088886666"),
    ("tel:02188886666;phone-context=+86", "02188886666"),
    ("TEL:02188886666", "02188886666"),
    ("tel://02188886666", "02188886666"),
    ("callto:02188886666", "02188886666"),
    ("sip:02188886666@1400264214.tccc.qcloud.com", "02188886666"),
    ("sips:02188886666@example.org:5061;transport=tls", "02188886666"),
    ("sip:+862188886666;user=phone@example.org", "+862188886666"),
    ("sip:%2B862188886666@example.org", "+862188886666"),
    ("SIP：02188886666＠example.org", "02188886666"),
    ("<sip:02188886666@example.org>", "02188886666"),
    ('"Li Lei" <sip:02188886666@example.org>;tag=1', "02188886666"),
    ("Li Lei <021-8888-6666>", "02188886666"),
    ("400-880-0120", "4008800120"),
    ("95017", "95017"),
    ("02188886666\n", "02188886666"),
    ("\r\n02188886666", "02188886666"),
    ("", ""),
    ("   ", ""),
    ("abc", "abc"),
    ("021x8888", "021x8888"),
    ("021\r\nFrom:x", "021\r\nFrom:x"),
]

EMERGENCY = [
    "110", "119", "120", "122", "+110", "0110", "00119", "000122",
    "86110", "+86110", "0086119", "+86120", "0086122", "00086110", "+0086110",
    "010110", "021119", "029120", "0755110", "0571122", "0898119", "0999120",
    "+8610110", "+86010110", "008610119", "0086010122", "+86755110", "+860755110", "00860755120",
    "86010110", "860755119", "860110",
]  # fmt: skip

ORDINARY = [
    "1", "10", "11", "112", "114", "1100", "1110", "9110", "8110", "10110", "12110", "95110", "+8695120",
    "02188880110", "075588886120", "13800000110", "13900000122", "4008800120", "88886110", "8888122",
    "86755110", "8610110", "86881190", "+8613800138110", "008613800138119", "+862188886120", "02187654119",
    "01086110", "962120", "+86962120", "+852110", "+1212120", "+442071110110", "1010110", "12345",
    "110110110", "119122", "0108888110",
]  # fmt: skip


@pytest.mark.parametrize(("pasted", "number"), CLEANED)
def test_decoration_goes(pasted: str, number: str) -> None:
    assert clean_number(pasted) == number


@pytest.mark.parametrize("number", EMERGENCY)
def test_emergency_is_refused_as_callee(number: str) -> None:
    assert is_emergency(number)
    with pytest.raises(InputError) as refusal:
        checked_number("line", number, called=True)
    assert refusal.value.field == "line"
    assert refusal.value.finding == "input.number.emergency"
    assert refusal.value.details["number"] == number


@pytest.mark.parametrize("number", ORDINARY)
def test_a_number_that_only_looks_similar_is_called(number: str) -> None:
    assert checked_number("line", number, called=True) == number


def test_an_emergency_number_may_be_the_simulated_caller() -> None:
    assert checked_number("caller", "110", called=False) == "110"


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        ("", "input.empty"),
        ("  ", "input.empty"),
        ("021 8888", "input.number.unclean"),
        ("０２１", "input.number.unclean"),
        ("sip:021@example.org", "input.number.unclean"),
        ("1-1-0", "input.number.emergency"),
        ("sip:110@example.org", "input.number.emergency"),
        ("abc", "input.number.not_digits"),
        ("anonymous", "input.number.not_digits"),
        ("+", "input.number.not_digits"),
        ("++86", "input.number.not_digits"),
        ("86+1", "input.number.not_digits"),
        ("*31#021", "input.number.not_digits"),
        ("١٢٣", "input.number.not_digits"),
        ("²", "input.number.not_digits"),
        ("021\r\nFrom: x", "input.control"),
        ("021\n", "input.control"),
        ("021\x00", "input.control"),
        ("021\t8", "input.control"),
        ("\u202e021", "input.control"),
        ("021\udcff", "input.control"),
        ("021\u2028", "input.control"),
        ("1" * (MAX_DIGITS + 1), "input.number.long"),
        ("1" * 1_000_000, "input.too_long"),
    ],
)
def test_no_number(text: str, finding: str) -> None:
    with pytest.raises(InputError) as refusal:
        checked_number("line", text, called=True)
    assert (refusal.value.field, refusal.value.finding) == ("line", finding)
    assert all(value.isprintable() for value in refusal.value.details.values())


def test_a_suggestion_is_the_clean_number() -> None:
    with pytest.raises(InputError) as refusal:
        checked_number("line", "(021) 8888-6666", called=True)
    assert refusal.value.details["suggestion"] == "02188886666"


@given(st.text())
def test_whatever_is_typed_gives_digits_or_a_refusal(text: str) -> None:
    try:
        number = checked_number("line", text, called=True)
    except InputError:
        return
    assert number.lstrip("+").isascii()
    assert number.removeprefix("+").isdigit()
    assert not is_emergency(number)


@given(st.text())
def test_a_clean_digit_string_stays_clean(text: str) -> None:
    once = clean_number(text)
    if once.isascii() and once.removeprefix("+").isdigit():
        assert clean_number(once) == once


@given(st.from_regex(r"[2-8][0-9]{6,7}", fullmatch=True), st.sampled_from(["010", "021", "0755", "0571"]))
def test_no_subscriber_number_with_its_area_code_is_refused(subscriber: str, area: str) -> None:
    for number in (area + subscriber, "+86" + area[1:] + subscriber, "0086" + area + subscriber):
        assert not is_emergency(number)
