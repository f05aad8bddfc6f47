"""The settings page, built from the option descriptors: a new option needs no line here."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLineEdit,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from tccc_desk.store.errors import StoreError
from tccc_desk.store.options import Option, Options, Value
from tccc_desk.ui.inert import form_note, plain_label
from tccc_desk.ui.panel import Connections, named
from tccc_desk.ui.texts import Texts
from tccc_desk.ui.theme import GRID, colour


class SettingsDialog(QDialog):
    """Stores what changed when it is accepted; `changed` names those options."""

    def __init__(
        self, texts: Texts, options: Options, descriptors: Sequence[Option], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._texts = texts
        self._options = options
        self._readers: dict[str, Callable[[], Value]] = {}
        self.changed: tuple[str, ...] = ()
        self.connections = Connections()
        self.setObjectName("settings")
        self.setWindowTitle(texts("window.settings.title"))
        self.setMinimumWidth(540)
        column = QVBoxLayout(self)
        form = QFormLayout()
        form.setVerticalSpacing(GRID // 2)
        form.setHorizontalSpacing(GRID * 2)
        for option in descriptors:
            self._row(form, option)
        column.addLayout(form)
        self._trouble = plain_label("settings.trouble")
        self._trouble.setStyleSheet(f"color: {colour('bad', self.palette()).name()}")
        self._trouble.hide()
        column.addWidget(self._trouble)
        column.addStretch(1)
        buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Save | QDialogButtonBox.StandardButton.Cancel
        )
        column.addWidget(buttons)
        self.connections.listen(buttons.accepted, self.save)
        self.connections.listen(buttons.rejected, self.reject)
        self.resize(560, self.sizeHint().height())

    def _row(self, form: QFormLayout, option: Option) -> None:
        label, help_words = self._texts(option.label), self._texts(option.help)
        value = self._options.get(option.key)
        widget: QWidget
        if isinstance(option.default, bool):
            box = QCheckBox(label)
            box.setChecked(bool(value))
            self._readers[option.key] = box.isChecked
            widget, label = box, ""
        elif isinstance(option.default, int):
            spin = QSpinBox()
            spin.setRange(option.low, option.high)
            spin.setGroupSeparatorShown(True)
            spin.setValue(int(value))
            self._readers[option.key] = spin.value
            widget = spin
        elif option.choices:
            choice = QComboBox()
            for one in option.choices:
                choice.addItem(self._texts(f"store.choice.{option.key}.{one}"), one)
            choice.setCurrentIndex(max(0, choice.findData(value)))
            self._readers[option.key] = lambda: str(choice.currentData())
            widget = choice
        else:
            edit = QLineEdit(str(value))
            self._readers[option.key] = edit.text
            widget = edit
        named(widget, f"settings.{option.key}", label or self._texts(option.label), help_words)
        form.addRow(label, widget)
        explained = form_note(f"settings.{option.key}.help", help_words)
        explained.setStyleSheet(f"color: {colour('quiet', self.palette()).name()}")
        form.addRow("", explained)

    def save(self) -> None:
        """Store what differs; a value that cannot be stored is said and the page stays."""
        changed = []
        try:
            for key, read in self._readers.items():
                if read() != self._options.get(key):
                    self._options.set(key, read())
                    changed.append(key)
        except StoreError as error:
            self._trouble.setText(self._texts.finding(error.finding, error.details))
            self._trouble.show()
            return
        self.changed = tuple(changed)
        self.accept()

    def done(self, result: int) -> None:
        self.connections.undo()
        super().done(result)
