"""Under the dial pad: what is sent, whether it is heard on the speaker, and whether it is recorded."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QWidget

from tccc_desk.engine.commands import AnswerCall, ChangeSource, RecordCall
from tccc_desk.engine.status import CallStatus, Phase
from tccc_desk.ui.icons import icon
from tccc_desk.ui.panel import Panel, Submit, named
from tccc_desk.ui.sound_choice import TO_CALL, SoundChoice
from tccc_desk.ui.state import DeskState
from tccc_desk.ui.texts import Texts
from tccc_desk.ui.theme import GRID

RecordingFile = Callable[[str, str], str]
"""Names a new file for the recording of a call, by caller and line; "" where there is no place for one."""


def nowhere(_caller: str, _line: str) -> str:
    """Offer no place for recordings."""
    return ""


class SoundRow(Panel):
    """Before a call it says what the next one begins with; in a call every change counts at once."""

    def __init__(
        self,
        state: DeskState,
        texts: Texts,
        submit: Submit,
        *,
        play: str,
        recording_file: RecordingFile,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__("call.sound", parent)
        self._state = state
        self._texts = texts
        self._submit = submit
        self._recording_file = recording_file
        self._wanted = False
        self._given: AnswerCall | None = None
        """What a call that came in is answered with; shown once it is, until it ends."""
        self._following = ""
        """The call that came in whose sound is shown."""
        self._own: tuple[str, str, bool] | None = None
        """What the next call of ours begins with, while another call's sound is shown."""
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GRID // 2)
        label = QLabel(texts("soundroom.send"))
        self.play = SoundChoice("call.play", texts, TO_CALL, play)
        label.setBuddy(self.play)
        self.listen_button = self._toggle("listen")
        self.record_button = self._toggle("record")
        row.addWidget(label)
        row.addWidget(self.play, 1)
        row.addWidget(self.listen_button)
        row.addWidget(self.record_button)
        self.listen(self.play.chosen, self._change)
        self.listen(self.listen_button.clicked, self._change)
        self.listen(self.record_button.clicked, self._record)
        self.refresh()

    def retire(self) -> None:
        self.play.connections.undo()
        super().retire()

    def _toggle(self, name: str) -> QToolButton:
        button = QToolButton()
        button.setCheckable(True)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        button.setText(self._texts(f"soundroom.{name}"))
        named(button, f"call.{name}", self._texts(f"soundroom.{name}"), self._texts(f"soundroom.{name}-tip"))
        return button

    def follow(self, answer: AnswerCall) -> None:
        """Take over what an offered call is answered with: from now on it is changed here."""
        self._given = answer
        self.refresh()

    def _show_given(self, call: CallStatus | None) -> None:
        going_on = call.call if call is not None else ""
        if self._own is not None and going_on != self._following:
            source, file, listen = self._own
            self._own = None
            self.play.choose(source, file)
            self.listen_button.setChecked(listen)
        given = self._given
        if given is not None and given.call == going_on:
            self._own = self.play.source, self.play.file, self.listen_button.isChecked()
            self._following, self._given = given.call, None
            self.play.choose(given.play, given.play_file)
            self.listen_button.setChecked(given.listen)

    def _answered(self) -> CallStatus | None:
        call = self._state.placed_call()
        return call if call is not None and call.phase is Phase.ANSWERED else None

    def _change(self) -> None:
        call = self._answered()
        if call is not None:
            self._submit(
                ChangeSource(
                    call=call.call,
                    play=self.play.source,
                    play_file=self.play.file,
                    listen=self.listen_button.isChecked(),
                )
            )

    def file_for(self, caller: str, line: str) -> str:
        """Give the file a call to be placed now is recorded into; "" where it is not to be."""
        return self._recording_file(caller, line) if self.record_button.isChecked() else ""

    def _record(self, on: bool) -> None:
        call = self._answered()
        if call is None:
            self._wanted = on  # of the next call, from its answer on
        else:
            file = self._recording_file(call.caller, call.line) if on else ""
            if file or not on:
                self._submit(RecordCall(call=call.call, file=file))
        self.refresh()

    def record(self) -> None:
        """Begin or end recording, as the button does."""
        if self.record_button.isEnabled():
            self.record_button.click()

    def refresh(self) -> None:
        """Show what holds for the call that is going on, or will hold for the next."""
        call = self._state.placed_call()
        answered = self._answered()
        self._show_given(answered)
        recording = answered is not None and bool(answered.recording)
        if recording:
            self._wanted = False
        with QSignalBlocker(self.record_button):
            self.record_button.setChecked(recording or (answered is None and self._wanted))
        self.record_button.setEnabled(call is None or answered is not None)
        words = self._texts("soundroom.record-stop" if recording else "soundroom.record")
        tip = self._texts(
            "soundroom.record-tip" if self.record_button.isEnabled() else "soundroom.record-why"
        )
        named(self.record_button, "call.record", words, tip)
        self.record_button.setIcon(icon("recording" if self.record_button.isChecked() else "record"))
        why = self._state.why_no_microphone()
        self.play.allow_microphone(self._texts(why) if why else "")
