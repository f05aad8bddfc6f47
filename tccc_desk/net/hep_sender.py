"""Datagrams to a HEP collector: sent or dropped at once, so that no call ever waits for a collector.

The one place that sends to somebody else than a trunk's servers; only what the admin entered.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from collections import deque

WAITING = 500
"""Datagrams kept while the name is looked up."""


class HepSender:
    """One collector. The name is looked up once, on a thread of its own; errors count as drops."""

    def __init__(self, host: str, port: int) -> None:
        self.sent = 0
        self.dropped = 0
        self.fault = ""
        """The last failure in the system's words, "" before one."""
        self._socket: socket.socket | None = None
        self._waiting: deque[bytes] | None = deque(maxlen=WAITING)
        self._lock = threading.Lock()
        self._closed = False
        self.ready = threading.Event()
        """Set once the name is looked up, with or without success."""
        threading.Thread(target=self._look_up, args=(host, port), name="hep-lookup", daemon=True).start()

    def send(self, datagram: bytes) -> None:
        """Send one datagram, or drop and count it. Never blocks, never raises."""
        if self._waiting is not None:
            with self._lock:
                if self._waiting is not None:
                    self.dropped += len(self._waiting) == WAITING
                    self._waiting.append(datagram)
                    return
        if self._socket is None:
            self.dropped += 1
            return
        try:
            self._socket.send(datagram)
            self.sent += 1
        except OSError as error:  # full buffer, "port unreachable", no network
            self.dropped += 1
            if not isinstance(error, BlockingIOError):
                self.fault = error.strerror or type(error).__name__

    def close(self) -> None:
        """Send nothing any more."""
        with self._lock:
            self._closed = True
            opened, self._socket = self._socket, None
        if opened is not None:
            opened.close()

    def _look_up(self, host: str, port: int) -> None:
        opened: socket.socket | None = None
        try:
            family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)[0]
            opened = socket.socket(family, kind, protocol)
            opened.setblocking(False)
            opened.connect(address)
        except (OSError, UnicodeError) as error:
            self.fault = getattr(error, "strerror", None) or type(error).__name__
            if opened is not None:
                opened.close()
            opened = None
        with self._lock:
            waiting, self._waiting = self._waiting or deque(), None
            if self._closed:
                if opened is not None:
                    opened.close()
                opened = None
            self._socket = opened
        for datagram in waiting:
            with contextlib.suppress(OSError):
                self.send(datagram)
        self.ready.set()
