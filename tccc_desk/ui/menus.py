"""The window's menus: every key of the keyboard is an entry here, so that it can be found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMainWindow

from tccc_desk.ui.panel import Connections
from tccc_desk.ui.texts import Texts


@dataclass(frozen=True, slots=True)
class Entry:
    """One menu entry; `name` is the rest of its text id and object name."""

    name: str
    slot: Callable[[], object]
    keys: str = ""
    domain: str = "window"
    """The file its words are in."""


def fill_menu(
    window: QMainWindow,
    texts: Texts,
    connections: Connections,
    title: str,
    entries: list[Entry | None],
    *,
    domain: str = "window",
) -> None:
    """Add a menu; None is a separator. `domain` is the file the title's words are in."""
    menu = window.menuBar().addMenu(
        texts(f"logroom.menu.{title}" if domain == "logroom" else f"window.menu.{title}")
    )
    menu.setObjectName(f"menu.{title}")
    for entry in entries:
        if entry is None:
            menu.addSeparator()
            continue
        words = {
            "window": f"window.action.{entry.name}",
            "logroom": f"logroom.action.{entry.name}",
            "gateroom": f"gateroom.action.{entry.name}",
        }
        action = QAction(texts(words[entry.domain]), window)
        action.setObjectName(f"action.{entry.name}")
        if entry.keys:
            action.setShortcut(QKeySequence(entry.keys))
        # The signal's `checked` is none of the slot's business.
        connections.listen(action.triggered, lambda _=False, slot=entry.slot: slot())
        menu.addAction(action)
