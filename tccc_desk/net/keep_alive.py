"""Pings that keep a NAT's mapping open and notice a stream connection that is dead."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds, and milliseconds for the kernel. Tests make them short."""

    keep_alive_s: float = 25.0
    """Between pings at most: below the binding age of common NATs (30 s for UDP). Each waits a
    random 80 to 100 % of it, so that a thousand flows do not ping as one (RFC 5626 section 4.4.1)."""
    pong_s: float = 10.0
    """RFC 5626 section 4.4.1: no pong within it, and the flow has failed."""
    connect_s: float = 10.0
    handshake_s: float = 10.0
    user_timeout_ms: int = 20_000
    """Data unacknowledged for so long ends a connection (TCP_USER_TIMEOUT, where there is one)."""
    failed_s: float = 120.0
    """For so long a target that failed is tried after the others."""


class Answering(Protocol):
    """What a keep-alive must know of a stream."""

    pongs: int
    heard: int


class KeepAlive:
    """Pings one flow until stopped.

    RFC 5626 lets a client conclude death from a missing pong because the registrar declared
    support of outbound. Ours need not, and a server that ignores pings is healthy all the
    same. So a missing pong counts only on a connection that has brought one before; and any
    octet that came since the ping proves as much as a pong. Where none was seen, the kernel
    still notices when the pings themselves go unacknowledged (`Timing.user_timeout_ms`).
    """

    def __init__(
        self, timing: Timing, ping: Callable[[], None], stream: Answering | None, dead: Callable[[str], None]
    ) -> None:
        """`stream` is None for UDP, where a ping asks for no answer (section 3.5.1)."""
        self._timing = timing
        self._ping = ping
        self._stream = stream
        self._dead = dead
        self._loop = asyncio.get_running_loop()
        self._verdict: asyncio.TimerHandle | None = None
        self._next = self._arm()

    def stop(self) -> None:
        """No ping any more. Idempotent."""
        self._next.cancel()
        if self._verdict is not None:
            self._verdict.cancel()

    def _arm(self) -> asyncio.TimerHandle:
        spread = 0.8 + 0.2 * random.random()  # noqa: S311 - spreads pings, guards nothing
        return self._loop.call_later(self._timing.keep_alive_s * spread, self._due)

    def _due(self) -> None:
        self._next = self._arm()
        stream = self._stream
        if stream is not None and stream.pongs and self._verdict is None:
            self._verdict = self._loop.call_later(self._timing.pong_s, self._judge, stream, stream.heard)
        self._ping()

    def _judge(self, stream: Answering, heard: int) -> None:
        self._verdict = None
        if stream.heard == heard:
            self._dead(
                f"no answer to a keep-alive within {self._timing.pong_s:g} s; earlier ones were answered"
            )
