"""What a support bundle holds, member by member, before it is saved."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QPlainTextEdit, QSplitter

from tccc_desk.trace.export.bundle import Member
from tccc_desk.ui.inert import inert, inert_lines
from tccc_desk.ui.panel import named
from tccc_desk.ui.texts import Texts
from tccc_desk.ui.theme import fixed_font

MAX_SHOWN = 200_000
"""Octets of a member shown."""


class BundlePreview(QSplitter):
    """Names and sizes on the left, the content of the chosen one on the right."""

    def __init__(self, texts: Texts) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self.setObjectName("handover.bundle")
        self._texts = texts
        self._members: Sequence[Member] = ()
        self.members = QListWidget()
        named(self.members, "handover.members", texts("logroom.handover.members"))
        self.content = QPlainTextEdit()
        self.content.setReadOnly(True)
        self.content.setFont(fixed_font())
        self.content.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.content.setTabChangesFocus(True)
        named(self.content, "handover.content", texts("logroom.handover.content"))
        self.addWidget(self.members)
        self.addWidget(self.content)
        self.setSizes([230, 500])
        self.members.currentRowChanged.connect(self._show)

    def clear(self) -> None:
        """Show nothing."""
        self._members = ()
        self.members.clear()
        self.content.clear()

    def show_members(self, members: Sequence[Member]) -> None:
        """Show a bundle's members, the first one opened."""
        self.clear()
        self._members = members
        for member in members:
            size = self._texts("logroom.handover.octets", count=f"{len(member.content):,}")
            self.members.addItem(QListWidgetItem(f"{inert(member.name, 80)}  {size}"))
        self.members.setCurrentRow(0)

    def _show(self, row: int) -> None:
        if not 0 <= row < len(self._members):
            self.content.clear()
            return
        member = self._members[row]
        if not member.text:
            self.content.setPlainText(self._texts("logroom.handover.binary"))
            return
        shown = member.content[:MAX_SHOWN].decode("utf-8", "replace").removeprefix("\ufeff")
        self.content.setPlainText(inert_lines(shown))
