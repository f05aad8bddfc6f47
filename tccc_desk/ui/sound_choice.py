"""What we send as sound: tone, sweep, microphone, a file, echo or silence, in one field."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtGui import QStandardItemModel
from PySide6.QtWidgets import QComboBox, QFileDialog, QWidget

from tccc_desk.engine.commands import Source
from tccc_desk.ui.inert import inert
from tccc_desk.ui.panel import Connections, named
from tccc_desk.ui.texts import Texts

TO_CALL: tuple[Source, ...] = ("tone", "sweep", "microphone", "file", "echo", "silence")
TO_ANSWER: tuple[Source, ...] = ("echo", "tone", "sweep", "microphone", "file", "silence")
SHOWN_NAME = 24


class SoundChoice(QComboBox):
    """Choosing the file asks for one; when none is given, the choice before stands again."""

    chosen = Signal()
    """Somebody chose another sound, or another file."""

    def __init__(
        self, name: str, texts: Texts, sources: Sequence[Source], first: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._texts = texts
        self._file = ""
        self.connections = Connections()
        for source in sources:
            self.addItem(texts(f"soundroom.play.{source}"), source)
        self._before = max(0, self.findData(first if first != "file" else sources[0]))
        self.setCurrentIndex(self._before)
        self.setMinimumContentsLength(8)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        named(self, name, texts("soundroom.send"), texts("soundroom.send-tip"))
        self.connections.listen(self.activated, self._activated)

    @property
    def source(self) -> Source:
        """The kind of sound."""
        source: Source = self.currentData()
        return source

    @property
    def file(self) -> str:
        """Absolute path of the file to play; empty for every other sound."""
        return self._file if self.source == "file" else ""

    def choose(self, source: str, file: str = "") -> None:
        """Show a choice that was made elsewhere."""
        with QSignalBlocker(self):
            self._file = file or self._file
            self.setCurrentIndex(max(0, self.findData(source)))
            self._before = self.currentIndex()
            self._name_file()

    def allow_microphone(self, why_not: str) -> None:
        """Let the microphone be chosen, or say why it cannot be."""
        model, row = self.model(), self.findData("microphone")
        if isinstance(model, QStandardItemModel) and row >= 0:
            model.item(row).setEnabled(not why_not)
            model.item(row).setToolTip(why_not)

    def _activated(self, row: int) -> None:
        if self.itemData(row) == "file":
            picked, _ = QFileDialog.getOpenFileName(
                self.window(),
                self._texts("soundroom.play.file-title"),
                str(Path(self._file).parent) if self._file else "",
                self._texts("soundroom.play.file-filter"),
            )
            if not picked:
                self.setCurrentIndex(self._before)
                return
            self._file = str(Path(picked).absolute())
            self._name_file()
        if row != self._before or self.source == "file":
            self._before = row
            self.chosen.emit()

    def _name_file(self) -> None:
        row = self.findData("file")
        if row >= 0 and self._file:
            name = inert(Path(self._file).name, SHOWN_NAME)
            self.setItemText(row, self._texts("soundroom.play.file-named", name=name))
            self.setToolTip(f"{self._texts('soundroom.send-tip')}\n{inert(self._file)}")
