"""The lexical rules of RFC 3261 section 25.1 that several parsers share.

Every pattern runs in linear time: quantifiers that could give back are possessive, and
a scan that fails is never started again from the next character.
"""

from __future__ import annotations

import ipaddress
import re

from tccc_desk.sip.errors import refuse

Parameters = tuple[tuple[str, str | None], ...]
"""Name as written and value; None for a parameter without a value. Quoted values keep their quotes."""

TOKEN = re.compile(r"[A-Za-z0-9\-.!%*_+`'~]++")
QUOTED = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"', re.DOTALL)
CONTROLS = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
"""Control characters other than HTAB. CR and LF are among them: folding is undone before."""
ESCAPED_CONTROL = re.compile(r"\\[\x00-\x09\x0b\x0c\x0e-\x1f\x7f]")

_OCTET = "(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
IPV4 = rf"{_OCTET}(?:\.{_OCTET}){{3}}"
_LABELS = r"[A-Za-z0-9_][A-Za-z0-9_-]*+(?:\.[A-Za-z0-9_-]++)*+\.?"

# What nearly every message holds, for `common`: a part of what the parsers below accept, judged by
# one expression. Whatever it does not match is left to them.
COMMON_HOST = rf"(?:(?=[0-9.]*+[A-Za-z_-]){_LABELS}|{IPV4})"
COMMON_PORT = "[1-5]?[0-9]{1,4}"
COMMON_URI = (
    rf"(sips?):(?:([A-Za-z0-9\-_.!~*+]++)@)?({COMMON_HOST})(?::({COMMON_PORT}))?"
    r"(?:;([A-Za-z0-9\-_.~]++)(?:=([A-Za-z0-9\-_.:~]++))?+)?+"
)
"""Groups: scheme, user, host, port, and name and value of one parameter."""
COMMON_LIMIT = 255
"""Characters. Below it no host can be too long."""

_PARAMETER = re.compile(
    r"[ \t]*+;[ \t]*+([A-Za-z0-9\-.!%*_+`'~]++)"
    r'(?:[ \t]*+=[ \t]*+("[^"\\]*+(?:\\.[^"\\]*+)*+"|[^;,"<>\x00-\x20\x7f]++))?+',
    re.DOTALL,
)
_SEPARATORS = re.compile(r'[",<]')
_PAIR = re.compile(r"\\(.)", re.DOTALL)
_HOST_NAME = re.compile(_LABELS)
_DOTTED = re.compile(r"[0-9.]++")
_IPV4 = re.compile(IPV4)
_THREE_COLONS = re.compile(r":::[0-9]++\.")
"""RFC 3261's grammar puts a third colon before an embedded IPv4 address; RFC 5118 4.10 tolerates it."""

REPLACEMENT = "\ufffd"
MAX_DIGITS = 128
"""Digits of a number we look at, leading zeros included."""


def is_token(text: str) -> bool:
    return TOKEN.fullmatch(text) is not None


def number(text: str, what: str, low: int, high: int, section: str) -> int:
    """Read ASCII digits as an integer from `low` to `high`; RemoteProtocolError otherwise.

    Leading zeros are fine (RFC 4475 3.1.1.1); signs, spaces, other digits of Unicode are not.
    """
    if len(text) <= MAX_DIGITS and text.isascii() and text.isdigit():
        value = int(text)
        if low <= value <= high:
            return value
    raise refuse(f"{what} is not a number from {low} to {high}", text, section=section)


def unquote(text: str) -> str:
    """Inner text of a quoted string, escapes undone; other text as it is."""
    if len(text) < 2 or text[0] != '"' or text[-1] != '"':
        return text
    return _PAIR.sub(r"\1", text[1:-1])


