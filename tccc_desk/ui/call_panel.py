"""The test call: who seems to call, which line is called, the pad, Call, Hold and Hang up."""

from __future__ import annotations

import uuid

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from tccc_desk.engine.commands import HangUp, HoldCall, PlaceTestCall, SendDigits
from tccc_desk.engine.events import CommandRefused
from tccc_desk.engine.status import CallStatus, Phase
from tccc_desk.trunk.dialling import as_dialled
from tccc_desk.trunk.entry import checked_call
from tccc_desk.trunk.errors import InputError
from tccc_desk.ui.dial_pad import KEYS, DialPad
from tccc_desk.ui.inert import plain_label
from tccc_desk.ui.number_field import NumberField
from tccc_desk.ui.number_words import preview
from tccc_desk.ui.panel import Panel, Submit, named
from tccc_desk.ui.sound_row import RecordingFile, SoundRow, nowhere
from tccc_desk.ui.state import DeskState
from tccc_desk.ui.texts import Texts
from tccc_desk.ui.theme import GRID, bold

ASKED_MS = 1_000
"""How long a call just asked for counts as going on before the engine says so: Enter pressed twice."""


class CallPanel(Panel):
    """The document's step 2. In a call the same pad sends digits, and they stay visible."""

    placed = Signal(str, str, str)
    """Trunk, caller and line of a call that was asked for."""

    def __init__(
        self,
        state: DeskState,
        texts: Texts,
        submit: Submit,
        *,
        play: str = "tone",
        ring_timeout_s: float = 60.0,
        recording_file: RecordingFile = nowhere,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__("call", parent)
        self._ring_timeout_s = ring_timeout_s
        self._state = state
        self._texts = texts
        self._submit = submit
        column = QVBoxLayout(self)
        column.setContentsMargins(GRID, GRID, GRID, GRID)
        column.setSpacing(GRID // 2)
        title = QLabel(texts("window.call.title"))
        title.setFont(bold(title.font()))
        self.caller = NumberField(
            "call.caller", texts, preview=lambda value: preview(texts, value, state.trunk(), called=False)
        )
        self.line = NumberField(
            "call.line", texts, preview=lambda value: preview(texts, value, state.trunk(), called=True)
        )
        self.pad = DialPad(texts)
        self.digits = plain_label("call.digits")
        self.why = plain_label("call.why")
        for widget in (title, self.caller, self.line, self.pad):
            column.addWidget(widget)
        self.sound = SoundRow(state, texts, submit, play=play, recording_file=recording_file)
        column.addWidget(self.sound)
        column.addLayout(self._button_row())
        # Below the buttons: what comes and goes must not move them under the mouse.
        column.addWidget(self.digits)
        column.addWidget(self.why)
        column.addStretch(1)
        self._asked = QTimer(self)
        self._asked.setSingleShot(True)
        self._asked.setInterval(ASKED_MS)
        self.listen(self._asked.timeout, self._refresh)
        self._leaving = ""
        """The call that was asked to end and has not ended yet."""
        for part in (*self.findChildren(QWidget), self):
            part.installEventFilter(self)
        for field in (self.caller, self.line):
            self.listen(field.entered, self.place)
        self.listen(self.pad.pressed, self._key)
        self.listen(state.call_changed, self._call_changed)
        self.listen(state.trunk_changed, self._refresh)
        self.listen(state.trunks_changed, self._trunks_changed)
        self.listen(state.engine_changed, self._refresh)
        self.listen(state.selected, self._selected)
        self.listen(state.refused, self._refused)
        self._fill()

    def _button_row(self) -> QHBoxLayout:
        row = QHBoxLayout()
        self.call_button = QPushButton(self._texts("window.call.place"))
        self.hangup_button = QPushButton(self._texts("window.call.hangup"))
        self.hold_button = QPushButton(self._texts("window.call.hold"))
        for button, slot, width in (
            (self.call_button, self.place, 2),
            (self.hold_button, self.hold, 1),
            (self.hangup_button, self.hang_up, 2),
        ):
            button.setAutoDefault(False)
            button.setMinimumHeight(32)
            self.listen(button.clicked, slot)
            row.addWidget(button, width)
        return row

    def retire(self) -> None:
        self.sound.retire()
        super().retire()

    def focus_room(self) -> None:
        """Take the keyboard."""
        self.line.box.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def fill(self, caller: str, line: str) -> None:
        """Put numbers into the form."""
        self.caller.set_text(caller)
        self.line.set_text(line)

    def place(self) -> None:
        """Check the two numbers and ask for the call; what is wrong is said beside its field."""
        if self._why():
            return
        chosen = self._state.trunk()
        assert chosen is not None  # or there were a reason why not
        try:
            checked = checked_call(self.caller.text, self.line.text)
            caller = as_dialled(chosen, "caller", checked.caller, called=False)
            line = as_dialled(chosen, "line", checked.line, called=True)
        except InputError as error:
            field = self.caller if error.field == "caller" else self.line
            field.say(self._texts.input(error.field, error.finding, error.details), bad=True)
            field.box.setFocus()
            return
        trunk = chosen.name
        self.caller.remember(checked.caller)
        self.line.remember(checked.line)
        for field in (self.caller, self.line):
            field.say("")
        call = f"desk-{uuid.uuid4().hex[:12]}"
        self._submit(
            PlaceTestCall(
                trunk=trunk,
                call=call,
                caller=caller,
                line=line,
                play=self.sound.play.source,
                play_file=self.sound.play.file,
                listen=self.sound.listen_button.isChecked(),
                record_file=self.sound.file_for(checked.caller, checked.line),
                ring_timeout_s=self._ring_timeout_s,
            )
        )
        self._asked.start()
        self._refresh()
        self.placed.emit(trunk, checked.caller, checked.line)

    def hang_up(self) -> None:
        """End the call that is going on, whatever its state."""
        call = self._state.placed_call()
        self._asked.stop()
        if call is not None and call.call != self._leaving:
            self._leaving = call.call
            self._submit(HangUp(call=call.call))
            self._refresh()

    def hold(self) -> None:
        """Hold the answered call, or take it back."""
        call = self._state.placed_call()
        if call is not None and call.phase is Phase.ANSWERED:
            self._submit(HoldCall(call=call.call, held=not call.held_by_us))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        """In an answered call the keyboard's digits are the pad's: they are sent, not typed into a number."""
        if isinstance(event, QKeyEvent):
            if event.type() == QEvent.Type.KeyPress and self._types_digit(event):
                self._key(event.text())
                return True
            if event.type() == QEvent.Type.ShortcutOverride and event.text() == "/":
                event.ignore()  # no number holds one: it stays the shortcut to the log's filter
                return True
        return super().eventFilter(watched, event)

    def _types_digit(self, event: QKeyEvent) -> bool:
        call = self._state.placed_call()
        plain = not event.modifiers() & (
            Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier
        )
        key = event.text()
        return plain and len(key) == 1 and key in KEYS and call is not None and call.phase is Phase.ANSWERED

    def _key(self, key: str) -> None:
        call = self._state.placed_call()
        if call is not None and call.phase is Phase.ANSWERED:
            self._submit(SendDigits(call=call.call, digits=key))
        elif call is None:
            focused = self.caller.box.hasFocus()
            (self.caller if focused else self.line).type(key)

    def _selected(self, _: str) -> None:
        for field in (self.caller, self.line):
            field.say("")  # said of a call on another trunk
            field.look()
        self._fill()

    def _trunks_changed(self) -> None:
        for field in (self.caller, self.line):
            field.look()  # its rule may be another one
        self._refresh()

    def _fill(self, _: str = "") -> None:
        trunk = self._state.trunk()
        if trunk is not None and (trunk.caller_number or trunk.line_number):
            self.fill(trunk.caller_number, trunk.line_number)
        self._refresh()

    def _refused(self, refusal: CommandRefused) -> None:
        if refusal.command == PlaceTestCall.__name__:
            self._asked.stop()
            self._refresh()
            field = self.caller if refusal.field == "caller" else self.line
            field.say(self._texts.finding(refusal.finding, refusal.details), bad=True)

    def _call_changed(self, _: str) -> None:
        self._asked.stop()  # the engine has taken it up
        self._refresh()

    def _refresh(self, _: str = "") -> None:
        texts, call = self._texts, self._state.placed_call()
        id = self._why()
        why = texts(id) if id else ""
        self.call_button.setEnabled(not why)
        tip = why or texts("window.call.place-tip")
        named(self.call_button, "call.place", texts("window.call.place"), tip)
        leaving = call is not None and call.call == self._leaving
        self.hangup_button.setEnabled(call is not None and not leaving)
        tip = texts("window.call.hangup-tip") if call else texts("window.call.why.no-call")
        if leaving:
            tip = texts("window.call.why.leaving")
        named(self.hangup_button, "call.hangup", texts("window.call.hangup"), tip)
        self._show_hold(call, leaving=leaving)
        beside = tip if leaving else "" if call else why
        self.why.setText(beside)
        self.why.setVisible(bool(beside))
        self._show_digits(call)
        self.sound.refresh()

    def _show_hold(self, call: CallStatus | None, *, leaving: bool) -> None:
        texts = self._texts
        answered = call is not None and call.phase is Phase.ANSWERED and not leaving
        word = "resume" if call is not None and call.held_by_us else "hold"
        self.hold_button.setText(texts(f"window.call.{word}"))
        self.hold_button.setEnabled(answered)
        tip = texts(f"window.call.{word}-tip") if answered else texts("window.call.why.unanswered")
        named(self.hold_button, "call.hold", texts(f"window.call.{word}"), tip)

    def _why(self) -> str:
        asked = "window.call.why.busy" if self._asked.isActive() else ""
        return self._state.why_no_call() or asked

    def _show_digits(self, call: CallStatus | None) -> None:
        words = []
        if call is not None and call.phase is Phase.ANSWERED:
            words.append(self._texts("window.call.digits", digits=call.digits_sent or "-"))
            if call.digits_received:
                words.append(self._texts("window.call.digits-received", digits=call.digits_received))
            words += [self._texts("window.call.held-by-us")] if call.held_by_us else []
            words += [self._texts("window.call.held-by-them")] if call.held_by_them else []
        self.digits.setText("\n".join(words))
        self.digits.setVisible(bool(words))
