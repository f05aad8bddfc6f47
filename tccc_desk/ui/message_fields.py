"""A message as a list of its headers and session lines, each with how it fits the document."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHeaderView, QTreeWidget, QTreeWidgetItem

from tccc_desk.ui.icons import icon
from tccc_desk.ui.message_text import MessageText, ShownLine
from tccc_desk.ui.panel import named
from tccc_desk.ui.texts import Texts
from tccc_desk.ui.theme import bold, fixed_font

NAME, VALUE, FITS = range(3)
VERDICT_ICONS = {"expected": "mark-proven", "unusual": "notice", "wrong": "mark-failed", "info": ""}
LINE_ROLE = Qt.ItemDataRole.UserRole


class FieldsView(QTreeWidget):
    """Groups: start line, headers, session description. `line_chosen` gives the shown line's number."""

    line_chosen = Signal(int)

    def __init__(self, texts: Texts) -> None:
        super().__init__()
        self._texts = texts
        self._quiet = False
        named(self, "message.fields", texts("logroom.fields.name"), texts("logroom.message.tip"))
        self.setHeaderLabels([texts(f"logroom.fields.{one}") for one in ("field", "value", "fits")])
        self.setRootIsDecorated(False)
        self.setUniformRowHeights(True)
        self.setIndentation(8)
        self.setAllColumnsShowFocus(True)
        header = self.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(NAME, QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(VALUE, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(FITS, QHeaderView.ResizeMode.ResizeToContents)
        self.currentItemChanged.connect(self._moved)

    def show_message(self, shown: MessageText, verdicts: Sequence[str]) -> None:
        """Show the lines of a message; `verdicts` has one for each shown line."""
        self._quiet = True
        self.clear()
        group, kind = None, ""
        for number, line in enumerate(shown.lines):
            if line.kind in ("blank", "note"):
                continue
            if line.kind != kind:
                kind = line.kind
                group = QTreeWidgetItem([self._texts(f"logroom.fields.{kind}")])
                group.setFirstColumnSpanned(True)
                group.setFont(NAME, bold(self.font()))
                group.setFlags(Qt.ItemFlag.ItemIsEnabled)
                self.addTopLevelItem(group)
                group.setExpanded(True)
            assert group is not None
            group.addChild(self._item(number, line, verdicts[number] if number < len(verdicts) else ""))
        self._quiet = False

    def choose(self, number: int) -> None:
        """Go to a line, without saying so."""
        for at in range(self.topLevelItemCount()):
            group = self.topLevelItem(at)
            for child in range(group.childCount() if group is not None else 0):
                item = group.child(child) if group is not None else None
                if item is not None and item.data(NAME, LINE_ROLE) == number:
                    self._quiet = True
                    self.setCurrentItem(item)
                    self._quiet = False
                    return

    def _item(self, number: int, line: ShownLine, verdict: str) -> QTreeWidgetItem:
        name, value = _parts(line)
        item = QTreeWidgetItem([name, value, self._texts(f"logroom.verdict.{verdict}") if verdict else ""])
        item.setData(NAME, LINE_ROLE, number)
        item.setFont(VALUE, fixed_font())
        item.setToolTip(VALUE, value)
        if VERDICT_ICONS.get(verdict):
            item.setIcon(FITS, icon(VERDICT_ICONS[verdict]))
        return item

    def _moved(self, current: QTreeWidgetItem | None) -> None:
        number = current.data(NAME, LINE_ROLE) if current is not None else None
        if isinstance(number, int) and not self._quiet:
            self.line_chosen.emit(number)


def _parts(line: ShownLine) -> tuple[str, str]:
    if line.kind == "header" and line.name:
        return line.text[: line.name], line.text[line.name :].lstrip(" \t:")
    if line.kind == "sdp":
        name, _, value = line.text.partition("=")
        return name, value
    return "", line.text
