"""The verdict banner: what went wrong last, who said it, and what to do; hidden while all is well."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QToolButton, QVBoxLayout, QWidget

from tccc_desk.engine.commands import PlaceTestCall
from tccc_desk.engine.events import (
    BindingEstablished,
    CallEnded,
    CallPlaced,
    CommandRefused,
    Event,
    MediaMeasured,
)
from tccc_desk.engine.status import Registration
from tccc_desk.ui import call_words, log_words, trunk_words
from tccc_desk.ui.icons import icon
from tccc_desk.ui.inert import inert, plain_label
from tccc_desk.ui.panel import Panel, named
from tccc_desk.ui.state import DeskState
from tccc_desk.ui.texts import Texts
from tccc_desk.ui.theme import GRID

_TROUBLE = (Registration.REJECTED, Registration.FAILED, Registration.RETRYING)


class Banner(Panel):
    """One sentence and the reasons behind it. The engine's death comes before a trunk's trouble."""

    restart_wished = Signal()

    def __init__(self, state: DeskState, texts: Texts, parent: QWidget | None = None) -> None:
        super().__init__("banner", parent)
        self._state = state
        self._texts = texts
        self._ended: CallEnded | None = None
        self._said = ""
        self._own = ""
        outer = QVBoxLayout(self)
        outer.setContentsMargins(GRID, 0, GRID, 0)
        frame = QFrame()
        frame.setFrameShape(QFrame.Shape.StyledPanel)
        outer.addWidget(frame)
        row = QHBoxLayout(frame)
        row.setContentsMargins(GRID, GRID // 2, GRID // 2, GRID // 2)
        row.setSpacing(GRID)
        self._mark = QLabel()
        self._words = plain_label("banner.words")
        self.restart = QPushButton(texts("window.banner.restart"))
        named(
            self.restart, "banner.restart", texts("window.banner.restart"), texts("window.banner.restart-tip")
        )
        close = QToolButton()
        close.setText("✕")
        close.setAutoRaise(True)
        named(close, "banner.close", texts("window.banner.close"), texts("window.banner.close"))
        row.addWidget(self._mark)
        row.addWidget(self._words, 1)
        row.addWidget(self.restart)
        row.addWidget(close)
        self.listen(self.restart.clicked, self.restart_wished.emit)
        self.listen(close.clicked, self._dismiss)
        self.listen(state.arrived, self._arrived)
        self.listen(state.selected, self._refresh)
        self.listen(state.engine_changed, self._refresh)
        self.listen(state.trunks_changed, self._refresh)
        self._dismissed = ""
        self._refresh()

    def say(self, sentence: str) -> None:
        """Say something of the desk's own, such as a keyring that failed."""
        self._own = sentence
        self._refresh()

    def _arrived(self, event: Event) -> None:
        if isinstance(event, CallEnded):
            trouble = event.outcome in ("failed", "rejected", "no_answer", "busy")
            self._ended = event if trouble and not event.incoming else None
        elif isinstance(event, CallPlaced | BindingEstablished):
            self._ended, self._own = None, ""
            if isinstance(event, CallPlaced):
                self._seen()  # the admin is at work again
        elif isinstance(event, CommandRefused) and event.command != PlaceTestCall.__name__:
            # What follows from a refused ConfigureTrunk says less than that refusal did.
            if event.finding != "finding.command.unknown-trunk" or not self._own:
                self._own = self._texts.finding(event.finding, event.details)
        elif isinstance(event, MediaMeasured):
            return
        self._refresh()

    def _seen(self) -> None:
        """Forget the last restart: the admin knows."""
        self._state.restarted_at = None
        self._state.cut_recordings = ()

    def _dismiss(self) -> None:
        self._dismissed = self._said
        self._ended, self._own = None, ""
        self._seen()
        self._refresh()

    def _refresh(self, _: str = "") -> None:
        words, mark, restart = self._verdict()
        self._said = words
        if words and words == self._dismissed:
            words = ""
        elif words != self._dismissed:
            self._dismissed = ""
        self.restart.setVisible(restart)
        if words:
            self._mark.setPixmap(icon(mark).pixmap(20, 20))
            self._words.setText(words)
            self.setAccessibleName(words)
        self.setVisible(bool(words))

    def _with_recordings(self, words: str) -> str:
        left = (self._texts("soundroom.recording-cut", file=inert(one)) for one in self._state.cut_recordings)
        return "\n".join((words, *left))

    def _verdict(self) -> tuple[str, str, bool]:
        texts, status = self._texts, self._state.status
        if status.crashed and not status.running:
            if self._state.restarting:
                return texts("window.banner.engine-restarting"), "state-retrying", False
            return self._with_recordings(texts("window.banner.engine-died")), "state-failed", True
        if self._own:
            return self._own, "notice", False
        if self._state.restarted_at is not None:
            at = log_words.clock(self._state.restarted_at)
            words = self._with_recordings(texts("window.banner.engine-restarted", time=at))
            return words, "state-retrying", False
        trunk = self._state.trunk_status()
        if trunk.registration in _TROUBLE and trunk.answer is not None and self._state.trunk() is not None:
            said = trunk_words.answer_words(texts, trunk.answer)
            finding = texts.finding(trunk.answer.finding, trunk.answer.details)
            mark = "state-rejected" if trunk.answer.said_by == "server" else "way-local"
            return "\n".join(part for part in (f"{trunk.name}: {said}", finding) if part), mark, False
        if self._ended is not None and self._ended.trunk == self._state.current:
            call = status.calls.get(self._ended.call)
            said = call_words.answer_words(texts, call) if call is not None else ""
            mark = "state-rejected" if self._ended.said_by == "server" else "way-local"
            words = call_words.end_words(texts, self._ended)
            return f"{said}  {words}".strip(), mark, False
        return "", "", False
