"""Lists the calls of many segments as one list; a call that two segments hold is one line."""

# ruff: noqa: S608  what is put into these statements is this package's own, values are bound

from __future__ import annotations

import heapq
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tccc_desk.trace.query import CallRow
from tccc_desk.trace.shelf import Shelf

COLUMNS = "call_id,kind,trunk,first_at,last_at,caller,callee,messages,final_status,final_reason,problem"


@dataclass(frozen=True, slots=True)
class CallList:
    """What to list; empty values let everything pass."""

    since: float | None
    """Calls that went on then or later."""
    trunk: str
    text: str
    hits: tuple[str, ...]
    """Call-IDs that `text` found otherwise."""
    only_problems: bool

    def read(self, shelves: Sequence[Shelf], before: CallRow | None, limit: int) -> list[CallRow]:
        """Give the newest `limit`, newest last."""
        streams = [self._of(shelf, before, limit * 2) for shelf in shelves]
        merged = heapq.merge(*streams, key=_place, reverse=True)
        calls = (_joined(list(same)) for _, same in itertools.groupby(merged, key=_place))
        return list(itertools.islice(calls, limit))[::-1]

    def _of(self, shelf: Shelf, before: CallRow | None, limit: int) -> Iterator[CallRow]:
        parts: list[str] = ["1"]
        values: list[object] = []
        if self.since is not None:
            parts.append("last_at>=?")
            values.append(self.since)
        if self.trunk:
            parts.append("trunk=?")
            values.append(self.trunk)
        if self.only_problems:
            parts.append("problem")
        if self.text:
            like = "%" + self.text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
            columns = ("call_id", "caller", "callee", "trunk", "final_reason")
            found = [f"{column} LIKE ? ESCAPE '\\'" for column in columns]
            found.append(f"call_id IN ({','.join('?' * len(self.hits))})")
            parts.append(f"({' OR '.join(found)})")
            values.extend([like] * len(columns))
            values.extend(self.hits)
        if before is not None:
            parts.append("(first_at,call_id)<(?,?)")
            values.extend((before.first_at, before.call_id))
        for row in shelf.connection.execute(
            f"SELECT {COLUMNS} FROM calls WHERE {' AND '.join(parts)} "
            f"ORDER BY first_at DESC,call_id DESC LIMIT {limit}",
            values,
        ):
            (call_id, kind, trunk, first_at, last_at, caller, callee) = row[:7]
            messages, status, reason, problem = row[7:]
            yield CallRow(
                call_id=call_id,
                kind=kind,
                trunk=trunk,
                first_at=first_at,
                last_at=last_at,
                caller=caller,
                callee=callee,
                messages=messages,
                final_status=status,
                final_reason=reason,
                problem=bool(problem),
                segment=shelf.name,
            )


def _place(row: CallRow) -> tuple[float, str]:
    return row.first_at, row.call_id


def _joined(rows: list[CallRow]) -> CallRow:
    """One call from its parts in several segments."""
    newest = max(rows, key=lambda row: row.last_at)
    if len(rows) == 1:
        return newest
    return CallRow(
        call_id=newest.call_id,
        kind=newest.kind,
        trunk=newest.trunk,
        first_at=newest.first_at,
        last_at=newest.last_at,
        caller=newest.caller,
        callee=newest.callee,
        messages=sum(row.messages for row in rows),
        final_status=newest.final_status,
        final_reason=newest.final_reason,
        problem=any(row.problem for row in rows),
        segment=newest.segment,
    )
