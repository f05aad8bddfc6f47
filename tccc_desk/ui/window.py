"""The main window: strip and banner on top, three rooms, the log below, the floor."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QApplication, QFrame, QMainWindow, QSplitter, QVBoxLayout, QWidget

from tccc_desk.engine.events import CallOffered, Event
from tccc_desk.texts.catalogue import LANGUAGES
from tccc_desk.trace.unstored import Unstored
from tccc_desk.ui import log_menu
from tccc_desk.ui.banner import Banner
from tccc_desk.ui.call_panel import CallPanel
from tccc_desk.ui.handing_work import HandOver
from tccc_desk.ui.icons import icon
from tccc_desk.ui.log_columns import Memory
from tccc_desk.ui.log_judging import add_context_menu, judge_pasted, judge_selected
from tccc_desk.ui.log_panel import LogPanel
from tccc_desk.ui.menus import Entry, fill_menu
from tccc_desk.ui.now_panel import NowPanel
from tccc_desk.ui.panel import Connections, Submit
from tccc_desk.ui.practice_menu import PracticeMenu
from tccc_desk.ui.sound_row import RecordingFile, nowhere
from tccc_desk.ui.state import DeskState
from tccc_desk.ui.status_line import StatusLine
from tccc_desk.ui.strip import Strip
from tccc_desk.ui.tab_order import order, stops
from tccc_desk.ui.texts import Texts
from tccc_desk.ui.trunks_panel import TrunksPanel

TOLD_MS = 6_000


class Window(QMainWindow):
    """Built for one language; a change of language builds another on the same state."""

    close_wished = Signal()
    settings_wished = Signal()
    language_wished = Signal(str)
    about_wished = Signal()
    sound_wished = Signal()
    recordings_wished = Signal()
    end_status_wished = Signal()
    firewall_wished = Signal()

    def __init__(
        self,
        state: DeskState,
        texts: Texts,
        submit: Submit,
        *,
        log_folder: Path,
        unstored: Unstored | None = None,
        memory: Memory | None = None,
        hand_over: HandOver | None = None,
        follow_log: bool = True,
        play: str = "tone",
        answer_with: str = "echo",
        ring_timeout_s: float = 60.0,
        recording_file: RecordingFile = nowhere,
    ) -> None:
        super().__init__()
        self.setObjectName("window")
        self.texts = texts
        self.may_close = False
        self.connections = Connections()
        self.setWindowTitle(texts("window.title"))
        self.setWindowIcon(icon("tccc-desk"))
        self.strip = Strip(state, texts)
        self.banner = Banner(state, texts)
        self.trunks = TrunksPanel(state, texts, submit)
        self.call = CallPanel(
            state,
            texts,
            submit,
            play=play,
            ring_timeout_s=ring_timeout_s,
            recording_file=recording_file,
        )
        self.now = NowPanel(state, texts, submit, answer_with)
        self.log = LogPanel(
            state,
            texts,
            log_folder,
            memory if memory is not None else {},
            follow=follow_log,
            desk=hand_over,
            unstored=unstored,
        )
        self.floor = StatusLine(state, texts)
        self.practice: PracticeMenu | None = None
        self._lay_out()
        self._make_menus(state)
        self.connections.listen(self.strip.evidence_wished, self.log.show_evidence)
        self.connections.listen(self.log.enlarge_wished, self._enlarge)
        self.connections.listen(self.log.said, self._say)
        rooms = (self.strip, self.trunks, self.call, self.log)
        order(stop for room in rooms for stop in stops(room))
        self.now.cards.tab_after = self.call.hangup_button
        self.connections.listen(self.now.cards.answered, self.call.sound.follow)
        self.connections.listen(state.arrived, self._arrived)
        self.resize(1280, 800)
        self.call.focus_room()

    def _lay_out(self) -> None:
        rooms = QSplitter(Qt.Orientation.Horizontal)
        rooms.setObjectName("window.rooms")
        for panel, least in ((self.trunks, 250), (self.call, 290), (self.now, 330)):
            frame = QFrame()
            frame.setFrameShape(QFrame.Shape.StyledPanel)
            column = QVBoxLayout(frame)
            column.setContentsMargins(0, 0, 0, 0)
            column.addWidget(panel)
            frame.setMinimumWidth(least)
            rooms.addWidget(frame)
        rooms.setChildrenCollapsible(False)
        rooms.setSizes([330, 370, 580])
        self._rooms = rooms
        halves = QSplitter(Qt.Orientation.Vertical)
        halves.setObjectName("window.halves")
        halves.addWidget(rooms)
        halves.addWidget(self.log)
        halves.setChildrenCollapsible(False)
        halves.setStretchFactor(0, 0)
        halves.setStretchFactor(1, 1)
        halves.setSizes([380, 340])
        middle = QWidget()
        column = QVBoxLayout(middle)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(self.strip)
        column.addWidget(self.banner)
        column.addWidget(halves, 1)
        self.setCentralWidget(middle)
        self.setStatusBar(self.floor)

    def _make_menus(self, state: DeskState) -> None:
        trunks, call, cards = self.trunks, self.call, self.now.cards
        menus: dict[str, list[Entry | None]] = {
            "desk": [
                Entry("add-trunk", trunks.add_wished.emit, "Ctrl+N"),
                Entry("import", trunks.bring_in, "Ctrl+I", "gateroom"),
                Entry("export", trunks.hand_out, "Ctrl+E", "gateroom"),
                None,
                Entry("settings", self.settings_wished.emit, "Ctrl+,"),
                None,
                Entry("quit", self.close, "Ctrl+Q"),
            ],
            "call": [
                Entry("register", trunks.register_again, "Ctrl+R"),
                Entry("check", self._check, "Ctrl+K"),
                None,
                Entry("place", call.place, "F5"),
                Entry("hold", call.hold, "F8"),
                Entry("hangup", call.hang_up, "Esc"),
                None,
                Entry("answer", cards.answer_first, "F6"),
                Entry("reject", cards.reject_first, "F9"),
                None,
                Entry("record", call.sound.record, "Ctrl+Shift+R"),
                Entry("recordings", self.recordings_wished.emit),
                Entry("sound", self.sound_wished.emit, "Ctrl+Shift+S"),
            ],
            "view": [
                Entry("room-trunks", trunks.focus_room, "Ctrl+1"),
                Entry("room-call", call.focus_room, "Ctrl+2"),
                Entry("room-now", self.now.focus_room, "Ctrl+3"),
                Entry("room-log", self.log.focus_room, "Ctrl+4"),
                None,
                *(
                    Entry(f"language-{one}", functools.partial(self.language_wished.emit, one))
                    for one in LANGUAGES
                ),
            ],
            "signalling": [
                *log_menu.entries(self.log),
                None,
                Entry("judge", functools.partial(judge_selected, self.log, state), "Ctrl+J", "gateroom"),
                Entry("judge-pasted", functools.partial(judge_pasted, self.log), "", "gateroom"),
            ],
            "help": [
                Entry("end-status", self.end_status_wished.emit, "", "gateroom"),
                Entry("firewall", self.firewall_wished.emit, "", "gateroom"),
                None,
                Entry("about", self.about_wished.emit),
            ],
        }
        for title, entries in menus.items():
            domain = "logroom" if title == "signalling" else "window"
            fill_menu(self, self.texts, self.connections, title, entries, domain=domain)
        log_menu.table_actions(self.log)
        add_context_menu(self.log, state)

    def add_practice(self, lines: Sequence[tuple[str, str]], faults: Sequence[str]) -> PracticeMenu:
        """Add the practice gateway's menu before Help."""
        self.practice = PracticeMenu(self.texts, lines, faults, self)
        self.menuBar().insertMenu(self.menuBar().actions()[-1], self.practice)
        self.connections.listen(self.practice.line_wished, self._call_line)
        return self.practice

    def _call_line(self, number: str) -> None:
        self.call.line.set_text(number)
        self.call.focus_room()

    def take_over(self, other: Window) -> None:
        """Continue another window: its place, its log and what was typed in its form."""
        self.setGeometry(other.geometry())
        self.setWindowState(other.windowState())
        self.log.take_over(other.log)
        self.call.fill(other.call.caller.text, other.call.line.text)

    def _enlarge(self, on: bool) -> None:
        """Give the signalling the room of the others as well."""
        self._rooms.setVisible(not on)
        if on:
            self.log.focus_room()

    def _say(self, id: str, values: dict[str, object]) -> None:
        self.tell(id, **values)

    def _check(self) -> None:
        if self.strip.check_button.isEnabled():
            self.strip.check_wished.emit()

    def _arrived(self, event: Event) -> None:
        if isinstance(event, CallOffered):
            QApplication.alert(self)  # the task bar says so when another window is in front

    def tell(self, id: str, **values: object) -> None:
        """Say for a moment, on the floor, that a wish was carried out."""
        self.floor.showMessage(self.texts(id, **values), TOLD_MS)

    def begin_closing(self) -> None:
        """Say that it takes a moment, and take no more wishes."""
        self.floor.showMessage(self.texts("window.status.closing"))
        for part in (self.centralWidget(), self.menuBar()):
            if part is not None:
                part.setEnabled(False)

    def retire(self) -> None:
        """Stop listening and go."""
        for panel in (self.strip, self.banner, self.trunks, self.call, self.now, self.log):
            panel.retire()
        self.floor.connections.undo()
        if self.practice is not None:
            self.practice.connections.undo()
        self.connections.undo()
        self.may_close = True
        self.close()

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802
        """Close only when the engine has removed our binding; until then ask for it."""
        if self.may_close:
            event.accept()
            return
        event.ignore()
        self.close_wished.emit()
