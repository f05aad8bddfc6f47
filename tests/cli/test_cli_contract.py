"""The page that scripts are written from says what the code does."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import msgspec
import pytest

from tccc_desk.cli.args import build_parser
from tccc_desk.cli.exits import Exit
from tccc_desk.cli.results import (
    LoopSeen,
    MediaResult,
    RecordingSeen,
    RegistrationResult,
    State,
    WaitedCallResult,
)
from tccc_desk.engine.commands import Source
from tccc_desk.engine.events import Fault, OneWay, Outcome
from tccc_desk.rtp.verdict import Cause
from tccc_desk.trunk.profile import DtmfMethod

PAGE = (Path(__file__).parents[2] / "docs" / "command-line.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "shape", [RegistrationResult, WaitedCallResult, MediaResult, RecordingSeen, LoopSeen]
)
def test_every_key_is_documented(shape: type[msgspec.Struct]) -> None:
    keys = {field.encode_name for field in msgspec.structs.fields(shape)}
    assert {key for key in keys if f"`{key}`" not in PAGE} == set()


@pytest.mark.parametrize("words", [State, Outcome, OneWay, Cause, DtmfMethod, Source, Fault])
def test_every_word_is_documented(words: object) -> None:
    later = {"", "tls"}
    assert {word for word in set(get_args(words)) - later if not re.search(rf"\b{word}\b", PAGE)} == set()


def test_every_exit_status_is_documented() -> None:
    assert {int(number) for number in re.findall(r"^\| (\d+) \|", PAGE, re.MULTILINE)} == set(Exit)


@pytest.mark.parametrize("command", ["register", "verify", "call", "wait", "practice"])
def test_every_option_is_documented(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        build_parser("en", [command]).parse_args([command, "--help"])
    shown = capsys.readouterr().out
    named = set(re.findall(r"^  (--[a-z-]+)", shown, re.MULTILINE))
    assert named
    assert {option for option in named if option not in PAGE} == set()
