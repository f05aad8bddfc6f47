"""The way of the Tab key: room by room, as the eye goes; a card that appears comes after the call."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget


def stops(room: QWidget) -> list[QWidget]:
    """Give the room's named controls that Tab stops at, in the order they were made."""
    return [
        widget
        for widget in room.findChildren(QWidget)
        if widget.focusPolicy() & Qt.FocusPolicy.TabFocus
        and widget.objectName()
        and not widget.objectName().startswith("qt_")
    ]


def order(widgets: Iterable[QWidget]) -> None:
    """Let Tab go through `widgets` in this order."""
    for before, after in pairwise(widgets):
        QWidget.setTabOrder(before, after)
