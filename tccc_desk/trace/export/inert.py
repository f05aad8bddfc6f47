"""Text from the network on its way into a document: nothing in it moves, hides or turns around."""

from __future__ import annotations

import html
import unicodedata


def inert(text: str, limit: int = 2000) -> str:
    """`text` on one line: control, formatting (bidi) and line-breaking characters as escapes."""
    text = text[:limit]
    if text.isascii() and text.isprintable():
        return text
    return "".join(map(_shown, text))


def block(text: str, limit: int = 1 << 18) -> str:
    """`text` on its own lines: as `inert`, but line feeds and tabs stay and carriage returns go."""
    lines = text[:limit].replace("\r\n", "\n").split("\n")
    return "\n".join("\t".join(inert(part, limit) for part in line.split("\t")) for line in lines)


def markup(text: str) -> str:
    """Inert text for HTML and SVG."""
    return html.escape(inert(text), quote=True)


def _shown(character: str) -> str:
    category = unicodedata.category(character)
    if category[0] != "C" and category not in ("Zl", "Zp"):
        return character
    point = ord(character)
    return f"\\x{point:02x}" if point < 0x100 else f"\\u{point:04x}" if point < 0x10000 else f"\\U{point:08x}"
