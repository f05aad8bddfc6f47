"""The idiom of our state machines: total tables of (state, input) -> row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Generic, TypeVar

S = TypeVar("S", bound=Enum)
A = TypeVar("A", bound=Enum)


@dataclass(frozen=True, slots=True)
class Row(Generic[S, A]):
    """One arrow: where to, and what to do on the way, in order."""

    next: S
    actions: tuple[A, ...] = ()


def total(
    states: type[S], inputs: type[Enum], arrows: Mapping[tuple[S, Enum], Row[S, A]]
) -> Mapping[tuple[S, Enum], Row[S, A]]:
    """`arrows` with every unlisted pair absorbed: the state stays, nothing is done.

    For registration and calls each stray is daily life (a late answer, a timer that lost a
    race, a key pressed twice), never a fault, so absorbing is the rule and not an oversight.
    """
    return {(state, given): arrows.get((state, given), Row(state)) for state in states for given in inputs}
