"""The stored log read back: one timeline over many segments, with filters, row numbers and calls."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
import time
from pathlib import Path

import msgspec
import pytest

from tccc_desk.trace import files
from tccc_desk.trace.book import LogBook
from tccc_desk.trace.entry import TraceEntry
from tccc_desk.trace.problems import is_machine_step, is_problem
from tccc_desk.trace.query import Position, Query, StoredEntry
from tccc_desk.trace.segment_file import SegmentFile
from tests.helpers import log_entries
from tests.helpers.log_entries import call_id, entries

ALL = Query(machine_steps=True)


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three engines' segments; the first two ran at the same time. Only to be copied."""
    folder = tmp_path_factory.mktemp("written") / "trace"
    log_entries.store(folder, 3000)
    log_entries.store(folder, 3000, start=log_entries.START + 0.005, first_call=1000)
    log_entries.store(folder, 1200, start=log_entries.START + 500, first_call=2000)
    return folder


@pytest.fixture
def folder(written: Path, tmp_path: Path) -> Path:
    """A copy of one's own."""
    return shutil.copytree(written, tmp_path / "trace")


def everything(book: LogBook, query: Query, *, forward: bool) -> list[StoredEntry]:
    found: list[StoredEntry] = []
    bound: Position | None = Position(float("-inf"), "", 0) if forward else None
    while True:
        page = book.page(query, after=bound) if forward else book.page(query, before=bound)
        if not page and book.reached is None:
            return found
        found = found + page if forward else page + found
        bound = book.reached or (page[-1] if forward else page[0]).position


def test_the_timeline_is_the_same_forth_and_back(folder: Path) -> None:
    book = LogBook(folder)
    forth = everything(book, ALL, forward=True)
    assert [one.position for one in forth] == sorted(one.position for one in forth)
    assert len({one.position for one in forth}) == len(forth) == book.total() == 7200
    assert everything(book, ALL, forward=False) == forth


def test_entries_come_back_as_they_were(tmp_path: Path) -> None:
    made = list(entries(60))
    file = SegmentFile(tmp_path)
    file.append(made)
    file.close()
    assert [one.entry for one in LogBook(tmp_path).page(ALL)] == made


@pytest.mark.parametrize(
    "query",
    [
        Query(),
        Query(methods=("ACK",)),
        Query(status_classes=(4,), direction="received"),
        Query(only_problems=True),
        Query(trunk="another"),
        Query(call_id=call_id(1001)),
        Query(text="02188880017"),
        Query(text="BUSY here"),
        Query(text="86"),
        Query(since=log_entries.START + 3, until=log_entries.START + 500.5),
    ],
)
def test_a_filter_gives_what_looking_at_each_entry_gives(folder: Path, query: Query) -> None:
    book = LogBook(folder, budget_s=0.0)
    expected = [one for one in everything(book, ALL, forward=True) if passes(query, one.entry)]
    assert everything(book, query, forward=True) == expected
    assert everything(book, query, forward=False) == expected
    assert book.row_count(query) in (None, len(expected))


