"""Text from the network, made harmless to look at.

Control, bidirectional and invisible characters become visible escapes, so that a hostile
caller cannot reorder, hide or forge what the admin reads. Labels made here never
interpret markup.
"""

from __future__ import annotations

import unicodedata

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

MAX_SHOWN = 300
"""Characters of one value shown; the log holds the whole message."""

_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def inert(value: str, limit: int = MAX_SHOWN) -> str:
    """Escape what could mislead and cut at `limit` characters."""
    shown = "".join(_shown(character) for character in value[:limit])
    return shown + "…" if len(value) > limit else shown


def inert_lines(value: str) -> str:
    """Escape a whole message, keeping its line ends and tabs."""
    lines = value.replace("\r\n", "\n").split("\n")
    return "\n".join("".join(one if one == "\t" else _shown(one) for one in line) for line in lines)


def _shown(character: str) -> str:
    if character.isascii() and character.isprintable():
        return character
    if unicodedata.category(character) in _HIDDEN or unicodedata.combining(character):
        return f"\\u{ord(character):04x}"
    return " " if character.isspace() else character


FORM_WIDTH = 360
"""Pixels. A form asks a wrapping label for its height at its least width, and leaves that much room."""


def form_note(name: str, value: str = "") -> QLabel:
    """Make a plain label for the field column of a form."""
    label = plain_label(name, value)
    label.setMinimumWidth(FORM_WIDTH)
    return label


def plain_label(name: str, value: str = "", *, parent: QWidget | None = None) -> QLabel:
    """Make a label that shows its text and nothing else: no markup, no links, selectable."""
    label = QLabel(parent)
    label.setObjectName(name)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setOpenExternalLinks(False)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    label.setWordWrap(True)
    # Its own minimum would be its longest word's: a hostile one must not widen the window.
    label.setMinimumWidth(40)
    policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
    policy.setHeightForWidth(True)
    label.setSizePolicy(policy)
    label.setText(value)
    return label
