"""Text from the network on its way into a document: nothing in it moves, hides or turns around."""

from __future__ import annotations

import html

from tccc_desk.texts.inert import inert as plainly


def inert(text: str, limit: int = 2000) -> str:
    """`text` on one line: control, formatting (bidi) and line-breaking characters as escapes."""
    return plainly(text[:limit])


def block(text: str, limit: int = 1 << 18) -> str:
    """`text` on its own lines: as `inert`, but line feeds and tabs stay and carriage returns go."""
    lines = text[:limit].replace("\r\n", "\n").split("\n")
    return "\n".join("\t".join(inert(part, limit) for part in line.split("\t")) for line in lines)


def markup(text: str) -> str:
    """Inert text for HTML and SVG."""
    return html.escape(inert(text), quote=True)
