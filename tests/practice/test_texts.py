"""Every line, fault and event has its sentence in both languages, with place-holders that exist."""

from __future__ import annotations

import string
from typing import get_args

import msgspec
import pytest

from tccc_desk.practice import events
from tccc_desk.practice.faults import FAULTS
from tccc_desk.practice.lines import line_names
from tccc_desk.practice.server import described, is_loopback
from tccc_desk.texts.catalogue import LANGUAGES, Language, ids, text

EVENTS = {msgspec.inspect.type_info(kind).tag: kind for kind in get_args(events.Event)}  # type: ignore[union-attr]
FIXED = {
    "intro.server",
    "intro.domain",
    "intro.account",
    "intro.lines",
    "warning.not-loopback",
}


def test_ids_and_what_has_a_text_are_the_same() -> None:
    wanted = {f"line.{name}" for name in line_names()} | {f"fault.{name}" for name in FAULTS}
    wanted |= {f"event.{name}" for name in EVENTS} | FIXED
    assert ids("practice") == {f"practice.{name}" for name in wanted}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", EVENTS)
def test_an_events_sentence_uses_its_fields_only(name: str, language: Language) -> None:
    fields = {field.encode_name for field in msgspec.structs.fields(EVENTS[name])}
    used = {each[1] for each in string.Formatter().parse(text(f"practice.event.{name}", language)) if each[1]}
    assert used <= fields


def test_an_event_is_told_as_a_sentence() -> None:
    event = events.CallArrived(
        call="call-1", account="gateway01", from_="138", to="075512345600", line="echo"
    )
    assert described(event, "en") == "call-1: 138 calls line 075512345600 (echo) by gateway01"


@pytest.mark.parametrize(
    ("host", "expected"),
    [("127.0.0.1", True), ("127.3.2.1", True), ("::1", True), ("localhost", True), ("0.0.0.0", False)],
)
def test_what_counts_as_loopback(host: str, expected: bool) -> None:
    assert is_loopback(host) is expected
