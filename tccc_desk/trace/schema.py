"""The tables of a segment, and entries as rows of them."""

from __future__ import annotations

import itertools
import sqlite3
from collections.abc import Sequence
from typing import Any

import msgspec

from tccc_desk.trace.entry import Direction, Kind, TraceEntry
from tccc_desk.trace.problems import is_problem

VERSION = 1
MAX_RAW = 262_144
"""Octets kept of one message; the wire's own bounds are below it."""
KINDS: tuple[Kind, ...] = ("message", "fact", "transition")
WAYS: tuple[Direction, ...] = ("sent", "received", "local")
STEP = KINDS.index("transition")

# `moment` is `at` made monotonic: the sort key. `rank` counts the rows up to this one that are no
# machine steps, so that a listing without them has row numbers. Octets stand in a table of their
# own, so that a filter by column does not read them.
TABLES = """
CREATE TABLE entries(
  number INTEGER PRIMARY KEY, moment REAL NOT NULL, rank INTEGER NOT NULL, kind INTEGER NOT NULL,
  direction INTEGER NOT NULL, problem INTEGER NOT NULL, status INTEGER NOT NULL, call INTEGER,
  method TEXT NOT NULL, trunk TEXT NOT NULL, at REAL NOT NULL, monotonic REAL NOT NULL,
  retransmission INTEGER NOT NULL, cseq INTEGER, transport TEXT NOT NULL, local TEXT NOT NULL,
  remote TEXT NOT NULL, reason TEXT NOT NULL, summary TEXT NOT NULL, fact TEXT NOT NULL, details TEXT);
CREATE TABLE raws(number INTEGER PRIMARY KEY, raw BLOB NOT NULL);
CREATE TABLE calls(
  id INTEGER PRIMARY KEY, call_id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, trunk TEXT NOT NULL,
  first_at REAL NOT NULL, last_at REAL NOT NULL, caller TEXT NOT NULL, callee TEXT NOT NULL,
  messages INTEGER NOT NULL, final_status INTEGER NOT NULL, final_reason TEXT NOT NULL,
  problem INTEGER NOT NULL);
CREATE INDEX entries_call ON entries(call) WHERE call IS NOT NULL;
CREATE INDEX entries_problem ON entries(number) WHERE problem;
CREATE INDEX calls_first ON calls(first_at, call_id);
"""
TOGETHER = (64, 8, 1)
"""Rows in one statement: SQLite inserts them without the interpreter, which it must not take from the sound
of a call between any two rows."""


def _insert(table: str, columns: int, more: str = "") -> dict[int, str]:
    one = f"({','.join('?' * columns)})"
    return {size: f"INSERT INTO {table} VALUES{','.join([one] * size)}{more}" for size in TOGETHER}


INSERT = _insert("entries", 21)
INSERT_RAW = _insert("raws", 2)
UPSERT_CALL = _insert(
    "calls",
    12,
    " ON CONFLICT(id) DO UPDATE SET kind=excluded.kind,"
    "trunk=excluded.trunk,last_at=excluded.last_at,caller=excluded.caller,callee=excluded.callee,"
    "messages=excluded.messages,final_status=excluded.final_status,"
    "final_reason=excluded.final_reason,problem=excluded.problem",
)
SELECT = (
    "SELECT e.number,e.moment,e.kind,e.direction,e.status,c.call_id,e.method,e.trunk,e.at,e.monotonic,"
    "e.retransmission,e.cseq,e.transport,e.local,e.remote,e.reason,e.summary,e.fact,e.details,r.raw "
    "FROM entries e LEFT JOIN calls c ON c.id=e.call LEFT JOIN raws r ON r.number=e.number "
)
Row = tuple[Any, ...]
_details = msgspec.json.Decoder(dict[str, str])


def insert(connection: sqlite3.Connection, statements: dict[int, str], rows: Sequence[Row]) -> None:
    """Insert rows, many in one statement. Raises sqlite3.Error, and what a value cannot be stored by."""
    at = 0
    for size, statement in statements.items():
        while len(rows) - at >= size:
            connection.execute(statement, tuple(itertools.chain.from_iterable(rows[at : at + size])))
            at += size


def to_row(entry: TraceEntry, number: int, moment: float, rank: int, call: int | None) -> Row:
    """Make the row of `INSERT`."""
    return (
        number,
        moment,
        rank,
        KINDS.index(entry.kind),
        WAYS.index(entry.direction),
        is_problem(entry),
        entry.status,
        call,
        entry.method,
        entry.trunk,
        entry.at,
        entry.monotonic,
        entry.retransmission,
        entry.cseq,
        entry.transport,
        entry.local,
        entry.remote,
        entry.reason,
        entry.summary,
        entry.fact,
        msgspec.json.encode(entry.details).decode() if entry.details else None,
    )


def storable(row: Row) -> Row:
    """The row with what SQLite refuses made storable: half characters, numbers beyond 64 bits."""
    return tuple(_storable(value) for value in row)


def _storable(value: object) -> object:
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, int) and not -(1 << 63) <= value < 1 << 63:
        return (1 << 63) - 1
    return value


def from_row(row: Row) -> TraceEntry:
    """Make the entry from a row of `SELECT`. Raises ValueError where a value is none of ours."""
    (number, _, kind, direction, status, call_id, method, trunk, at, monotonic) = row[:10]
    (retransmission, cseq, transport, local, remote, reason, summary, fact, details, raw) = row[10:]
    try:
        return TraceEntry(
            number=number,
            at=at,
            monotonic=monotonic,
            kind=KINDS[kind],
            direction=WAYS[direction],
            trunk=trunk,
            transport=transport,
            local=local,
            remote=remote,
            method=method,
            status=status,
            reason=reason,
            call_id=call_id or "",
            cseq=cseq,
            summary=summary,
            fact=fact,
            details=_details.decode(details) if details else {},
            retransmission=retransmission,
            raw=raw or b"",
        )
    except (IndexError, TypeError, msgspec.DecodeError) as error:
        raise ValueError("not a row of the log") from error
