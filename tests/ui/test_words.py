"""Every word of the window exists in both languages, and none is written into the code."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import get_args

import pytest

import tccc_desk
from tccc_desk.engine import events as e
from tccc_desk.engine.commands import Source
from tccc_desk.engine.status import PROOFS, Mark, Phase, Registration
from tccc_desk.rtp.verdict import CAUSES
from tccc_desk.texts.catalogue import LANGUAGES, domains, ids, text
from tccc_desk.trunk.profile import DtmfMethod
from tccc_desk.ui.texts import Texts

PACKAGE = Path(tccc_desk.__file__).parent
SOURCES = sorted([*(PACKAGE / "ui").glob("*.py"), *(PACKAGE / "app").glob("*.py")])
SHOWING = {
    "setText",
    "setToolTip",
    "setWindowTitle",
    "setPlaceholderText",
    "setAccessibleName",
    "setTitle",
    "addItem",
    "addAction",
    "addMenu",
    "addRow",
    "showMessage",
    "QLabel",
    "QPushButton",
    "QCheckBox",
    "QAction",
}
DOMAINS = ("window", "checkroom", "soundroom", "media", "logroom", "gateroom")
"""Files of words that are the window's."""
SIGNS = {"✕", "›"}


@cache
def trees() -> tuple[tuple[Path, ast.Module], ...]:
    return tuple((path, ast.parse(path.read_text(encoding="utf-8"))) for path in SOURCES)


def pattern(node: ast.Constant | ast.JoinedStr) -> str | None:
    """A literal as a regular expression: what an f-string fills in may be anything."""
    if isinstance(node, ast.Constant):
        return re.escape(node.value) if isinstance(node.value, str) else None
    parts = []
    for part in node.values:
        if isinstance(part, ast.Constant):
            parts.append(re.escape(str(part.value)))
        else:
            parts.append(".+")
    return "".join(parts)


@cache
def used() -> frozenset[str]:
    found: set[str] = set()
    for _, tree in trees():
        inner = {
            id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant | ast.JoinedStr) and id(node) not in inner:
                made = pattern(node)
                if made is not None and re.match(rf"({'|'.join(DOMAINS)})\\\.[a-z.+]", made):
                    found.add(made)
    return frozenset(found)


OBJECT_NAMES = {re.escape("window.rooms"), re.escape("window.halves")}


@pytest.mark.parametrize("made", sorted(used() - OBJECT_NAMES))
def test_every_id_in_the_code_is_in_the_file(made: str) -> None:
    assert any(re.fullmatch(made, id) for domain in DOMAINS for id in ids(domain)), made


@pytest.mark.parametrize("domain", DOMAINS)
def test_no_id_of_the_file_is_unused(domain: str) -> None:
    # A number field is handed its own name; a pattern that fits everything proves nothing.
    fields = {f"window.call.{name}{rest}" for name in ("caller", "line") for rest in ("", "-tip", "-example")}
    known = {made for made in used() if not made.startswith(r"window\..+")} | fields
    any_of_them = re.compile("|".join(known))  # one by one they outnumber what `re` keeps compiled
    assert [id for id in sorted(ids(domain)) if not any_of_them.fullmatch(id)] == []


def test_no_user_sentence_is_written_into_the_code() -> None:
    written = []
    for path, tree in trees():
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call):
                continue
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            for argument in node.args[:1]:
                literal = isinstance(argument, ast.Constant) and isinstance(argument.value, str)
                if name in SHOWING and literal and argument.value.strip() and argument.value not in SIGNS:
                    written.append(f"{path.name}:{node.lineno} {argument.value}")
    assert written == []


def values() -> Iterator[str]:
    yield from (f"window.state.{one.value}" for one in Registration)
    yield from (f"window.phase.{one.value}" for one in Phase)
    yield from (f"window.strip.{one.value}" for one in Mark)
    for proof in PROOFS:
        yield from (f"window.strip.{proof}", f"window.strip.{proof}-means")
    yield from (f"window.fault.{one}" for one in get_args(e.Fault) if one)
    yield from (f"window.outcome.{one}" for one in get_args(e.Outcome))
    yield from (f"window.one-way.{one}" for one in get_args(e.OneWay))
    yield from (f"window.said-by.{one}" for one in get_args(e.SaidBy))
    yield from (f"soundroom.play.{one}" for one in get_args(Source))
    yield from (f"soundroom.dtmf.{one}" for one in get_args(DtmfMethod))
    yield from (f"media.cause.{one}" for one in CAUSES)
    yield from (f"window.log.way.{one}" for one in ("sent", "received", "local"))


@pytest.mark.parametrize("id", list(values()))
def test_every_value_the_engine_may_say_has_its_word(id: str) -> None:
    assert id in ids(id.partition(".")[0])


@pytest.mark.parametrize("domain", [*DOMAINS, "fact"])
def test_both_languages_say_the_same_place_holders(domain: str) -> None:
    assert domain in domains()
    for id in ids(domain):
        english, chinese = (set(re.findall(r"\{(\w+)\}", text(id, language))) for language in LANGUAGES)
        assert english >= chinese, id
        assert english - chinese <= {"reason"}, id


def test_chinese_is_chinese() -> None:
    same = {id for id in ids("window") if text(id, "en") == text(id, "zh") and text(id, "en").strip()}
    latin = re.compile(r"[A-Za-z0-9 .:/{}_→←@-]*|中文|Call-ID.*")
    assert {id for id in same if not latin.fullmatch(text(id, "zh"))} == set()
    assert len(same) < 25


def test_an_unknown_id_shows_itself() -> None:
    texts = Texts("en")
    assert texts("finding.never.written") == "finding.never.written"
    assert texts.finding("finding.never.written", {"a": "b"}) == "finding.never.written"
    assert texts.finding("", {}) == ""
    assert texts("nonsense") == "nonsense"


def test_details_from_the_network_are_inert_in_a_finding() -> None:
    said = Texts("en").finding("finding.call.rejected", {"status": "600", "reason": "a\u202eb\n<b>"})
    assert "\u202e" not in said
    assert "\n" not in said
    assert "\\u202e" in said
