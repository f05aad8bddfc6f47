"""The dial pad: types into the number field, or sends digits in a call."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QGridLayout, QSizePolicy, QToolButton, QWidget

from tccc_desk.ui.panel import Panel, named
from tccc_desk.ui.texts import Texts
from tccc_desk.ui.theme import GRID

KEYS = "123456789*0#"
LETTERS = {
    "2": "ABC",
    "3": "DEF",
    "4": "GHI",
    "5": "JKL",
    "6": "MNO",
    "7": "PQRS",
    "8": "TUV",
    "9": "WXYZ",
    "0": "+",
}
_NAMES = {"*": "star", "#": "hash"}


class DialPad(Panel):
    """Twelve keys with their letters."""

    pressed = Signal(str)

    def __init__(self, texts: Texts, parent: QWidget | None = None) -> None:
        super().__init__("call.dial", parent)
        self.setAccessibleName(texts("window.call.pad"))
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(GRID // 2)
        self.keys: dict[str, QToolButton] = {}
        for at, key in enumerate(KEYS):
            button = QToolButton()
            letters = LETTERS.get(key, "")
            button.setText(f"{key}  {letters}" if letters else key)
            font = QFont(button.font())
            font.setBold(True)
            button.setFont(font)
            button.setMinimumHeight(26)
            button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            named(
                button,
                f"call.dial.{_NAMES.get(key, key)}",
                texts("window.call.key", key=key, letters=letters),
            )
            self.listen(button.clicked, lambda _=False, key=key: self.pressed.emit(key))
            grid.addWidget(button, at // 3, at % 3)
            self.keys[key] = button
