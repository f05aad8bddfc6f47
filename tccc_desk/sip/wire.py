"""Wire text leaving ring 0 for a face, a file or the channel."""

from __future__ import annotations

MAX_PRINTABLE = 512
"""Characters. Long enough for any honest header field of a call."""


def printable(text: str) -> str:
    """`text` bounded and encodable; faces still treat it as hostile.

    Octets that were not UTF-8 travel as surrogates in ring 0 and become replacement characters here.
    """
    return text[:MAX_PRINTABLE].encode("utf-8", "surrogateescape").decode("utf-8", "replace")
