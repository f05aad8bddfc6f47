"""A message cut into the lines that are shown: what each is, and octets that are no text in hex."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from tccc_desk.ui.inert import inert_lines

LineKind = Literal["start", "header", "blank", "sdp", "body", "hex", "note"]

MAX_OCTETS = 256 * 1024
"""Of a message shown. A longer one is cut, and that is said."""
_HEADER = re.compile(r"([!-9;-~]{1,80})[ \t]*:")
_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_SDP = re.compile(rb"v=0\r?\n")
HEX_WIDTH = 16


@dataclass(frozen=True, slots=True)
class ShownLine:
    """One line of the view."""

    text: str
    kind: LineKind
    number: int
    """Line of the message it is of, counted from 0; -1 for what is ours."""
    name: int = 0
    """Characters of the header's name."""


@dataclass(frozen=True, slots=True)
class MessageText:
    """What is shown of a message."""

    lines: tuple[ShownLine, ...]
    cut: int = 0
    """Octets left out at the end."""

    @property
    def text(self) -> str:
        """The whole view."""
        return "\n".join(line.text for line in self.lines)


def message_text(raw: bytes) -> MessageText:
    """Cut a message into lines. Line ends may be CRLF or LF alone; continuation lines stay lines."""
    shown, cut = raw[:MAX_OCTETS], max(0, len(raw) - MAX_OCTETS)
    if not _is_text(shown.partition(b"\n")[0]):
        return MessageText(tuple(_hex(shown, 0)), cut)
    head, blank, body = _split(shown)
    lines: list[ShownLine] = []
    for number, line in enumerate(_lines(head)):
        if not number:
            lines.append(ShownLine(line, "start", number))
            continue
        found = _HEADER.match(line)
        name = found.end(1) if found else 0
        lines.append(ShownLine(line, "header", number, name))
    if blank:
        lines.append(ShownLine("", "blank", -1))
    if body:
        number = len(lines)
        if _is_text(body):
            kind: LineKind = "sdp" if _SDP.match(body) else "body"
            lines += [ShownLine(line, kind, number + at, 1) for at, line in enumerate(_lines(body))]
        else:
            lines += _hex(body, number)
    return MessageText(tuple(lines), cut)


def _split(raw: bytes) -> tuple[bytes, bool, bytes]:
    found = re.search(rb"\r?\n\r?\n", raw)
    if found is None:
        return raw, False, b""
    return raw[: found.start()], True, raw[found.end() :]


def _lines(octets: bytes) -> list[str]:
    words = inert_lines(octets.decode("utf-8", "backslashreplace"))
    return words.removesuffix("\n").split("\n")


def _is_text(octets: bytes) -> bool:
    if _CONTROL.search(octets):
        return False
    try:
        octets.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _hex(octets: bytes, number: int) -> list[ShownLine]:
    made = []
    for at in range(0, len(octets), HEX_WIDTH):
        row = octets[at : at + HEX_WIDTH]
        plain = "".join(chr(one) if 32 <= one < 127 else "." for one in row)
        made.append(ShownLine(f"{at:06x}  {row.hex(' '):<{3 * HEX_WIDTH - 1}}  {plain}", "hex", number))
    return made
