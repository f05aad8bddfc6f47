"""Colours and faces. Colour never carries a meaning alone: an icon and a word go before it."""

from __future__ import annotations

from PySide6.QtGui import QColor, QFont, QFontDatabase, QPalette

GRID = 8
"""Pixels: margins and gaps are multiples of it."""

_LIGHT = {"good": "#1d7a3a", "wait": "#8f5600", "bad": "#b3261e", "quiet": "#5f6772", "local": "#6b3fa0"}
_DARK = {"good": "#6fd18c", "wait": "#f0b45a", "bad": "#ff8a80", "quiet": "#9aa4b1", "local": "#c9a7ff"}


def is_dark(palette: QPalette) -> bool:
    """Tell whether windows are dark under this palette."""
    return palette.color(QPalette.ColorRole.Window).lightness() < 128


def colour(role: str, palette: QPalette) -> QColor:
    """Give the text colour of a role: good, wait, bad, quiet or local; readable on this palette."""
    table = _DARK if is_dark(palette) else _LIGHT
    return QColor(table[role]) if role in table else palette.color(QPalette.ColorRole.WindowText)


def fixed_font() -> QFont:
    """Give the system's fixed-width face."""
    return QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)


def bold(font: QFont, *, larger: int = 0) -> QFont:
    """Give a bold copy, some points larger."""
    made = QFont(font)
    made.setBold(True)
    if larger:
        made.setPointSizeF(made.pointSizeF() + larger)
    return made
