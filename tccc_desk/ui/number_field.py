"""A number field: says below itself what the number is, what pasting cleaned off, or what is wrong."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QLabel, QVBoxLayout, QWidget

from tccc_desk.trunk.numbers import clean_number
from tccc_desk.ui.inert import inert, plain_label
from tccc_desk.ui.number_words import Role
from tccc_desk.ui.one_line import OneLine
from tccc_desk.ui.panel import Panel, named
from tccc_desk.ui.texts import Texts
from tccc_desk.ui.theme import GRID, colour

MAX_ENTERED = 200
MAX_RECENT = 12


class NumberField(Panel):
    """Label, editable combo box of recent numbers, and a line: its own notice, or else what the number is."""

    entered = Signal()
    """Enter was pressed."""

    def __init__(
        self,
        name: str,
        texts: Texts,
        parent: QWidget | None = None,
        *,
        preview: Callable[[str], tuple[str, Role]] = lambda _: ("", "quiet"),
    ) -> None:
        super().__init__(f"{name}.field", parent)
        self._texts = texts
        self._preview = preview
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GRID // 4)
        title = QLabel(texts(f"window.{name}"))
        self.box = QComboBox()
        self.box.setEditable(True)
        self.box.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.box.setMinimumContentsLength(12)
        self.box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        named(self.box, name, texts(f"window.{name}"), texts(f"window.{name}-tip"))
        edit = self.box.lineEdit()
        assert edit is not None
        edit.setMaxLength(MAX_ENTERED)
        edit.setAccessibleName(texts(f"window.{name}"))
        edit.setPlaceholderText(texts(f"window.{name}-example"))
        title.setBuddy(self.box)
        self.notice = plain_label(f"{name}.notice")
        self.notice.hide()
        self.preview = OneLine(f"{name}.preview")
        for widget in (title, self.box, self.notice, self.preview):
            column.addWidget(widget)
        self.listen(self.box.editTextChanged, self.look)
        self.listen(edit.textEdited, self._edited)
        self.listen(edit.returnPressed, self.entered.emit)

    @property
    def text(self) -> str:
        """What stands in the field."""
        return self.box.currentText()

    def set_text(self, value: str) -> None:
        """Replace what stands in the field."""
        self.box.setEditText(value)

    def type(self, key: str) -> None:
        """Type one dial pad key at the cursor."""
        edit = self.box.lineEdit()
        if edit is not None:
            edit.insert(key)
            self.say("")

    def remember(self, number: str) -> None:
        """Offer this number again, newest first."""
        at = self.box.findText(number, Qt.MatchFlag.MatchExactly)
        if at >= 0:
            self.box.removeItem(at)
        self.box.insertItem(0, number)
        while self.box.count() > MAX_RECENT:
            self.box.removeItem(self.box.count() - 1)
        self.box.setCurrentIndex(0)

    def say(self, sentence: str, *, bad: bool = False) -> None:
        """Show a sentence below the field; an empty one hides it."""
        self.notice.setText(sentence)
        role = "bad" if bad else "quiet"
        self.notice.setStyleSheet(f"color: {colour(role, self.palette()).name()}")
        self.notice.setVisible(bool(sentence))
        self.preview.setVisible(not sentence)

    def look(self, _: str = "") -> None:
        """Say anew what the number is: it changed, or the trunk did."""
        words, role = self._preview(self.text)
        self.preview.setStyleSheet(f"color: {colour(role, self.palette()).name()}")
        self.preview.say(self._texts("gateroom.number.warning", words=words) if role != "quiet" else words)

    def _edited(self, value: str) -> None:
        cleaned = clean_number(value)
        # Typed letters and lone signs stay for the check to name; only decoration goes.
        if cleaned and cleaned != value:
            edit = self.box.lineEdit()
            # The cursor stays behind what stood before it: typing goes on in the middle, too.
            at = len(clean_number(value[: edit.cursorPosition()])) if edit is not None else 0
            self.set_text(cleaned)
            if edit is not None:
                edit.setCursorPosition(at)
            self.say(self._texts("window.call.cleaned", before=inert(value, 60), after=inert(cleaned, 40)))
        else:
            self.say("")
