"""Imports a capture in a process of its own, for a window that goes on painting.

`python -m tccc_desk.trace.capture FILE CAPTURES [NAME]` prints a line of JSON for each step:
{"progress", "messages"}, at the end {"imported": {...}} or {"finding", "details"}. It ends, and takes
away what it made, when its standard input ends.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from pathlib import Path

import msgspec

from tccc_desk.trace.capture.importing import import_capture
from tccc_desk.trace.capture.problem import CaptureProblem

EVERY_S = 0.1


class _Abandoned(Exception):
    """Nobody waits for the import any more; what was made of it goes."""


def main(arguments: list[str]) -> int:
    """Import once. Exit code 1 where the file was refused."""
    file, captures, name = (*arguments, "")[:3]
    abandoned = threading.Event()
    threading.Thread(target=_await_end, args=(abandoned,), daemon=True).start()
    last = 0.0

    def progress(read: float, messages: int) -> bool:
        nonlocal last
        now = time.monotonic()
        if now - last >= EVERY_S:
            last = now
            _say({"progress": round(read, 4), "messages": messages})
        if abandoned.is_set():
            raise _Abandoned
        return True

    try:
        imported = import_capture(Path(file), Path(captures), name, progress)
    except _Abandoned:
        return 1
    except CaptureProblem as problem:
        _say({"finding": problem.finding, "details": problem.details})
        return 1
    _say({"imported": imported})
    return 0


def _await_end(abandoned: threading.Event) -> None:
    while os.read(sys.stdin.fileno(), 4096):
        pass
    abandoned.set()


def _say(value: dict[str, object]) -> None:
    sys.stdout.buffer.write(msgspec.json.encode(value) + b"\n")
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
