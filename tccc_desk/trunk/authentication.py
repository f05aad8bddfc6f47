"""Answers challenges for one trunk: which realms, which header, one nonce count each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from tccc_desk.sip.digest import AuthenticationImpossible, Challenge, Credentials, choose, parse_challenges
from tccc_desk.sip.message import Response
from tccc_desk.trunk.profile import Trunk

PROVIDER_REALM = "tccc.qcloud.com"

_HEADERS: dict[int, tuple[Literal["WWW-Authenticate", "Proxy-Authenticate"], str]] = {
    401: ("WWW-Authenticate", "Authorization"),
    407: ("Proxy-Authenticate", "Proxy-Authorization"),
}


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


class Authenticator:
    """Remembers, for one exchange of requests, what was challenged and answers it.

    The registrar's challenges (401) and a proxy's (407) are kept apart: they may have
    different realms, nonces and counts at the same time.
    """

    def __init__(self, trunk: Trunk, password: str, cnonce: Callable[[], str]) -> None:
        self._trunk = trunk
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
        return chosen

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
