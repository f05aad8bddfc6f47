"""Hand a part of the log over: what, in which form, masked or not; a bundle is shown before it is saved."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QDateTime
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDateTimeEdit,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFormLayout,
    QPushButton,
    QVBoxLayout,
)

from tccc_desk.trace.export.choosing import FORMATS, Choice
from tccc_desk.ui import handing_work as work
from tccc_desk.ui.bundle_preview import BundlePreview
from tccc_desk.ui.handing_work import HandOver, Packed, Refused, Saved, Wish
from tccc_desk.ui.inert import inert, plain_label
from tccc_desk.ui.log_reader import Answer, LogReader
from tccc_desk.ui.panel import Connections, named
from tccc_desk.ui.theme import GRID

if TYPE_CHECKING:
    from tccc_desk.ui.log_panel import LogPanel

SCOPES = ("call", "selection", "since")
ENDINGS = {"text": "txt", "mermaid": "mmd", "sipp": "xml", "bundle": "zip"}
ONE_CALL = frozenset({"svg", "png", "mermaid", "sipp"})
HOUR_S = 3600


class HandOverDialog(QDialog):
    """Works on a reader of its own; closing it ends that."""

    def __init__(self, log: LogPanel, desk: HandOver, call_ids: Sequence[str], *, capture: bool) -> None:
        super().__init__(log)
        self._log = log
        self._texts = texts = log.texts
        self._desk = desk
        self._call_ids = tuple(call_ids)
        self._capture = capture
        self._packed: Packed | None = None
        self._ticket = 0
        self.connections = Connections()
        self._reader = LogReader(log.shown_folder, ("page",), unstored=log.reader.unstored)
        self.setObjectName("handover")
        self.setWindowTitle(texts("logroom.handover.title"))
        column = QVBoxLayout(self)
        column.setSpacing(GRID)
        form = QFormLayout()
        self.scope = self._choice("scope", SCOPES)
        self.format = self._choice("format", FORMATS)
        self.format.setCurrentIndex(self.format.findData("bundle"))
        self.since = QDateTimeEdit(QDateTime.fromSecsSinceEpoch(int(time.time()) - HOUR_S))
        self.since.setDisplayFormat("yyyy-MM-dd HH:mm:ss")
        self.since.setCalendarPopup(True)
        named(
            self.since, "handover.since", texts("logroom.handover.since"), texts("logroom.handover.since-tip")
        )
        form.addRow(texts("logroom.handover.scope"), self.scope)
        form.addRow(texts("logroom.handover.since"), self.since)
        form.addRow(texts("logroom.handover.format"), self.format)
        column.addLayout(form)
        self.mask_box = QCheckBox(texts("logroom.handover.mask"))
        self.mask_box.setChecked(True)
        named(self.mask_box, "handover.mask", self.mask_box.text(), texts("logroom.switch.mask-tip"))
        column.addWidget(self.mask_box)
        self.about = plain_label("handover.about")
        column.addWidget(self.about)
        self.preview = BundlePreview(texts)
        column.addWidget(self.preview, 1)
        self.words = plain_label("handover.words")
        column.addWidget(self.words)
        column.addWidget(self._buttons())
        for widget in (self.scope, self.format):
            self.connections.listen(widget.currentIndexChanged, self._changed)
        self.connections.listen(self.mask_box.toggled, self._changed)
        self.connections.listen(self.since.dateTimeChanged, self._changed)
        self.connections.listen(self._reader.answered, self._answered)
        self._offer()
        self._changed()
        self.resize(760, 560)

    def _buttons(self) -> QDialogButtonBox:
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        self.show_button = QPushButton(self._texts("logroom.handover.preview"))
        tip = self._texts("logroom.handover.preview-tip")
        named(self.show_button, "handover.preview", self.show_button.text(), tip)
        self.save_button = QPushButton(self._texts("logroom.handover.save"))
        named(self.save_button, "handover.save", self.save_button.text())
        buttons.addButton(self.show_button, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.addButton(self.save_button, QDialogButtonBox.ButtonRole.ActionRole)
        self.connections.listen(buttons.rejected, self.reject)
        self.connections.listen(self.show_button.clicked, self.make_preview)
        self.connections.listen(self.save_button.clicked, self.ask_file)
        return buttons

    def _choice(self, name: str, values: Sequence[str]) -> QComboBox:
        choice = QComboBox()
        for one in values:
            choice.addItem(self._texts(f"logroom.handover.{name}-{one}", count=len(self._call_ids)), one)
        named(choice, f"handover.{name}", self._texts(f"logroom.handover.{name}"))
        return choice

    def _offer(self) -> None:
        """Begin with what the admin stands on."""
        count = len(self._call_ids)
        for scope, possible in (("call", count == 1), ("selection", count > 1)):
            if not possible:
                self.scope.removeItem(self.scope.findData(scope))
        self.scope.setCurrentIndex(0)

    def wish(self) -> Wish:
        """Give what is chosen."""
        chosen = self.scope.currentData() != "since"
        choice = Choice(
            call_ids=self._call_ids if chosen else (),
            since=None if chosen else float(self.since.dateTime().toSecsSinceEpoch()),
        )
        mask = self._log.masking.masked if self.mask_box.isChecked() else None
        return Wish(
            choice=choice,
            format=self.format.currentData(),
            language=self._texts.language,
            mask=mask,
            media=self._log.capturing.media if self._capture else None,
        )

    def make_preview(self) -> None:
        """Put the bundle together and show it."""
        wish = self.wish()
        self._busy("logroom.handover.working")
        self._ticket = self._reader.ask("page", lambda book: work.pack(book, wish, self._desk))

    def ask_file(self) -> None:
        """Let the admin name the file."""
        format = self.format.currentData()
        ending = ENDINGS.get(format, format)
        name, _ = QFileDialog.getSaveFileName(
            self,
            self._texts("logroom.handover.title"),
            f"signalling.{ending}",
            f"{ending.upper()} (*.{ending})",
        )
        if name:
            self.save_to(Path(name) if Path(name).suffix else Path(f"{name}.{ending}"))

    def save_to(self, path: Path) -> None:
        """Write the file, away from the window's thread."""
        wish, packed = self.wish(), self._packed
        self._busy("logroom.handover.working")
        if wish.format != "bundle":
            self._ticket = self._reader.ask("page", lambda book: work.export(book, wish, path))
        elif packed is not None:
            self._ticket = self._reader.ask("page", lambda _: work.write_bundle(packed, path))

    def _changed(self, *_: object) -> None:
        bundle = self.format.currentData() == "bundle"
        self._packed = None
        self.preview.clear()
        self.preview.setVisible(bundle)
        self.since.setEnabled(self.scope.currentData() == "since")
        self.show_button.setVisible(bundle)
        self.show_button.setEnabled(True)
        self.about.setText(self._texts(f"logroom.handover.about-{self.format.currentData()}"))
        self.words.setText(self._texts("logroom.handover.never-sent"))
        self._may_save()

    def _may_save(self) -> None:
        bundle = self.format.currentData() == "bundle"
        several = self.format.currentData() in ONE_CALL and (
            self.scope.currentData() == "since" or len(self._call_ids) != 1
        )
        why = "save-tip"
        if bundle and self._packed is None:
            why = "why-preview"
        elif bundle and self._packed is not None and self._packed.leaks:
            why = "why-secret"
        elif several:
            why = "why-one-call"
        self.save_button.setEnabled(why == "save-tip")
        self.save_button.setToolTip(self._texts(f"logroom.handover.{why}"))
        if several:
            self.words.setText(self._texts("logroom.handover.why-one-call"))

    def _busy(self, id: str) -> None:
        self.words.setText(self._texts(id))
        self.save_button.setEnabled(False)
        self.show_button.setEnabled(False)

    def _answered(self, answer: Answer) -> None:
        if answer.ticket != self._ticket:
            return
        self.show_button.setEnabled(True)
        value = answer.value
        if isinstance(value, Packed):
            self._packed = value
            self.preview.show_members(value.bundle.preview())
            self.words.setText(self._searched(value))
        elif isinstance(value, Refused):
            self.words.setText(self._texts.finding(value.finding, dict(value.details)))
        elif isinstance(value, Saved):
            self.words.setText(self._texts("logroom.save.done", file=inert(str(value.path), 200)))
        else:
            self.words.setText(self._texts("logroom.state.failed", reason=inert(answer.fault, 120)))
        said = self.words.text()
        self._may_save()
        self.words.setText(said)

    def _searched(self, packed: Packed) -> str:
        if packed.leaks:
            found = ", ".join(
                f"{leak.member}: {self._texts(f'trace.secret.{leak.kind}')}" for leak in packed.leaks[:5]
            )
            return self._texts("logroom.handover.leak", found=found)
        return self._texts("logroom.handover.clean", count=packed.known)

    def done(self, result: int) -> None:
        self.connections.undo()
        self._reader.close()
        super().done(result)
