"""The state-machine idiom: a total table from (state, input) to the arrow taken.

Each pair of a state and an input is listed exactly once, as an arrow (`Row`), as a stray that
does no harm (`ABSORB`) or as our own misuse (`REFUSE`). `table` refuses to build anything else,
so a hole is found at import and not by a datagram.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from itertools import product
from types import MappingProxyType
from typing import Final, Generic, Literal, TypeVar

from tccc_desk.sip.errors import LocalProtocolError

State = TypeVar("State", bound=Enum)
Input = TypeVar("Input", bound=Enum)
Action = TypeVar("Action")


class Stray(Enum):
    """What becomes of an input that has no arrow."""

    ABSORB = "absorb"
    """Harmless: late, repeated or crossing."""
    REFUSE = "refuse"
    """The caller broke a rule: LocalProtocolError."""


ABSORB: Final[Literal[Stray.ABSORB]] = Stray.ABSORB
REFUSE: Final[Literal[Stray.REFUSE]] = Stray.REFUSE


@dataclass(frozen=True, slots=True)
class Row(Generic[State, Action]):
    """One arrow. Actions are done in order."""

    next: State
    actions: tuple[Action, ...] = ()


Table = Mapping[tuple[State, Input], Row[State, Action] | Stray]


def table(
    states: type[State],
    inputs: type[Input],
    arrows: Mapping[tuple[State, Input], Row[State, Action]],
    *,
    absorb: Mapping[State, Iterable[Input]],
    refuse: Mapping[State, Iterable[Input]] | None = None,
) -> Table[State, Input, Action]:
    """Join the three lists to one total table. Raises ValueError for a hole or a pair listed twice."""
    entries: dict[tuple[State, Input], Row[State, Action] | Stray] = dict(arrows)
    for stray, listed in ((Stray.ABSORB, absorb), (Stray.REFUSE, refuse or {})):
        for state, strays in listed.items():
            for input in strays:
                if (state, input) in entries:
                    raise ValueError(f"{state.value} and {input.value} are listed twice")
                entries[state, input] = stray
    for state, input in product(states, inputs):
        if (state, input) not in entries:
            raise ValueError(f"no entry for {state.value} and {input.value}")
    return MappingProxyType(entries)


def arrow(
    table: Table[State, Input, Action], machine: str, state: State, input: Input
) -> Row[State, Action] | None:
    """Look the arrow up. None: nothing to do. Raises LocalProtocolError where the table refuses."""
    entry = table[state, input]
    if isinstance(entry, Row):
        return entry
    if entry is Stray.REFUSE:
        raise LocalProtocolError(f"{machine} in {state.value} cannot take {input.value}")
    return None
