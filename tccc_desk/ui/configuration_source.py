"""Where a foreign configuration comes from: a file, something dropped, or the clipboard."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QMimeData

from tccc_desk.interchange.decoding import MAX_OCTETS
from tccc_desk.interchange.found import Refused


@dataclass(frozen=True, slots=True)
class Source:
    """What is to be read. It may hold a password, so it is shown nowhere."""

    name: str
    """Of the file; empty for pasted text."""
    data: bytes


def read_file(path: Path) -> Source:
    """Read a file as far as one may be long. Raises Refused."""
    try:
        if not path.is_file():  # a folder, a pipe or a device could hold us for ever
            raise FileNotFoundError(2, os.strerror(2))
        with path.open("rb") as stream:
            return Source(path.name, stream.read(MAX_OCTETS + 1))
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or type(error).__name__
        raise Refused("gateroom.import.unreadable", file=path.name, reason=reason) from error


def holds_something(mime: QMimeData) -> bool:
    """Tell whether a drop could be read."""
    return mime.hasText() or any(url.isLocalFile() for url in mime.urls())


def read_mime(mime: QMimeData) -> Source:
    """Read the first dropped or copied file, or else the text. Raises Refused."""
    for url in mime.urls():
        if url.isLocalFile():
            return read_file(Path(url.toLocalFile()))
    text = mime.text() if mime.hasText() else ""
    if not text.strip():
        raise Refused("gateroom.import.empty")
    return Source("", text[: MAX_OCTETS + 1].encode("utf-8", "surrogatepass")[: MAX_OCTETS + 1])
