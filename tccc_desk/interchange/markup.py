"""XML of others, read without trust: no document type, no entities, bounded in depth and number.

Where it is pasted from a web page, prose stands around it and quotation marks are typographic ones;
what had to be mended is told.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from xml.parsers import expat

from tccc_desk.interchange.found import Refused

MAX_DEPTH = 16
MAX_ELEMENTS = 5_000
MAX_VALUE = 4_096

_OUTER = "include|document|configuration|profiles|profile|gateways|gateway"
_OPENS = re.compile(rf"<(?P<tag>{_OUTER})\b[^<>]*>")
_LOOSE = re.compile(r"<param\b[^<>]{0,8192}>")
_DECLARED = re.compile(r"<!(?:DOCTYPE|ENTITY|ELEMENT|ATTLIST|NOTATION)", re.IGNORECASE)
_TYPOGRAPHIC = str.maketrans(
    {"“": '"', "”": '"', "„": '"', "″": '"', "＂": '"', "‘": "'", "’": "'", "＝": "=", "＜": "<", "＞": ">"}
    | {"／": "/", "\u00a0": " ", "\u3000": " ", "\u200b": None, "\ufeff": None}
)


@dataclass(slots=True)
class Element:
    """One element with what stands below it."""

    tag: str
    attributes: Mapping[str, str]
    line: int
    children: list[Element] = field(default_factory=list)

    def walk(self, tag: str) -> list[Element]:
        """Give every element of this name below, in document order."""
        found: list[Element] = []
        waiting = [self]
        while waiting:
            element = waiting.pop()
            if element.tag == tag and element is not self:
                found.append(element)
            waiting.extend(reversed(element.children))
        return found


@dataclass(frozen=True, slots=True)
class Markup:
    """The XML found in a text."""

    root: Element
    comments: tuple[str, ...]
    outside: str
    """The text around it: scripts and prose."""
    mended: bool
    """Typographic marks had to be replaced before it could be read."""


def read_markup(text: str) -> Markup:
    """Find and read the XML in `text`. Raises Refused, naming the line of `text`."""
    if _DECLARED.search(text) or _DECLARED.search(text.translate(_TYPOGRAPHIC)):
        raise Refused("lint.refused.doctype")
    try:
        return _read(text, mended=False)
    except Refused:
        cleaned = text.translate(_TYPOGRAPHIC)
        if cleaned == text:
            raise
        return _read(cleaned, mended=True)


def _read(text: str, *, mended: bool) -> Markup:
    root, comments = Element("#text", {}, 0), list[str]()
    outside, end, count = [], 0, 0
    for begin, after in _blocks(text):
        outside.append(text[end:begin])
        end = after
        reader = _Reader(first_line=text.count("\n", 0, begin) + 1, elements_before=count)
        reader.read(text[begin:after])
        root.children.append(reader.root())
        comments += reader.comments
        count = reader.count
    if not root.children:
        gateway = Element("gateway", {}, 0)
        for found in _LOOSE.finditer(text):
            markup = found.group()
            # A fragment copied without its end: `<param ...>` of old examples.
            closed = markup if markup.endswith("/>") else markup[:-1] + "/>"
            reader = _Reader(first_line=text.count("\n", 0, found.start()) + 1, elements_before=count)
            reader.read(closed)
            gateway.children.append(reader.root())
            count = reader.count
        if not gateway.children:
            raise Refused("lint.refused.nothing")
        root.children.append(gateway)
    outside.append(text[end:])
    return Markup(root, tuple(comments), "\n".join(outside), mended)


def _blocks(text: str) -> Iterator[tuple[int, int]]:
    """Give begin and end of each outermost piece; text that never closes one costs one look, not many."""
    position, endless = 0, set[str]()
    while opened := _OPENS.search(text, position):
        tag = opened["tag"]
        position = opened.end()
        if opened.group().endswith("/>"):
            yield opened.start(), opened.end()
            continue
        closed = None if tag in endless else re.compile(rf"</{tag}\s*>").search(text, opened.end())
        if closed is None:
            endless.add(tag)
            continue
        yield opened.start(), closed.end()
        position = closed.end()


class _Reader:
    """One well-formed piece."""

    def __init__(self, *, first_line: int, elements_before: int) -> None:
        self._parser = expat.ParserCreate()
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CommentHandler = self._comment
        self._parser.StartDoctypeDeclHandler = self._doctype
        self._parser.EntityDeclHandler = self._doctype
        self._first_line = first_line
        self._stack: list[Element] = []
        self._top: Element | None = None
        self.comments: list[str] = []
        self.count = elements_before

    def read(self, text: str) -> None:
        try:
            self._parser.Parse(text, True)
        except expat.ExpatError as error:
            line = self._first_line + error.lineno - 1
            raise Refused("lint.refused.malformed", line=str(line)) from error
        except UnicodeEncodeError as error:  # half a surrogate pair
            raise Refused("lint.refused.encoding") from error

    def root(self) -> Element:
        if self._top is None:
            raise Refused("lint.refused.nothing")
        return self._top

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        self.count += 1
        if self.count > MAX_ELEMENTS:
            raise Refused("lint.refused.many", limit=str(MAX_ELEMENTS))
        if len(self._stack) >= MAX_DEPTH:
            raise Refused("lint.refused.deep", limit=str(MAX_DEPTH))
        if any(len(value) > MAX_VALUE for value in attributes.values()):
            raise Refused("lint.refused.long", limit=str(MAX_VALUE))
        element = Element(tag, attributes, self._first_line + self._parser.CurrentLineNumber - 1)
        if self._stack:
            self._stack[-1].children.append(element)
        else:
            self._top = element
        self._stack.append(element)

    def _end(self, _tag: str) -> None:
        self._stack.pop()

    def _comment(self, text: str) -> None:
        if len(text) <= MAX_VALUE:
            self.comments.append(text.strip())

    def _doctype(self, *_: object) -> None:
        raise Refused("lint.refused.doctype")
