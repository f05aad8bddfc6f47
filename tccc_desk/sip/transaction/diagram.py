"""Draws a state table of any machine of ours as one chapter of Markdown with a Mermaid figure.

An entry is an arrow (`next` and `actions`) or a stray. An arrow that stays and does nothing is
shown among the absorbed ones, so that a table may say the same in either way.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from enum import Enum
from typing import Any

from tccc_desk.sip.transaction.table import Stray

AnyTable = Mapping[tuple[Any, Any], Any]
_Arrow = tuple[Enum, Enum, Enum, tuple[object, ...]]


def chapter(title: str, text: str, table: AnyTable, openings: Mapping[Any, Sequence[object]]) -> str:
    """Return the chapter of one machine.

    `openings` maps each state a machine may begin in to what is done on entering it then.
    """
    arrows = [
        (state, input, entry.next, tuple(entry.actions))
        for (state, input), entry in table.items()
        if not isinstance(entry, Stray) and (entry.next is not state or entry.actions)
    ]
    lines = [f"## {title}", "", text, "", "```mermaid", "stateDiagram-v2"]
    lines += [f"    [*] --> {_node(state)}" for state in openings]
    lines += _figure(arrows)
    leaving = {state for state, _, _, _ in arrows}
    ends = dict.fromkeys(following for _, _, following, _ in arrows if following not in leaving)
    lines += [f"    {_node(state)} --> [*]" for state in ends]
    lines += ["```", "", "| state | input | next state | actions |", "|---|---|---|---|"]
    lines += [_row("", "", label(state), actions) for state, actions in openings.items()]
    lines += [_row(label(state), label(input), label(to), actions) for state, input, to, actions in arrows]
    lines += _strays("Absorbed (harmless: late, repeated or crossing)", table, absorbed=True)
    lines += _strays("Refused (our own misuse, LocalProtocolError)", table, absorbed=False)
    return "\n".join(lines) + "\n"


def label(thing: object) -> str:
    """Return the words of a state, input or action: an Enum's text, or its name where it has none."""
    if isinstance(thing, Enum):
        return thing.value if isinstance(thing.value, str) else thing.name.lower().replace("_", " ")
    return str(thing)


def _figure(arrows: Iterable[_Arrow]) -> list[str]:
    """Return one line for each pair of states, naming every input that leads from one to the other."""
    inputs: dict[tuple[Enum, Enum], list[str]] = {}
    for state, input, following, _ in arrows:
        inputs.setdefault((state, following), []).append(label(input))
    return [f"    {_node(state)} --> {_node(to)}: {', '.join(on)}" for (state, to), on in inputs.items()]


def _node(state: object) -> str:
    return label(state).replace(" ", "_")


def _row(state: str, input: str, following: str, actions: Sequence[object]) -> str:
    done = ", ".join(label(action) for action in actions)
    cells = (state or "(start)", input, following, done)
    return f"| {' | '.join(cells)} |".replace("|  |", "| |")


def _strays(title: str, table: AnyTable, *, absorbed: bool) -> list[str]:
    found: dict[Enum, list[str]] = {}
    for (state, input), entry in table.items():
        quiet = not isinstance(entry, Stray) and entry.next is state and not entry.actions
        if (entry is Stray.ABSORB or quiet) if absorbed else entry is Stray.REFUSE:
            found.setdefault(state, []).append(label(input))
    if not found:
        return []
    return ["", f"{title}:", "", *(f"- {label(state)}: {', '.join(on)}" for state, on in found.items())]