def quote(text: str) -> str:
    """Write `text` as a quoted string (RFC 3261 25.1): backslash and quote escaped."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def without_controls(text: str) -> str:
    """Copy of header text whose escaped control characters are U+FFFD.

    A peer may legally escape NUL in a quoted string (RFC 4475 3.1.1.2); our serialiser
    never writes one, so what we copy back is cleaned.
    """
    if not CONTROLS.search(text):
        return text
    return CONTROLS.sub(REPLACEMENT, ESCAPED_CONTROL.sub(REPLACEMENT, text))


def split_commas(text: str) -> list[str]:
    """Cut a header value at the commas outside quoted strings and angle brackets; ends trimmed.

    Empty elements are kept. After a quote or bracket that never closes nothing is cut.
    """
    if "," not in text:
        return [text.strip(" \t")]
    if '"' not in text and "<" not in text:
        return [part.strip(" \t") for part in text.split(",")]
    parts = []
    start = position = 0
    while found := _SEPARATORS.search(text, position):
        at = found.start()
        if text[at] == ",":
            parts.append(text[start:at].strip(" \t"))
            start = position = at + 1
        elif text[at] == '"':
            quoted = QUOTED.match(text, at)
            if quoted is None:
                break
            position = quoted.end()
        else:
            close = text.find(">", at)
            if close < 0:
                break
            position = close + 1
    parts.append(text[start:].strip(" \t"))
    return parts


def parameters(text: str, section: str) -> Parameters:
    """Read `;name[=value]...` (generic-param), white space allowed round ";" and "=".

    A name may appear once (RFC 3261 7.3.1). RemoteProtocolError on anything else in `text`.
    """
    found: list[tuple[str, str | None]] = []
    seen: set[str] = set()
    position = 0
    end = len(text.rstrip(" \t"))
    while position < end:
        match = _PARAMETER.match(text, position)
        if match is None:
            raise refuse("malformed parameter", text[position:], section=section)
        name, value = match.groups()
        key = name.lower()
        if key in seen:
            raise refuse(f"parameter {name} appears twice", text, section="RFC 3261 7.3.1")
        seen.add(key)
        found.append((name, value))
        position = match.end()
    return tuple(found)


def find_parameter(items: Parameters, name: str) -> str | None:
    """Value of a parameter without its quotes, "" when it has none, None when absent."""
    key = name.lower()
    for written, value in items:
        if written.lower() == key:
            return "" if value is None else unquote(value)
    return None


def write_parameters(items: Parameters) -> str:
    return "".join(f";{name}" if value is None else f";{name}={value}" for name, value in items)


def is_ipv6(text: str) -> bool:
    """Tell whether `text`, without brackets, is an IPv6 address (no zone)."""
    if ":" not in text or "%" in text or len(text) > 45 or not text.isascii():
        return False
    try:
        ipaddress.IPv6Address(text)
    except ValueError:
        return False
    return True


def is_ipv4(text: str) -> bool:
    return _IPV4.fullmatch(text) is not None


def is_host_name(text: str) -> bool:
    """Tell whether `text` is an IPv4 address or a host name.

    Wider than RFC 3261's hostname by what real devices write: "_" and labels that begin with a
    digit. Digits and dots alone must be an IPv4 address.
    """
    if len(text) > 255 or _HOST_NAME.fullmatch(text) is None:
        return False
    return _DOTTED.fullmatch(text) is None or is_ipv4(text)


def host_port(text: str, section: str, *, spaced: bool = False) -> tuple[str, int | None]:
    """Read host [ ":" port ]; an IPv6 address loses its brackets. `spaced` allows white space round ":"."""
    if text.startswith("["):
        close = text.find("]")
        host, rest = text[1:close], text[close + 1 :]
        if _THREE_COLONS.search(host):
            host = host.replace(":::", "::")
        if close < 0 or not is_ipv6(host):
            raise refuse("malformed IPv6 address", text, section=section)
    else:
        host, colon, port = text.partition(":")
        rest = colon + port
        if spaced:
            host = host.rstrip(" \t")
        if not is_host_name(host):
            raise refuse("malformed host", text, section=section)
    if spaced:
        rest = rest.strip(" \t")
    if not rest:
        return host, None
    if rest[0] != ":":
        raise refuse("malformed port", text, section=section)
    return host, number(rest[1:].strip(" \t") if spaced else rest[1:], "port", 0, 65535, section)


def write_host(host: str, port: int | None) -> str:
    shown = f"[{host}]" if ":" in host else host
    return shown if port is None else f"{shown}:{port}"
