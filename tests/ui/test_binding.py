"""The Qt binding keeps its references: 6.12.0 on CPython 3.11 loses one to None or True at each emit."""

from __future__ import annotations

import sys

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal
from pytestqt.qtbot import QtBot

EMITS = 5000
SLACK = 500


class Sender(QObject):
    said = Signal(object)
    flagged = Signal(bool)


class Table(QAbstractTableModel):
    def rowCount(self, parent: QModelIndex | QPersistentModelIndex | None = None) -> int:  # noqa: N802
        return 0 if parent is not None and parent.isValid() else 1

    def columnCount(self, parent: QModelIndex | QPersistentModelIndex | None = None) -> int:  # noqa: N802
        return 1

    def data(
        self, index: QModelIndex | QPersistentModelIndex, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        return None


def test_five_thousand_emits_and_model_calls_keep_none_and_true(qtbot: QtBot) -> None:
    sender, table = Sender(), Table()
    heard: list[int] = []
    sender.said.connect(lambda value: heard.append(value is None))
    sender.flagged.connect(lambda value: heard.append(value is True))
    index = table.index(0, 0)
    before = sys.getrefcount(None), sys.getrefcount(True)
    for _ in range(EMITS):
        sender.said.emit(None)
        sender.flagged.emit(True)
        table.data(index)
        table.headerData(0, Qt.Orientation.Horizontal)
    after = sys.getrefcount(None), sys.getrefcount(True)
    assert heard == [True] * (2 * EMITS)
    assert before[0] - after[0] < SLACK
    assert before[1] - after[1] < SLACK