def passes(query: Query, entry: TraceEntry) -> bool:
    return (
        not is_machine_step(entry)
        and (not query.methods or entry.method in query.methods)
        and (not query.status_classes or entry.status // 100 in query.status_classes)
        and query.trunk in ("", entry.trunk)
        and query.direction in ("", entry.direction)
        and query.call_id in ("", entry.call_id)
        and (not query.only_problems or is_problem(entry))
        and query.text.lower().encode() in entry.raw.lower()
        and (query.since is None or entry.at >= query.since)
        and (query.until is None or entry.at < query.until)
    )


@pytest.mark.parametrize("query", [Query(), ALL, Query(since=log_entries.START + 7.0)])
def test_every_row_number_leads_to_its_row(folder: Path, query: Query) -> None:
    book = LogBook(folder)
    rows = everything(book, query, forward=True)
    assert book.row_count(query) == len(rows)
    for row in (0, 1, 853, 1024, 2047, 3333, len(rows) - 1):
        assert book.page_at(row, query, limit=3) == rows[row : row + 3]
        assert book.row_of(rows[row].position, query) == row
    assert book.page_at(len(rows), query) == []


def test_calls_are_listed_newest_last_and_page_by_page(folder: Path) -> None:
    book = LogBook(folder)
    newest = book.calls(limit=150)
    older = book.calls(limit=2000, before=newest[0])
    every = book.calls(limit=2000)
    assert older + newest == every
    assert len(every) == 1200
    assert [call.first_at for call in every] == sorted(call.first_at for call in every)
    (call,) = book.calls(text=call_id(9))
    assert (call.kind, call.caller, call.callee) == ("call", "13800000009", "02188880009")
    assert (call.messages, call.final_status, call.problem) == (5, 486, True)
    assert [one.entry.number for one in book.entries(call_id(9))] == [55, 56, 57, 58, 59, 60]
    assert all(call.problem for call in book.calls(only_problems=True))


@pytest.mark.parametrize(("turns", "problem"), [("RCAC", True), ("RC", False), ("RCACAO", False)])
def test_credentials_that_are_refused_are_a_problem_and_a_challenge_is_none(
    tmp_path: Path, turns: str, problem: bool
) -> None:
    """R and A: a request without and with credentials; C: the challenge; O: the agreement."""
    said = {
        "R": b"REGISTER sip:x SIP/2.0\r\nCall-ID: r\r\n\r\n",
        "A": b"REGISTER sip:x SIP/2.0\r\nCall-ID: r\r\nAuthorization: Digest\r\n\r\n",
        "C": b"SIP/2.0 401 Unauthorized\r\nCall-ID: r\r\n\r\n",
        "O": b"SIP/2.0 200 OK\r\nCall-ID: r\r\n\r\n",
    }
    first = log_entries.entry(0, log_entries.START, 4)
    file = SegmentFile(tmp_path)
    for number, turn in enumerate(turns):
        status = {"C": 401, "O": 200}.get(turn, 0)
        file.append(
            [
                msgspec.structs.replace(
                    first, number=number, method="REGISTER", call_id="r", status=status, raw=said[turn]
                )
            ]
        )
    file.close()
    (row,) = LogBook(tmp_path).calls()
    assert (row.kind, row.problem) == ("registration", problem)


def test_a_call_in_two_segments_is_one_call(tmp_path: Path) -> None:
    made = [log_entries.entry(number, log_entries.START + number, 4) for number in range(6)]
    file = SegmentFile(tmp_path)
    file.append(made[:3])
    file._end()
    file._begin()
    file.append(made[3:])
    file.close()
    book = LogBook(tmp_path)
    (call,) = book.calls()
    assert (call.messages, call.final_status, call.first_at) == (5, 200, log_entries.START)
    assert [one.entry.at for one in book.entries(call_id(4))] == [one.at for one in made]


def test_what_is_written_meanwhile_is_seen(tmp_path: Path) -> None:
    book = LogBook(tmp_path)
    assert book.total() == 0
    file = SegmentFile(tmp_path)
    made = list(entries(30))
    file.append(made[:10])
    assert book.refresh()
    assert book.total() == 10
    assert not book.refresh()
    file.append(made[10:])
    assert book.refresh()
    assert len(book.page(ALL)) == 30
    file.close()


def test_an_idle_segment_is_gone_on_with_and_a_live_one_is_not(tmp_path: Path) -> None:
    first = SegmentFile(tmp_path)
    first.append(list(entries(5, start=time.time())))
    second = SegmentFile(tmp_path)
    assert second.name != first.name
    first.close()
    third = SegmentFile(tmp_path)
    assert third.name == first.name
    third.append(list(entries(5, start=time.time())))
    assert LogBook(tmp_path).total() == 10
    second.close()
    third.close()


def test_a_broken_segment_is_named_and_the_others_go_on(folder: Path) -> None:
    broken, second, third = files.names(folder)
    files.segment_path(folder, broken).write_bytes(
        b"no database at all, but long enough to be looked at" * 99
    )
    book = LogBook(folder)
    assert list(book.broken) == [broken]
    assert book.total() == 4200
    path = files.segment_path(folder, second)
    whole = path.read_bytes()
    path.write_bytes(whole[:8192] + b"\xaa" * (len(whole) - 8192))
    book.refresh()
    assert {one.position.segment for one in everything(book, ALL, forward=True)} == {third}
    assert set(book.broken) == {broken, second}


def test_hostile_values_are_kept(tmp_path: Path) -> None:
    (base,) = entries(1)
    odd = msgspec.structs.replace(
        base,
        raw=bytes(range(256)) * 4,
        call_id="a\0b\ud800'\"%_",
        reason="\ud800\x00",
        cseq=10**30,
        details={"a": "\0"},
        summary="x" * 100_000,
    )
    file = SegmentFile(tmp_path)
    file.append([odd, base])
    file.close()
    first, second = (one.entry for one in LogBook(tmp_path).page(ALL))
    assert first.raw == odd.raw
    assert first.reason == "?\x00"
    assert second.raw == base.raw


def test_a_clock_set_back_keeps_the_order_of_arrival(tmp_path: Path) -> None:
    made = [msgspec.structs.replace(one, at=one.at - number * 60) for number, one in enumerate(entries(20))]
    file = SegmentFile(tmp_path)
    file.append(made)
    file.close()
    assert [one.entry.at for one in LogBook(tmp_path).page(ALL)] == [one.at for one in made]


def test_files_are_the_owners_only(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "trace"
    file = SegmentFile(folder)
    file.append(list(entries(5)))
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}
    assert len(list(folder.iterdir())) == 4
    file.close()
    with contextlib.closing(sqlite3.connect(files.segment_path(folder, file.name))) as connection:
        assert connection.execute("PRAGMA quick_check").fetchone() == ("ok",)
