"""Calling > Trying > Ringing > Answered > Ended: the steps of a call, the reached ones with their time."""

from __future__ import annotations

import time

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from tccc_desk.engine.status import CallStatus, Phase
from tccc_desk.ui.texts import Texts
from tccc_desk.ui.theme import GRID, bold

PLACED = (Phase.CALLING, Phase.TRYING, Phase.RINGING, Phase.ANSWERED, Phase.ENDED)
OFFERED = (Phase.OFFERED, Phase.ANSWERED, Phase.ENDED)


class Steps(QWidget):
    """A row of words; the present step is bold, a reached one plain, an unreached one faded."""

    def __init__(self, texts: Texts, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("now.steps")
        self._texts = texts
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GRID // 2)
        self._labels: list[QLabel] = []
        self._arrows: list[QLabel] = []
        for at in range(len(PLACED)):
            if at:
                arrow = QLabel("›")
                self._arrows.append(arrow)
                row.addWidget(arrow)
            label = QLabel()
            label.setTextFormat(Qt.TextFormat.PlainText)
            self._labels.append(label)
            row.addWidget(label)
        row.addStretch(1)

    def show_call(self, call: CallStatus | None) -> None:
        """Show where `call` is; None shows the steps with none reached."""
        phases = OFFERED if call is not None and call.incoming else PLACED
        for at, label in enumerate(self._labels):
            there = at < len(phases)
            label.setVisible(there)
            if at:
                self._arrows[at - 1].setVisible(there)
            if there:
                self._show(label, phases[at], call)
        words = self._texts(f"window.phase.{call.phase.value}") if call else ""
        self.setAccessibleName(words)

    def _show(self, label: QLabel, phase: Phase, call: CallStatus | None) -> None:
        reached = call is not None and phase in call.steps
        present = call is not None and call.phase is phase
        label.setText(self._texts(f"window.phase.{phase.value}"))
        label.setEnabled(reached)
        font = label.font()
        font.setBold(False)
        label.setFont(bold(font) if present else font)
        label.setObjectName(f"now.step.{phase.value}")
        if reached and call is not None:
            at = call.steps[phase]
            clock = time.strftime("%H:%M:%S", time.localtime(at))
            label.setToolTip(f"{clock}.{int(at * 1000) % 1000:03d}  +{at - call.started_at:.3f} s")
        else:
            label.setToolTip("")
