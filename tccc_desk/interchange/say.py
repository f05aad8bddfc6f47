"""How a writer gets its sentences: an id and values in, words of the reader's language out."""

from __future__ import annotations

from typing import Protocol


class Say(Protocol):
    """Given by the face, in one language."""

    def __call__(self, id: str, /, **values: object) -> str: ...
