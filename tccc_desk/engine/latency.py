"""How long the server takes to answer: OPTIONS over a trunk's flow (RFC 3261 section 11)."""

from __future__ import annotations

from tccc_desk.engine.events import LatencyMeasured
from tccc_desk.engine.hands import Hands
from tccc_desk.sip.headers import Headers
from tccc_desk.sip.message import Request, Response
from tccc_desk.sip.wire import printable
from tccc_desk.trunk.bindings import aor, routes

LEAST_S, MOST_S = 5.0, 3600.0
"""Bounds of the time between two measurements."""


class Latency:
    """One trunk's measurements: off until asked for.

    Any final answer measures, a 401 or 405 as well as a 200: it came, and took its time. None at
    all says nothing about the trunk: many servers ignore an OPTIONS they did not expect, so nothing
    is closed and nobody is blamed.
    """

    def __init__(self, hands: Hands) -> None:
        self._hands = hands
        self._every_s = 0.0
        self._due: float | None = None
        self._sent_at = 0.0
        self._transaction = ""

    @property
    def waiting(self) -> bool:
        """Whether a measurement is to be made."""
        return self._due is not None

    def ask(self, every_s: float | None, now: float) -> None:
        """Measure now; with `every_s` again and again, with 0 no more."""
        if every_s is None:
            self._due = now
            return
        self._every_s = min(max(every_s, LEAST_S), MOST_S) if every_s > 0 else 0.0
        self._due = now if self._every_s else None

    def owns(self, transaction: str) -> bool:
        """Whether a transaction is our OPTIONS."""
        return bool(transaction) and transaction == self._transaction

    def responded(self, response: Response, now: float) -> None:
        """A response to our OPTIONS."""
        if response.status >= 200:
            self._say((now - self._sent_at) * 1000, response.status, printable(response.reason))

    def failed(self) -> None:
        """No answer, or no flow to ask over."""
        if self._every_s == 0.0:
            self._due = None
        self._say(None, 0, "")

    def deadline(self) -> float | None:
        """When `advance` is wanted next; never while there is no flow or an answer is awaited."""
        return None if self._transaction or self._hands.flow is None else self._due

    def advance(self, now: float) -> None:
        """Measure, if it is time."""
        due = self.deadline()
        if due is None or now < due:
            return
        self._due = now + self._every_s if self._every_s else None
        self._sent_at = now
        self._transaction = self._hands.send(self, self._options(), now)

    def _options(self) -> Request:
        hands, token = self._hands, self._hands.doors.token
        uri = f"sip:{hands.trunk.domain}"
        items = [
            ("From", f"<{aor(hands.trunk)}>;tag={token()}"),
            ("To", f"<{uri}>"),
            ("Call-ID", token()),
            ("CSeq", "1 OPTIONS"),
            ("Contact", f"<{hands.contact()}>"),
            ("Accept", "application/sdp"),
        ]
        return Request("OPTIONS", uri, Headers([*items, *routes(hands.trunk)]))

    def _say(self, milliseconds: float | None, status: int, reason: str) -> None:
        self._transaction = ""
        doors = self._hands.doors
        doors.emit(
            LatencyMeasured(
                at=doors.wall(),
                trunk=self._hands.trunk.name,
                milliseconds=milliseconds,
                status=status,
                reason=reason,
            )
        )
