"""The room of signalling: the table, its filters, and the raw message below."""

from __future__ import annotations

import time

from PySide6.QtCore import QEvent, QModelIndex, QObject, Qt, QTimer
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QSplitter,
    QTableView,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from tccc_desk.trace.entry import TraceEntry
from tccc_desk.ui.inert import inert
from tccc_desk.ui.log_model import HEADINGS, SUMMARY, TIME, TRUNK, WAY, WHAT, LogFilter, LogModel
from tccc_desk.ui.message_view import MessageView
from tccc_desk.ui.panel import Panel, named
from tccc_desk.ui.state import DeskState
from tccc_desk.ui.texts import Texts
from tccc_desk.ui.theme import GRID, bold

FILTER_DELAY_MS = 150
MAX_CALLS_LISTED = 200


class LogPanel(Panel):
    """Follows the newest line until the admin scrolls up; End or the button follows again."""

    def __init__(
        self,
        state: DeskState,
        texts: Texts,
        bound: int,
        *,
        follow: bool = True,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__("log", parent)
        self._state = state
        self._texts = texts
        self.model = LogModel(state, texts, bound)
        column = QVBoxLayout(self)
        column.setContentsMargins(GRID, GRID // 2, GRID, GRID // 2)
        column.setSpacing(GRID // 2)
        column.addLayout(self._filters(follow))
        split = QSplitter(Qt.Orientation.Horizontal)
        split.setObjectName("log.split")
        split.setChildrenCollapsible(False)
        split.addWidget(self._make_table())
        self.message = MessageView(texts)
        split.addWidget(self.message)
        split.setStretchFactor(0, 3)
        split.setStretchFactor(1, 2)
        split.setSizes([640, 440])
        column.addWidget(split, 1)
        self._actions()
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(FILTER_DELAY_MS)
        self._connect(state)

    def _connect(self, state: DeskState) -> None:
        self.listen(self._later.timeout, self._apply)
        self.listen(self.text.textChanged, self._wait)
        self.listen(self.call.currentIndexChanged, self._apply)
        self.listen(self.problems.toggled, self._apply)
        self.listen(self.machines.toggled, self._apply)
        self.listen(self.model.grown, self._grown)
        self.listen(self.model.new_call, self._list_call)
        self.listen(self.model.modelReset, self._grown)
        self.listen(self.table.selectionModel().currentRowChanged, self._show)
        self.listen(self.table.verticalScrollBar().actionTriggered, self._scrolled_soon)
        self.listen(state.call_changed, self._name_call)
        self.listen(state.trunks_changed, self._trunk_column)
        self._trunk_column()

    def retire(self) -> None:
        self._later.stop()
        self.model.connections.undo()
        self.message.retire()
        super().retire()

    def _filters(self, follow: bool) -> QHBoxLayout:
        texts, row = self._texts, QHBoxLayout()
        row.setSpacing(GRID)
        title = QLabel(texts("window.log.title"))
        title.setFont(bold(title.font()))
        self.text = QLineEdit()
        self.text.setClearButtonEnabled(True)
        self.text.setMaxLength(200)
        self.text.setPlaceholderText(texts("window.log.filter-example"))
        self.call = QComboBox()
        self.call.addItem(texts("window.log.all-calls"), "")
        self.call.setMinimumContentsLength(18)
        self.call.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.problems = QCheckBox(texts("window.log.problems"))
        self.machines = QCheckBox(texts("window.log.machines"))
        self.follow = QToolButton()
        self.follow.setText(texts("window.log.follow"))
        self.follow.setCheckable(True)
        self.follow.setChecked(follow)
        named(self.text, "log.filter", texts("window.log.filter"), texts("window.log.filter-tip"))
        named(self.call, "log.call", texts("window.log.call"), texts("window.log.call-tip"))
        named(self.problems, "log.problems", texts("window.log.problems"), texts("window.log.problems-tip"))
        named(self.machines, "log.machines", texts("window.log.machines"), texts("window.log.machines-tip"))
        named(self.follow, "log.follow", texts("window.log.follow"), texts("window.log.follow-tip"))
        row.addWidget(title)
        row.addWidget(self.text, 2)
        row.addWidget(self.call, 1)
        for widget in (self.problems, self.machines, self.follow):
            row.addWidget(widget)
        self.listen(self.follow.toggled, lambda on: self._to_end() if on else None)
        return row

    def _make_table(self) -> QTableView:
        table = QTableView()
        named(table, "log.table", self._texts("window.log.title"))
        table.setModel(self.model)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        table.setShowGrid(False)
        table.setWordWrap(False)
        table.setTabKeyNavigation(False)
        table.verticalHeader().hide()
        table.verticalHeader().setDefaultSectionSize(table.fontMetrics().height() + 6)
        table.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header = table.horizontalHeader()
        header.setHighlightSections(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        metrics = table.fontMetrics()
        widths = {
            TIME: "00:00:00.000  ",
            WAY: "MM received",
            WHAT: "407 Proxy Authentic",
            TRUNK: "gateway01234",
        }
        for section in range(len(HEADINGS)):
            if section == SUMMARY:
                header.setSectionResizeMode(section, QHeaderView.ResizeMode.Stretch)
            else:
                table.setColumnWidth(section, metrics.horizontalAdvance(widths[section]) + 2 * GRID)
        table.installEventFilter(self)
        self.table = table
        return table

    def _actions(self) -> None:
        for keys, slot in (
            (QKeySequence(QKeySequence.StandardKey.Copy), self.message.copy),
            (QKeySequence("Ctrl+Shift+C"), self.message.copy_masked),
            (QKeySequence("End"), self._follow_again),
        ):
            action = QAction(self)
            action.setShortcut(keys)
            action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
            self.listen(action.triggered, slot)
            self.table.addAction(action)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        """A table with no line chosen would go to its oldest one as the keyboard comes: go to the newest."""
        if event.type() == QEvent.Type.FocusIn and not self.table.currentIndex().isValid():
            self._choose_last()
        return super().eventFilter(watched, event)

    def _choose_last(self) -> None:
        last = self.model.rowCount() - 1
        if last >= 0:
            self.table.selectRow(last)

    def take_over(self, other: LogPanel) -> None:
        """Look for the same, and follow as the other did."""
        self.text.setText(other.text.text())
        self.problems.setChecked(other.problems.isChecked())
        self.machines.setChecked(other.machines.isChecked())
        self.follow.setChecked(other.follow.isChecked())

    def focus_room(self) -> None:
        """Take the keyboard."""
        self.table.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def focus_filter(self) -> None:
        """Let the admin type what to look for."""
        self.text.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.text.selectAll()

    def show_evidence(self, at: float) -> None:
        """Go to the line of this time, filters off."""
        self.text.clear()
        self.call.setCurrentIndex(0)
        self.problems.setChecked(False)
        self._apply()
        row = self.model.row_at(at)
        if row >= 0:
            self.follow.setChecked(False)
            self.table.selectRow(row)
            self.table.scrollTo(self.model.index(row, TIME), QAbstractItemView.ScrollHint.PositionAtCenter)
            self.focus_room()

    def selected_entry(self) -> TraceEntry | None:
        """Give the entry of the current row."""
        return self.model.entry(self.table.currentIndex().row())

    def _apply(self, *_: object) -> None:
        chosen = self.selected_entry()
        self.model.filter(
            LogFilter(
                text=self.text.text().strip(),
                call_id=self.call.currentData() or "",
                only_problems=self.problems.isChecked(),
                machine_steps=self.machines.isChecked(),
            )
        )
        if chosen is None:
            self._show(QModelIndex())

    def _wait(self, _: str) -> None:
        self._later.start()

    def _follow_again(self) -> None:
        self._choose_last()
        self.follow.setChecked(True)
        self._to_end()

    def _grown(self) -> None:
        if self.follow.isChecked():
            self._to_end()

    def _trunk_column(self) -> None:
        # With one trunk the column would say the same on every line.
        self.table.setColumnHidden(TRUNK, len(self._state.trunks) < 2)

    def _to_end(self) -> None:
        self.table.scrollToBottom()

    def _scrolled_soon(self, _: int) -> None:
        # The bar reports the action before it moves: look where it stands afterwards.
        QTimer.singleShot(0, self, self._scrolled)

    def _scrolled(self) -> None:
        bar = self.table.verticalScrollBar()
        self.follow.setChecked(bar.value() >= bar.maximum())

    def _show(self, current: QModelIndex, _: QModelIndex | None = None) -> None:
        entry = self.model.entry(current.row()) if current.isValid() else None
        self.message.show_entry(entry)
        if entry is not None and current.row() != self.model.rowCount() - 1:
            self.follow.setChecked(False)

    def _list_call(self, call_id: str) -> None:
        if self.call.count() > MAX_CALLS_LISTED:
            self.call.removeItem(1)
        self.call.addItem(self._call_words(call_id), call_id)

    def _name_call(self, name: str) -> None:
        call = self._state.status.calls.get(name)
        if call is not None:
            at = self.call.findData(call.call_id)
            if at > 0:
                self.call.setItemText(at, self._call_words(call.call_id))

    def _call_words(self, call_id: str) -> str:
        for call in self._state.status.calls.values():
            if call.call_id == call_id:
                id = "window.log.call-in" if call.incoming else "window.log.call-out"
                begun = time.strftime("%H:%M:%S", time.localtime(call.started_at))
                return self._texts(id, time=begun, line=inert(call.line, 24), caller=inert(call.caller, 24))
        return self._texts("window.log.call-other", call_id=inert(call_id, 16))
