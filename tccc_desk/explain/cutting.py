"""A message cut into the lines that can be explained, however broken it is."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from tccc_desk.explain.model import LineKind
from tccc_desk.sip.headers import spelled

MAX_OCTETS = 65_536
MAX_LINES = 600
MAX_LENGTH = 4096
"""Characters of one line that are looked at."""

_HEADER = re.compile(r"([!-9;-~]{1,80})[ \t]*:")
_SDP_LINE = re.compile(r"[A-Za-z]=")
_SDP_TYPE = re.compile(r"(?i)\Aapplication/sdp\b")


@dataclass(frozen=True, slots=True)
class Line:
    number: int
    kind: LineKind
    name: str
    """Of a header, canonical; of an SDP line its letter; else empty."""
    value: str


@dataclass(frozen=True, slots=True)
class Cut:
    """The lines of a message, in order."""

    start: str = ""
    lines: tuple[Line, ...] = ()
    headers: dict[str, list[str]] = field(default_factory=dict)
    """Values by lower-case canonical name, one a header line."""
    body: bytes = b""

    def first(self, name: str) -> str:
        """Value of the first header of that lower-case name, "" without one."""
        values = self.headers.get(name)
        return values[0] if values else ""


def cut(raw: bytes) -> Cut:
    """Cut a message, bounded: what lies behind `MAX_OCTETS` or `MAX_LINES` is left out. Never raises."""
    octets = raw[:MAX_OCTETS]
    physical = octets.split(b"\n")
    begin = next((at for at, line in enumerate(physical) if line.strip(b"\r")), 0)
    end = next((at for at in range(begin, len(physical)) if not physical[at].strip(b"\r")), len(physical))
    body = b"\n".join(physical[end + 1 :])
    made: list[Line] = []
    headers: dict[str, list[str]] = {}
    start = _text(physical[begin]) if physical else ""
    if start:
        made.append(Line(begin, "start", "", start))
    for number, name, value in _fields(physical, begin + 1, min(end, MAX_LINES)):
        kind: LineKind = "header" if name else "other"
        made.append(Line(number, kind, name, value))
        if name:
            headers.setdefault(name.lower(), []).append(value)
    found = Cut(start, (), headers, body)
    made.extend(_body_lines(physical, end + 1, found))
    return Cut(start, tuple(made), headers, body)


def _fields(physical: list[bytes], begin: int, end: int) -> list[tuple[int, str, str]]:
    fields: list[tuple[int, str, str]] = []
    for number in range(begin, end):
        line = _text(physical[number])
        if line[:1] in (" ", "\t") and fields:
            first, name, value = fields[-1]
            fields[-1] = (first, name, f"{value} {line.strip()}"[:MAX_LENGTH].strip())
            continue
        found = _HEADER.match(line)
        if found is None:
            fields.append((number, "", line))
        else:
            fields.append((number, spelled(found[1])[0], line[found.end() :].strip(" \t")))
    return fields


def _body_lines(physical: list[bytes], begin: int, found: Cut) -> list[Line]:
    sdp = _SDP_TYPE.match(found.first("content-type")) is not None or (
        not found.first("content-type") and found.body.startswith(b"v=")
    )
    made: list[Line] = []
    for number in range(begin, min(len(physical), begin + MAX_LINES)):
        line = _text(physical[number])
        if not line.strip():
            continue
        if sdp and _SDP_LINE.match(line):
            made.append(Line(number, "sdp", line[0], line[2:].strip()))
        else:
            made.append(Line(number, "other", "sdp" if sdp else "body", line))
    return made


def _text(octets: bytes) -> str:
    return octets[:MAX_LENGTH].rstrip(b"\r").decode("utf-8", "replace")
