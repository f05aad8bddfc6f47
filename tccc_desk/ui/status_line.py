"""The floor: our address and interface, messages counted, the engine's state."""

from __future__ import annotations

from PySide6.QtWidgets import QLabel, QStatusBar

from tccc_desk.ui.panel import Connections
from tccc_desk.ui.state import DeskState
from tccc_desk.ui.texts import Texts


class StatusLine(QStatusBar):
    """Three permanent words, each with an object name."""

    def __init__(self, state: DeskState, texts: Texts) -> None:
        super().__init__()
        self.setObjectName("status")
        self._state = state
        self._texts = texts
        self.connections = Connections()
        self._labels = {name: QLabel() for name in ("local", "messages", "engine")}
        for name, label in self._labels.items():
            label.setObjectName(f"status.{name}")
            label.setMargin(3)
            self.addWidget(label, 1 if name == "local" else 0)
        for signal in (state.trunk_changed, state.selected, state.engine_changed, state.counted):
            self.connections.listen(signal, self._refresh)
        self._refresh()

    def _refresh(self, _: object = None) -> None:
        texts, trunk = self._texts, self._state.trunk_status()
        if not trunk.local:
            local = texts("window.status.no-local")
        elif trunk.interface:
            local = texts("window.status.local-via", local=trunk.local, interface=trunk.interface)
        else:
            local = texts("window.status.local", local=trunk.local)
        status = self._state.status
        if status.running:
            engine = texts("window.status.engine-ok")
        else:
            engine = texts("window.status.engine-died" if status.crashed else "window.status.engine-off")
        if status.dropped_measurements:
            engine += "  " + texts("window.status.dropped", count=status.dropped_measurements)
        shown = {
            "local": local,
            "messages": texts("window.status.messages", count=f"{self._state.messages:,}"),
            "engine": engine,
        }
        for name, label in self._labels.items():
            if label.text() != shown[name]:
                label.setText(shown[name])
