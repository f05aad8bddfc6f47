"""Header fields as a value: names, order, change."""

from __future__ import annotations

import pytest

from tccc_desk.sip.headers import COMPACT, Headers, canonical

SOME = Headers([("v", "one"), ("X-odd", "1"), ("VIA", "two, three"), ("call-id", "c"), ("x-ODD", "2")])


def test_names_are_canonical_and_values_as_they_are() -> None:
    assert list(SOME) == [
        ("Via", "one"),
        ("X-odd", "1"),
        ("Via", "two, three"),
        ("Call-ID", "c"),
        ("x-ODD", "2"),
    ]
    assert len(SOME) == 5
    assert "i" in SOME
    assert "CALL-ID" in SOME
    assert "X-Odd" in SOME
    assert "To" not in SOME
    assert 5 not in SOME


@pytest.mark.parametrize(("short", "long"), COMPACT.items())
def test_compact_forms(short: str, long: str) -> None:
    assert canonical(short) == canonical(short.upper()) == canonical(long.lower()) == long


@pytest.mark.parametrize(
    "name", ["CSeq", "WWW-Authenticate", "MIME-Version", "RSeq", "RAck", "P-Asserted-Identity", "User-Agent"]
)
def test_known_names(name: str) -> None:
    assert canonical(name.lower()) == canonical(name.upper()) == name


def test_reading() -> None:
    assert SOME.get("via") == "one"
    assert SOME.get("To") == ""
    assert SOME.get("To", "-") == "-"
    assert SOME.all("v") == ("one", "two, three")
    assert SOME.split("Via") == ("one", "two", "three")
    assert SOME.all("x-odd") == ("1", "2")
    assert SOME.split("To") == ()


def test_changing_returns_a_new_object() -> None:
    assert SOME.add("t", "x").get("To") == "x"
    assert SOME.push("Via", "zero").all("Via") == ("zero", "one", "two, three")
    assert next(iter(SOME.push("To", "x"))) == ("To", "x")
    assert list(SOME.add("a", "b").push("CSeq", "1")) == [("CSeq", "1"), *SOME, ("Accept-Contact", "b")]
    assert list(SOME.set("Via", "only")) == [
        ("Via", "only"),
        ("X-odd", "1"),
        ("Call-ID", "c"),
        ("x-ODD", "2"),
    ]
    assert SOME.set("To", "x") == SOME.add("To", "x")
    assert list(SOME.without("via")) == [("X-odd", "1"), ("Call-ID", "c"), ("x-ODD", "2")]
    assert SOME.without("To") == SOME
    assert len(SOME) == 5


def test_equality_ignores_the_case_of_names_only() -> None:
    same = Headers([("Via", "one"), ("x-odd", "1"), ("v", "two, three"), ("i", "c"), ("x-odd", "2")])
    assert same == SOME
    assert hash(same) == hash(SOME)
    assert SOME.set("Call-ID", "C") != SOME
    assert list(SOME) != SOME
    assert "Call-ID" in repr(SOME)


@pytest.mark.parametrize(
    ("value", "parts"),
    [
        ("", ()),
        (" , ,, ", ()),
        ("a , b\t,c", ("a", "b", "c")),
        ('"a, b" <sip:c>, <sip:d,e;x=",">;y="1,2"', ('"a, b" <sip:c>', '<sip:d,e;x=",">;y="1,2"')),
        ('"a\\", b", c', ('"a\\", b"', "c")),
        ('a, "open, b', ("a", '"open, b')),
        ("a, <open, b", ("a", "<open, b")),
        ('"<", >, "', ('"<"', ">", '"')),
    ],
)
def test_values_on_one_line(value: str, parts: tuple[str, ...]) -> None:
    assert Headers([("Contact", value)]).split("m") == parts
