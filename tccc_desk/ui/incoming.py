"""Calls offered to us (the document's step 3): a card each, every value of it hostile until shown inert."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QFormLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from tccc_desk.engine.commands import AnswerCall, Command, RejectCall
from tccc_desk.engine.events import CallOffered
from tccc_desk.engine.status import Phase
from tccc_desk.ui.icons import icon
from tccc_desk.ui.inert import inert, plain_label
from tccc_desk.ui.panel import Panel, Submit, named
from tccc_desk.ui.sound_choice import TO_ANSWER, SoundChoice
from tccc_desk.ui.state import DeskState
from tccc_desk.ui.tab_order import order, stops
from tccc_desk.ui.texts import Texts
from tccc_desk.ui.theme import GRID, bold, fixed_font
from tccc_desk.ui.value_label import ValueLabel

REJECTIONS = (486, 480, 603, 403, 404, 488, 500, 503)
MAX_CARDS = 8
"""Cards shown at once; a flood of calls must not build a flood of widgets."""


class IncomingCard(Panel):
    """One offered call."""

    def __init__(
        self,
        offer: CallOffered,
        texts: Texts,
        submit: Submit,
        answer_with: str,
        *,
        no_microphone: str = "",
    ) -> None:
        super().__init__("incoming.card")
        self._offer = offer
        self._submit = submit
        self.setAccessibleName(texts("window.incoming.accessible", to=inert(offer.to, 40)))
        frame = QFrame()
        frame.setFrameShape(QFrame.Shape.StyledPanel)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(frame)
        column = QVBoxLayout(frame)
        column.setContentsMargins(GRID, GRID, GRID, GRID)
        column.setSpacing(GRID // 2)
        title = QHBoxLayout()
        mark = QLabel()
        mark.setPixmap(icon("call-incoming").pixmap(16, 16))
        title.addWidget(mark)
        title.addWidget(
            plain_label("incoming.title", texts("window.incoming.title", trunk=inert(offer.trunk, 40))), 1
        )
        column.addLayout(title)
        self.to = ValueLabel("incoming.to", texts("window.incoming.to", to=inert(offer.to, 60) or "-"))
        self.to.setFont(bold(self.to.font(), larger=4))
        column.addWidget(self.to)
        column.addLayout(self._facts(texts))
        column.addLayout(self._choices(texts, answer_with, no_microphone))
        self.waiting = plain_label("incoming.waiting", texts("window.incoming.waiting"))
        self.waiting.hide()
        column.addWidget(self.waiting)

    def _facts(self, texts: Texts) -> QFormLayout:
        form = QFormLayout()
        form.setHorizontalSpacing(GRID)
        form.setVerticalSpacing(2)
        facts = (
            ("from", self._offer.from_header or self._offer.from_),
            ("request-uri", self._offer.request_uri),
            ("asserted", self._offer.asserted_identity),
            ("to-header", self._offer.to_header),
        )
        for name, value in facts:
            label = ValueLabel(f"incoming.{name}", inert(value, 160) or texts("window.incoming.absent"))
            label.setFont(fixed_font())
            form.addRow(texts(f"window.incoming.{name}"), label)
        return form

    def retire(self) -> None:
        self.play.connections.undo()
        super().retire()

    def _choices(self, texts: Texts, answer_with: str, no_microphone: str) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(GRID // 2)
        self.answer_button = QPushButton(texts("window.incoming.answer"))
        self.play = SoundChoice("incoming.play", texts, TO_ANSWER, answer_with)
        self.play.setAccessibleName(texts("window.incoming.play"))
        self.play.allow_microphone(no_microphone)
        self.listen_button = QToolButton()
        self.listen_button.setCheckable(True)
        self.listen_button.setText(texts("soundroom.listen"))
        named(self.listen_button, "incoming.listen", texts("soundroom.listen"), texts("soundroom.listen-tip"))
        self.reject_button = QPushButton(texts("window.incoming.reject"))
        self.code = QComboBox()
        for status in REJECTIONS:
            self.code.addItem(texts(f"window.reject.{status}"), status)
        named(
            self.answer_button,
            "incoming.answer",
            texts("window.incoming.answer"),
            texts("window.incoming.answer-tip"),
        )
        named(
            self.reject_button,
            "incoming.reject",
            texts("window.incoming.reject"),
            texts("window.incoming.reject-tip"),
        )
        named(self.code, "incoming.code", texts("window.incoming.code"))
        self.code.setMinimumContentsLength(4)
        self.code.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        for button in (self.answer_button, self.reject_button):
            button.setAutoDefault(False)
        row.addWidget(self.answer_button)
        row.addWidget(self.play)
        row.addWidget(self.listen_button)
        row.addSpacing(GRID)
        row.addWidget(self.reject_button)
        row.addWidget(self.code, 1)
        self.listen(self.answer_button.clicked, self.answer)
        self.listen(self.reject_button.clicked, self.reject)
        return row

    def answer(self) -> None:
        """Answer with the chosen sound."""
        self._decided()
        self._submit(
            AnswerCall(
                call=self._offer.call,
                play=self.play.source,
                play_file=self.play.file,
                listen=self.listen_button.isChecked(),
            )
        )

    def reject(self) -> None:
        """Refuse with the chosen code."""
        self._decided()
        self._submit(RejectCall(call=self._offer.call, status=self.code.currentData()))

    def _decided(self) -> None:
        for button in (self.answer_button, self.reject_button):
            button.setEnabled(False)
            button.setToolTip(self.waiting.text())
        self.waiting.show()


class IncomingCards(Panel):
    """The cards, oldest first."""

    answered = Signal(object)
    """The AnswerCall of a card."""

    def __init__(
        self, state: DeskState, texts: Texts, submit: Submit, answer_with: str, parent: QWidget | None = None
    ) -> None:
        super().__init__("incoming", parent)
        self._state = state
        self._texts = texts
        self._submit = submit
        self._answer_with = answer_with
        self.cards: dict[str, IncomingCard] = {}
        self.tab_after: QWidget | None = None
        """The control that Tab leaves for the first card."""
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(GRID)
        self._more = plain_label("incoming.more")
        self._column.addWidget(self._more)
        self.listen(state.call_changed, self._refresh)
        self.listen(state.engine_changed, self._refresh)
        self._refresh()

    def retire(self) -> None:
        for card in self.cards.values():
            card.retire()
        super().retire()

    def focus_room(self) -> None:
        """Take the keyboard."""
        if self.cards:
            next(iter(self.cards.values())).answer_button.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def answer_first(self) -> None:
        """Answer the oldest offered call (F6)."""
        if self.cards:
            next(iter(self.cards.values())).answer()

    def reject_first(self) -> None:
        """Reject the oldest offered call (F9)."""
        if self.cards:
            next(iter(self.cards.values())).reject()

    def _decided(self, command: Command) -> None:
        if isinstance(command, AnswerCall):
            self.answered.emit(command)
        self._submit(command)

    def _order_tabs(self) -> None:
        if self.tab_after is not None:
            order([self.tab_after, *(stop for card in self.cards.values() for stop in stops(card))])

    def _refresh(self, _: str = "") -> None:
        offers = {
            call.call: call.offer
            for call in self._state.status.calls.values()
            if call.phase is Phase.OFFERED and call.offer is not None
        }
        for gone in [name for name in self.cards if name not in offers]:
            card = self.cards.pop(gone)
            card.retire()
            card.hide()
            card.deleteLater()
        for name, offer in offers.items():
            if name not in self.cards and len(self.cards) < MAX_CARDS:
                why = self._state.why_no_microphone()
                no_microphone = self._texts(why) if why else ""
                card = IncomingCard(
                    offer, self._texts, self._decided, self._answer_with, no_microphone=no_microphone
                )
                self._column.insertWidget(len(self.cards), card)
                self.cards[name] = card
                self._order_tabs()
        more = len(offers) - len(self.cards)
        self._more.setText(self._texts("window.incoming.more", count=more) if more else "")
        self._more.setVisible(bool(more))
        self.setVisible(bool(offers))
