"""Text from the network, made safe to print: on a terminal, or into a document."""

from __future__ import annotations

import unicodedata


def inert(text: str) -> str:
    """`text` with control, formatting (bidi), surrogate and line-breaking characters written as escapes."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_shown(character) for character in text)


def _shown(character: str) -> str:
    category = unicodedata.category(character)
    if category[0] != "C" and category not in ("Zl", "Zp"):
        return character
    point = ord(character)
    return f"\\x{point:02x}" if point < 0x100 else f"\\u{point:04x}" if point < 0x10000 else f"\\U{point:08x}"
