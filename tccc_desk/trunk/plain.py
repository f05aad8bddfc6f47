"""Plain text from a form, a command line or a file: bounded, printable, one line."""

from __future__ import annotations

import unicodedata

from tccc_desk.trunk.errors import InputError

SURROUNDING = " \t\u00a0\u3000"
"""White space that may surround a pasted value. CR and LF are not ordinary and stay."""

# Controls, formats (bidi marks, zero-width characters), surrogates (undecodable bytes of a
# command line), unassigned and private characters, line and paragraph separators.
_REFUSED = frozenset({"Cc", "Cf", "Cs", "Cn", "Co", "Zl", "Zp"})


def offending(text: str) -> str:
    """Name the first character no field may hold, as "U+202E"; "" if there is none."""
    for character in text:
        if unicodedata.category(character) in _REFUSED:
            return f"U+{ord(character):04X}"
    return ""


def shown(text: str, limit: int = 60) -> str:
    """Make `text` fit for a sentence: shortened, nothing in it that acts on a terminal or cannot be seen."""
    cut = text if len(text) <= limit else text[: limit - 1] + "…"
    return "".join(c if c.isprintable() else f"<U+{ord(c):04X}>" for c in cut)


def plain(field: str, text: str, limit: int, *, required: bool = False) -> str:
    """Strip ordinary surrounding white space; refuse what is too long, not printable or missing."""
    if len(text) > limit + 64:  # before any work on it
        raise InputError(field, "input.too_long", limit=str(limit))
    stripped = text.strip(SURROUNDING)
    bad = offending(stripped)
    if bad:
        raise InputError(field, "input.control", character=bad)
    if len(stripped) > limit:
        raise InputError(field, "input.too_long", limit=str(limit))
    if required and not stripped:
        raise InputError(field, "input.empty")
    return stripped
