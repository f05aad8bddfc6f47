"""Asks for the exchange that the chosen line belongs to, once for each, and again as it grows."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject, Signal

from tccc_desk.trace.entry import TraceEntry
from tccc_desk.trace.ladder import Ladder, MediaFlow, measured
from tccc_desk.trace.query import Position
from tccc_desk.ui.log_reader import Answer, LogReader
from tccc_desk.ui.log_talk import Talk, talk
from tccc_desk.ui.panel import Connections
from tccc_desk.ui.state import DeskState

NOBODY = Talk("", (), Ladder())


class Talking(QObject):
    """Holds the exchange that is shown. `known` says whether it only grew."""

    known = Signal(bool)

    def __init__(self, reader: LogReader, state: DeskState, *, capture: bool = False) -> None:
        super().__init__()
        self.reader = reader
        self.capture = capture
        self._state = state
        self._call_id = ""
        self._place: Position | None = None
        self.talk = NOBODY
        self._ticket = 0
        self.connections = Connections()
        self.connections.listen(reader.answered, self._answered)

    def close(self) -> None:
        """Ask nothing more."""
        self.connections.undo()

    def show(self, call_id: str, place: Position | None) -> None:
        """Read this exchange unless it is held already."""
        if not call_id:
            self._call_id, self.talk = "", NOBODY
            self.reader.drop("talk")
            self.known.emit(False)
            return
        held = place is None or self.talk.index(place) >= 0
        same = call_id == self.talk.call_id and call_id == self._call_id
        self._call_id, self._place = call_id, place
        if same and held:
            self.known.emit(True)
        else:
            self._ask()

    def refresh(self) -> None:
        """Read again what may have grown."""
        if self._call_id and not self.reader.busy("talk"):
            self._ask()

    def before(self, entry: TraceEntry | None, place: Position | None) -> Sequence[TraceEntry]:
        """Give what the exchange holds before a line, as far as it is known."""
        if entry is None or place is None or entry.call_id != self.talk.call_id:
            return ()
        return self.talk.entries[: max(0, self.talk.index(place))]

    def _ask(self) -> None:
        call_id, place, media, capture = self._call_id, self._place, self._media(), self.capture
        self._ticket = self.reader.ask(
            "talk", lambda book: talk(book, call_id, place, media, capture=capture)
        )

    def _media(self) -> Sequence[MediaFlow]:
        """Give what this run measured of the call's sound."""
        for call in self._state.status.calls.values():
            if call.call_id == self._call_id and call.media is not None:
                ended = call.end.at if call.end is not None else None
                return measured(call.media, started_at=None, ended_at=ended)
        return ()

    def _answered(self, answer: Answer) -> None:
        if answer.ticket != self._ticket or not isinstance(answer.value, Talk):
            return
        keep = answer.value.call_id == self.talk.call_id
        if keep and answer.value == self.talk:
            return
        self.talk = answer.value
        self.known.emit(keep)
