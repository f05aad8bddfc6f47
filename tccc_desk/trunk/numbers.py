"""Telephone numbers as people paste them, and the ones a test must never dial."""

from __future__ import annotations

import re
from urllib.parse import unquote

from tccc_desk.trunk.errors import InputError
from tccc_desk.trunk.plain import plain, shown

MAX_DIGITS = 32
"""E.164 allows 15 digits; prefixes agreed with a carrier come on top."""

_NUMBER = re.compile(rf"\+?[0-9]{{1,{MAX_DIGITS}}}")
_SCHEME = re.compile(r"(sips?|tel|callto):(//)?", re.IGNORECASE)

_REMOVED = dict.fromkeys(
    [
        *map(ord, " \u00a0\u2002\u2003\u2007\u2008\u2009\u202f\u3000"),  # spaces
        *map(ord, "-\u00ad\u2010\u2011\u2012\u2013\u2014\u2015\u2212\uff0d"),  # hyphens and dashes
        *map(ord, "()[]\uff08\uff09\uff3b\uff3d\u3010\u3011"),  # brackets
        *map(ord, "\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"),  # zero-width and direction marks
        *range(0x202A, 0x202F),  # embeddings and overrides, as contacts apps copy them
        *range(0x2066, 0x206A),  # isolates
    ]
)
_ASCII = {0xFF10 + digit: ord("0") + digit for digit in range(10)} | {
    0xFF0B: ord("+"),
    0xFF0A: ord("*"),
    0xFF03: ord("#"),
    0xFF20: ord("@"),
    0xFF1A: ord(":"),
    0xFF1B: ord(";"),
}

_EMERGENCY = "(?:110|119|120|122)"
# Area codes without the leading 0: Beijing 10, ten large cities 2x, all others three digits.
# No area begins with 96: those are local service numbers such as 962120.
_AREA = r"(?:10|2\d|9[0-57-9]\d|[3-8]\d\d)"
_REACHES_EMERGENCY = re.compile(
    rf"""
      \+? 0* {_EMERGENCY}                      # 110, 0110, +110
    | \+? 0+ {_AREA} {_EMERGENCY}              # 010110, 0755110
    | (?: \+0* | 00+ ) 86 0* {_AREA}? {_EMERGENCY}   # +86110, 008610110, +860755110
    | 86 (?: 0+ {_AREA}? )? {_EMERGENCY}       # 86110, 86010110; 86755110 is an ordinary local number
    """,
    re.VERBOSE,
)


def clean_number(text: str) -> str:
    """Take the decoration off a pasted number.

    Spaces, hyphens, brackets and hidden marks go, full-width digits become ASCII, and of
    a sip: or tel: URI (or "Name" <URI>) the number is left.
    Says nothing and refuses nothing: what is left may still be no number.
    """
    cleaned = text.strip().translate(_ASCII)
    opened, closed = cleaned.find("<"), cleaned.rfind(">")
    if 0 <= opened < closed:
        cleaned = cleaned[opened + 1 : closed]
    cleaned = cleaned.translate(_REMOVED)
    scheme = _SCHEME.match(cleaned)
    if scheme:
        cleaned = unquote(re.split("[@;?]", cleaned[scheme.end() :], maxsplit=1)[0]).translate(_REMOVED)
    return cleaned


def is_emergency(number: str) -> bool:
    """Say whether dialling `number` (digits, optional '+') in China can reach 110, 119, 120 or 122."""
    return _REACHES_EMERGENCY.fullmatch(number) is not None


def checked_number(field: str, text: str, *, called: bool) -> str:
    """Return `text` as digits with an optional leading '+', or raise InputError.

    With `called` an emergency number is refused too. Only surrounding white space is
    taken off: a number that needs cleaning is refused with the clean form suggested,
    so that nobody is dialled who was not typed.
    """
    number = plain(field, text, 128, required=True)
    if not _NUMBER.fullmatch(number):
        suggestion = clean_number(number)
        if _NUMBER.fullmatch(suggestion) and not (called and is_emergency(suggestion)):
            raise InputError(field, "input.number.unclean", value=shown(number), suggestion=suggestion)
        if re.fullmatch(r"\+?[0-9]+", number):
            raise InputError(field, "input.number.long", limit=str(MAX_DIGITS))
        if _NUMBER.fullmatch(suggestion):
            raise InputError(field, "input.number.emergency", number=suggestion)
        raise InputError(field, "input.number.not_digits", value=shown(number))
    if called and is_emergency(number):
        raise InputError(field, "input.number.emergency", number=number)
    return number
