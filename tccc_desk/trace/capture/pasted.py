"""Signalling pasted as text: FreeSWITCH siptrace, sngrep, Wireshark, ngrep, Asterisk, or just messages.

Text is cut by its separators, by start lines and by Content-Length. Line ends become CRLF again, as
they were on the wire. What has no time gets the order it stands in; what has no address has none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from tccc_desk.trace.capture.heads import Head, read_head
from tccc_desk.trace.capture.recognise import START

MAX_TEXT = 256 << 20
MAX_MESSAGE = 1 << 18
MAX_LINE = 1 << 16

_RULE = re.compile(rb"[ \t]*[-=+*_]{10,}[ \t]*")
_LENGTH = re.compile(rb"(?:content-length|l)[ \t]*:[ \t]*([0-9]{1,7})[ \t]*", re.IGNORECASE)
_BODY_LINE = re.compile(rb"[a-z]=")


class Pasted(NamedTuple):
    """One message out of a text. `head` is what stood above it."""

    head: Head
    raw: bytes
    fault: str


class _Message:
    """A message being collected line by line."""

    __slots__ = ("body", "dots", "head", "indent", "lines", "octets", "wanted")

    def __init__(self, head: Head, indent: int, first: bytes) -> None:
        self.head = head
        self.indent = indent
        self.lines = [first]
        self.dots = head.dots and first.endswith(b".")
        if self.dots:
            self.lines = [first[:-1]]
        self.body = False
        self.wanted = -1
        self.octets = len(first) + 2

    def take(self, line: bytes) -> bool:
        """Take one more line; False where the message is over before it."""
        if self.dots and line.endswith(b"."):
            line = line[:-1]
        if line[: self.indent].strip() == b"":
            line = line[self.indent :]
        if not self.body:
            if not line.strip():
                self.body = True
                self.wanted = max(self.wanted, 0)
                self.lines.append(b"")
                return True
            found = _LENGTH.fullmatch(line)
            if found:
                self.wanted = int(found[1])
        else:
            if self.wanted <= 0 and not _BODY_LINE.match(line):
                return False
            self.wanted -= len(line) + 2
        self.lines.append(line)
        self.octets += len(line) + 2
        return self.octets <= MAX_MESSAGE

    @property
    def complete(self) -> bool:
        return self.body and self.wanted <= 0

    def done(self) -> Pasted:
        raw = b"\r\n".join(self.lines) + b"\r\n"
        if not self.body:
            return Pasted(self.head, raw, "trace.unreadable.head_end")
        if raw.endswith(b"\r\n\r\n\r\n"):
            raw = raw[:-2]
        if self.wanted == -2:  # the body's last line had no end of its own
            raw = raw[:-2]
        return Pasted(self.head, raw, "trace.unreadable.incomplete" if self.wanted > 2 else "")


def messages(lines: Iterator[bytes]) -> Iterator[Pasted]:
    """Cut lines (without their ends) into messages, in the order of the text."""
    head = Head()
    current: _Message | None = None
    for long_line in lines:
        line = long_line[:MAX_LINE].rstrip(b"\r")
        stripped = line.lstrip(b" \t\xef\xbb\xbf")
        found = read_head(stripped) if stripped else None
        if found is not None:
            if current is not None:
                yield current.done()
                current = None
            head = head.following(found)
            continue
        text = stripped[:-1] if head.dots and stripped.endswith(b".") else stripped
        if START.match(text + b"\r\n"):
            if current is not None:
                yield current.done()
            current = _Message(head, len(line) - len(stripped), stripped)
            head = head.used()
            continue
        if current is None:
            continue
        if _RULE.fullmatch(line) or not current.take(line):
            yield current.done()
            current = None
    if current is not None:
        yield current.done()
