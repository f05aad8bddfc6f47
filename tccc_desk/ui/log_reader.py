"""Asks the log's book on a thread of its own: the window's thread never waits for a disk.

Questions come in lanes. A lane holds one question: a newer one takes the place of one that has
not been begun, and the answer to one that was overtaken meanwhile is not delivered.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from PySide6.QtCore import QObject, Signal

from tccc_desk.trace.book import LogBook
from tccc_desk.trace.unstored import Unstored

Lane = Literal["page", "talk", "compare", "calls", "tail", "state"]
LANES: tuple[Lane, ...] = ("page", "talk", "compare", "calls", "tail", "state")
"""In the order they are served: what the admin waits for first."""
JOIN_S = 5.0

Ask = Callable[[LogBook], Any]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a question came to."""

    lane: Lane
    ticket: int
    value: Any
    fault: str = ""
    """Why there is no value: the disk's or the database's own words."""


class LogReader(QObject):
    """One thread with its own book. `answered` is delivered on the thread of who listens."""

    answered = Signal(object)

    def __init__(
        self, folder: Path, lanes: tuple[Lane, ...] = LANES, *, unstored: Unstored | None = None
    ) -> None:
        super().__init__()
        self.folder = folder
        self.unstored = unstored
        """What could not be stored there, and is read with it."""
        self._lanes = lanes
        self._waiting: dict[Lane, tuple[int, Ask]] = {}
        self._latest: dict[Lane, int] = dict.fromkeys(lanes, 0)
        self._changed = threading.Condition()
        self._ended = False
        self._tickets = 0
        self._thread = threading.Thread(target=self._work, name="log reader", daemon=True)
        self._thread.start()

    def ask(self, lane: Lane, question: Ask) -> int:
        """Put a question; its answer bears the number given here."""
        with self._changed:
            self._tickets += 1
            self._waiting[lane] = (self._tickets, question)
            self._latest[lane] = self._tickets
            self._changed.notify()
            return self._tickets

    def busy(self, lane: Lane) -> bool:
        """Tell whether a question of this lane is waiting or being answered."""
        with self._changed:
            return self._latest[lane] > 0

    def drop(self, lane: Lane) -> None:
        """Want no answer in this lane any more."""
        with self._changed:
            self._waiting.pop(lane, None)
            self._latest[lane] = 0

    def close(self) -> None:
        """End the thread; an answer under way is not delivered."""
        with self._changed:
            self._ended = True
            self._waiting.clear()
            self._changed.notify()
        if self._thread is not threading.current_thread():
            self._thread.join(JOIN_S)

    def _work(self) -> None:
        book: LogBook | None = None
        while (next_one := self._next()) is not None:
            lane, ticket, question = next_one
            try:
                book = book or LogBook(self.folder, unstored=self.unstored)
                answer = Answer(lane, ticket, question(book))
            except (OSError, sqlite3.Error, ValueError) as error:
                answer = Answer(lane, ticket, None, str(error)[:200] or type(error).__name__)
            self._deliver(answer)
        if book is not None:
            book.close()

    def _next(self) -> tuple[Lane, int, Ask] | None:
        with self._changed:
            while not self._ended:
                for lane in self._lanes:
                    if lane in self._waiting:
                        ticket, question = self._waiting.pop(lane)
                        return lane, ticket, question
                self._changed.wait()
            return None

    def _deliver(self, answer: Answer) -> None:
        with self._changed:
            if self._ended or self._latest[answer.lane] != answer.ticket:
                return
            self._latest[answer.lane] = 0
        self.answered.emit(answer)
