"""Which columns a table shows: chosen in the heading's menu, remembered from run to run."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping, Sequence

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHeaderView, QMenu, QTableView

from tccc_desk.ui.panel import Connections
from tccc_desk.ui.texts import Texts
from tccc_desk.ui.theme import GRID

Memory = MutableMapping[str, str]
"""What the window remembers from run to run, by a name of its own."""


class Columns:
    """Shows, hides and sizes the columns of one table. One column always stays and takes the room left."""

    def __init__(
        self,
        table: QTableView,
        texts: Texts,
        memory: Memory,
        *,
        key: str,
        names: Sequence[str],
        widths: Mapping[str, str],
        at_first: frozenset[str],
        stretched: str,
        connections: Connections,
    ) -> None:
        self._table = table
        self._texts = texts
        self._memory = memory
        self._key = f"columns.{key}"
        self._names = tuple(names)
        self._stretched = stretched
        self._absent: set[str] = set()
        remembered = memory.get(self._key)
        self._chosen = set(remembered.split(",")) & set(names) if remembered is not None else set(at_first)
        header = table.horizontalHeader()
        metrics = table.fontMetrics()
        for section, name in enumerate(names):
            if name == stretched:
                header.setSectionResizeMode(section, QHeaderView.ResizeMode.Stretch)
            else:
                table.setColumnWidth(section, metrics.horizontalAdvance(widths[name]) + 2 * GRID)
        header.setMinimumSectionSize(3 * GRID)
        connections.listen(header.customContextMenuRequested, self.show_menu)
        self._apply()

    def absent(self, name: str, *, absent: bool) -> None:
        """Leave out a column that would say the same in every row, unless the admin chose it by hand."""
        if self._memory.get(self._key) is None:
            (self._absent.add if absent else self._absent.discard)(name)
            self._apply()

    def menu(self) -> QMenu:
        """Make the heading's menu: one entry a column."""
        menu = QMenu(self._table)
        menu.setObjectName("log.columns")
        model = self._table.model()
        for section, name in enumerate(self._names):
            words = model.headerData(section, Qt.Orientation.Horizontal, Qt.ItemDataRole.DisplayRole)
            action = QAction(str(words), menu)
            action.setObjectName(f"log.column.{name}")
            action.setCheckable(True)
            action.setChecked(not self._table.isColumnHidden(section))
            action.setEnabled(name != self._stretched)
            action.toggled.connect(lambda on, name=name: self._choose(name, on=on))
            menu.addAction(action)
        return menu

    def show_menu(self, place: QPoint) -> None:
        """Open the menu under the pointer."""
        menu = self.menu()
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(self._table.horizontalHeader().mapToGlobal(place))

    def _choose(self, name: str, *, on: bool) -> None:
        self._chosen = {one for one in self._names if not self._hidden(one)}
        (self._chosen.add if on else self._chosen.discard)(name)
        self._absent.clear()
        self._memory[self._key] = ",".join(one for one in self._names if one in self._chosen)
        self._apply()

    def _hidden(self, name: str) -> bool:
        return name != self._stretched and (name not in self._chosen or name in self._absent)

    def _apply(self) -> None:
        for section, name in enumerate(self._names):
            self._table.setColumnHidden(section, self._hidden(name))
