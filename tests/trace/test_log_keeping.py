"""Writing without holding anybody up, indexing beside it, and what is removed when."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import msgspec
import pytest

from tccc_desk.trace import files, indexing
from tccc_desk.trace.book import LogBook
from tccc_desk.trace.entry import TraceEntry
from tccc_desk.trace.query import Query
from tccc_desk.trace.redact import masked
from tccc_desk.trace.retention import inventory, retain
from tccc_desk.trace.segment import SegmentWriter
from tccc_desk.trace.segment_file import SegmentFile
from tests.helpers import log_entries
from tests.helpers.log_entries import call_id, entries

ALL = Query(machine_steps=True)


class Listener:
    """Hears the writer, and lets a test wait for it."""

    def __init__(self) -> None:
        self.stored = self.messages = 0
        self.failures: list[str] = []
        self.unkept: list[TraceEntry] = []
        self.heard = threading.Condition()

    def log_grown(self, segment: str, entries: int, messages: int) -> None:
        with self.heard:
            self.stored += entries
            self.messages += messages
            self.heard.notify_all()

    def log_failed(self, detail: str, unkept: tuple[TraceEntry, ...], *, first: bool) -> None:
        with self.heard:
            if first:
                self.failures.append(detail)
            self.unkept.extend(unkept)
            self.heard.notify_all()

    def wait(self, stored: int = 0, failures: int = 0) -> None:
        with self.heard:
            assert self.heard.wait_for(
                lambda: self.stored >= stored and len(self.failures) >= failures, timeout=20
            )


def writer(folder: Path, listener: Listener, *, again_s: float = 0.0) -> SegmentWriter:
    return SegmentWriter(folder, listener, max_octets=1 << 30, max_days=30, first_s=0.0, again_s=again_s)


def test_everything_put_is_read_back(tmp_path: Path) -> None:
    listener = Listener()
    log = writer(tmp_path, listener)
    made = list(entries(3000, start=time.time()))
    for at in range(0, 3000, 7):
        log.put(made[at : at + 7])
    log.close()
    assert (listener.stored, listener.messages, listener.failures) == (3000, 2500, [])
    assert [one.entry for one in LogBook(tmp_path).page(ALL, limit=5000)] == made
    assert not list(tmp_path.glob("*.live"))


def test_a_folder_that_cannot_be_made_costs_the_log_and_is_said_once(tmp_path: Path) -> None:
    place = tmp_path / "trace"
    place.write_text("a file stands here")
    listener = Listener()
    log = writer(place, listener)
    made = list(entries(2000, start=time.time()))
    log.put(made[:1000])
    listener.wait(failures=1)
    log.put(made[1000:])
    log.close()
    assert len(listener.failures) == 1
    assert listener.unkept == made
    assert log.failing


def test_it_is_kept_again_when_the_trouble_is_over(tmp_path: Path) -> None:
    place = tmp_path / "trace"
    place.write_text("a file stands here")
    listener = Listener()
    log = writer(place, listener)
    log.put(entries(10, start=time.time()))
    listener.wait(failures=1)
    place.unlink()
    log.put(entries(10, start=time.time()))
    listener.wait(stored=10)
    assert not log.failing
    log.close()
    assert LogBook(place).total() == 10


def test_a_segment_removed_under_the_writer_is_noticed(tmp_path: Path) -> None:
    listener = Listener()
    log = writer(tmp_path, listener)
    log.put(entries(10, start=time.time()))
    listener.wait(stored=10)
    (name,) = files.names(tmp_path)
    files.remove(files.segment_path(tmp_path, name))
    log.put(entries(10, start=time.time()))
    listener.wait(failures=1)
    log.put(entries(10, start=time.time()))
    listener.wait(stored=20)
    log.close()
    assert LogBook(tmp_path).total() == 10


def test_what_does_not_fit_the_queue_is_counted_in_the_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tccc_desk.trace.segment.QUEUE_ENTRIES", 50)
    log = SegmentWriter(tmp_path, Listener(), max_octets=1 << 30, max_days=30, first_s=20.0)
    log.put(entries(80, start=time.time()))
    log.close()
    stored = [one.entry for one in LogBook(tmp_path).page(ALL)]
    assert len(stored) == 51
    assert [one.details for one in stored if one.fact == "fact.log-gap"] == [{"count": "30"}]


@pytest.mark.parametrize(
    "query",
    [
        Query(text=call_id(77)),
        Query(text=call_id(311)[4:9].upper()),
        Query(text="Busy Here", methods=("INVITE",)),
        Query(text="\u4e2d\u6587 \"quoted\"; 'x'"),
        Query(text="nothing of this kind"),
        Query(text="z9hG4bK", only_problems=True),
        Query(text="no such", facts=("fact.refused",)),
        Query(text="to"),
        Query(text="a\0b"),
    ],
)
def test_the_index_finds_what_looking_finds(tmp_path: Path, query: Query) -> None:
    file = SegmentFile(tmp_path)
    made = list(entries(4003))
    odd = b"INVITE sip:x SIP/2.0\r\nSubject: \xe4\xb8\xad\xe6\x96\x87 \"Quoted\"; 'x'\r\nX: a\0b\xff\r\n\r\n"
    made[555] = msgspec.structs.replace(made[555], kind="message", raw=odd)
    made[999] = msgspec.structs.replace(made[999], kind="fact", fact="fact.refused", raw=b"")
    file.append(made)
    book = LogBook(tmp_path, budget_s=60.0)
    looked = book.page(query, limit=5000)
    assert book.index_progress() == 0.0
    assert indexing.index_all(tmp_path) > 3990
    assert book.refresh()
    assert book.index_progress() > 0.99
    assert book.page(query, limit=5000) == looked
    assert bool(looked) == (query.text != "nothing of this kind")
    file.append(made[:50])
    indexing.index_all(tmp_path)
    book.refresh()
    assert len(book.page(query, limit=5000)) >= len(looked)
    file.close()


def test_a_broken_index_is_done_without_and_made_again(tmp_path: Path) -> None:
    (name,) = log_entries.store(tmp_path, 3000)
    indexing.index_all(tmp_path)
    files.index_path(tmp_path, name).write_bytes(b"none" * 5000)
    assert len(LogBook(tmp_path, budget_s=60.0).page(Query(text=call_id(3)))) == 5
    indexing.index_all(tmp_path)
    book = LogBook(tmp_path)
    assert book.index_progress() > 0.99
    assert len(book.page(Query(text=call_id(3)))) == 5


def test_a_broken_segment_is_set_aside(tmp_path: Path) -> None:
    first, second = log_entries.store(tmp_path, 300) + log_entries.store(tmp_path, 300)
    files.segment_path(tmp_path, first).write_bytes(b"no database" * 999)
    indexing.index_all(tmp_path)
    assert files.names(tmp_path) == [second]
    assert (tmp_path / f"{first}.broken").exists()
    assert LogBook(tmp_path).broken == {}


def test_the_oldest_segments_go_first_and_a_live_one_stays(tmp_path: Path) -> None:
    made = [log_entries.store(tmp_path, 600)[0] for _ in range(4)]
    for age, name in zip((40, 20, 10, 5), made, strict=True):
        at = time.time() - age * 86_400
        os.utime(files.segment_path(tmp_path, name), (at, at))
    indexing.index_all(tmp_path)
    assert retain(tmp_path, 1 << 30, 30) == [made[0]]
    octets = sum(kept.octets for kept in inventory(tmp_path))
    hold = files.hold_segment(tmp_path, made[1])
    assert hold is not None
    assert retain(tmp_path, octets - 1, 30) == [made[2]]
    hold.release()
    assert retain(tmp_path, 0, 30) == [made[1], made[3]]
    assert list(tmp_path.iterdir()) == []


def test_the_upkeep_is_one_at_a_time_and_ends_with_its_input(tmp_path: Path) -> None:
    log_entries.store(tmp_path, 3000, start=time.time())
    process = indexing.start(tmp_path, 1 << 30, 30)
    book = LogBook(tmp_path)
    until = time.monotonic() + 30
    while book.index_progress() < 0.99 and time.monotonic() < until:
        threading.Event().wait(0.05)
        book.refresh()
    assert book.index_progress() > 0.99
    again = indexing.start(tmp_path, 1 << 30, 30, once=True)
    assert again.wait(30) == 0
    assert process.poll() is None
    assert process.stdin is not None
    process.stdin.close()
    assert process.wait(30) == 0


def test_a_killed_writer_loses_nothing_it_stored(tmp_path: Path) -> None:
    script = (
        "import sys, time; from pathlib import Path\n"
        "from tccc_desk.trace.segment_file import SegmentFile\n"
        "from tests.helpers.log_entries import entries\n"
        "file = SegmentFile(Path(sys.argv[1])); file.append(list(entries(500, start=time.time())))\n"
        "print('stored', flush=True); sys.stdin.read()\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stdin is not None
    assert process.stdout.readline() == b"stored\n"
    (name,) = files.names(tmp_path)
    assert files.hold_segment(tmp_path, name) is None
    assert LogBook(tmp_path).total() == 500
    process.kill()
    process.wait(10)
    process.stdin.close()
    process.stdout.close()
    assert LogBook(tmp_path).total() == 500
    file = SegmentFile(tmp_path)
    assert file.name == name
    file.close()


def test_no_octet_of_a_secret_reaches_the_files(tmp_path: Path) -> None:
    secret = "c0ffee11c0ffee22c0ffee33c0ffee44"
    raw = f'REGISTER sip:x SIP/2.0\r\nAuthorization: Digest username="u", response="{secret}"\r\n\r\n'
    (one,) = entries(1)
    file = SegmentFile(tmp_path)
    file.append([msgspec.structs.replace(one, raw=masked(raw.encode()))] * 32)
    file.close()
    indexing.index_all(tmp_path)
    kept = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"REGISTER sip:x" in kept
    assert secret.encode() not in kept
    assert b"c0f" not in kept
