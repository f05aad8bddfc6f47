"""The practice gateway's menu: lines to call, calls from it, and its misbehaviours."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from tccc_desk.ui.panel import Connections
from tccc_desk.ui.texts import Texts


class PracticeMenu(QMenu):
    """`lines` are (text id, number) pairs, `faults` names of the gateway's faults."""

    line_wished = Signal(str)
    call_in_wished = Signal()
    fault_wished = Signal(str)

    def __init__(
        self,
        texts: Texts,
        lines: Sequence[tuple[str, str]],
        faults: Sequence[str],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(texts("window.menu.practice"), parent)
        self.setObjectName("practice")
        self.setToolTipsVisible(True)
        self.connections = Connections()
        call_in = QAction(texts("window.practice.call-in"), self)
        call_in.setObjectName("practice.call-in")
        self.connections.listen(call_in.triggered, lambda _=False: self.call_in_wished.emit())
        self.addAction(call_in)
        chosen = self.addMenu(texts("window.practice.lines"))
        chosen.setObjectName("practice.lines")
        for id, number in lines:
            action = chosen.addAction(f"{number}  {texts(id)}")
            action.setObjectName(f"practice.line.{number}")
            self.connections.listen(
                action.triggered, lambda _=False, number=number: self.line_wished.emit(number)
            )
        wrong = self.addMenu(texts("window.practice.faults"))
        wrong.setObjectName("practice.faults")
        for fault in faults:
            action = wrong.addAction(texts(f"practice.fault.{fault}"))
            action.setObjectName(f"practice.fault.{fault}")
            self.connections.listen(
                action.triggered, lambda _=False, fault=fault: self.fault_wished.emit(fault)
            )
