"""The octets of a capture, in order, plain or gzip'd, and never more of them than bounded."""

from __future__ import annotations

import contextlib
import stat
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from tccc_desk.trace.capture.problem import CaptureProblem

MAX_OCTETS = 8 << 30
"""What is read of one capture, unpacked. A file of zeros that gzip shrank a thousandfold ends here too."""

_CHUNK = 1 << 20
_GZIP = b"\x1f\x8b\x08"


class Source:
    """A file read forwards. `take` and `peek` never hold more than a chunk beyond what was asked for."""

    def __init__(self, stream: BinaryIO, size: int, limit: int = MAX_OCTETS) -> None:
        self._stream = stream
        self._limit = limit
        self._given = 0
        self._buffer = b""
        self._at = 0
        self._unpack = None
        self.size = size
        """Octets of the file as it lies there."""
        self.read = 0
        """Octets of the file consumed so far: the progress."""
        if self.peek(3) == _GZIP:
            self._unpack = zlib.decompressobj(wbits=31)
            packed, self._buffer = self._buffer, b""
            self._given = 0
            self._buffer = self._unpacked(packed)

    def peek(self, count: int) -> bytes:
        """Look at the next `count` octets, fewer at the end."""
        while len(self._buffer) - self._at < count and self._fill():
            pass
        return self._buffer[self._at : self._at + count]

    def take(self, count: int) -> bytes:
        """Give the next `count` octets, fewer at the end. `count` is the caller's to bound."""
        at = self._at
        end = at + count
        if end <= len(self._buffer):
            self._at = end
            return self._buffer[at:end]
        taken = self.peek(count)
        self._at += len(taken)
        return taken

    def chunks(self) -> Iterator[bytes]:
        """Give what is left, piece by piece."""
        while piece := self.take(_CHUNK):
            yield piece

    def _fill(self) -> bool:
        """Append one chunk to the buffer; False at the end."""
        more = b""
        while not more:
            pending = self._unpack.unconsumed_tail if self._unpack else b""
            fresh = pending or self._file()
            if not fresh:
                return False
            more = self._unpacked(fresh) if self._unpack else fresh
            if not more and self._unpack and self._unpack.eof:
                return False
        self._given += len(more)
        if self._given > self._limit:
            raise CaptureProblem("trace.capture.too_large", limit=f"{self._limit >> 30}")
        self._buffer = self._buffer[self._at :] + more
        self._at = 0
        return True

    def _file(self) -> bytes:
        fresh = self._stream.read(_CHUNK)
        self.read += len(fresh)
        return fresh

    def _unpacked(self, packed: bytes) -> bytes:
        assert self._unpack is not None
        try:
            return self._unpack.decompress(packed, _CHUNK)
        except zlib.error as error:
            raise CaptureProblem("trace.capture.gzip_broken") from error


@contextlib.contextmanager
def open_source(path: Path, limit: int = MAX_OCTETS) -> Iterator[Source]:
    """Open `path` for reading. Raises CaptureProblem where it is no readable file."""
    try:
        kind = path.stat()
        if not stat.S_ISREG(kind.st_mode):  # a pipe would block, a device never end
            raise CaptureProblem("trace.capture.no_file", path=str(path))
        with path.open("rb") as stream:
            yield Source(stream, kind.st_size, limit)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        reason = getattr(error, "strerror", None) or type(error).__name__
        raise CaptureProblem("trace.capture.unreadable_file", path=str(path), reason=reason) from error
