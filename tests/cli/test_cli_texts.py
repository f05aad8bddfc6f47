"""Every id the command line uses has its sentences, and no sentence is left over."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import tccc_desk.cli
from tccc_desk.cli.args import _COMMANDS, build_parser
from tccc_desk.cli.results import State
from tccc_desk.engine.events import OneWay, Outcome
from tccc_desk.texts.catalogue import LANGUAGES, ids, text

BUILT = {
    *(f"cli.state.{state}" for state in get_args(State)),
    *(f"cli.outcome.{outcome}" for outcome in get_args(Outcome)),
    *(f"cli.one_way.{way}" for way in get_args(OneWay)),
    *(f"cli.result.{said}" for said in ("server", "local")),
    *(f"cli.result.talked_{side}" for side in ("us", "them", "unknown")),
    *(f"cli.progress.{purpose}" for purpose in ("register", "refresh", "unregister", "verify")),
    *(f"cli.notice.held_by_{who}" for who in ("window", "command_line", "somebody")),
    *(f"cli.label.{label}" for label in ("arguments", "command", "action", "name", "file")),
    *(f"cli.severity.{one}" for one in ("error", "warning", "info")),
    *(f"cli.help.{command}" for command in _COMMANDS),
    "cli.help.sound_list",
    *(
        f"cli.help.trunk_{action}"
        for action in ("add", "list", "show", "edit", "remove", "lint", "import", "export")
    ),
}
"""Ids put together at run time."""


def test_ids_and_sentences_are_the_same_set() -> None:
    sources = "".join(
        path.read_text(encoding="utf-8") for path in Path(tccc_desk.cli.__path__[0]).glob("*.py")
    )
    written = set(re.findall(r'"(cli\.[a-z_]+\.[a-z_]+)"', sources))
    assert written | BUILT == ids("cli")


def test_both_languages_have_the_same_place_holders() -> None:
    for id in ids("cli"):
        holes = [set(re.findall(r"{(\w+)}", text(id, language))) for language in LANGUAGES]
        assert holes[0] == holes[1], id


def test_help_is_translated() -> None:
    english, chinese = (build_parser(language, []).format_help() for language in LANGUAGES)
    assert "cli.help" not in english + chinese
    assert "usage:" in english
    assert "用法" in chinese
    assert "usage" not in chinese
