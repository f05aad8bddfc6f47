"""Texts by id in both languages, read from `resources/translations/*.toml`.

Each file holds tables `[some.id]` with the keys `en` and `zh`; place-holders are
written `{name}` and filled from the keyword arguments of `text`.
"""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

Language = Literal["en", "zh"]
LANGUAGES: tuple[Language, ...] = ("en", "zh")


def resources() -> Path:
    """Folder of icons and translations: beside the package in a checkout, inside it when installed."""
    installed = Path(__file__).parent.parent / "resources"
    return installed if installed.is_dir() else installed.parent.parent / "resources"


def _flatten(table: Mapping[str, object], prefix: str, into: dict[str, dict[Language, str]]) -> None:
    if isinstance(table.get("en"), str) and isinstance(table.get("zh"), str):
        into[prefix] = {"en": str(table["en"]), "zh": str(table["zh"])}
        return
    for key, value in table.items():
        if not isinstance(value, Mapping):
            raise ValueError(f"translation {prefix}.{key} lacks a language")
        _flatten(value, f"{prefix}.{key}" if prefix else key, into)


@functools.cache
def _domain(domain: str) -> Mapping[str, Mapping[Language, str]]:
    path = resources() / "translations" / f"{domain}.toml"
    entries: dict[str, dict[Language, str]] = {}
    if path.is_file():
        _flatten(tomllib.loads(path.read_text(encoding="utf-8")), "", entries)
    return entries


def domains() -> tuple[str, ...]:
    """Names of the translation files: the first component of every id."""
    return tuple(sorted(path.stem for path in (resources() / "translations").glob("*.toml")))


def ids(domain: str) -> frozenset[str]:
    """Every id of one file."""
    return frozenset(_domain(domain))


def text(id: str, language: Language, /, **values: object) -> str:
    """The sentence `id` in `language`. An id is `file.rest`; an unknown one raises KeyError."""
    template = _domain(id.partition(".")[0])[id][language]
    return template.format_map(_Shown(values)) if values else template


class _Shown(dict[str, object]):
    """A missing place-holder shows as itself: a sentence with a hole beats none."""

    def __missing__(self, key: str) -> str:
        return "{" + key + "}"
