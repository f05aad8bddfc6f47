"""The ladder with its tools: fit, zoom, save, print."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtPrintSupport import QPrintDialog, QPrinter
from PySide6.QtWidgets import QDialog, QFileDialog, QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from tccc_desk.ui.ladder_save import SUFFIXES, NotSaved, print_ladder, save
from tccc_desk.ui.ladder_view import LadderView
from tccc_desk.ui.ladder_words import LadderWords
from tccc_desk.ui.log_masking import LogMasking
from tccc_desk.ui.panel import Panel, named
from tccc_desk.ui.texts import Texts
from tccc_desk.ui.theme import GRID

Say = Callable[..., None]


class LadderPanel(Panel):
    """One call or registration as a diagram."""

    def __init__(self, texts: Texts, masking: LogMasking, say: Say, parent: QWidget | None = None) -> None:
        super().__init__("ladder", parent)
        self._texts = texts
        self._say = say
        self.view = LadderView(LadderWords(texts, masking.mask))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GRID // 2)
        row = QHBoxLayout()
        self._buttons = {
            name: self._button(name, row, slot)
            for name, slot in (
                ("fit", self.view.fit),
                ("smaller", self.view.zoom_out),
                ("larger", self.view.zoom_in),
                ("save", self.save_as),
                ("print", self.print_out),
            )
        }
        self._shows = QLabel()
        self._shows.setObjectName("ladder.zoom")
        row.addWidget(self._shows)
        row.addStretch(1)
        column.addLayout(row)
        column.addWidget(self.view, 1)
        self.listen(self.view.zoomed, self._zoomed)
        self.listen(masking.changed, self.view.viewport().update)
        self._zoomed()

    def _button(self, name: str, row: QHBoxLayout, slot: Callable[[], None]) -> QToolButton:
        button = QToolButton()
        button.setText(self._texts(f"logroom.ladder.{name}"))
        tip = self._texts(f"logroom.ladder.{name}-tip")
        named(button, f"ladder.{name}", tip, tip)
        row.addWidget(button)
        # The signal's `checked` is none of the slot's business.
        self.listen(button.clicked, lambda _=False: slot())
        return button

    def save_as(self) -> None:
        """Ask for a file and write the diagram in its format."""
        if not self.view.ladder.rows:
            self._say("logroom.ladder.empty")
            return
        kinds = ";;".join(f"{one.upper()} (*.{one})" for one in SUFFIXES)
        title = self._texts("logroom.ladder.save-tip")
        name, kind = QFileDialog.getSaveFileName(self, title, "ladder.svg", kinds)
        if name:
            path = Path(name)
            if path.suffix.lower().removeprefix(".") not in SUFFIXES:
                path = path.with_name(f"{path.name}.{kind.partition(' ')[0].lower() or SUFFIXES[0]}")
            self.save_to(path)

    def save_to(self, path: Path) -> None:
        """Write the diagram and say so."""
        try:
            save(self.view, path)
        except NotSaved:
            self._say("logroom.save.failed", file=str(path))
        else:
            self._say("logroom.save.done", file=str(path))

    def print_out(self) -> None:
        """Print, or write a PDF file where the system offers that as a printer."""
        if not self.view.ladder.rows:
            self._say("logroom.ladder.empty")
            return
        printer = QPrinter(QPrinter.PrinterMode.HighResolution)
        dialog = QPrintDialog(printer, self)
        dialog.accepted.connect(lambda: self._print(printer))
        dialog.finished.connect(dialog.deleteLater)
        # QPrintDialog hides the `open` that takes nothing.
        QDialog.open(dialog)

    def _print(self, printer: QPrinter) -> None:
        try:
            print_ladder(self.view, printer)
        except NotSaved:
            self._say("logroom.print.failed")

    def _zoomed(self) -> None:
        self._shows.setText(f"{round(self.view.zoom * 100)} %")
