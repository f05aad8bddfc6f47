"""Captures of 100,000 and a million messages: this program, sngrep and tshark, side by side in one run."""

from __future__ import annotations

import contextlib
import math
import os
import pty
import resource
import select
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from tccc_desk.trace.book import LogBook
from tccc_desk.trace.export.choosing import Choice, Chooser
from tccc_desk.trace.export.handing import hand_over
from tccc_desk.trace.export.svg import svg
from tccc_desk.trace.query import Position, Query
from tests.bench._captures import write_capture

SHORT = os.environ.get("BENCH") == "short"
PAGE = 40
"""Rows of a terminal: what a first page is for all three."""


class Run(NamedTuple):
    """Seconds to the first page and to the end; most resident memory, MB."""

    first_s: float
    whole_s: float
    memory_mb: float


def main() -> None:
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        print("messages  program          first page s  complete s     MB   one ladder ms  one number ms")
        for messages in (100_000,) if SHORT else (100_000, 1_000_000):
            capture = folder / f"{messages // 1000}k.pcap"  # no count of calls in it: sngrep shows the name
            write_capture(capture, messages)
            number = f"1380000{messages // 20 % 10000:04d}"
            _ours(folder, capture, messages, number)
            _theirs(capture, messages, number)
            if messages == 100_000:
                _exports(folder)


def _ours(folder: Path, capture: Path, messages: int, number: str) -> None:
    captures = folder / "captures"
    command = [sys.executable, "-m", "tccc_desk.trace.capture", str(capture), str(captures), f"c{messages}"]
    place = captures / f"c{messages}"

    def first_page() -> bool:
        if not place.is_dir():
            return False
        with contextlib.closing(LogBook(place)) as book:
            return len(book.page(Query(), limit=PAGE)) == PAGE

    done = _run(command, first_page)
    with contextlib.closing(LogBook(place)) as book:
        assert book.total() == messages
        call_id = book.calls(limit=1)[0].call_id
        ladder_ms = _fastest(lambda: svg(Chooser(book, Choice(), media=()).section(call_id).ladder, "en"))
        rows = book.calls(text=number, limit=PAGE)
        assert rows
        filter_ms = _fastest(lambda: book.calls(text=number, limit=PAGE), 3)
        _row(messages, "ours", done, f"{ladder_ms:13.1f}", f"{filter_ms:14.1f}")
        began = time.perf_counter()
        found = sum(1 for _ in _all(book, Query(text=number)))
        seconds = time.perf_counter() - began
        print(f"          ours: all {found} messages of one number, no index: {seconds:.2f} s")
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"          ours: the reading side with everything above: {own:.0f} MB")


def _theirs(capture: Path, messages: int, number: str) -> None:
    fields = ["-T", "fields", "-e", "frame.time_epoch", "-e", "sip.CSeq", "-e", "sip.Call-ID"]
    sip = ["tshark", "-l", "-r", str(capture), "-Y", "sip", *fields]
    done = _piped(sip)
    one = _piped(["tshark", "-r", str(capture), "-Y", f'sip.from.user == "{number}"', *fields])
    _row(messages, "tshark", done, " " * 13, f"{one.whole_s * 1000:14.0f}")
    every = ["sngrep", "-l", str(messages), "-I", str(capture)]  # without -l it stops at 20,000 calls
    _row(messages, "sngrep", _terminal(every, messages // 10), " " * 13, " " * 14)
    whole = _run([*every, "-N", "-q"], lambda: False)
    one = _run([*every, "-N", "-q", number], lambda: False)
    _row(messages, "sngrep -N -q", whole, " " * 13, f"{one.whole_s * 1000:14.0f}")


def _exports(folder: Path) -> None:
    with contextlib.closing(LogBook(folder / "captures" / "c100000")) as book:
        for format in ("pcap", "text", "json", "csv"):
            path = folder / f"out.{format}"
            began = time.perf_counter()
            hand_over(Chooser(book, Choice(), media=()), format, path, "en")
            seconds = time.perf_counter() - began
            size = path.stat().st_size >> 20
            print(f"          export {format}: {100_000 / seconds:,.0f} messages/s, {size} MB")
    read = subprocess.run(
        ["tshark", "-r", str(folder / "out.pcap"), "-Y", "sip", "-T", "fields", "-e", "frame.number"],
        capture_output=True,
        check=True,
    )
    count = len(read.stdout.splitlines())
    print(f"          tshark reads {count:,} messages in the exported pcap", flush=True)


def _run(command: Sequence[str], first: Callable[[], bool]) -> Run:
    """Run to the end, asking `first` until it says yes."""
    began = time.perf_counter()
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        first_s = float("nan")
        while True:
            pid, _, usage = os.wait4(process.pid, os.WNOHANG)
            if pid:
                process.returncode = 0
                return Run(first_s, time.perf_counter() - began, usage.ru_maxrss / 1024)
            if math.isnan(first_s) and first():
                first_s = time.perf_counter() - began
            time.sleep(0.005)


def _piped(command: Sequence[str]) -> Run:
    """Run a program whose page is its first lines."""
    began = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        first_s = float("nan")
        for count, _ in enumerate(process.stdout, 1):
            if count == PAGE:
                first_s = time.perf_counter() - began
        _, _, usage = os.wait4(process.pid, 0)
        process.returncode = 0
    return Run(first_s, time.perf_counter() - began, usage.ru_maxrss / 1024)


def _terminal(command: Sequence[str], calls: int) -> Run:
    """Run a full-screen program on a terminal: until it shows a row, and all its calls counted."""
    began = time.perf_counter()
    pid, master = pty.fork()
    if not pid:
        os.environ.update(TERM="xterm", LINES=str(PAGE), COLUMNS="160")
        os.execvp(command[0], list(command))
    shown, first_s = b"", float("nan")
    while str(calls).encode() not in shown and time.perf_counter() - began < 300:
        if select.select([master], [], [], 0.5)[0]:
            shown = shown[-200:] + os.read(master, 65536)
            if math.isnan(first_s) and b"1380000" in shown:  # the callers' numbers
                first_s = time.perf_counter() - began
    whole_s = time.perf_counter() - began
    os.kill(pid, signal.SIGKILL)
    _, _, usage = os.wait4(pid, 0)
    os.close(master)
    return Run(first_s, whole_s, usage.ru_maxrss / 1024)


def _all(book: LogBook, query: Query) -> Iterator[object]:
    after = Position(float("-inf"), "", 0)
    while True:
        page = book.page(query, after=after, limit=1000)
        yield from page
        if book.reached is not None:
            after = book.reached
        elif len(page) == 1000:
            after = page[-1].position
        else:
            return


def _fastest(work: Callable[[], object], times: int = 5) -> float:
    best = float("inf")
    for _ in range(times):
        began = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - began)
    return best * 1000


def _row(messages: int, name: str, run: Run, *rest: str) -> None:
    times = f"{run.first_s:13.2f} {run.whole_s:11.2f} {run.memory_mb:6.0f}"
    print(f"{messages:8d}  {name:15s} {times}  {'  '.join(rest)}", flush=True)


if __name__ == "__main__":
    main()
