"""Two messages line beside line: what is the same, what was changed, what only one of them has."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Kind = Literal["same", "changed", "left", "right"]
MAX_LINES = 2_000
"""Lines of each message compared; what is beyond is more than anybody reads side by side."""
_TOKENS = re.compile(r"\w+|\W")
_NAME = re.compile(r"([!-9;-~]{1,80})[ \t]*:|([a-z])=")


@dataclass(frozen=True, slots=True)
class Pair:
    """One row: a line of each message, empty where only the other has one."""

    kind: Kind
    left: str
    right: str
    left_spans: tuple[tuple[int, int], ...] = ()
    """Stretches (from, to) of the left line that the right one does not have."""
    right_spans: tuple[tuple[int, int], ...] = ()


def differences(left: Sequence[str], right: Sequence[str]) -> list[Pair]:
    """Lay two messages beside each other: lines of the same header or SDP field go together."""
    left, right = left[:MAX_LINES], right[:MAX_LINES]
    matcher = difflib.SequenceMatcher(None, left, right, autojunk=False)
    pairs: list[Pair] = []
    for tag, low, high, begin, end in matcher.get_opcodes():
        if tag == "equal":
            pairs += [Pair("same", line, line) for line in left[low:high]]
        else:
            pairs += _changed(left[low:high], right[begin:end])
    return pairs


def _changed(left: Sequence[str], right: Sequence[str]) -> list[Pair]:
    rest = list(right)
    pairs: list[Pair] = []
    for line in left:
        name = _field(line)
        at = next((at for at, one in enumerate(rest) if name and _field(one) == name), None)
        if at is None:
            pairs.append(Pair("left", line, ""))
            continue
        pairs += [Pair("right", "", one) for one in rest[:at]]
        pairs.append(_pair(line, rest[at]))
        del rest[: at + 1]
    return [*pairs, *(Pair("right", "", one) for one in rest)]


def _pair(left: str, right: str) -> Pair:
    ours, theirs = _TOKENS.findall(left), _TOKENS.findall(right)
    spans: tuple[list[tuple[int, int]], list[tuple[int, int]]] = ([], [])
    for tag, low, high, begin, end in difflib.SequenceMatcher(
        None, ours, theirs, autojunk=False
    ).get_opcodes():
        if tag == "equal":
            continue
        for tokens, first, last, found in ((ours, low, high, spans[0]), (theirs, begin, end, spans[1])):
            start = sum(map(len, tokens[:first]))
            found.append((start, start + sum(map(len, tokens[first:last]))))
    return Pair("changed", left, right, tuple(spans[0]), tuple(spans[1]))


def _field(line: str) -> str:
    """Name what a line is of: its header, its SDP letter, or the start line."""
    found = _NAME.match(line)
    if found is None:
        return "start" if line.startswith("SIP/2.0 ") or line.endswith(" SIP/2.0") else ""
    return (found[1] or found[2]).lower()
