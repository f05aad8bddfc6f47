"""The window at its busiest, for `pacing`: it repaints, gets 5,000 log lines a second, and is filtered.

    python -m tests.bench._window_load SECONDS

The lines are written by a process of their own, as by an engine, and indexed by another; the window is told
that there are more. Prints how many lines a second were written; the window lags if it must.
"""

from __future__ import annotations

import itertools
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("QT_LOGGING_RULES", "default.warning=false")  # size hints mean nothing off the screen

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QLineEdit

from tccc_desk.app.log_keeper import LogKeeper
from tccc_desk.store.options import Options
from tccc_desk.store.paths import folders
from tccc_desk.ui.garbage import Collector
from tccc_desk.ui.state import DeskState
from tccc_desk.ui.texts import Texts
from tccc_desk.ui.window import Window
from tests.bench.window_log import told

REPAINT_MS, FILTER_MS = 20, 500


def main() -> None:
    seconds = float(sys.argv[1])
    application = QApplication([])
    state = DeskState()
    home = tempfile.mkdtemp()
    places = folders({"TCCC_DESK_HOME": home})
    keeper = LogKeeper(state, places.log, Options(places), print)
    collector = Collector()
    window = Window(state, Texts("en"), lambda _: None, log_folder=keeper.folder, unstored=keeper.unstored)
    window.may_close = True
    window.resize(1280, 860)
    window.show()
    keeper.start()
    feeder = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.window_log", "--feed", str(keeper.folder), str(seconds)],
        stdout=subprocess.PIPE,
        text=True,
    )
    field = window.log.findChildren(QLineEdit)[0]
    words = itertools.cycle(["invite", "", "4", "1381"])
    timers = [told(state)]
    for every_ms, act in ((REPAINT_MS, window.update), (FILTER_MS, lambda: field.setText(next(words)))):
        timer = QTimer()
        timer.setInterval(every_ms)
        timer.timeout.connect(act)
        timer.start()
        timers.append(timer)
    QTimer.singleShot(int(seconds * 1000), application.quit)
    print("busy", flush=True)
    application.exec()
    written, _ = feeder.communicate()
    print(round(int(written) / seconds), flush=True)
    window.retire()
    keeper.close()
    collector.close()
    shutil.rmtree(Path(home), ignore_errors=True)
    os._exit(0)


if __name__ == "__main__":
    main()
