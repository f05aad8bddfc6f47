"""What the window shows: the folded status, the stored trunks and the selected one."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QObject, Signal

from tccc_desk.engine.commands import ConfigureSound
from tccc_desk.engine.events import (
    EngineStarted,
    EngineStopped,
    Event,
    LogGrown,
    MediaMeasured,
    QualityHistory,
    QualityPoint,
    Traced,
)
from tccc_desk.engine.fold import reduce
from tccc_desk.engine.status import CallStatus, Phase, Registration, Status, TrunkStatus
from tccc_desk.trace.entry import TraceEntry
from tccc_desk.trunk.profile import Trunk

MAX_HISTORIES = 32
"""Calls whose quality over time is held; the oldest is forgotten."""


class DeskState(QObject):
    """One for the window's life; panels read it and listen to it, only the desk writes it."""

    trunks_changed = Signal()
    """The set of trunks, or a trunk's values."""
    trunk_changed = Signal(str)
    """One trunk's status."""
    selected = Signal(str)
    call_changed = Signal(str)
    engine_changed = Signal()
    refused = Signal(object)
    """A CommandRefused."""
    traced = Signal(object)
    """A tuple of TraceEntry that the engine did not store itself."""
    counted = Signal()
    """More messages were exchanged."""
    arrived = Signal(object)
    """Every event, after it was folded."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        super().__init__()
        self.clock = clock
        self.status = Status()
        self.trunks: tuple[Trunk, ...] = ()
        self.current = ""
        self.notes: dict[str, tuple[str, dict[str, object]]] = {}
        """The desk's own word on a trunk, as text id and values: that another window holds its account."""
        self.remarks: dict[str, str] = {}
        """Text ids that stand where there is no note."""
        self.call_only: set[str] = set()
        """Trunks the admin chose not to register this time."""
        self._quality: dict[str, QualityHistory] = {}
        self.sound = ConfigureSound()
        """Devices and ports of this session."""
        self.messages = 0
        self.restarting = False
        """True while a dead engine is being started again by itself."""
        self.restarted_at: float | None = None
        """When a dead engine was last replaced; until the admin has seen it."""
        self.cut_recordings: tuple[str, ...] = ()
        """Files the engine that died last was recording into: valid as far as they go."""

    def take(self, event: Event) -> None:
        """Fold one event and say what changed."""
        if isinstance(event, Traced):
            self.messages += sum(entry.kind == "message" for entry in event.entries)
            self.traced.emit(event.entries)
            self.counted.emit()
            return
        if isinstance(event, MediaMeasured):
            self._remember_quality(event)
        if isinstance(event, LogGrown):
            self.messages += event.messages
            self.counted.emit()
        before, self.status = self.status, reduce(self.status, event)
        if isinstance(event, EngineStopped) and event.crashed:
            left = tuple(call.recording for call in before.calls.values() if call.recording)
            self.cut_recordings = left or self.cut_recordings  # it may die again while it starts
            self.traced.emit((_own_fact("fact.engine-died", event.at, detail=event.detail),))
        elif isinstance(event, EngineStarted) and before.crashed:
            self.restarted_at = event.at
            self.traced.emit((_own_fact("fact.engine-restarted", event.at),))
        after = self.status
        for name in after.trunks:
            if after.trunks[name] is not before.trunks.get(name):
                self.trunk_changed.emit(name)
        for call in after.calls:
            if after.calls[call] is not before.calls.get(call):
                self.call_changed.emit(call)
        if (before.running, before.crashed) != (after.running, after.crashed):
            self.engine_changed.emit()
        if after.refusal is not None and after.refusal is not before.refusal:
            self.refused.emit(after.refusal)
        self.arrived.emit(event)

    def _remember_quality(self, event: MediaMeasured) -> None:
        call = self.status.calls.get(event.call)
        begun = call.steps.get(Phase.ANSWERED, call.started_at) if call is not None else event.at
        if event.call not in self._quality:
            while len(self._quality) >= MAX_HISTORIES:
                del self._quality[next(iter(self._quality))]
            self._quality[event.call] = QualityHistory()
        self._quality[event.call].add(event.at - begun, event.media)

    def quality(self, call: str) -> tuple[QualityPoint, ...]:
        """Give what was measured of a call over time; nothing for one without sound."""
        history = self._quality.get(call)
        return history.points() if history is not None else ()

    def set_trunks(self, trunks: tuple[Trunk, ...]) -> None:
        """Show these trunks; keep the selection where it still exists."""
        self.trunks = trunks
        self.trunks_changed.emit()
        names = [trunk.name for trunk in trunks]
        if self.current not in names:
            self.select(names[0] if names else "")

    def forget(self, name: str) -> None:
        """Drop what was proved of a trunk: it was changed or removed, so nothing of it is proved."""
        trunks = {one: status for one, status in self.status.trunks.items() if one != name}
        self.status = replace(self.status, trunks=trunks)
        self.call_only.discard(name)
        self.note(name)

    def select(self, name: str) -> None:
        """Make a trunk the one that the panels speak of."""
        if name != self.current:
            self.current = name
            self.selected.emit(name)

    def note(self, name: str, id: str = "", **values: object) -> None:
        """Say something of our own about a trunk; no id takes it back."""
        if id:
            self.notes[name] = (id, values)
        else:
            self.notes.pop(name, None)
        self.trunk_changed.emit(name)

    def noted(self, name: str) -> tuple[str, dict[str, object]]:
        """Give the note on a trunk, or its standing remark, as text id and values."""
        return self.notes.get(name) or (self.remarks.get(name, ""), {})

    def trunk(self) -> Trunk | None:
        """Give the selected trunk's values."""
        return self.trunk_named(self.current)

    def trunk_named(self, name: str) -> Trunk | None:
        """Give a trunk's values."""
        return next((trunk for trunk in self.trunks if trunk.name == name), None)

    def trunk_status(self) -> TrunkStatus:
        """Give the selected trunk's status."""
        return self.status.trunk(self.current)

    def placed_call(self) -> CallStatus | None:
        """Give the call going on that the call panel speaks of: the newest live one."""
        live = [
            call for call in self.status.live_calls() if not call.incoming or "answered" in _reached(call)
        ]
        return live[-1] if live else None

    def why_no_microphone(self) -> str:
        """Give the text id of the reason that no microphone can be used; empty if one can, or may."""
        devices = self.status.devices
        return "soundroom.no-microphone" if devices is not None and not devices.microphones else ""

    def why_no_call(self) -> str:
        """Give the text id of the reason that no call can be placed now; empty if one can."""
        trunk = self.trunk()
        if trunk is None:
            return "window.call.why.no-trunk"
        if not self.status.running:
            return "window.call.why.engine"
        if self.placed_call() is not None:
            return "window.call.why.busy"
        registered = self.trunk_status().registration is Registration.REGISTERED
        if trunk.register and not registered and trunk.name not in self.call_only:
            return "window.call.why.unregistered"
        return ""


def _reached(call: CallStatus) -> set[str]:
    return {phase.value for phase in call.steps}


def _own_fact(fact: str, at: float, **details: str) -> TraceEntry:
    """Make a line of the log about the engine: it cannot report its own death."""
    return TraceEntry(
        number=0, at=at, monotonic=0.0, kind="fact", direction="local", trunk="", fact=fact, details=details
    )
