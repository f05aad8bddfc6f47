"""The window at its busiest, for `pacing`: it repaints, gets 5,000 log lines a second, and is filtered.

    python -m tests.bench._window_load SECONDS

Prints how many lines a second it took; it lags if it must.
"""

from __future__ import annotations

import itertools
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("QT_LOGGING_RULES", "default.warning=false")  # size hints mean nothing off the screen

import msgspec
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QLineEdit

from tccc_desk.app.log_keeper import LogKeeper
from tccc_desk.engine.events import Traced
from tccc_desk.store.options import Options
from tccc_desk.store.paths import folders
from tccc_desk.ui.garbage import Collector
from tccc_desk.ui.state import DeskState
from tccc_desk.ui.texts import Texts
from tccc_desk.ui.window import Window
from tests.helpers.trace_entries import step_two_call

LINES_A_SECOND = 5000
EVERY_MS = 20


def main() -> None:
    seconds = float(sys.argv[1])
    application = QApplication([])
    state = DeskState()
    home = tempfile.mkdtemp()
    keeper = LogKeeper(state, Path(home), Options(folders({"TCCC_DESK_HOME": home})), print, passing=False)
    collector = Collector()
    window = Window(state, Texts("en"), lambda _: None, log_folder=keeper.folder)
    window.may_close = True
    window.resize(1280, 860)
    window.show()
    lines, numbers = itertools.cycle(step_two_call()), itertools.count(1)
    field = window.log.findChildren(QLineEdit)[0]
    words = itertools.cycle(["invite", "", "4", "1381"])
    begun, taken = time.monotonic(), 0

    def append() -> None:
        nonlocal taken
        wanted = int((time.monotonic() - begun) * LINES_A_SECOND) - taken
        now = time.time()
        entries = tuple(
            msgspec.structs.replace(next(lines), number=next(numbers), at=now)
            for _ in range(min(wanted, 500))
        )
        taken += len(entries)
        state.take(Traced(at=now, entries=entries))
        window.update()

    timers = []
    for every_ms, act in ((EVERY_MS, append), (500, lambda: field.setText(next(words)))):
        timer = QTimer()
        timer.setInterval(every_ms)
        timer.timeout.connect(act)
        timer.start()
        timers.append(timer)
    QTimer.singleShot(int(seconds * 1000), application.quit)
    print("busy", flush=True)
    application.exec()
    print(round(taken / seconds), flush=True)
    window.retire()
    keeper.close()
    collector.close()
    shutil.rmtree(home, ignore_errors=True)
    os._exit(0)


if __name__ == "__main__":
    main()
