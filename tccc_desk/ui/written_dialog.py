"""A dialog with a text of ours that can be saved into a new file, and a line that says what came of it."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QDialog, QFileDialog, QWidget

from tccc_desk.trace.export.problem import ExportProblem
from tccc_desk.trace.export.saving import save
from tccc_desk.ui.inert import inert, plain_label
from tccc_desk.ui.panel import Connections
from tccc_desk.ui.texts import Texts
from tccc_desk.ui.theme import colour


class WrittenDialog(QDialog):
    """What it is gives the name to propose and the octets to write."""

    def __init__(self, name: str, title: str, texts: Texts, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._texts = texts
        self.connections = Connections()
        self.setObjectName(name)
        self.setWindowTitle(title)
        self.said = plain_label(f"{name}.said")

    def _file_name(self) -> str:
        raise NotImplementedError

    def _octets(self) -> bytes:
        raise NotImplementedError

    def _say(self, words: str, *, bad: bool = False) -> None:
        self.said.setText(words)
        self.said.setStyleSheet(f"color: {colour('bad' if bad else 'good', self.palette()).name()}")

    def save_as(self) -> None:
        """Ask for a new file and write it, readable by its owner only."""
        name, _ = QFileDialog.getSaveFileName(
            self,
            self._texts("gateroom.export.save"),
            str(Path.home() / self._file_name()),
            "",
            "",
            QFileDialog.Option.DontConfirmOverwrite,  # a file that is there is not written over
        )
        if name:
            self.save_to(Path(name))

    def save_to(self, path: Path) -> None:
        """Write the file, or say why it cannot be."""
        written = self._octets()
        try:
            save(path, lambda stream: stream.write(written))
        except ExportProblem as problem:
            self._say(self._texts.finding(problem.finding, problem.details), bad=True)
            return
        self._say(self._texts("gateroom.export.saved", file=inert(str(path))))

    def done(self, result: int) -> None:
        self.connections.undo()
        super().done(result)
