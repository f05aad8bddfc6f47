"""Digest authentication, both sides (RFC 3261 22, RFC 2617, RFC 7616, RFC 8760)."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from tccc_desk.sip.errors import refuse
from tccc_desk.sip.grammar import CONTROLS, quote, unquote
from tccc_desk.sip.headers import Headers

__all__ = (
    "ALGORITHMS",
    "AuthenticationImpossible",
    "Challenge",
    "Credentials",
    "choose",
    "expected_response",
    "next_nonce",
    "parse_authorization",
    "parse_challenges",
    "strength",
    "verify",
)

ChallengeHeader = Literal["WWW-Authenticate", "Proxy-Authenticate"]
Why = Literal["algorithm", "qop", "realm", "none"]

_HASHES = {"MD5": "md5", "SHA-256": "sha256", "SHA-512-256": "sha512_256"}
"""Weakest first. OpenSSL builds without one of them exist; its algorithm is then unsupported."""


def _available(name: str) -> bool:
    try:
        hashlib.new(name, usedforsecurity=False)
    except ValueError:
        return False
    return True


_STRENGTH = {name: rank for rank, (name, own) in enumerate(_HASHES.items()) if _available(own)}

ALGORITHMS = tuple(variant for name in _STRENGTH for variant in (name, f"{name}-sess"))
"""What we can answer."""

_REMEMBERED = 16
"""Nonces whose count we keep: a server that never repeats one must not fill our memory."""

_ITEM = re.compile(
    r"[ \t,]*+([A-Za-z0-9\-.!%*_+`'~]++)"
    r'(?:[ \t]*+=[ \t]*+("[^"\\]*+(?:\\.[^"\\]*+)*+"|[^\s,"]*+)|(?=[ \t]*+(?:,|$))|(?=[ \t]))',
    re.DOTALL,
)


class AuthenticationImpossible(Exception):
    """No challenge can be answered: unknown algorithm, only auth-int, a realm not allowed, or none at all."""

    def __init__(self, reason: Why, realm: str = "", algorithm: str = "") -> None:
        super().__init__(f"cannot authenticate ({reason}): realm {realm!r}, algorithm {algorithm!r}")
        self.reason: Why = reason
        self.realm = realm
        self.algorithm = algorithm


@dataclass(frozen=True, slots=True)
class Challenge:
    """One Digest challenge, its values without quotes and escapes."""

    realm: str
    nonce: str
    algorithm: str = "MD5"
    """As written."""
    qop: tuple[str, ...] = ()
    """In lower case; () when the server offers none (RFC 2069 compatibility)."""
    opaque: str | None = None
    stale: bool = False
    userhash: bool = False
    domain: str = ""


def _items(value: str) -> Iterator[tuple[str, str | None]]:
    """Walk over schemes (None) and parameters of a header value; ends where it is malformed."""
    position = 0
    while match := _ITEM.match(value, position):
        yield match[1], match[2]
        position = match.end()
    if value[position:].strip(" \t,"):
        yield "", ""


def _digests(value: str) -> Iterator[dict[str, str]]:
    """Parameters of each well-formed Digest challenge in one header line, names in lower case."""
    current: dict[str, str] | None = None
    last = ""
    for name, text in _items(value):
        if name and text is None:
            if current is not None and last == "qop" and name.lower().startswith("auth"):
                current["qop"] += f",{name}"  # qop=auth,auth-int without the quotes
                continue
            if current:
                yield current
            current = {} if name.lower() == "digest" else None
        elif current is not None:
            last = name.lower()
            if not name or last in current:
                current = None
                continue
            current[last] = unquote(text or "")
    if current:
        yield current


def parse_challenges(headers: Headers, name: ChallengeHeader) -> tuple[Challenge, ...]:
    """Every Digest challenge of that header, in order; other schemes and malformed ones left out.

    Several may stand on one line or on several, values may lack their quotes. Malformed means:
    no realm or nonce, a parameter twice, a broken quote, an escaped control character (which we
    could not write back).
    """
    read = (items for line in headers.all(name) for items in _digests(line))
    return tuple(
        _challenge(items)
        for items in read
        if "realm" in items and items.get("nonce") and not CONTROLS.search("".join(items.values()))
    )


def _challenge(items: Mapping[str, str]) -> Challenge:
    return Challenge(
        realm=items["realm"],
        nonce=items["nonce"],
        algorithm=items.get("algorithm") or "MD5",
        qop=tuple(part.strip().lower() for part in items.get("qop", "").split(",") if part.strip()),
        opaque=items.get("opaque"),
        stale=items.get("stale", "").lower() == "true",
        userhash=items.get("userhash", "").lower() == "true",
        domain=items.get("domain", ""),
    )


def _base(algorithm: str) -> str:
    return algorithm.upper().removesuffix("-SESS")


def strength(algorithm: str) -> int:
    """Rank of a digest algorithm, higher is stronger; -1 for one we cannot answer."""
    return _STRENGTH.get(_base(algorithm), -1)


def choose(challenges: Sequence[Challenge], realm_allowed: Callable[[str], bool]) -> Challenge:
    """Pick the strongest challenge we can answer, the first of equals; AuthenticationImpossible otherwise."""
    if not challenges:
        raise AuthenticationImpossible("none")
    ours = [one for one in challenges if realm_allowed(one.realm)]
    if not ours:
        raise AuthenticationImpossible("realm", challenges[0].realm, challenges[0].algorithm)
    known = [one for one in ours if _base(one.algorithm) in _STRENGTH]
    if not known:
        raise AuthenticationImpossible("algorithm", ours[0].realm, ours[0].algorithm)
    usable = [one for one in known if not one.qop or "auth" in one.qop]
    if not usable:
        raise AuthenticationImpossible("qop", known[0].realm, known[0].algorithm)
    return max(usable, key=lambda one: _STRENGTH[_base(one.algorithm)])


def _hash(algorithm: str, *parts: str) -> str:
    data = ":".join(parts).encode("utf-8", "surrogateescape")
    return hashlib.new(_HASHES[_base(algorithm)], data, usedforsecurity=False).hexdigest()


def _response(fields: Mapping[str, str], username: str, password: str, method: str) -> str:
    """Compute the `response` of RFC 7616 3.4.1 from the fields of a credentials header."""
    algorithm = fields.get("algorithm") or "MD5"
    realm, nonce, cnonce = fields["realm"], fields["nonce"], fields.get("cnonce", "")
    secret = _hash(algorithm, username, realm, password)
    if algorithm.upper().endswith("-SESS"):
        secret = _hash(algorithm, secret, nonce, cnonce)
    request = _hash(algorithm, method, fields["uri"])
    if fields.get("qop"):
        return _hash(algorithm, secret, nonce, fields.get("nc", ""), cnonce, fields["qop"], request)
    return _hash(algorithm, secret, nonce, request)


class Credentials:
    """A user name and password that answer challenges; keeps the count of each nonce's uses.

    `cnonce` returns a fresh token. A nonce keeps its cnonce, so that the session variants
    stay right whichever way the server reads RFC 7616 3.4.2.
    """

    def __init__(self, username: str, password: str, *, cnonce: Callable[[], str]) -> None:
        self._username = username
        self._password = password
        self._cnonce = cnonce
        self._uses: dict[tuple[str, str], tuple[int, str]] = {}

    def __repr__(self) -> str:
        return f"Credentials({self._username!r})"

    def answer(self, challenge: Challenge, method: str, uri: str, body: bytes = b"") -> str:  # noqa: ARG002
        """Value of Authorization or Proxy-Authorization for one request.

        `uri` is the Request-URI as it will be written. Only qop auth (or none) is answered,
        so the body plays no part. AuthenticationImpossible when the challenge needs more.
        """
        choose((challenge,), lambda _: True)
        count, cnonce = self._uses.pop((challenge.realm, challenge.nonce), (0, ""))
        count, cnonce = count + 1, cnonce or self._cnonce()
        self._uses[challenge.realm, challenge.nonce] = count, cnonce
        if len(self._uses) > _REMEMBERED:
            del self._uses[next(iter(self._uses))]
        session = challenge.algorithm.upper().endswith("-SESS")
        fields = {"realm": challenge.realm, "nonce": challenge.nonce, "uri": uri}
        fields["algorithm"] = challenge.algorithm
        if challenge.qop:
            fields |= {"cnonce": cnonce, "qop": "auth", "nc": f"{count:08x}"}
        elif session:
            fields["cnonce"] = cnonce
        response = _response(fields, self._username, self._password, method)
        shown = self._username
        if challenge.userhash:
            shown = _hash(challenge.algorithm, self._username, challenge.realm)
        quoted = {"username": shown, "realm": challenge.realm, "nonce": challenge.nonce, "uri": uri}
        quoted["response"] = response
        if "cnonce" in fields:
            quoted["cnonce"] = cnonce
        if challenge.opaque is not None:
            quoted["opaque"] = challenge.opaque
        parts = [f"{name}={quote(value)}" for name, value in quoted.items()]
        parts.append(f"algorithm={challenge.algorithm}")
        if challenge.qop:
            parts += ["qop=auth", f"nc={fields['nc']}"]
        if challenge.userhash:
            parts.append("userhash=true")
        return "Digest " + ", ".join(parts)


def parse_authorization(value: str) -> Mapping[str, str]:
    """Fields of a Digest credentials header, names in lower case, values without quotes.

    RemoteProtocolError when the scheme is another one, the syntax is broken, or one of
    username, realm, nonce, uri, response is missing.
    """
    found = list(_digests(value))
    if len(found) != 1:
        raise refuse("not one set of Digest credentials", "", section="RFC 7616 3.4")
    for name in ("username", "realm", "nonce", "uri", "response"):
        if name not in found[0]:
            raise refuse(f"credentials without {name}", "", section="RFC 7616 3.4")
    return found[0]


def expected_response(fields: Mapping[str, str], method: str, password: str, *, username: str = "") -> str:
    """Compute the `response` a client with this password sends; `username` when it came hashed (userhash).

    RemoteProtocolError on an algorithm or qop we do not speak.
    """
    if _base(fields.get("algorithm") or "MD5") not in _STRENGTH:
        raise refuse("unknown digest algorithm", fields["algorithm"], section="RFC 7616 3.4")
    if fields.get("qop", "auth").lower() not in ("auth", ""):
        raise refuse("qop is not auth", fields["qop"], section="RFC 7616 3.4")
    return _response(fields, username or fields["username"], password, method)


def verify(value: str, *, method: str, password: str, realm: str, nonce: str, uri: str = "") -> bool:
    """Judge a credentials header as a server does; `uri` "" leaves the URI unjudged.

    RemoteProtocolError when it cannot be read.
    """
    fields = parse_authorization(value)
    expected = expected_response(fields, method, password)
    if fields["realm"] != realm or fields["nonce"] != nonce or (uri and fields["uri"] != uri):
        return False
    given = fields["response"].lower().encode("utf-8", "surrogateescape")
    return hmac.compare_digest(given, expected.encode("ascii"))


def next_nonce(headers: Headers, name: str = "Authentication-Info") -> str:
    """Return the nonce a server wants in the next request (RFC 7616 3.5), "" without one."""
    for line in headers.all(name):
        for key, value in _items(line):
            if key.lower() == "nextnonce" and value:
                return unquote(value)
    return ""
