"""A message made fit to be shown to others: numbers, accounts and addresses get stable pseudonyms."""

from __future__ import annotations

import functools
import re

_ADDRESS = re.compile(
    r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w.])|\[[0-9A-Fa-f:.]+\]|(?<![\w:])(?:[0-9A-Fa-f]{0,4}:){3,7}[0-9A-Fa-f]{1,4}(?![\w:])"
)
_NUMBER = re.compile(r"(?<![\w.-])(?<![\d\]]:)\+?\d{5,15}(?=[@;>\"\s&]|$)")
_USER = re.compile(r'(?<=sip:)[A-Za-z][\w.~-]*(?=@)|(?<=username=")[^"]+')
_INSTANCE = re.compile(r"(?<![\w-])\d{5,12}(?=\.tccc\.)")


class Masker:
    """Remembers what it replaced, so that the same value gets the same pseudonym everywhere."""

    def __init__(self) -> None:
        self._names: dict[tuple[str, str], str] = {}

    def mask(self, message: str) -> str:
        """Replace addresses, numbers, users and instance numbers; keep lines and lengths of nothing else."""
        for kind, pattern in (
            ("instance", _INSTANCE),
            ("user", _USER),
            ("number", _NUMBER),
            ("address", _ADDRESS),
        ):
            message = pattern.sub(functools.partial(self._replace, kind), message)
        return message

    def _replace(self, kind: str, found: re.Match[str]) -> str:
        return self._name(kind, found.group())

    def _name(self, kind: str, value: str) -> str:
        key = (kind, value)
        if key not in self._names:
            count = sum(one == kind for one, _ in self._names)
            self._names[key] = f"{kind}{count + 1}"
        return self._names[key]
