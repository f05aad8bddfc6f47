"""The strip on top: what the selected trunk has proved so far, each mark a way to its evidence."""

from __future__ import annotations

import time

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QWidget

from tccc_desk.engine.status import PROOFS, Proof
from tccc_desk.ui.icons import MARK_ICONS, icon
from tccc_desk.ui.panel import Panel, named
from tccc_desk.ui.state import DeskState
from tccc_desk.ui.texts import Texts
from tccc_desk.ui.theme import GRID, colour


class Strip(Panel):
    """One button a proof: icon, word, and in words whether it is proved, failed or untried."""

    evidence_wished = Signal(float)
    """Wall clock time of the evidence."""
    check_wished = Signal()

    def __init__(self, state: DeskState, texts: Texts, parent: QWidget | None = None) -> None:
        super().__init__("strip", parent)
        self._state = state
        self._texts = texts
        row = QHBoxLayout(self)
        row.setContentsMargins(GRID, GRID // 2, GRID, GRID // 2)
        row.setSpacing(GRID // 2)
        title = QLabel(texts("window.strip.title"))
        row.addWidget(title)
        self._buttons: dict[str, QToolButton] = {}
        self._shown: dict[str, Proof] = {}
        for name in PROOFS:
            button = QToolButton()
            button.setAutoRaise(True)
            button.setIconSize(QSize(16, 16))
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.setObjectName(f"strip.{name}")
            palette = button.palette()
            # An unproved mark leads nowhere yet, but its word must stay readable.
            palette.setColor(
                QPalette.ColorGroup.Disabled, QPalette.ColorRole.ButtonText, colour("quiet", palette)
            )
            button.setPalette(palette)
            self.listen(button.clicked, lambda _=False, name=name: self._open(name))
            row.addWidget(button)
            self._buttons[name] = button
        row.addStretch(1)
        self.check_button = QToolButton()
        self.check_button.setText(texts("checkroom.action"))
        named(self.check_button, "strip.check", texts("checkroom.action"), texts("checkroom.action-tip"))
        self.listen(self.check_button.clicked, lambda _=False: self.check_wished.emit())
        row.addWidget(self.check_button)
        self.listen(state.trunks_changed, self._may_check)
        self.listen(state.selected, self._may_check)
        self.listen(state.engine_changed, self._may_check)
        self._may_check()
        self.listen(state.trunk_changed, self._refresh_of)
        self.listen(state.selected, self._refresh)
        self._refresh()

    def _may_check(self, _: str = "") -> None:
        """A button that cannot be pressed says why."""
        why = ""
        if self._state.trunk() is None:
            why = self._texts("checkroom.no-trunk")
        elif not self._state.status.running:
            why = self._texts("window.call.why.engine")
        self.check_button.setEnabled(not why)
        self.check_button.setToolTip(why or self._texts("checkroom.action-tip"))

    def _refresh_of(self, name: str) -> None:
        if name == self._state.current:
            self._refresh()

    def _refresh(self, _: str = "") -> None:
        proofs = self._state.trunk_status().proofs
        if proofs == self._shown:
            return
        self._shown = dict(proofs)
        for name, button in self._buttons.items():
            proof = proofs[name]
            word = self._texts(f"window.strip.{name}")
            verdict = self._texts(f"window.strip.{proof.mark.value}", time=_clock(proof.at))
            button.setIcon(icon(MARK_ICONS[proof.mark]))
            button.setText(word)
            meaning = self._texts(f"window.strip.{name}-means")
            tip = f"{word}: {verdict}\n{meaning}"
            named(button, f"strip.{name}", f"{word}: {verdict}", tip)
            button.setEnabled(bool(proof.at))

    def _open(self, name: str) -> None:
        proof = self._state.trunk_status().proofs[name]
        if proof.at:
            self.evidence_wished.emit(proof.at)


def _clock(at: float) -> str:
    return time.strftime("%H:%M:%S", time.localtime(at)) if at else ""
