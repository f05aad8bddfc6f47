"""Stands between a client and Kamailio, on UDP, and notes when each message went by."""

from __future__ import annotations

import select
import socket
import threading
import time
from dataclasses import dataclass
from typing import Self

LOOPBACK = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Passed:
    """One message: its start line, and seconds of `time.perf_counter`."""

    at: float
    start_line: bytes
    cseq: bytes


class Relay:
    """Hands datagrams on, each client by a socket of its own. A context manager."""

    def __init__(self, server_port: int) -> None:
        self._server = (LOOPBACK, server_port)
        self._front = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._front.bind((LOOPBACK, 0))
        self.port: int = self._front.getsockname()[1]
        self._changed = threading.Condition()
        self._passed: list[Passed] = []
        self._stopped = False
        self._thread = threading.Thread(target=self._run, daemon=True, name="relay")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped = True
        self._thread.join(2.0)
        self._front.close()

    def forget(self) -> None:
        """Begin a new run."""
        with self._changed:
            self._passed.clear()

    def when(self, start: bytes, cseq: bytes, after: float, timeout_s: float = 10.0) -> float:
        """When the first message passed whose start line and CSeq method are these. Raises TimeoutError."""

        def found() -> Passed | None:
            for one in self._passed:
                if one.at >= after and one.start_line.startswith(start) and one.cseq == cseq:
                    return one
            return None

        with self._changed:
            if not self._changed.wait_for(lambda: found() is not None, timeout_s):
                raise TimeoutError(f"no {start!r} of {cseq!r}, but {self._passed}")
            passed = found()
            assert passed is not None
            return passed.at

    def _run(self) -> None:
        behind: dict[tuple[str, int], socket.socket] = {}
        clients: dict[socket.socket, tuple[str, int]] = {}
        while not self._stopped:
            for one in select.select([self._front, *clients], [], [], 0.1)[0]:
                data, source = one.recvfrom(65536)
                self._note(data, time.perf_counter())
                if one is not self._front:
                    self._front.sendto(data, clients[one])
                    continue
                if source not in behind:
                    made = behind[source] = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
                    made.bind((LOOPBACK, 0))
                    clients[made] = source
                behind[source].sendto(data, self._server)
        for one in clients:
            one.close()

    def _note(self, data: bytes, at: float) -> None:
        if not data.strip():
            return
        lines = data.split(b"\r\n")
        cseq = next((line.split()[-1] for line in lines if line[:5].lower() == b"cseq:"), b"")
        with self._changed:
            self._passed.append(Passed(at, lines[0], cseq))
            self._changed.notify_all()
