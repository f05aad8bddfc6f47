"""The menu of the signalling room: every key of it is an entry here, so that it can be found."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence

from tccc_desk.ui.log_panel import LogPanel
from tccc_desk.ui.menus import Entry


def entries(log: LogPanel) -> list[Entry | None]:
    """Give the menu's entries."""

    def entry(name: str, slot: Callable[[], object], keys: str = "") -> Entry:
        return Entry(name, slot, keys, "logroom")

    return [
        entry("by-call", log.by_call.toggle, "Ctrl+G"),
        Entry("filter", log.focus_filter, "/"),
        entry("more", log.more.toggle, "F7"),
        entry("mask", log.mask_switch.toggle, "Ctrl+M"),
        entry("enlarge", log.enlarge.toggle, "F11"),
        None,
        entry("message", log.focus_message, "Ctrl+Shift+M"),
        entry("fields", log.message.by_field.toggle, "Ctrl+D"),
        entry("ladder", log.focus_ladder, "Ctrl+L"),
        entry("mark", log.comparing.mark, "Ctrl+B"),
        entry("compare", log.comparing.compare, "Ctrl+Shift+D"),
        entry("compare-previous", log.comparing.compare_previous, "Ctrl+Shift+B"),
        None,
        entry("open-capture", log.capturing.ask, "Ctrl+O"),
        entry("paste-capture", log.capturing.paste, "Ctrl+Shift+V"),
        entry("close-capture", log.capturing.close, "Ctrl+W"),
        None,
        entry("hand-over", log.hand_over, "F2"),
        entry("ladder-save", log.ladder.save_as),
        entry("ladder-print", log.ladder.print_out, "Ctrl+P"),
    ]


def table_actions(log: LogPanel) -> None:
    """Add the keys that mean something in the tables only."""
    for keys, slot in (
        (QKeySequence(QKeySequence.StandardKey.Copy), log.message.copy),
        (QKeySequence("Ctrl+Shift+C"), log.message.copy_masked),
    ):
        for table in (log.table, log.calls.table):
            action = QAction(log)
            action.setShortcut(keys)
            action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
            log.listen(action.triggered, slot)
            table.addAction(action)
