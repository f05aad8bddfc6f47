"""Answers challenges for one trunk: which realms, which header, one nonce count each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Literal

from tccc_desk.sip.digest import (
    AuthenticationImpossible,
    Challenge,
    Credentials,
    choose,
    next_nonce,
    parse_challenges,
    strength,
)
from tccc_desk.sip.message import Response
from tccc_desk.trunk.profile import Trunk

PROVIDER_REALM = "tccc.qcloud.com"

_HEADERS: dict[int, tuple[Literal["WWW-Authenticate", "Proxy-Authenticate"], str]] = {
    401: ("WWW-Authenticate", "Authorization"),
    407: ("Proxy-Authenticate", "Proxy-Authorization"),
}
_INFO = {401: "Authentication-Info", 407: "Proxy-Authentication-Info"}
MAX_REALMS = 16
"""Realms whose strongest challenge is remembered."""


def realm_allowed(trunk: Trunk, realm: str) -> bool:
    """Whether a password digest may be made for `realm` without asking the admin.

    The realms equal to or under the instance domain, the server's name or the provider's
    are; any other may be somebody fishing for a digest, and needs the trunk's permission.
    """
    asked = realm.casefold().rstrip(".")
    if asked in {allowed.casefold() for allowed in trunk.allowed_realms}:
        return True
    own = (trunk.domain, trunk.server, trunk.backup_server, PROVIDER_REALM)
    names = [name.casefold().rstrip(".") for name in own if name]
    return any(asked == name or asked.endswith("." + name) for name in names)


class Strengths:
    """The strongest algorithm each realm has offered in this run (RFC 7616 section 5.7).

    A realm that asked for SHA-256 and now asks for MD5 alone may be somebody on the way who
    wants the weaker answer, or a server set back. It is answered all the same - MD5 is what
    the provider's document asks for, and without an answer there is no diagnosis - but it is
    said, once for each weaker algorithm.
    """

    def __init__(self, say: Callable[[str, str, str], None]) -> None:
        self._say = say
        self._strongest: dict[str, str] = {}
        self._said: set[tuple[str, str]] = set()

    def offered(self, challenges: Sequence[Challenge]) -> None:
        """Compare what is offered now with before; `say` gets realm, algorithm then and now."""
        for realm in {one.realm for one in challenges}:
            best = max((one.algorithm for one in challenges if one.realm == realm), key=strength)
            before = self._strongest.get(realm)
            if before is None or strength(best) >= strength(before):
                self._strongest[realm] = best
                if len(self._strongest) > MAX_REALMS:
                    del self._strongest[next(iter(self._strongest))]
            elif (realm, best.casefold()) not in self._said and len(self._said) < MAX_REALMS:
                self._said.add((realm, best.casefold()))
                self._say(realm, before, best)


class Authenticator:
    """Remembers, for one exchange of requests, what was challenged and answers it.

    The registrar's challenges (401) and a proxy's (407) are kept apart: they may have
    different realms, nonces and counts at the same time.
    """

    def __init__(
        self, trunk: Trunk, password: str, cnonce: Callable[[], str], strengths: Strengths | None = None
    ) -> None:
        self._trunk = trunk
        self._strengths = strengths
        self._credentials = {
            status: Credentials(trunk.digest_username, password, cnonce=cnonce) for status in _HEADERS
        }
        self._known: dict[int, Challenge] = {}

    def forget(self) -> None:
        """Start over without credentials, as for a first request."""
        self._known.clear()

    def take(self, response: Response) -> Challenge:
        """Note the challenge of a 401 or 407 that will be answered from now on.

        Raises AuthenticationImpossible where it cannot or must not be answered.
        """
        name, _ = _HEADERS[response.status]
        challenges = parse_challenges(response.headers, name)
        chosen = choose(challenges, lambda realm: realm_allowed(self._trunk, realm))
        self._known[response.status] = chosen
        if self._strengths is not None:
            allowed = [one for one in challenges if realm_allowed(self._trunk, one.realm)]
            self._strengths.offered(allowed)
        return chosen

    def judge(self, response: Response) -> tuple[Challenge | None, str, dict[str, str]]:
        """Say how the challenge of a 401 or 407 would be taken, without taking it.

        The challenge and "", or None and why it would not be answered: a key of
        `findings.AUTHENTICATION`, with what fills its sentence.
        """
        challenges = parse_challenges(response.headers, _HEADERS[response.status][0])
        try:
            return choose(challenges, lambda realm: realm_allowed(self._trunk, realm)), "", {}
        except AuthenticationImpossible as error:
            details = {"realm": error.realm, "algorithm": error.algorithm, "domain": self._trunk.domain}
            return None, error.reason, details

    def accepted(self, response: Response) -> None:
        """Take over the nonces a 2xx wants in the next request (nextnonce, RFC 7616 section 3.5)."""
        for status, name in _INFO.items():
            known, nonce = self._known.get(status), next_nonce(response.headers, name)
            if known is not None and nonce and nonce.isprintable():
                self._known[status] = replace(known, nonce=nonce, stale=False)

    def seen(self, response: Response) -> tuple[Challenge, ...]:
        """Every challenge of a response, answerable or not, for the log. Empty if none can be read.

        The one `take` answers comes last: a face that shows one challenge shows the latest.
        """
        name, _ = _HEADERS[response.status]
        challenges = parse_challenges(response.headers, name)
        try:
            chosen = choose(challenges, lambda realm: realm_allowed(self._trunk, realm))
        except AuthenticationImpossible:
            return challenges
        return (*(one for one in challenges if one is not chosen), chosen)

    def headers(self, method: str, uri: str, body: bytes = b"") -> list[tuple[str, str]]:
        """Authorization and Proxy-Authorization for a request, each counting its nonce once."""
        return [
            (_HEADERS[status][1], self._credentials[status].answer(challenge, method, uri, body))
            for status, challenge in self._known.items()
        ]
