"""The signalling room over a million messages: opened, scrolled, filtered, and 5,000 more a second.

A frame is the time the window's thread was held by whatever came: measured by a timer that wants to fire
every 4 ms. Runs without a screen. `python -m tests.bench.window_log [MESSAGES] [SECONDS]`.
"""

from __future__ import annotations

import itertools
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("QT_LOGGING_RULES", "default.warning=false")

import msgspec
from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from tccc_desk.engine.events import LogGrown
from tccc_desk.trace import indexing
from tccc_desk.trace.segment_file import SegmentFile
from tccc_desk.ui.garbage import Collector
from tccc_desk.ui.log_pages import PAGE
from tccc_desk.ui.state import DeskState
from tccc_desk.ui.texts import Texts
from tccc_desk.ui.window import Window
from tests.helpers.trace_entries import step_two_call

SHORT = os.environ.get("BENCH") == "short"
RATE = 5_000
NOW = 1_700_000_000.0


def fill(folder: Path, count: int, *, begin: float = NOW, step: float = 0.002) -> None:
    segment = SegmentFile(folder)
    call = step_two_call()
    batch = []
    for number in range(count):
        entry = call[number % len(call)]
        call_id = f"{number // len(call):07d}{entry.call_id}"
        raw = entry.raw.replace(entry.call_id.encode(), call_id.encode()) if entry.call_id else entry.raw
        at = begin + number * step
        batch.append(msgspec.structs.replace(entry, at=at, call_id=call_id, raw=raw))
        if len(batch) == 2_000:
            segment.append(batch)
            batch = []
    segment.append(batch)
    segment.close()


def feed(folder: str, seconds: float) -> None:
    """Write 5,000 messages a second, as an engine in a process of its own."""
    segment, call = SegmentFile(Path(folder)), itertools.cycle(step_two_call())
    begun, written = time.monotonic(), 0
    while (passed := time.monotonic() - begun) < seconds:
        wanted = int(passed * RATE) - written
        now = time.time()
        segment.append([msgspec.structs.replace(next(call), at=now) for _ in range(wanted)])
        written += wanted
        time.sleep(0.05)
    segment.close()
    print(written, flush=True)


class Frames:
    """How long the window's thread was held, each time it was."""

    def __init__(self) -> None:
        self.held: list[float] = []
        self.computed: list[float] = []
        """Of these, milliseconds of its own on a core: what a busy machine cannot make longer."""
        self._last = self._last_cpu = 0.0
        self._timer = QTimer()
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(4)
        self._timer.timeout.connect(self._tick)

    def measure(self, act: Callable[[], object]) -> str:
        self.held, self._last = [], time.perf_counter()
        self.computed, self._last_cpu = [], time.thread_time()
        self._timer.start()
        act()
        self._timer.stop()
        return f"{_figures(self.held)}; computing {_figures(self.computed)}"

    def _tick(self) -> None:
        now = time.perf_counter()
        cpu = time.thread_time()
        self.held.append(max(0.0, (now - self._last) * 1000 - 4))
        self.computed.append((cpu - self._last_cpu) * 1000)
        self._last, self._last_cpu = now, cpu


def _figures(found: list[float]) -> str:
    ordered = sorted(found)
    p99 = ordered[int(len(ordered) * 0.99)] if ordered else 0.0
    return f"median {statistics.median(ordered):.1f}, p99 {p99:.1f}, longest {ordered[-1]:.1f} ms"


def until(done: Callable[[], bool]) -> float:
    begun = time.perf_counter()
    while not done():
        QApplication.processEvents()
        if time.perf_counter() - begun > 60:
            raise TimeoutError
    return (time.perf_counter() - begun) * 1000


