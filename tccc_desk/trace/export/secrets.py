"""What must not leave this machine, looked for in what is about to: the last gate before a file is saved."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable
from typing import NamedTuple
from urllib.parse import quote, quote_plus

MIN_LENGTH = 4
"""Shorter known values are in any text by chance."""

_CREDENTIALS = re.compile(
    rb"(?im)authorization[\"']?[ \t]*[:=][^\r\n]{0,4000}(?:\r?\n[ \t][^\r\n]{0,4000}){0,8}"
)
_RESPONSE = re.compile(rb"(?i)\bresponse[ \t]*=[ \t]*\\?[\"']?(?:&quot;|&#34;)?([0-9a-f]{32,128})")
_BASIC = re.compile(rb"(?i)\bbasic[ \t]+([A-Za-z0-9+/=]{6,})")
_RESPONSE_16 = re.compile(r"(?i)response\s*=\s*\"?[0-9a-f]{32}")
_ESCAPES = {ord(one): f"&{name};" for one, name in (("&", "amp"), ("<", "lt"), (">", "gt"), ('"', "quot"))}


class Leak(NamedTuple):
    """A secret found: where, and what kind (text id "trace.secret.<kind>"). Never the secret itself."""

    member: str
    kind: str


class Secrets:
    """Known passwords and computed digest answers, in every writing a file might hold them in."""

    def __init__(self, passwords: Iterable[str] = (), answers: Iterable[str] = ()) -> None:
        self._needles: list[tuple[bytes, str]] = []
        for kind, values in (("password", passwords), ("digest", answers)):
            for value in dict.fromkeys(values):
                if len(value) >= MIN_LENGTH:
                    self._needles += [(needle, kind) for needle in _writings(value)]

    def leaks(self, member: str, content: bytes) -> list[Leak]:
        """Look through one file's octets and its name. Everything found, each kind once."""
        found = {kind for needle, kind in self._needles if needle in content or needle in member.encode()}
        lowered = content.lower()
        found |= {kind for needle, kind in self._needles if _hex_in(needle, lowered)}
        for header in _CREDENTIALS.findall(content):
            if _RESPONSE.search(header):
                found.add("digest")
            if _BASIC.search(header):
                found.add("basic")
        if b"r\0e\0s\0p\0o\0n\0s\0e\0" in lowered or b"\0r\0e\0s\0p\0o\0n\0s\0e" in lowered:
            for encoding in ("utf-16-le", "utf-16-be"):
                for start in (0, 1):
                    if _RESPONSE_16.search(content[start:].decode(encoding, "replace")):
                        found.add("digest")
        return [Leak(member, kind) for kind in sorted(found)]


def _hex_in(needle: bytes, lowered: bytes) -> bool:
    return len(needle) >= 6 and binascii.hexlify(needle) in lowered


def _writings(value: str) -> set[bytes]:
    """A value as it may stand in text, URLs, XML, JSON, UTF-16 and base64 at each of three offsets."""
    plain = {
        value,
        quote(value, safe=""),
        quote(value),
        quote_plus(value),
        quote(value, safe="").lower(),
        "".join(f"%{octet:02X}" for octet in value.encode()),
        "".join(f"%{octet:02x}" for octet in value.encode()),
        value.translate(_ESCAPES),
        value.translate(_ESCAPES).replace("'", "&#x27;"),
        value.replace("\\", "\\\\").replace('"', '\\"'),
        value.encode("ascii", "backslashreplace").decode("ascii"),
        value[::-1],
    }
    octets = {text.encode() for text in plain}
    octets |= {value.encode("utf-16-le"), value.encode("utf-16-be")}
    encoded: set[bytes] = set()
    for raw in (value.encode(), value.encode("utf-16-le")):
        for shift in range(3):
            # Octets before it are unknown: only the characters that depend on the value alone count.
            whole = base64.b64encode(b"\0" * shift + raw + b"\0" * ((-len(raw) - shift) % 3))
            first = (shift * 8 + 5) // 6
            core = whole[first : (shift + len(raw)) * 8 // 6]
            if len(core) >= 6:
                encoded |= {core, core.replace(b"+", b"-").replace(b"/", b"_")}
    return {one for one in octets | encoded if len(one) >= MIN_LENGTH}
