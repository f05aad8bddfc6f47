"""The media thread: sends for every port on an absolute schedule and receives in between.

A thread of its own, because an asyncio timer rounds to a millisecond and waits for whatever else the
loop does. It sleeps in the selector until just before the next packet is due, then sleeps the rest
exactly. Receiving has budgets (see `MediaPort`), so a flood never delays sending.
"""

from __future__ import annotations

import gc
import heapq
import itertools
import math
import random
import selectors
import socket
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Protocol, TypeVarTuple, Unpack

from tccc_desk.net.media_sockets import STAMPED

clock = time.perf_counter
"""The media's monotonic seconds, fine enough on every platform."""

_Ts = TypeVarTuple("_Ts")
_IDLE_S = 1.0
_POLL_AT_LEAST_S = 0.005
"""So long sending may go on without a look at what arrived."""
_RETRY_S = 0.02
SLOT_S = 0.005
_SLOTS = 4
"""All schedules begin on this grid, so 100 calls need 200 wakings a second for sending and not 5,000."""
_MANY = 8
"""With more ports than this, what arrives is read once a slot, not packet by packet.

The kernel says when each came, so what is measured stays the same.
"""
_SWITCH_S = 0.001
"""How long another thread of this process may hold the interpreter while we are due.

Every socket call gives it away. With the usual 5 ms and a busy thread beside us, sending is 32 ms
late at p99; with 1 ms it is 4 ms late.
"""


_USUAL = gc.get_threshold()


def _spare_sound() -> None:
    """Let the garbage collector look at all there is a hundred times more seldom.

    With 1,000 trunks one such look takes the interpreter for 140 ms, a hole in every call's sound.
    """
    gc.set_threshold(_USUAL[0], _USUAL[1], 100 * _USUAL[2])


def _spare_no_more() -> None:
    gc.set_threshold(*_USUAL)


class Paced(Protocol):
    """What the clock serves: a port."""

    @property
    def next_due(self) -> float: ...

    def tick(self, now: float) -> None:
        """Send what is due."""
        ...

    def readers(self) -> tuple[tuple[socket.socket, Callable[[float], None]], ...]:
        """Give each socket with the function that reads it until the given time."""
        ...


