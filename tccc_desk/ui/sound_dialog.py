"""Microphone and speaker of this session: which ones, whether they work, before a call needs them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QSignalBlocker
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from tccc_desk.engine.commands import ConfigureSound, ListDevices, TestSound
from tccc_desk.engine.events import DevicesListed, Event, SoundDevice, SoundTested
from tccc_desk.ui.inert import form_note, inert
from tccc_desk.ui.level_bar import LevelBar
from tccc_desk.ui.panel import Connections, Submit, named
from tccc_desk.ui.state import DeskState
from tccc_desk.ui.texts import Texts
from tccc_desk.ui.theme import GRID, colour


class SoundDialog(QDialog):
    """A choice counts at once, for this session; the list follows what is plugged in."""

    def __init__(
        self,
        state: DeskState,
        texts: Texts,
        submit: Submit,
        *,
        current: ConfigureSound,
        keep: Callable[[ConfigureSound], None],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._texts = texts
        self._submit = submit
        self._current = current
        self._keep = keep
        self._names: dict[str, str] = {}
        """Of every device seen so far, by id: one that has gone keeps its name."""
        self.connections = Connections()
        self.setObjectName("sound")
        self.setWindowTitle(texts("soundroom.devices.title"))
        self.setMinimumWidth(520)
        column = QVBoxLayout(self)
        column.setSpacing(GRID)
        form = QFormLayout()
        form.setHorizontalSpacing(GRID * 2)
        self.microphone = self._box(form, "microphone")
        self.speaker = self._box(form, "speaker")
        column.addLayout(form)
        self.trouble = form_note("sound.trouble")
        self.trouble.setStyleSheet(f"color: {colour('bad', self.palette()).name()}")
        self.trouble.hide()
        column.addWidget(self.trouble)
        self.test_button = QPushButton()
        self.test_button.setCheckable(True)
        self.test_button.setAutoDefault(False)
        column.addWidget(self.test_button)
        column.addWidget(form_note("sound.test-note", texts("soundroom.devices.test-note")))
        names = [texts("soundroom.devices.level-in"), texts("soundroom.devices.level-out")]
        widest = max(self.fontMetrics().horizontalAdvance(one) for one in names)
        self.level_in = LevelBar("sound.level-in", names[0], texts, widest)
        self.level_out = LevelBar("sound.level-out", names[1], texts, widest)
        column.addWidget(self.level_in)
        column.addWidget(self.level_out)
        column.addStretch(1)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        column.addWidget(buttons)
        self.connections.listen(buttons.rejected, self.reject)
        self.connections.listen(self.test_button.toggled, self._test)
        self.connections.listen(state.arrived, self._arrived)
        self._name_test()
        self._fill((), (), listing=True)
        submit(ListDevices())

    def _box(self, form: QFormLayout, name: str) -> QComboBox:
        box = QComboBox()
        box.setMinimumContentsLength(24)
        box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        label = self._texts(f"soundroom.devices.{name}")
        named(box, f"sound.{name}", label, self._texts(f"soundroom.devices.{name}-tip"))
        form.addRow(label, box)
        self.connections.listen(box.activated, self._chosen)
        return box

    def _fill(
        self, microphones: Sequence[SoundDevice], speakers: Sequence[SoundDevice], *, listing: bool = False
    ) -> None:
        for box, devices, current in (
            (self.microphone, microphones, self._current.microphone),
            (self.speaker, speakers, self._current.speaker),
        ):
            with QSignalBlocker(box):
                box.clear()
                if listing:
                    box.addItem(self._texts("soundroom.devices.listing"), current)
                elif not devices:
                    box.addItem(self._texts("soundroom.devices.none"), current)
                else:
                    self._offer(box, devices, current)
                box.setEnabled(bool(devices))

    def _offer(self, box: QComboBox, devices: Sequence[SoundDevice], current: str) -> None:
        standard = next((device.name for device in devices if device.default), "")
        id = "soundroom.devices.default-named" if standard else "soundroom.devices.default"
        box.addItem(self._texts(id, name=inert(standard, 60)), "")
        for device in devices:
            self._names[device.id] = device.name
            box.addItem(inert(device.name, 80), device.id)
        if current and box.findData(current) < 0:
            # Chosen, and gone since: it stays the choice, for it may come back.
            name = inert(self._names.get(current, current), 60)
            box.addItem(self._texts("soundroom.devices.gone", name=name), current)
        box.setCurrentIndex(max(0, box.findData(current)))

    def _chosen(self, _: int) -> None:
        self._current = ConfigureSound(
            microphone=self.microphone.currentData() or "",
            speaker=self.speaker.currentData() or "",
            port_low=self._current.port_low,
            port_high=self._current.port_high,
        )
        self._keep(self._current)
        if self.test_button.isChecked():
            self._submit(TestSound(on=False))
            self._submit(TestSound(on=True))

    def _test(self, on: bool) -> None:
        self._say("")
        self._submit(TestSound(on=on))
        self._name_test()
        if not on:
            self.level_in.show_level(None)
            self.level_out.show_level(None)

    def _name_test(self) -> None:
        words = self._texts(
            "soundroom.devices.test-stop" if self.test_button.isChecked() else "soundroom.devices.test"
        )
        self.test_button.setText(words)
        named(self.test_button, "sound.test", words, self._texts("soundroom.devices.test-note"))

    def _arrived(self, event: Event) -> None:
        if isinstance(event, DevicesListed):
            self._fill(event.microphones, event.speakers)
            self._say(event.fault, event.detail)
        elif isinstance(event, SoundTested):
            self.level_in.show_level(event.input_dbov)
            self.level_out.show_level(event.output_dbov)
            if event.fault:
                self.test_button.setChecked(False)
                self._say(event.fault, event.detail)

    def _say(self, fault: str, detail: str = "") -> None:
        words = self._texts.finding(f"sound.device.{fault}", {"detail": detail}) if fault else ""
        self.trouble.setText(words.strip())
        self.trouble.setVisible(bool(words))
        column = self.layout()
        if words and column is not None:
            # A wrapped sentence asks for no height of its own: the fields would be squeezed instead.
            column.activate()
            self.resize(self.width(), max(self.height(), column.totalHeightForWidth(self.width())))

    def done(self, result: int) -> None:
        """End a test with the dialog."""
        if self.test_button.isChecked():
            self._submit(TestSound(on=False))
        self.connections.undo()
        super().done(result)
