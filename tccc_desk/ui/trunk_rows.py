"""The stored trunks as rows: name, state in words with its countdown, icon of its own shape."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, Qt

from tccc_desk.engine.status import Registration
from tccc_desk.ui.icons import STATE_ICONS, icon
from tccc_desk.ui.panel import Connections
from tccc_desk.ui.state import DeskState
from tccc_desk.ui.texts import Texts
from tccc_desk.ui.trunk_words import state_words

Index = QModelIndex | QPersistentModelIndex
_COUNTING = (Registration.REGISTERED, Registration.RETRYING)


class TrunkRows(QAbstractListModel):
    """Rows in the order of the store."""

    def __init__(self, state: DeskState, texts: Texts) -> None:
        super().__init__()
        self._state = state
        self._texts = texts
        self.connections = Connections()
        self.connections.listen(state.trunks_changed, self._reset)
        self.connections.listen(state.trunk_changed, self._changed)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008, N802
        return 0 if parent.isValid() else len(self._state.trunks)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: ANN401
        if not index.isValid() or index.row() >= len(self._state.trunks):
            return None
        trunk = self._state.trunks[index.row()]
        status = self._state.status.trunk(trunk.name)
        call_only = not trunk.register or trunk.name in self._state.call_only
        words = state_words(self._texts, status, self._state.clock(), call_only=call_only)
        if role == Qt.ItemDataRole.DisplayRole:
            return f"{trunk.name}\n{words}"
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{trunk.name}, {words}"
        if role == Qt.ItemDataRole.DecorationRole:
            return icon(STATE_ICONS[status.registration])
        return None

    def row_of(self, name: str) -> int:
        """Give the row of a trunk, -1 where there is none."""
        names = [trunk.name for trunk in self._state.trunks]
        return names.index(name) if name in names else -1

    def tick(self) -> None:
        """Let the countdowns move: once a second."""
        for row, trunk in enumerate(self._state.trunks):
            if self._state.status.trunk(trunk.name).registration in _COUNTING:
                self._emit(row)

    def _reset(self) -> None:
        self.beginResetModel()
        self.endResetModel()

    def _changed(self, name: str) -> None:
        row = self.row_of(name)
        if row >= 0:
            self._emit(row)

    def _emit(self, row: int) -> None:
        index = self.index(row)
        self.dataChanged.emit(index, index)