def resident() -> float:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() / 1e6


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000 if SHORT else 1_000_000
    seconds = float(sys.argv[2]) if len(sys.argv) > 2 else 5.0 if SHORT else 60.0
    application = QApplication([])
    application.setStyle("Fusion")
    with tempfile.TemporaryDirectory() as home:
        folder = Path(home)
        begun = time.monotonic()
        filler = [sys.executable, "-m", "tests.bench.window_log", "--fill", home, str(count)]
        subprocess.run(filler, check=True)
        print(f"{count:,} messages stored in {time.monotonic() - begun:.0f} s")
        measure(folder, seconds)


def measure(folder: Path, seconds: float) -> None:
    collector, frames = Collector(), Frames()
    begun = time.perf_counter()
    state = DeskState()
    window = Window(state, Texts("en"), lambda _: None, log_folder=folder)
    window.may_close = True
    window.resize(1280, 860)
    window.show()
    log = window.log
    until(lambda: log.model.rowCount() > 0)
    print(f"open with rows: {(time.perf_counter() - begun) * 1000:.0f} ms, {resident():.0f} MB resident")
    dice = random.Random(1)

    def jump() -> None:
        for _ in range(100):
            log.lines.bar.wished.emit(dice.random() * 0.98 + 0.01)
            QTest.qWait(20)

    print("dragging the bar anywhere:", frames.measure(jump))

    def scroll() -> None:
        log.table.setFocus()
        for _ in range(400):
            QTest.keyClick(log.table, Qt.Key.Key_PageUp)
            QTest.qWait(2)

    print("scrolling page by page:", frames.measure(scroll))
    for words in ("0012345", "needle-that-is-not", "INVITE sip", "407"):
        arrived: list[bool] = []
        connection = log.timeline.arrived.connect(lambda arrived=arrived: arrived.append(True))
        log.text.blockSignals(True)
        log.text.setText(words)
        log.text.blockSignals(False)
        log.filters.changed.emit()
        first = until(lambda arrived=arrived: bool(arrived))
        whole = first + until(lambda: log.model.low is None or log.model.rowCount() >= PAGE)
        log.timeline.arrived.disconnect(connection)
        print(f"filter {words!r}: first answer {first:.0f} ms, a page or the end {whole:.0f} ms")
    log.text.setText("")
    QTest.qWait(400)
    log.timeline.to_end()
    arriving(state, log, folder, seconds, frames)
    print(f"{resident():.0f} MB resident at the end")
    window.retire()
    collector.close()


def told(state: DeskState) -> QTimer:
    """Tell the window that its engine's log grows, as often as an engine may."""
    timer = QTimer()
    timer.setInterval(50)
    grown = LogGrown(at=NOW, segment="s", entries=RATE // 20, messages=RATE // 20)
    timer.timeout.connect(lambda: state.take(grown))
    timer.start()
    return timer


def arriving(state: DeskState, log: object, folder: Path, seconds: float, frames: Frames) -> None:
    upkeep, timer = indexing.start(folder, 1 << 34, 36_500), told(state)
    feeder = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.window_log", "--feed", str(folder), str(seconds)],
        stdout=subprocess.PIPE,
        text=True,
    )
    words = itertools.cycle(("invite", "", "4", ""))

    def work() -> None:
        begun, count = time.monotonic(), 0
        while time.monotonic() - begun < seconds:
            QTest.keyClick(log.table, Qt.Key.Key_PageUp if count % 3 else Qt.Key.Key_End)  # type: ignore[attr-defined]
            if not count % 10:
                log.text.setText(next(words))  # type: ignore[attr-defined]
            count += 1
            QTest.qWait(50)

    print(f"{RATE:,} a second arriving, scrolled and filtered:", frames.measure(work))
    said, _ = feeder.communicate()
    timer.stop()
    if upkeep.stdin is not None:
        upkeep.stdin.close()
    upkeep.wait()
    print(f"written meanwhile: {int(said):,}")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--feed"]:
        feed(sys.argv[2], float(sys.argv[3]))
    elif sys.argv[1:2] == ["--fill"]:
        fill(Path(sys.argv[2]), int(sys.argv[3]))
    else:
        main()
