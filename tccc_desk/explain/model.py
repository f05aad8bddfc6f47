"""What is known of a message, and what is said of one of its lines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from tccc_desk.sip.wire import printable
from tccc_desk.trunk.profile import Trunk

Verdict = Literal["expected", "unusual", "wrong", "info"]
"""expected: as the document or the RFC wants it. unusual: works, but look here when it does not. wrong:
against the document, or broken. info: says something, and there is nothing to judge."""
LineKind = Literal["start", "header", "sdp", "other"]
Step = Literal[0, 1, 2, 3]
"""Of the provider's document: 1 registration, 2 a call to the provider, 3 a call from it, 0 none of these."""

MAX_SHOWN = 120
"""Characters of a value quoted in a sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What the message alone does not tell. Empty where it is not known: then the shape is judged."""

    direction: Literal["sent", "received"]
    trunk: Trunk | None = None
    line: str = ""
    """Step 2: the trunk's own line number. Step 3: the number the provider wants dialled."""
    caller: str = ""
    method: str = ""
    """Of the request, also of the one a response answers; read from the message where it is empty."""
    status: int = 0
    first_request: bool = False
    """True for a request that begins a call: its To must not carry a tag."""
    credentials_sent_before: bool = False
    """True when an earlier request with credentials was not accepted before this message."""
    step: Step = 0


@dataclass(frozen=True, slots=True)
class Explained:
    """One line of a message. `id` is a text; `values` quote the wire: bounded, printable and hostile."""

    line: int
    """Physical line counted from 0; the first one of a folded header."""
    kind: LineKind
    id: str
    values: Mapping[str, str] = field(default_factory=dict)
    verdict: Verdict = "info"


class Said(NamedTuple):
    """A sentence on its way to become an `Explained`."""

    id: str
    verdict: Verdict
    values: Mapping[str, str]


def say(id: str, verdict: Verdict = "info", **values: str | int) -> Said:
    """Make a sentence; what it quotes is cut and made printable."""
    return Said(id, verdict, {name: shown(str(value)) for name, value in values.items()})


def shown(text: str) -> str:
    """Cut a piece of wire text, and leave nothing in it that cannot be encoded."""
    cut = text[:MAX_SHOWN] + ("…" if len(text) > MAX_SHOWN else "")
    return printable(cut).strip()
