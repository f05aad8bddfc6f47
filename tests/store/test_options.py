"""Settings: typed, described, survived when damaged."""

from __future__ import annotations

import json

import pytest

from tccc_desk.store.errors import StoreError
from tccc_desk.store.options import OPTIONS, Option, Options, Value
from tccc_desk.store.paths import Folders
from tccc_desk.texts.catalogue import ids


def test_defaults_fit_their_own_descriptors() -> None:
    assert len({option.key for option in OPTIONS}) == len(OPTIONS)
    for option in OPTIONS:
        assert option.fits(option.default)


def test_every_option_has_its_texts_and_no_text_is_left_over() -> None:
    wanted = {id for option in OPTIONS for id in (option.label, option.help)}
    wanted |= {option.choice_label(choice) for option in OPTIONS for choice in option.choices}
    assert wanted == {
        id
        for id in ids("store")
        if id.startswith("store.choice.")
        or (id.startswith("store.option.") and id.endswith((".label", ".help")))
    }


def test_a_value_is_kept_and_can_be_reset(places: Folders) -> None:
    options = Options(places)
    assert options.get("language") == "auto"
    options.set("language", "zh")
    options.set("log_max_megabytes", 5000)
    options.set("follow_log", False)
    assert [Options(places).get(key) for key in ("language", "log_max_megabytes", "follow_log")] == [
        "zh",
        5000,
        False,
    ]
    options.reset("language")
    assert options.get("language") == "auto"


@pytest.mark.parametrize(
    ("key", "value", "finding"),
    [
        ("language", "cn", "store.option.wrong_choice"),
        ("language", True, "store.option.wrong_choice"),
        ("log_max_megabytes", "1000", "store.option.wrong_range"),
        ("log_max_megabytes", True, "store.option.wrong_range"),
        ("log_max_megabytes", 19, "store.option.wrong_range"),
        ("log_max_megabytes", 10**9, "store.option.wrong_range"),
        ("follow_log", 1, "store.option.wrong_flag"),
        ("lang", "en", "store.option.unknown_near"),
        ("zzz\x1b", "en", "store.option.unknown"),
    ],
)
def test_a_wrong_value_is_refused_by_name(places: Folders, key: str, value: Value, finding: str) -> None:
    with pytest.raises(StoreError) as error:
        Options(places).set(key, value)
    assert error.value.finding == finding
    assert error.value.details["key"].isprintable()
    assert not (places.config / "options.json").exists()


def test_the_nearest_key_and_choice_are_suggested(places: Folders) -> None:
    with pytest.raises(StoreError) as error:
        Options(places).get("ring_timeout")
    assert error.value.details["nearest"] == "ring_timeout_s"
    with pytest.raises(StoreError) as error:
        Options(places).set("default_play", "Tones")
    assert error.value.details["nearest"] == "tone"


def test_unknown_keys_stay_and_wrong_values_are_told(places: Folders) -> None:
    path = places.config / "options.json"
    path.write_text('{"from_the_future": {"a": [1]}, "log_max_megabytes": "many", "language": "en"}')
    options = Options(places)
    assert options.get("log_max_megabytes") == 1_000
    assert options.get("language") == "en"
    assert {(error.finding, error.details["key"]) for error in options.problems()} == {
        ("store.option.unknown", "from_the_future"),
        ("store.option.wrong_range", "log_max_megabytes"),
    }
    options.set("log_max_megabytes", 2000)
    assert json.loads(path.read_text()) == {
        "from_the_future": {"a": [1]},
        "log_max_megabytes": 2000,
        "language": "en",
    }


@pytest.mark.parametrize("content", [b"", b"[1]", b"\xff", b"[" * 100_000])
def test_a_broken_file_gives_defaults_and_is_kept(places: Folders, content: bytes) -> None:
    path = places.config / "options.json"
    path.write_bytes(content)
    options = Options(places)
    assert options.get("language") == "auto"
    assert [error.finding for error in options.problems()] == ["store.options.broken"]
    options.set("language", "en")
    assert options.get("language") == "en"
    assert options.problems() == ()
    assert [kept.read_bytes() for kept in places.config.glob("options.broken-*")] == [content]


def test_free_text_is_bounded_and_printable() -> None:
    option = Option("note", "")
    assert option.fits("电话")
    assert not option.fits("x" * 2000)
    assert not option.fits("a\nb")
