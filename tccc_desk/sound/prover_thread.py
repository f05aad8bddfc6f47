"""The searches of all calls' loop proofs, one after the other, on a thread that takes its time."""

from __future__ import annotations

import queue
import threading
import time

from tccc_desk.rtp.loop_proof import Search

_WAITING = 64
"""Searches that may wait, 110 KB each. One that finds no room is left out; the next mark comes."""
_REST = 9
"""Rests so many times as long as it worked: at most a tenth of a core, however many calls."""
_GLANCE_S = 0.25


class ProverThread:
    """`submit` from any thread; the thread begins with the first search and ends with `stop`."""

    def __init__(self) -> None:
        self._searches: queue.Queue[Search] = queue.Queue(_WAITING)
        self._thread: threading.Thread | None = None
        self._stopped = threading.Event()
        self.left_out = 0

    def submit(self, search: Search) -> None:
        """Have a search done; never blocks."""
        if self._stopped.is_set():
            return
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="loop proof", daemon=True)
            self._thread.start()
        try:
            self._searches.put_nowait(search)
        except queue.Full:
            self.left_out += 1

    def stop(self) -> None:
        """End the thread; what waits is left."""
        self._stopped.set()
        if self._thread is not None:
            self._thread.join(2.0)

    def _run(self) -> None:
        while not self._stopped.is_set():
            try:
                search = self._searches.get(timeout=_GLANCE_S)
            except queue.Empty:
                continue
            began = time.thread_time()
            for _ in search.steps():
                now = time.thread_time()
                if self._stopped.wait((now - began) * _REST):
                    return
                began = time.thread_time()
