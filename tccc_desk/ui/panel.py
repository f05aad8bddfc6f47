"""Base of every panel: it is handed what it needs and undoes its own connections."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QMetaObject, QObject, SignalInstance
from PySide6.QtWidgets import QWidget

from tccc_desk.engine.commands import Command

Submit = Callable[[Command], None]
"""How a panel wishes something of the engine."""


class Connections:
    """Connections made by one owner, so that they can be undone with it."""

    def __init__(self) -> None:
        self._made: list[QMetaObject.Connection] = []

    def listen(self, signal: SignalInstance, slot: Callable[..., Any]) -> None:
        """Connect, and remember it."""
        self._made.append(signal.connect(slot))

    def undo(self) -> None:
        """Undo every connection made so far."""
        for connection in self._made:
            QObject.disconnect(connection)
        self._made.clear()

    def __len__(self) -> int:
        return len(self._made)


class Panel(QWidget):
    """A widget with an object name and accounted connections."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.connections = Connections()

    def listen(self, signal: SignalInstance, slot: Callable[..., Any]) -> None:
        """Connect `signal` to `slot` until the panel retires."""
        self.connections.listen(signal, slot)

    def retire(self) -> None:
        """Stop listening: nothing reaches this panel any more."""
        self.connections.undo()


def named(widget: QWidget, name: str, accessible: str, tip: str = "") -> None:
    """Give a control its object name, what a screen reader says, and its tooltip."""
    widget.setObjectName(name)
    widget.setAccessibleName(accessible)
    if tip:
        widget.setToolTip(tip)
