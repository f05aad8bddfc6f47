"""The room of signalling: what is searched, the table of lines or calls, and the chosen one in full."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QSplitter,
    QStackedWidget,
    QTabWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from tccc_desk.trace.entry import TraceEntry
from tccc_desk.trace.ladder import Ladder
from tccc_desk.trace.query import CallRow, Position
from tccc_desk.trace.unstored import Unstored
from tccc_desk.ui.handing_work import HandOver
from tccc_desk.ui.handover_dialog import HandOverDialog
from tccc_desk.ui.inert import inert
from tccc_desk.ui.ladder_panel import LadderPanel
from tccc_desk.ui.log_calls import CallsModel
from tccc_desk.ui.log_capture import CaptureBanner, Capturing
from tccc_desk.ui.log_columns import Memory
from tccc_desk.ui.log_compare import Comparing
from tccc_desk.ui.log_filter import FilterBar
from tccc_desk.ui.log_grouped import Grouped
from tccc_desk.ui.log_masking import LogMasking
from tccc_desk.ui.log_model import LogModel
from tccc_desk.ui.log_pages import Stretch
from tccc_desk.ui.log_reader import LogReader
from tccc_desk.ui.log_state import StateWords
from tccc_desk.ui.log_talking import Talking
from tccc_desk.ui.log_timeline import BookState, Timeline
from tccc_desk.ui.log_view import CALLS, LINES, TableView, choose_last_if_none
from tccc_desk.ui.log_words import day_clock
from tccc_desk.ui.message_view import MessageView
from tccc_desk.ui.panel import Connections, Panel, named
from tccc_desk.ui.state import DeskState
from tccc_desk.ui.texts import Texts
from tccc_desk.ui.theme import GRID, bold

MAX_CALLS_LISTED = 100


class LogPanel(Panel):
    """Follows the newest line until the admin scrolls up; End or the button follows again."""

    enlarge_wished = Signal(bool)
    """Give the room the whole window, or no longer."""
    said = Signal(str, dict)
    """A text id and its values, to be said for a moment."""

    def __init__(
        self,
        state: DeskState,
        texts: Texts,
        folder: Path,
        memory: Memory,
        *,
        follow: bool = True,
        desk: HandOver | None = None,
        unstored: Unstored | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__("log", parent)
        self.setAcceptDrops(True)
        self._state = state
        self.texts = self._texts = texts
        self._memory = memory
        self._desk = desk or HandOver()
        self.folder = folder
        self._unstored = unstored
        self._in_memory = 0
        self.masking = LogMasking()
        self.model = LogModel(texts, self.masking.mask)
        self.calls_model = CallsModel(texts, self.masking.mask)
        self.filters = FilterBar(texts)
        self.text, self.call = self.filters.text, self.filters.call
        self.problems, self.machines = self.filters.problems, self.filters.machines
        self.lines = TableView(LINES, self.model, texts, memory, self.connections)
        self.calls = TableView(CALLS, self.calls_model, texts, memory, self.connections)
        self.table = self.lines.table
        self.message = MessageView(texts, self.masking)
        self.ladder = LadderPanel(texts, self.masking, self.say)
        self.words = StateWords(texts)
        self._lay_out(follow)
        self._links = Connections()
        """To what reads the folder shown; undone with it."""
        self._connect(state)
        self._attach(folder, follow=follow)
        self.show_calls(memory.get("log.view") == "calls")
        self.capturing = Capturing(self)
        self.comparing = Comparing(self)

    def _connect(self, state: DeskState) -> None:
        self.listen(self.filters.changed, self._search)
        self.listen(self.text.left, self.focus_room)
        self.listen(self.table.selectionModel().currentRowChanged, self._show)
        self.listen(self.calls.table.selectionModel().currentRowChanged, self._show_call)
        self.listen(self.table.opened, self._open_line)
        self.listen(self.calls.table.opened, self._open_call)
        self.listen(self.table.left, self.back)
        self.listen(self.ladder.view.chosen, self._ladder_chosen)
        self.listen(self.ladder.view.opened, self._ladder_opened)
        self.listen(self.masking.changed, self._mask_changed)
        self.listen(state.trunks_changed, self._trunks)
        self._trunks()

    def _attach(self, folder: Path, *, follow: bool, capture: bool = False) -> None:
        """Read a folder from now on."""
        self.shown_folder = folder
        self.reader = LogReader(folder, unstored=None if capture else self._unstored)
        self.timeline = Timeline(self.reader, self.model, self.table, self.lines.bar)
        self.timeline.following = follow
        self.grouped = Grouped(self.reader, self.calls_model, self.calls.table, self.calls.bar)
        self.talking = Talking(self.reader, self._state, capture=capture)
        self.message.trunk_of = (lambda _: None) if capture else self._state.trunk_named
        listen = self._links.listen
        listen(self.timeline.arrived, self._arrived)
        listen(self.timeline.followed, self.follow.setChecked)
        listen(self.timeline.state_known, self._state_known)
        listen(self.timeline.failed, self.words.failed)
        listen(self.grouped.arrived, self._list_calls)
        for table, end in ((self.table, self.timeline), (self.calls.table, self.grouped)):
            listen(table.start_wished, end.to_start)
            listen(table.end_wished, end.to_end)
        listen(self.talking.known, self._talk_known)
        self.timeline.search(self.words.with_facts(self.filters.query()))
        self.grouped.search(self.filters.query())

    def _detach(self) -> None:
        """Read nothing any more."""
        self._links.undo()
        self.timeline.close()
        self.grouped.close()
        self.talking.close()
        self.reader.close()

    def switch_folder(self, folder: Path, *, capture: bool) -> None:
        """Show another log: an imported capture, or our own again."""
        self._detach()
        self.filters.clear()
        self.model.show(Stretch([], None, None))
        self.calls_model.show([], from_start=True)
        self.message.show_entry(None)
        self.ladder.view.show_ladder(Ladder(), keep=False)
        self.follow.setChecked(not capture)
        self._attach(folder, follow=not capture, capture=capture)

    def retire(self) -> None:
        self.capturing.retire()
        self.comparing.retire()
        self._detach()
        for part in (self.filters, self.message, self.ladder):
            part.retire()
        super().retire()

    def _lay_out(self, follow: bool) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(GRID, GRID // 2, GRID, GRID // 2)
        column.setSpacing(GRID // 2)
        column.addLayout(self._first_row(follow))
        self.filters.hide()
        column.addWidget(self.filters)
        self.banner = CaptureBanner(self._texts)
        column.addWidget(self.banner)
        self._stack = QStackedWidget()
        self._stack.addWidget(self.lines.view)
        self._stack.addWidget(self.calls.view)
        left = QWidget()
        left_column = QVBoxLayout(left)
        left_column.setContentsMargins(0, 0, 0, 0)
        left_column.setSpacing(2)
        left_column.addWidget(self._stack, 1)
        left_column.addWidget(self.words)
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        self.tabs.setUsesScrollButtons(False)
        named(self.tabs.tabBar(), "log.tab-bar", self._texts("logroom.tabs"))
        named(self.tabs, "log.tabs", self._texts("logroom.tabs"))
        self.tabs.addTab(self.message, self._texts("logroom.tab.message"))
        self.tabs.addTab(self.ladder, self._texts("logroom.tab.ladder"))
        split = QSplitter(Qt.Orientation.Horizontal)
        split.setObjectName("log.split")
        split.setChildrenCollapsible(False)
        split.addWidget(left)
        split.addWidget(self.tabs)
        split.setStretchFactor(0, 1)
        split.setStretchFactor(1, 1)
        split.setSizes([600, 480])
        column.addWidget(split, 1)

    def _first_row(self, follow: bool) -> QHBoxLayout:
        texts, row = self._texts, QHBoxLayout()
        row.setSpacing(GRID // 2)
        title = QLabel(texts("window.log.title"))
        title.setFont(bold(title.font()))
        row.addWidget(title)
        self.by_call = self._switch("by-call", row)
        row.addWidget(self.text, 1)
        row.addWidget(self.problems)
        self.more = self._switch("more", row)
        self.follow = self._switch("follow", row)
        self.follow.setText(texts("window.log.follow"))
        named(self.follow, "log.follow", texts("window.log.follow"), texts("window.log.follow-tip"))
        self.follow.setChecked(follow)
        self.mask_switch = self._switch("mask", row)
        self.enlarge = self._switch("enlarge", row)
        self.listen(self.by_call.toggled, self.show_calls)
        self.listen(self.more.toggled, self.show_more)
        self.listen(self.follow.toggled, self._follow)
        self.listen(self.mask_switch.toggled, self.masking.switch)
        self.listen(self.enlarge.toggled, self.enlarge_wished.emit)
        return row

    def _switch(self, name: str, row: QHBoxLayout) -> QToolButton:
        button = QToolButton()
        button.setCheckable(True)
        button.setText(self._texts(f"logroom.switch.{name}"))
        named(button, f"log.{name}", button.text(), self._texts(f"logroom.switch.{name}-tip"))
        row.addWidget(button)
        return button

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: N802
        """Take files and text: captures, and what other tools print."""
        if event.mimeData().hasUrls() or event.mimeData().hasText():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: N802
        """Open what was dropped."""
        if self.capturing.take(event.mimeData()):
            event.acceptProposedAction()

    def say(self, id: str, **values: object) -> None:
        """Say something for a moment."""
        self.said.emit(id, values)

    def take_over(self, other: LogPanel) -> None:
        """Look for the same, and follow as the other did."""
        self.filters.take_over(other.filters)
        self.more.setChecked(other.more.isChecked())
        self.mask_switch.setChecked(other.mask_switch.isChecked())
        self.by_call.setChecked(other.by_call.isChecked())
        self.follow.setChecked(other.follow.isChecked())
        self.enlarge.setChecked(other.enlarge.isChecked())

    def focus_room(self) -> None:
        """Take the keyboard."""
        table = self.calls.table if self.by_call.isChecked() else self.table
        table.setFocus(Qt.FocusReason.ShortcutFocusReason)
        choose_last_if_none(table)

    def focus_filter(self) -> None:
        """Let the admin type what to look for."""
        self.text.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.text.selectAll()

    def focus_ladder(self) -> None:
        """Show the ladder and give it the keyboard."""
        self.tabs.setCurrentWidget(self.ladder)
        self.ladder.view.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def focus_message(self) -> None:
        """Show the message and give it the keyboard."""
        self.tabs.setCurrentWidget(self.message)
        self.message.focus_text()

    def show_calls(self, on: bool) -> None:
        """Show one row a call, or one row a message."""
        self.by_call.setChecked(on)
        self._stack.setCurrentWidget(self.calls.view if on else self.lines.view)
        self.filters.by_call(on)
        self._memory["log.view"] = "calls" if on else "lines"
        self.words.searching(self.filters, by_call=on)

    def show_more(self, on: bool) -> None:
        """Show the second line of filters."""
        self.more.setChecked(on)
        self.filters.setVisible(on)

    def show_evidence(self, at: float) -> None:
        """Go to the line of this time, filters off."""
        self.by_call.setChecked(False)
        self.filters.clear()
        self.timeline.go_to(at)
        self.focus_room()

    def show_one_call(self, call_id: str, words: str) -> None:
        """Show the lines of one call and its ladder."""
        self.filters.choose_call(call_id, words)
        self.by_call.setChecked(False)
        self.show_more(True)
        self.tabs.setCurrentWidget(self.ladder)
        self.table.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def back(self) -> None:
        """From one call's lines back to the list of calls."""
        if self.call.currentData():
            self.filters.choose_call("", "")
            self.by_call.setChecked(True)
            self.focus_room()

    def selected_entry(self) -> TraceEntry | None:
        """Give the entry of the current row."""
        return self.model.entry(self.table.currentIndex().row())

    def selected_position(self) -> Position | None:
        """Give the place of the current row."""
        return self.model.position(self.table.currentIndex().row())

    def selected_call_ids(self) -> tuple[str, ...]:
        """Give the Call-IDs of the rows that are chosen, in either table."""
        if self.by_call.isChecked():
            rows = self.calls.table.selectionModel().selectedRows()
            chosen = [call.call_id for one in rows if (call := self.calls_model.call(one.row()))]
        else:
            rows = self.table.selectionModel().selectedRows()
            chosen = [entry.call_id for one in rows if (entry := self.model.entry(one.row()))]
        return tuple(dict.fromkeys(one for one in chosen if one))

    def hand_over(self) -> None:
        """Open the dialog that hands over what is chosen."""
        dialog = HandOverDialog(self, self._desk, self.selected_call_ids(), capture=self.capturing.active)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _search(self) -> None:
        query = self.words.with_facts(self.filters.query())
        keep = None if self.follow.isChecked() else self.selected_position()
        self.timeline.search(query, keep=keep)
        self.grouped.search(query)
        self.more.setText(
            self._texts("logroom.switch.more-set" if self.filters.more_set() else "logroom.switch.more")
        )
        self.words.searching(self.filters, by_call=self.by_call.isChecked())

    def _follow(self, on: bool) -> None:
        self.timeline.follow(on)
        self.grouped.following = on

    def _arrived(self) -> None:
        self.words.found(
            self.model.rowCount(), more=self.model.low is not None or self.model.high is not None
        )

    def _state_known(self, book: BookState) -> None:
        self.words.book(book.total, book.indexed)
        self.words.trouble(book.unstored, book.unreadable)
        before, self._in_memory = self._in_memory, book.unstored
        if book.unstored < before:
            self._search()  # what was in memory stands elsewhere now
        elif book.grew:
            self.grouped.refresh()
            self.talking.refresh()

    def _trunks(self) -> None:
        names = [trunk.name for trunk in self._state.trunks]
        self.filters.list_trunks(names)
        # With one trunk the column would say the same on every line.
        for columns in (self.lines.columns, self.calls.columns):
            columns.absent("trunk", absent=len(names) < 2)

    def _list_calls(self) -> None:
        newest = list(self.calls_model.calls())[-MAX_CALLS_LISTED:]
        self.filters.list_calls((self.call_words(one), one.call_id) for one in reversed(newest))

    def call_words(self, call: CallRow) -> str:
        """Name a call by what an admin knows of it."""
        begun = day_clock(call.first_at)
        if call.kind == "call":
            words = f"{begun}  {inert(call.caller, 24)} → {inert(call.callee, 24)}"
        else:
            words = f"{begun}  {self._texts(f'logroom.kind.{call.kind}')}  {inert(call.caller, 24)}"
        return self.masking.mask(words)

    def _show(self, current: QModelIndex, _: QModelIndex | None = None) -> None:
        entry = self.model.entry(current.row()) if current.isValid() else None
        place = self.model.position(current.row()) if current.isValid() else None
        self.message.show_entry(entry, self.talking.before(entry, place))
        self.talking.show(entry.call_id if entry is not None else "", place)
        if entry is not None and current.row() != self.model.rowCount() - 1:
            self.timeline.follow(False)

    def _show_call(self, current: QModelIndex, _: QModelIndex | None = None) -> None:
        call = self.calls_model.call(current.row()) if current.isValid() else None
        if call is not None:
            self.talking.show(call.call_id, None)
            self.tabs.setCurrentWidget(self.ladder)

    def _talk_known(self, keep: bool) -> None:
        talk = self.talking.talk
        self.ladder.view.show_ladder(talk.ladder, keep=keep)
        place = self.selected_position()
        if place is not None and not self.by_call.isChecked():
            self.ladder.view.go_to_entry(talk.index(place))
            self.message.learn(self.talking.before(self.selected_entry(), place))

    def _ladder_chosen(self, index: int) -> None:
        """An arrow was gone to: choose its line, or show its message where the table shows calls."""
        rows = self.talking.talk.rows
        if not 0 <= index < len(rows):
            return
        row = self.model.row_of(rows[index].position)
        if row >= 0 and not self.by_call.isChecked():
            self.table.selectRow(row)
            self.table.scrollTo(self.model.index(row, 0))
        else:
            self.message.show_entry(rows[index].entry, self.talking.talk.entries[:index])

    def _ladder_opened(self, index: int) -> None:
        self._ladder_chosen(index)
        self.focus_message()

    def _open_line(self) -> None:
        self.focus_message()

    def _open_call(self) -> None:
        call = self.calls_model.call(self.calls.table.currentIndex().row())
        if call is not None:
            self.show_one_call(call.call_id, self.call_words(call))

    def _mask_changed(self) -> None:
        self.model.forget_words()
        self.calls_model.forget_words()
        self._list_calls()
