"""The calls of a segment, kept up to date with every entry, so that listing them reads no messages."""

from __future__ import annotations

import re
import sqlite3
from dataclasses import dataclass

from tccc_desk.trace.entry import TraceEntry
from tccc_desk.trace.problems import is_problem, with_credentials
from tccc_desk.trace.query import CallKind
from tccc_desk.trace.schema import UPSERT_CALL, insert, storable

KEPT = 5_000
"""Calls held in memory; an older one that goes on is read back."""
MAX_USER = 120
_KINDS: dict[str, CallKind] = {"INVITE": "call", "REGISTER": "registration", "OPTIONS": "options"}
_OPENERS: dict[CallKind, str] = {kind: method for method, kind in _KINDS.items()}
_FROM = re.compile(rb"(?im)^(?:from|f)[ \t]*:([^\r\n]{1,1024})")
_TO = re.compile(rb"(?im)^(?:to|t)[ \t]*:([^\r\n]{1,1024})")
_USER = re.compile(rb"(?i)(?:sips?|tel):([^@;>?\s]{1,400})")


@dataclass(slots=True)
class Line:
    """One Call-ID's row."""

    id: int
    call_id: str
    trunk: str
    first_at: float
    last_at: float
    kind: CallKind = "other"
    caller: str = ""
    callee: str = ""
    messages: int = 0
    final_status: int = 0
    final_reason: str = ""
    problem: bool = False
    proved: bool = False
    """Whether the latest request carried credentials."""
    refused: bool = False
    """Whether these were answered by a challenge: a problem, unless another try follows."""

    def take(self, entry: TraceEntry) -> None:
        """Count one entry in."""
        self.last_at = max(self.last_at, entry.at)
        self.trunk = self.trunk or entry.trunk
        self.problem = self.problem or is_problem(entry)
        if entry.kind != "message":
            return
        if not self.caller and not self.callee:
            self.caller, self.callee = user(_FROM, entry.raw), user(_TO, entry.raw)
        self.messages += 1
        if entry.status in (401, 407):
            self.refused = self.proved
        elif not entry.status and entry.method not in ("ACK", "CANCEL"):
            self.proved, self.refused = with_credentials(entry.raw), False
        if self.kind == "other":
            self.kind = _KINDS.get(entry.method, "other")
        # A call is decided once, by what is no challenge; a registration by its latest answer.
        final = entry.status >= 200 and entry.method == _OPENERS.get(self.kind, entry.method)
        if final and (self.kind != "call" or self.final_status in (0, 401, 407)):
            self.final_status, self.final_reason = entry.status, entry.reason


class Ledger:
    """Folds entries into lines, and writes those that changed."""

    def __init__(self) -> None:
        self._lines: dict[str, Line] = {}
        self._touched: dict[str, Line] = {}
        self._next = 1

    def open(self, connection: sqlite3.Connection) -> None:
        """Go on in another segment: a call that lasts keeps who called whom and since when."""
        self._connection = connection
        (highest,) = connection.execute("SELECT max(id) FROM calls").fetchone()
        self._next = (highest or 0) + 1
        for line in self._lines.values():
            line.id, line.messages = 0, 0
        self._touched.clear()

    def take(self, entry: TraceEntry) -> int | None:
        """Count an entry in; gives the number of its call in this segment."""
        if not entry.call_id:
            return None
        line = self._lines.pop(entry.call_id, None) or self._read(entry)
        if not line.id:
            line.id, self._next = self._next, self._next + 1
        self._lines[entry.call_id] = line  # at the end: the last to be dropped
        self._touched[entry.call_id] = line
        line.take(entry)
        return line.id

    def write(self) -> None:
        """Write the changed lines, within the caller's transaction."""
        rows = [
            (
                line.id,
                line.call_id,
                line.kind,
                line.trunk,
                line.first_at,
                line.last_at,
                line.caller,
                line.callee,
                line.messages,
                line.final_status,
                line.final_reason,
                line.problem or line.refused,
            )
            for line in self._touched.values()
        ]
        self._touched.clear()
        insert(self._connection, UPSERT_CALL, [storable(row) for row in rows])
        while len(self._lines) > KEPT:
            del self._lines[next(iter(self._lines))]

    def _read(self, entry: TraceEntry) -> Line:
        wanted = storable((entry.call_id,))
        row = self._connection.execute(
            "SELECT id,call_id,trunk,first_at,last_at,kind,caller,callee,messages,final_status,"
            "final_reason,problem FROM calls WHERE call_id=?",
            wanted,
        ).fetchone()
        if row is not None:
            return Line(*row)
        return Line(0, str(wanted[0]), entry.trunk, entry.at, entry.at)


def user(header: re.Pattern[bytes], raw: bytes) -> str:
    """The user part of a header's first URI; the whole URI's rest where there is no user."""
    found = header.search(raw.partition(b"\r\n\r\n")[0])
    uri = _USER.search(found.group(1)) if found else None
    return uri.group(1).decode("utf-8", "replace")[:MAX_USER] if uri else ""
