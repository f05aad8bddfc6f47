"""SIP, SIPS and other URIs (RFC 3261 19.1, tel: RFC 3966)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from tccc_desk.sip.errors import refuse
from tccc_desk.sip.grammar import (
    COMMON_LIMIT,
    COMMON_URI,
    Parameters,
    host_port,
    write_host,
    write_parameters,
)

_SECTION = "RFC 3261 19.1.1"
_COMMON = re.compile(COMMON_URI)
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*+")
_ESCAPED = r"%[0-9A-Fa-f]{2}"
# "#" is not in the RFC's set, but star codes of telephones arrive unescaped.
_USER = re.compile(rf"(?:[A-Za-z0-9\-_.!~*'()&=+$,;?/#]|{_ESCAPED})++")
_PASSWORD = re.compile(rf"(?:[A-Za-z0-9\-_.!~*'()&=+$,]|{_ESCAPED})*+")
_PARAMETER = re.compile(rf"(?:[A-Za-z0-9\-_.!~*'()\[\]/:&+$]|{_ESCAPED})++")
# "=" is not in the RFC's set either, but proxies put unescaped base64 into Record-Route.
_VALUE = re.compile(rf"(?:[A-Za-z0-9\-_.!~*'()\[\]/:&+$=]|{_ESCAPED})++")
_HEADERS = re.compile(rf"(?:[A-Za-z0-9\-_.!~*'()\[\]/?:+$&=]|{_ESCAPED})++")
_NUMBER = re.compile(r"\+?[0-9A-Fa-f*#\-.()]++")
_OPAQUE = re.compile(rf"(?:[A-Za-z0-9\-_.!~*'();/?:@&=+$,#\[\]]|{_ESCAPED})++")

_TELLING = ("user", "ttl", "method", "maddr", "transport")
"""Parameters that make two URIs differ when only one has them (RFC 3261 19.1.4)."""
_HOLDS_HEX = re.compile(r"%([0-9A-Fa-f]{2})")
_UNRESERVED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.!~*'()")


@dataclass(frozen=True, slots=True)
class Uri:
    """One URI. Parts stay as written: escapes are not undone, so it can be written back unchanged.

    For schemes other than sip and sips, `user` holds what follows the scheme (for tel the
    number, its parameters apart) and `host` is "".
    """

    scheme: str
    user: str = ""
    password: str = ""
    host: str = ""
    """Without brackets when it is an IPv6 address."""
    port: int | None = None
    parameters: Parameters = ()
    headers: str = ""
    """What follows "?", as written."""

    @classmethod
    def parse(cls, text: str) -> Uri:
        """Read an absolute URI; RemoteProtocolError when it is none."""
        common = _COMMON.fullmatch(text) if len(text) <= COMMON_LIMIT else None
        return cls.common(common) if common is not None else cls._parse(text)

    @classmethod
    def common(cls, match: re.Match[str]) -> Uri:
        """Make it of a match that begins with the groups of `grammar.COMMON_URI`."""
        scheme, user, host, port, name, value = match.group(1, 2, 3, 4, 5, 6)
        parameters = ((name, value),) if name else ()
        return cls(scheme, user or "", "", host, int(port) if port else None, parameters)

    @classmethod
    def _parse(cls, text: str) -> Uri:
        scheme, colon, rest = text.partition(":")
        if not colon or len(scheme) > 32 or _SCHEME.fullmatch(scheme) is None:
            raise refuse("URI without a scheme", text, section=_SECTION)
        scheme = scheme.lower()
        if scheme in ("sip", "sips"):
            return cls._parse_sip(scheme, rest, text)
        if scheme == "tel":
            number, semicolon, tail = rest.partition(";")
            if _NUMBER.fullmatch(number) is None:
                raise refuse("malformed telephone number", text, section="RFC 3966 3")
            return cls(scheme, user=number, parameters=_parameters(tail, text) if semicolon else ())
        if _OPAQUE.fullmatch(rest) is None:
            raise refuse("malformed URI", text, section="RFC 3261 25.1")
        return cls(scheme, user=rest)

    @classmethod
    def _parse_sip(cls, scheme: str, rest: str, text: str) -> Uri:
        userinfo, at, address = rest.rpartition("@")
        user, colon, password = userinfo.partition(":")
        if at and _USER.fullmatch(user) is None:
            raise refuse("malformed user part of a URI", text, section=_SECTION)
        if colon and _PASSWORD.fullmatch(password) is None:
            raise refuse("malformed password of a URI", text, section=_SECTION)
        address, question, headers = address.partition("?")
        if question and _HEADERS.fullmatch(headers) is None:
            raise refuse("malformed headers of a URI", text, section=_SECTION)
        hostport, semicolon, tail = address.partition(";")
        host, port = host_port(hostport, _SECTION)
        parameters = _parameters(tail, text) if semicolon else ()
        return cls(scheme, user, password, host, port, parameters, headers)

    def __str__(self) -> str:
        if self.scheme not in ("sip", "sips"):
            return f"{self.scheme}:{self.user}{write_parameters(self.parameters)}"
        password = f":{self.password}" if self.password else ""
        userinfo = f"{self.user}{password}@" if self.user else ""
        headers = f"?{self.headers}" if self.headers else ""
        address = write_host(self.host, self.port)
        return f"{self.scheme}:{userinfo}{address}{write_parameters(self.parameters)}{headers}"

    def parameter(self, name: str) -> str | None:
        """Value as written, "" when the parameter has none, None when it is absent."""
        for written, value in self.parameters:
            if written.lower() == name.lower():
                return value or ""
        return None

    @property
    def number(self) -> str:
        """User part with escapes undone and without the parameters some put into it (";")."""
        return unquote_to_bytes(self.user.partition(";")[0]).decode("utf-8", "surrogateescape")

    def same(self, other: Uri) -> bool:
        """Compare by RFC 3261 19.1.4: a port or telling parameter present in one only makes a difference."""
        if (self.scheme, self.host.lower(), self.port) != (other.scheme, other.host.lower(), other.port):
            return False
        if _plain(self.user) != _plain(other.user) or _plain(self.password) != _plain(other.password):
            return False
        mine, theirs = _table(self.parameters), _table(other.parameters)
        if any((name in mine) != (name in theirs) for name in _TELLING):
            return False
        if any(theirs.get(name, value) != value for name, value in mine.items()):
            return False
        return _header_set(self.headers) == _header_set(other.headers)


def _parameters(tail: str, text: str) -> Parameters:
    found: dict[str, tuple[str, str | None]] = {}
    for part in tail.split(";"):
        name, equals, value = part.partition("=")
        if _PARAMETER.fullmatch(name) is None or (equals and _VALUE.fullmatch(value) is None):
            raise refuse("malformed parameter of a URI", text, section=_SECTION)
        item = (name, value if equals else None)
        # MUST NOT appear twice (19.1.1); a mere repetition is harmless and seen in the field.
        if found.setdefault(name.lower(), item)[1] != item[1]:
            raise refuse(f"parameter {name} of a URI appears twice", text, section=_SECTION)
    return tuple(found.values())


def _plain(text: str) -> str:
    """Undo escapes of characters that need none, upper-case the others' hex digits (RFC 3261 19.1.4)."""

    def one(match: re.Match[str]) -> str:
        code = int(match[1], 16)
        return chr(code) if code in _UNRESERVED else match[0].upper()

    return _HOLDS_HEX.sub(one, text)


def _table(items: Parameters) -> dict[str, str]:
    return {_plain(name).lower(): _plain(value or "").lower() for name, value in items}


def _header_set(text: str) -> list[tuple[str, str]]:
    pairs = (part.partition("=") for part in text.split("&") if part)
    return sorted((_plain(name).lower(), _plain(value)) for name, _, value in pairs)
