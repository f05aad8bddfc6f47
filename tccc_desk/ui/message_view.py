"""One line of the log in full: as it was on the wire, field by field, and what the chosen line means."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QRect, Qt, Signal
from PySide6.QtGui import QGuiApplication, QPixmap, QResizeEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from tccc_desk.trace.entry import TraceEntry
from tccc_desk.trunk.profile import Trunk
from tccc_desk.ui import log_words
from tccc_desk.ui.icons import icon
from tccc_desk.ui.inert import inert, plain_label
from tccc_desk.ui.log_masking import LogMasking
from tccc_desk.ui.message_fields import VERDICT_ICONS, FieldsView
from tccc_desk.ui.message_meaning import Meaning, meanings
from tccc_desk.ui.message_raw import RawView
from tccc_desk.ui.message_text import MessageText, ShownLine, message_text
from tccc_desk.ui.one_line import OneLine
from tccc_desk.ui.panel import Panel, named
from tccc_desk.ui.texts import Texts
from tccc_desk.ui.theme import GRID

ICON_SIDE = 16


class MessageView(Panel):
    """Shows control characters escaped; copying gives the message as it was, unless masking is on."""

    mark_wished = Signal()
    compare_wished = Signal()

    def __init__(self, texts: Texts, masking: LogMasking, parent: QWidget | None = None) -> None:
        super().__init__("log.detail", parent)
        self._texts = texts
        self._masking = masking
        self._entry: TraceEntry | None = None
        self._before: Sequence[TraceEntry] = ()
        self._shown = MessageText(())
        self._meanings: Sequence[Meaning | None] = ()
        self.trunk_of: Callable[[str], Trunk | None] = lambda _: None
        """Knows what a line's trunk was meant to send; nothing of somebody else's capture."""
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GRID // 2)
        row = QHBoxLayout()
        self.heading = OneLine("log.heading")
        row.addWidget(self.heading, 1)
        self.by_field = self._button("message.by-field", texts("logroom.message.fields"), row)
        self.by_field.setCheckable(True)
        self.compare_button = self._button("message.compare", texts("logroom.message.compare"), row)
        self.copy_button = self._button("log.copy", texts("window.log.copy"), row)
        self.copy_masked_button = self._button("log.copy-masked", texts("window.log.copy-masked"), row)
        self.raw = RawView(texts)
        self.fields = FieldsView(texts)
        self._stack = QStackedWidget()
        self._stack.addWidget(self.raw)
        self._stack.addWidget(self.fields)
        # Two lines at the least: what the sentence below needs on a small screen comes from here.
        self._stack.setMinimumHeight(2 * self.raw.fontMetrics().lineSpacing() + GRID)
        column.addLayout(row)
        column.addWidget(self._stack, 1)
        column.addLayout(self._explanation())
        self.listen(self.copy_button.clicked, self.copy)
        self.listen(self.copy_masked_button.clicked, self.copy_masked)
        self.listen(self.compare_button.clicked, self.compare_wished.emit)
        self.listen(self.by_field.toggled, self._turn)
        self.listen(self.raw.line_chosen, self._chosen)
        self.listen(self.fields.line_chosen, self._chosen)
        self.listen(masking.changed, self._again)
        self.show_entry(None)

    def _button(self, name: str, words: str, row: QHBoxLayout) -> QToolButton:
        button = QToolButton()
        button.setText(words)
        named(button, name, words)
        row.addWidget(button)
        return button

    def _explanation(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(GRID // 2)
        self.verdict_icon = QLabel()
        self.verdict_icon.setObjectName("message.verdict-icon")
        self.verdict_icon.setFixedWidth(ICON_SIDE)
        self.meaning = plain_label("message.meaning")
        self.meaning.setAccessibleName(self._texts("logroom.message.meaning"))
        # Room for two lines at all times: the message must not jump as the cursor moves. They are
        # measured with a Chinese letter, for which another font with higher lines steps in.
        measure = self.meaning.fontMetrics().boundingRect(QRect(0, 0, 999, 999), 0, "国g\n国g")
        self._two_lines = measure.height() + 2
        self.meaning.setMinimumHeight(self._two_lines)
        self.meaning.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        row.addWidget(self.verdict_icon, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self.meaning, 1)
        return row

    @property
    def entry(self) -> TraceEntry | None:
        """What is shown."""
        return self._entry

    def show_entry(self, entry: TraceEntry | None, before: Sequence[TraceEntry] = ()) -> None:
        """Show an entry, or nothing. `before` is what its call or registration exchanged until then."""
        same = entry is not None and entry == self._entry
        line = self.raw.line() if same else 0
        self._entry, self._before = entry, before
        tips = {
            self.copy_button: "window.log.copy-tip",
            self.copy_masked_button: "window.log.copy-masked-tip",
            self.compare_button: "logroom.message.compare-tip",
            self.by_field: "logroom.message.fields-tip",
        }
        for button, tip in tips.items():
            button.setEnabled(entry is not None)
            button.setToolTip(self._texts(tip if entry is not None else "window.log.message-empty"))
        self.heading.say(self._masking.mask(self._heading(entry)) if entry is not None else "")
        self._shown = self._lines(entry) if entry is not None else MessageText(())
        self._meanings = ()
        if entry is not None:
            trunk = self.trunk_of(entry.trunk)
            self._meanings = meanings(self._texts, entry, before, self._shown, trunk)
        self.raw.show_message(self._shown)
        self.fields.show_message(self._shown, [one.verdict if one else "" for one in self._meanings])
        self._chosen(line)

    def learn(self, before: Sequence[TraceEntry]) -> None:
        """Take in what came before, once it is known: the meanings may be others."""
        if self._entry is not None and len(before) != len(self._before):
            self.show_entry(self._entry, before)

    def focus_text(self) -> None:
        """Give the message the keyboard."""
        (self.fields if self.by_field.isChecked() else self.raw).setFocus(Qt.FocusReason.ShortcutFocusReason)

    def copy(self) -> None:
        """Copy the message as it was on the wire; the digest response is masked at birth."""
        if self._entry is not None:
            QGuiApplication.clipboard().setText(self._masking.mask(self._words(self._entry)))

    def copy_masked(self) -> None:
        """Copy the message with numbers, accounts and addresses replaced by stable pseudonyms."""
        if self._entry is not None:
            QGuiApplication.clipboard().setText(self._masking.masked(self._words(self._entry)))

    def _lines(self, entry: TraceEntry) -> MessageText:
        if not entry.raw:
            return MessageText(
                (ShownLine(self._masking.mask(log_words.summary(self._texts, entry)), "note", -1),)
            )
        shown = message_text(self._masking.mask_raw(entry.raw))
        if shown.cut:
            note = ShownLine(self._texts("logroom.message.cut", octets=f"{shown.cut:,}"), "note", -1)
            shown = MessageText((*shown.lines, note), shown.cut)
        return shown

    def _words(self, entry: TraceEntry) -> str:
        return entry.raw.decode("utf-8", "replace") or log_words.summary(self._texts, entry)

    def _heading(self, entry: TraceEntry) -> str:
        way = entry.direction if entry.kind == "message" else "local"
        parts = [log_words.clock(entry.at), self._texts(f"window.log.way.{way}"), entry.transport.upper()]
        if entry.local and entry.remote:
            arrow = "←" if entry.direction == "received" else "→"
            parts.append(f"{inert(entry.local, 60)} {arrow} {inert(entry.remote, 60)}")
        return "  ".join(part for part in parts if part)

    def _turn(self, by_field: bool) -> None:
        self._stack.setCurrentWidget(self.fields if by_field else self.raw)

    def _again(self) -> None:
        self.show_entry(self._entry, self._before)

    def _chosen(self, number: int) -> None:
        """Say what a line means, and stand at it in both views."""
        if self.raw.line() != number:
            self.raw.choose(number)
        self.fields.choose(number)
        meaning = self._meanings[number] if 0 <= number < len(self._meanings) else None
        if meaning is None:
            hint = "logroom.message.ask" if any(self._meanings) else ""
            self.meaning.setText(self._texts(hint) if hint else "")
            self.verdict_icon.clear()
            return
        verdict = self._texts(f"logroom.verdict.{meaning.verdict}")
        self.meaning.setText(self._masking.mask(f"{verdict}: {meaning.words}"))
        picture = VERDICT_ICONS.get(meaning.verdict)
        self.verdict_icon.setPixmap(icon(picture).pixmap(ICON_SIDE) if picture else QPixmap())
        self._make_room()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """A sentence that needs more lines at this width gets them."""
        super().resizeEvent(event)
        self._make_room()

    def _make_room(self) -> None:
        # Pages of a stack are not asked for their height at a width: it is set here instead.
        needed = self.meaning.heightForWidth(self.meaning.width())
        # Four lines at most: a longer sentence must not push the window beyond a small screen.
        self.meaning.setMinimumHeight(min(max(self._two_lines, needed), 2 * self._two_lines))
