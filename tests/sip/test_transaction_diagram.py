"""docs/state-machines.md is what the tables say."""

from __future__ import annotations

import runpy
from enum import Enum
from pathlib import Path

from tccc_desk.sip.transaction.diagram import chapter
from tccc_desk.sip.transaction.table import Row, table

DOCS = Path(__file__).resolve().parents[2] / "docs"


def test_the_documentation_equals_the_tables() -> None:
    made = runpy.run_path(str(DOCS / "make_diagrams.py"))["document"]()
    written = (DOCS / "state-machines.md").read_text(encoding="utf-8")
    assert written == made, "run python docs/make_diagrams.py"


class State(Enum):
    RED_LIGHT = 1
    GREEN = "Green"


class Input(Enum):
    WAIT = "time passed"
    KICK = 2


def test_any_table_of_the_idiom_can_be_drawn() -> None:
    made = table(
        State,
        Input,
        {
            (State.RED_LIGHT, Input.WAIT): Row(State.GREEN, ("turn", "beep")),
            (State.RED_LIGHT, Input.KICK): Row(State.RED_LIGHT, ()),
        },
        absorb={State.GREEN: (Input.WAIT,)},
        refuse={State.GREEN: (Input.KICK,)},
    )
    assert chapter("Light", "Ours.", made, {State.RED_LIGHT: ["glow"]}).splitlines() == [
        "## Light",
        "",
        "Ours.",
        "",
        "```mermaid",
        "stateDiagram-v2",
        "    [*] --> red_light",
        "    red_light --> Green: time passed",
        "    Green --> [*]",
        "```",
        "",
        "| state | input | next state | actions |",
        "|---|---|---|---|",
        "| (start) | | red light | glow |",
        "| red light | time passed | Green | turn, beep |",
        "",
        "Absorbed (harmless: late, repeated or crossing):",
        "",
        "- red light: kick",
        "- Green: time passed",
        "",
        "Refused (our own misuse, LocalProtocolError):",
        "",
        "- Green: kick",
    ]
