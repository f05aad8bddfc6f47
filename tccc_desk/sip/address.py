"""A name and a URI with header parameters: From, To, Contact, Route (RFC 3261 20.10, 25.1)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tccc_desk.sip import grammar
from tccc_desk.sip.errors import refuse
from tccc_desk.sip.grammar import Parameters
from tccc_desk.sip.uri import Uri

_SECTION = "RFC 3261 25.1"
_COMMON = re.compile(
    rf"<{grammar.COMMON_URI}>(?:;([A-Za-z0-9\-.!%*_+`'~]++)(?:=([A-Za-z0-9\-.!%*_+`'~:]++))?+)?+"
)
_DISPLAY = re.compile(r"(?:[A-Za-z0-9\-.!%*_+`'~]|[^\x00-\x7f]|[ \t])*+")
_SPACES = re.compile(r"[ \t]++")
_TOKENS = re.compile(r"[A-Za-z0-9\-.!%*_+`'~]++(?: [A-Za-z0-9\-.!%*_+`'~]++)*+")


@dataclass(frozen=True, slots=True)
class Address:
    """One value of an address header.

    `display` is the name without quotes and escapes. `parameters` belong to the header;
    those of the URI are in `uri`.
    """

    display: str
    uri: Uri
    parameters: Parameters = ()

    @classmethod
    def parse(cls, text: str) -> Address:
        """Read name-addr or addr-spec with parameters; RemoteProtocolError otherwise.

        Without angle brackets every ";" starts a header parameter, and the URI may hold
        neither comma nor question mark (RFC 3261 20).
        """
        common = _COMMON.fullmatch(text) if len(text) <= grammar.COMMON_LIMIT else None
        if common is None:
            return cls._parse(text.strip(" \t"))
        name, value = common.group(7, 8)
        return cls("", Uri.common(common), ((name, value),) if name else ())

    @classmethod
    def check(cls, text: str) -> None:
        """Raise what `parse` would, make nothing."""
        if len(text) > grammar.COMMON_LIMIT or _COMMON.fullmatch(text) is None:
            cls._parse(text.strip(" \t"))

    @classmethod
    def _parse(cls, text: str) -> Address:
        display, opening = "", text.find("<")
        if text.startswith('"'):
            quoted = grammar.QUOTED.match(text)
            if quoted is None:
                raise refuse("quoted string without an end", text, section=_SECTION)
            display = grammar.without_controls(grammar.unquote(quoted[0]))
            rest = text[quoted.end() :].lstrip(" \t")
            if not rest.startswith("<"):
                raise refuse("display name without <address>", text, section=_SECTION)
            opening = len(text) - len(rest)
        elif opening < 0 or ":" in text[:opening]:
            return cls._bare(text)
        elif opening > 0:
            if _DISPLAY.fullmatch(text, 0, opening) is None:
                raise refuse("display name needs quotes", text, section=_SECTION)
            display = " ".join(_SPACES.split(text[:opening].strip(" \t")))
        closing = text.find(">", opening)
        if closing < 0:
            raise refuse("address without >", text, section=_SECTION)
        uri = Uri.parse(text[opening + 1 : closing])
        return cls(display, uri, grammar.parameters(text[closing + 1 :], _SECTION))

    @classmethod
    def _bare(cls, text: str) -> Address:
        spec, semicolon, tail = text.partition(";")
        uri = Uri.parse(spec.rstrip(" \t"))
        if uri.headers or "," in spec or "?" in spec:
            raise refuse("a URI with , or ? needs angle brackets", text, section="RFC 3261 20")
        return cls("", uri, grammar.parameters(semicolon + tail, _SECTION))

    def __str__(self) -> str:
        """Write with angle brackets always; the display name quoted unless it is plain words."""
        tail = f"<{self.uri}>{grammar.write_parameters(self.parameters)}"
        if not self.display:
            return tail
        if _TOKENS.fullmatch(self.display):
            return f"{self.display} {tail}"
        return f"{grammar.quote(self.display)} {tail}"

    def parameter(self, name: str) -> str | None:
        """Value without quotes, "" when the parameter has none, None when it is absent."""
        return grammar.find_parameter(self.parameters, name)

    @property
    def tag(self) -> str:
        """The tag, or "" without one."""
        return self.parameter("tag") or ""

    def with_tag(self, tag: str) -> Address:
        """Copy with this tag in place of any other; "" removes it."""
        kept = tuple(item for item in self.parameters if item[0].lower() != "tag")
        return Address(self.display, self.uri, (*kept, ("tag", tag)) if tag else kept)
