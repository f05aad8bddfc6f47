"""Names that every system takes."""

from __future__ import annotations

import re


def slug(name: str) -> str:
    """Give a name of letters, digits, dots, dashes and underscores; "tccc" where nothing is left."""
    return re.sub(r"[^\w.-]+", "_", name, flags=re.ASCII).strip("_.-")[:64] or "tccc"
