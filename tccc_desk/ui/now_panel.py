"""What is happening now: the steps of the call, its clock, code, measurements and end."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QHBoxLayout, QLabel, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from tccc_desk.engine.events import CallOffered, Event
from tccc_desk.engine.status import CallStatus, Phase
from tccc_desk.ui import call_words
from tccc_desk.ui.icons import icon
from tccc_desk.ui.incoming import IncomingCards
from tccc_desk.ui.inert import plain_label
from tccc_desk.ui.level_bar import LevelBar
from tccc_desk.ui.panel import Panel, Submit
from tccc_desk.ui.quality_strip import QualityStrip
from tccc_desk.ui.state import DeskState
from tccc_desk.ui.steps import Steps
from tccc_desk.ui.texts import Texts
from tccc_desk.ui.theme import GRID, bold, colour

NAMES = (
    "idle",
    "parties",
    "answer",
    "end",
    "timing",
    "recording",
    "one-way",
    "loop",
    "notices",
    "mos",
    "counters",
    "details",
)
"""Of the labels, as they stand one below the other."""


class NowPanel(Panel):
    """Shows the newest call that was placed or answered, and above it the cards of calls offered."""

    def __init__(
        self,
        state: DeskState,
        texts: Texts,
        submit: Submit,
        answer_with: str = "echo",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__("now", parent)
        self._state = state
        self._texts = texts
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        area = QScrollArea()
        area.setObjectName("now.area")
        area.setWidgetResizable(True)
        area.setFrameShape(QScrollArea.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        inner = QWidget()
        area.setWidget(inner)
        outer.addWidget(area)
        column = QVBoxLayout(inner)
        column.setContentsMargins(GRID, GRID, GRID, GRID)
        column.setSpacing(GRID // 2)
        self.cards = IncomingCards(state, texts, submit, answer_with)
        column.addWidget(self.cards)
        title = QLabel(texts("window.now.title"))
        title.setFont(bold(title.font()))
        column.addWidget(title)
        self._build(column)
        column.addStretch(1)
        self.listen(state.call_changed, self._refresh)
        self.listen(state.engine_changed, self._refresh)
        self.listen(state.arrived, self._arrived)
        self._area = area
        self._second = QTimer(self)
        self._second.setInterval(500)
        self.listen(self._second.timeout, self._tick)
        self._second.start()
        self._refresh()

    def _build(self, column: QVBoxLayout) -> None:
        texts = self._texts
        self.steps = Steps(texts)
        self._labels = {name: plain_label(f"now.{name}") for name in NAMES}
        self._clock = plain_label("now.clock")
        self._clock.setWordWrap(False)
        self._clock.setFont(bold(self._clock.font(), larger=6))
        named_levels = [texts("window.now.level-us"), texts("window.now.level-them")]
        widest = max(self.fontMetrics().horizontalAdvance(one) for one in named_levels)
        self._us = LevelBar("now.level-us", named_levels[0], texts, widest)
        self._them = LevelBar("now.level-them", named_levels[1], texts, widest)
        top = QHBoxLayout()
        top.setSpacing(GRID)
        top.addWidget(self._clock, 0)
        self._clock.setSizePolicy(QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Preferred)
        self._clock.setMinimumWidth(self._clock.fontMetrics().horizontalAdvance("00:00"))
        top.addWidget(self._labels["answer"], 1)
        column.addWidget(self._labels["idle"])
        column.addWidget(self.steps)
        column.addWidget(self._labels["parties"])
        column.addLayout(top)
        for name in ("end", "timing"):
            column.addWidget(self._labels[name])
        column.addLayout(self._recording_row())
        for name in ("one-way", "loop", "notices"):
            column.addWidget(self._labels[name])
        levels = QHBoxLayout()
        levels.setSpacing(GRID)
        for bar in (self._us, self._them):
            levels.addWidget(bar, 1)
        column.addLayout(levels)
        self.quality = QualityStrip(texts)
        column.addWidget(self.quality)
        for name in ("mos", "counters", "details"):
            column.addWidget(self._labels[name])

    def _recording_row(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(GRID // 2)
        self._recording_mark = QLabel()
        self._recording_mark.setObjectName("now.recording-mark")
        self._recording_mark.setPixmap(icon("recording").pixmap(16, 16))
        row.addWidget(self._recording_mark, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self._labels["recording"], 1)
        return row

    def retire(self) -> None:
        self._second.stop()
        self.cards.retire()
        super().retire()

    def focus_room(self) -> None:
        """Take the keyboard: the first incoming card, if there is one."""
        self.cards.focus_room()

    def shown_call(self) -> CallStatus | None:
        """Give the call shown: the live one, else the last."""
        live = self._state.placed_call()
        if live is not None:
            return live
        calls = [call for call in self._state.status.calls.values() if call.phase is not Phase.OFFERED]
        return calls[-1] if calls else None

    def _arrived(self, event: Event) -> None:
        if isinstance(event, CallOffered):
            self._area.verticalScrollBar().setValue(0)  # its card is on top: it must be seen

    def _tick(self) -> None:
        call = self.shown_call()
        if call is not None and call.phase is not Phase.ENDED:
            now = self._state.clock()
            self._clock.setText(call_words.clock_words(self._texts, call, now))
            if call.recording:
                self._labels["recording"].setText(call_words.recording_words(self._texts, call, now))

    def _refresh(self, _: str = "") -> None:
        texts, call = self._texts, self.shown_call()
        self.steps.show_call(call)
        shown = dict.fromkeys(self._labels, "")
        media = call.media if call is not None else None
        if call is None:
            shown["idle"] = texts("window.now.idle")
        else:
            shown["parties"] = call_words.parties(texts, call)
            shown["answer"] = call_words.answer_words(texts, call)
            shown["end"] = call_words.end_words(texts, call.end) if call.end is not None else ""
            shown["timing"] = call_words.timing_words(texts, call)
            shown["recording"] = call_words.recording_words(texts, call, self._state.clock())
            shown["notices"] = call_words.notice_words(texts, call)
        if media is not None:
            shown["one-way"], role = call_words.one_way_words(texts, media)
            shown["counters"] = call_words.counter_words(texts, media)
            shown["mos"] = call_words.mos_words(texts, media)
            shown["loop"] = call_words.loop_words(texts, media)
            shown["details"] = call_words.detail_words(texts, media)
            self._labels["one-way"].setStyleSheet(f"color: {colour(role, self.palette()).name()}")
            self._us.show_level(media.level_sent_dbov)
            self._them.show_level(media.level_received_dbov)
        self._recording_mark.setVisible(call is not None and bool(call.recording))
        self.quality.setVisible(media is not None)
        self.quality.show_points(self._state.quality(call.call) if call is not None else ())
        self._us.setVisible(media is not None)
        self._them.setVisible(media is not None)
        self.steps.setVisible(call is not None)
        self._clock.setVisible(call is not None)
        self._clock.setText(call_words.clock_words(texts, call, self._state.clock()) if call else "")
        for name, label in self._labels.items():
            if label.text() != shown[name]:
                label.setText(shown[name])
            label.setVisible(bool(shown[name]))
