"""Session timers (RFC 4028): who refreshes a call, when, and when it counts as dead. No clock of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tccc_desk.sip.message import Message, Request, Response

MIN_SE_S = 90
"""The least interval there is (RFC 4028 section 4), and ours."""
_LONGEST = 2**31

Party = Literal["us", "them"]


@dataclass(slots=True)
class SessionTimer:
    """One call's. Off until a 2xx with Session-Expires crosses in either direction."""

    interval_s: int = 0
    """0 = off: the session never expires by itself."""
    refresher: Party = "them"
    least_s: int = MIN_SE_S
    """The largest Min-SE any 422 told us (section 7.4)."""
    refresh_at: float | None = None
    expires_at: float | None = None

    def asked(self) -> list[tuple[str, str]]:
        """Headers of a re-INVITE or UPDATE of ours: the running timer goes on as it was (section 7.4)."""
        headers = []
        if self.interval_s:
            interval = max(self.interval_s, self.least_s)
            who = "uac" if self.refresher == "us" else "uas"
            headers.append(("Session-Expires", f"{interval};refresher={who}"))
        if self.least_s > MIN_SE_S:
            headers.append(("Min-SE", str(self.least_s)))
        return headers

    def raised(self, refusal: Response) -> list[tuple[str, str]] | None:
        """Headers for one more try after a 422 (section 7.3); None where it names no interval."""
        least = _seconds(refusal.headers.get("Min-SE"))
        if least is None:
            return None
        self.least_s = max(least, MIN_SE_S)
        interval = max(self.interval_s, self.least_s)
        who = ";refresher=uac" if self.interval_s and self.refresher == "us" else ""
        return [("Session-Expires", f"{interval}{who}"), ("Min-SE", str(self.least_s))]

    def too_small(self, request: Request) -> bool:
        """Whether a request of theirs deserves a 422 with our Min-SE (section 9)."""
        interval = _seconds(request.headers.get("Session-Expires"))
        return interval is not None and interval < MIN_SE_S and _supports(request)

    def accept(self, request: Request, now: float) -> list[tuple[str, str]]:
        """Start, go on or stop by a request of theirs; the headers of its 2xx (section 9)."""
        text = request.headers.get("Session-Expires")
        interval = _seconds(text)
        if interval is None:
            self.stop()
            return []
        named = _refresher(text)
        supports = _supports(request)
        # Table 2: who does not know the extension cannot refresh; who does keeps what it asked for.
        self.refresher = "us" if named == "uas" or not supports else "them"
        self._run(interval, now)
        who = "uas" if self.refresher == "us" else "uac"
        headers = [("Session-Expires", f"{self.interval_s};refresher={who}")]
        if supports and who == "uac":
            headers.append(("Require", "timer"))
        return headers

    def granted(self, response: Response, now: float) -> None:
        """Start, go on or stop by a 2xx of theirs to a request of ours (section 7.2)."""
        text = response.headers.get("Session-Expires")
        interval = _seconds(text)
        if interval is None:
            self.stop()
            return
        self.refresher = "them" if _refresher(text) == "uas" else "us"
        self._run(interval, now)

    def stop(self) -> None:
        """The session does not expire any more."""
        self.interval_s, self.refresh_at, self.expires_at = 0, None, None

    def deadline(self) -> float | None:
        """When the refresh or the end is due."""
        return min((at for at in (self.refresh_at, self.expires_at) if at is not None), default=None)

    def _run(self, interval: int, now: float) -> None:
        # Clamped: no far end can have us refresh more often than the least interval allows.
        self.interval_s = max(interval, MIN_SE_S)
        self.refresh_at = now + self.interval_s / 2 if self.refresher == "us" else None
        # Section 10: BYE slightly before the expiry, by both sides.
        self.expires_at = now + self.interval_s - min(32.0, self.interval_s / 3)


def _seconds(text: str) -> int | None:
    digits = text.partition(";")[0].strip()
    return min(int(digits[:11]), _LONGEST) if digits.isascii() and digits.isdigit() else None


def _refresher(text: str) -> str:
    for parameter in text.split(";")[1:]:
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "refresher":
            return value.strip().lower()
    return ""


def _supports(message: Message) -> bool:
    named = (*message.headers.split("Supported"), *message.headers.split("Require"))
    return any(option.strip().lower() == "timer" for option in named)