class MediaClock:
    """One thread for all ports, started by the first one. `stop` ends it; it does not start again.

    `seed` makes SSRCs, ports and report times repeatable. `observe`, for measurements of our own,
    is told how late each port was served, in seconds.
    """

    def __init__(self, *, seed: str | None = None, observe: Callable[[float], None] | None = None) -> None:
        self.random = random.SystemRandom() if seed is None else random.Random(seed)  # noqa: S311
        self._observe = observe
        self._lock = threading.Lock()
        self._orders: deque[tuple[Paced, bool, threading.Event]] = deque()
        self._thread: threading.Thread | None = None
        self._stopped = False
        self._selector: selectors.BaseSelector | None = None
        self._wake_in: socket.socket | None = None
        self._wake_out: socket.socket | None = None
        self._ports: set[Paced] = set()
        self._due: list[tuple[float, int, Paced]] = []
        self._count = itertools.count()
        self._slots = itertools.count()
        self.faults = 0
        """Exceptions that came out of a port or its callbacks: bugs, survived."""
        self.last_fault: BaseException | None = None

    def next_slot(self, now: float) -> float:
        """When a port that starts now sends first: each slot in turn, so that one waking serves many."""
        return (math.ceil(now / SLOT_S) + next(self._slots) % _SLOTS) * SLOT_S

    def add(self, port: Paced) -> None:
        """Serve a port from now on. RuntimeError after `stop`: our own bug."""
        with self._lock:
            if self._stopped:
                raise RuntimeError("the media clock is stopped")
            if self._thread is None:
                self._begin()
            self._order(port, wanted=True)

    def remove(self, port: Paced, timeout_s: float = 0.5) -> None:
        """Serve a port no more; returns when the thread has let go of its sockets."""
        with self._lock:
            thread = self._thread
            if thread is None or not thread.is_alive():
                return
            done = self._order(port, wanted=False)
        if thread is threading.current_thread():
            self._obey()
        else:
            done.wait(timeout_s)

    def stop(self) -> None:
        """End the thread. Ports still open send nothing more; closing them stays possible."""
        with self._lock:
            self._stopped = True
            thread = self._thread
            self._wake()
        if thread is not None and thread is not threading.current_thread():
            thread.join(5.0)

    def _begin(self) -> None:
        sys.setswitchinterval(min(sys.getswitchinterval(), _SWITCH_S))
        self._wake_in, self._wake_out = socket.socketpair()
        self._wake_in.setblocking(False)
        self._wake_out.setblocking(False)
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._wake_in, selectors.EVENT_READ, None)
        self._thread = threading.Thread(target=self._run, name="media", daemon=True)
        self._thread.start()

    def _order(self, port: Paced, *, wanted: bool) -> threading.Event:
        done = threading.Event()
        self._orders.append((port, wanted, done))
        self._wake()
        return done

    def _wake(self) -> None:
        if self._wake_out is not None:
            with suppress(OSError):  # full: it will wake anyway; closed: nobody is there to wake
                self._wake_out.send(b"\0")

    # -- everything below runs on the media thread

    def _run(self) -> None:
        polled = 0.0
        while not self._stopped:
            if self._orders:
                self._obey()
            now = clock()
            wait = self._due[0][0] - now if self._due else _IDLE_S
            # Whole milliseconds that end before the due time; epoll rounds a timeout up to the next.
            whole = int((wait - 0.0003) * 1000)
            if whole > 0 and STAMPED and len(self._ports) > _MANY:
                self._poll(0.0, now + wait - 0.0003)
                polled = clock()
                time.sleep(max(0.0, min(now + wait - polled, SLOT_S) - 0.0003))
                continue
            if whole > 0:
                self._poll((whole - 0.5) / 1000, now + wait - 0.0003)
                polled = clock()
                continue
            if now - polled > _POLL_AT_LEAST_S:
                self._poll(0.0, now + 0.001)
                polled = now = clock()
                wait = self._due[0][0] - now
            if wait > 0:
                time.sleep(wait)
            self._serve()
        self._end()

    def _poll(self, timeout_s: float, until: float) -> None:
        if self._selector is None:
            return
        for key, _ in self._selector.select(timeout_s):
            if key.data is None:
                self._drain_wake()
            else:
                self.guarded(key.data, until)

    def _serve(self) -> None:
        now = clock()
        while self._due and self._due[0][0] <= now and not self._orders:
            due, _, port = heapq.heappop(self._due)
            if port not in self._ports:
                continue
            now = clock()
            if self._observe is not None:
                self._observe(now - due)
            self.guarded(port.tick, now)
            following = port.next_due
            self._schedule(port, following if following > due else now + _RETRY_S)

    def _schedule(self, port: Paced, due: float) -> None:
        heapq.heappush(self._due, (due, next(self._count), port))

    def guarded(self, call: Callable[[Unpack[_Ts]], None], *arguments: *_Ts) -> None:
        """Call into a port, or let a port call a listener: whatever else sounds must outlive a bug there."""
        try:
            call(*arguments)
        except Exception as error:  # noqa: BLE001
            self.faults += 1
            self.last_fault = error

    def _obey(self) -> None:
        while self._orders:
            port, wanted, done = self._orders.popleft()
            self.guarded(self._admit if wanted else self._dismiss, port)
            done.set()

    def _admit(self, port: Paced) -> None:
        if port in self._ports or self._selector is None:
            return
        if not self._ports:
            _spare_sound()
        self._ports.add(port)
        for sock, reader in port.readers():
            self._selector.register(sock, selectors.EVENT_READ, reader)
        self._schedule(port, port.next_due)

    def _dismiss(self, port: Paced) -> None:
        if port not in self._ports or self._selector is None:
            return
        self._ports.discard(port)
        for sock, _ in port.readers():
            self._selector.unregister(sock)
        if not self._ports:
            _spare_no_more()

    def _drain_wake(self) -> None:
        if self._wake_in is not None:
            with suppress(BlockingIOError):
                self._wake_in.recv(4096)

    def _end(self) -> None:
        with self._lock:
            while self._orders:
                self._orders.popleft()[2].set()
            for owned in (self._selector, self._wake_in, self._wake_out):
                if owned is not None:
                    owned.close()
            self._wake_out = None
            if self._ports:
                _spare_no_more()
            self._ports.clear()
            self._due.clear()
