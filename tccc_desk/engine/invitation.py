"""The INVITE of a call of ours: what it says, and which refusals it may answer by being sent again."""

from __future__ import annotations

from tccc_desk.engine.commands import PlaceTestCall
from tccc_desk.engine.early import SDP
from tccc_desk.engine.events import Challenge
from tccc_desk.engine.hands import Hands
from tccc_desk.engine.session_timer import SessionTimer
from tccc_desk.sip.headers import Headers
from tccc_desk.sip.message import Request, Response
from tccc_desk.sip.wire import printable
from tccc_desk.trunk.bindings import ALLOW, SUPPORTED, routes

MAX_REALMS = 2
"""A registrar's and a proxy's challenge; whoever asks a third time is not satisfied by our password."""


class Invitation:
    """One call's; every copy of it has the same Call-ID and From tag, and the next CSeq."""

    def __init__(self, command: PlaceTestCall, hands: Hands, call_id: str) -> None:
        self.tag = hands.doors.token()
        self.cseq = 0
        self.request: Request | None = None
        """As it was sent last."""
        self._command = command
        self._hands = hands
        self._call_id = call_id
        self._authenticator = hands.authenticator()
        self._answered: set[tuple[int, str]] = set()
        self._renewed = False
        self._longer: list[tuple[str, str]] | None = None
        """The session interval a 422 asked for, None before one did."""

    @property
    def challenged(self) -> bool:
        """Whether a challenge was answered."""
        return bool(self._answered)

    def next(self, body: bytes) -> Request:
        """The INVITE to be sent now, the document's step 2."""
        trunk, command = self._hands.trunk, self._command
        uri = f"sip:{command.line}@{trunk.domain}"
        self.cseq += 1
        items = [
            ("From", f"<sip:{command.caller}@{trunk.domain}>;tag={self.tag}"),
            ("To", f"<{uri}>"),
            ("Call-ID", self._call_id),
            ("CSeq", f"{self.cseq} INVITE"),
            ("Contact", f"<{self._hands.contact()}>"),
            ("Allow", ALLOW),
            ("Supported", SUPPORTED),
            *(self._longer or []),
            *routes(trunk),
            *self._authenticator.headers("INVITE", uri, body),
            *command.headers,
        ]
        if body:
            items.append(("Content-Type", SDP))
        self.request = Request("INVITE", uri, Headers(items), body)
        return self.request

    def credentials(self) -> list[tuple[str, str]]:
        """Headers of the last one that the ACK to its 2xx repeats (section 22.1)."""
        headers = self.request.headers if self.request is not None else ()
        return [item for item in headers if item[0] in {"Authorization", "Proxy-Authorization"}]

    def challenges(self, response: Response) -> list[Challenge]:
        """What a 401 or 407 asks for, as shown to the admin."""
        return [
            Challenge(
                status=response.status,
                realm=printable(seen.realm),
                algorithm=printable(seen.algorithm),
                qop=printable(",".join(seen.qop)),
                stale=seen.stale,
            )
            for seen in self._authenticator.seen(response)
        ]

    def answers(self, response: Response) -> bool:
        """Whether a challenge is answered by one more copy: each realm's first, and one stale one.

        Raises AuthenticationImpossible where it cannot or must not be answered.
        """
        challenge = self._authenticator.take(response)
        key = (response.status, challenge.realm)
        fresh = key not in self._answered and len(self._answered) < MAX_REALMS
        if not fresh and not (challenge.stale and not self._renewed):
            return False
        self._renewed = self._renewed or not fresh
        self._answered.add(key)
        return True

    def lengthens(self, response: Response, timer: SessionTimer) -> bool:
        """Whether a 422 names a session interval to try, and is the first to (RFC 4028 section 7.3)."""
        if self._longer is not None:
            return False
        self._longer = timer.raised(response)
        return self._longer is not None
