"""How free text finds an entry: the same words for the scan and for the index.

Case does not matter for ASCII; other letters must be the same, since octets are compared.
"""

from __future__ import annotations

from typing import Any

BLOCK = 8
"""Neighbouring entries that share one line of the index: they mostly speak of the same call, and
reading eight messages to see which of them it was costs less than eight times the index."""
MAX_TERMS = 24
_UNUSABLE = frozenset("\0\ufffd")


def needle(text: str) -> bytes:
    """What is looked for, as octets."""
    return text.encode("utf-8", "surrogateescape").lower()


COLUMNS = "r.raw,e.trunk,e.local,e.remote,e.fact,e.details,c.call_id"
"""What `document` takes."""


def document(columns: tuple[Any, ...]) -> bytes:
    """All that may be searched of one entry; of a fact the id and values, its sentence is the face's."""
    raw, trunk, local, remote, fact, details, call = columns
    beside = f"{trunk}\n{local}\n{remote}"
    if not raw:
        beside = f"{beside}\n{fact}\n{call or ''}\n{details or ''}"
    return (raw or b"").lower() + b"\n" + beside.encode("utf-8", "replace").lower()


def block_text(documents: list[bytes]) -> str:
    """A block as the index takes it. SQLite's tokenizer ends at a NUL."""
    return b"\n".join(documents).decode("utf-8", "replace").replace("\0", " ")


def expression(text: str, facts: tuple[str, ...] = ()) -> str:
    """Ask the index for blocks that may hold `text` or one of `facts`; "" where it cannot serve."""
    asked = [_terms(needle(one).decode("utf-8", "replace")) for one in (text, *facts)]
    return " OR ".join(f"({' AND '.join(terms)})" for terms in asked) if all(asked) else ""


def _terms(text: str) -> list[str]:
    found = {text[at : at + 3]: None for at in range(len(text) - 2)}
    usable = [term for term in found if not _UNUSABLE & set(term)]
    step = max(1, len(usable) // MAX_TERMS)
    return ['"' + term.replace('"', '""') + '"' for term in usable[::step]]
