"""One Via value: where a request came through and where its response goes (RFC 3261 20.42, RFC 3581)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tccc_desk.sip import grammar
from tccc_desk.sip.errors import refuse
from tccc_desk.sip.grammar import Parameters

_SECTION = "RFC 3261 20.42"
_PROTOCOL = re.compile(
    r"SIP[ \t]*+/[ \t]*+2\.0[ \t]*+/[ \t]*+([A-Za-z0-9\-.!%*_+`'~]++)[ \t]++([^;]++)", re.IGNORECASE
)

_RPORT = rf";rport(?:={grammar.COMMON_PORT})?+"
_RECEIVED = rf";received={grammar.COMMON_HOST}"
# rport and received in any order round the branch, each once.
_COMMON = re.compile(
    rf"SIP/2\.0/([A-Z]++) ({grammar.COMMON_HOST})(?::({grammar.COMMON_PORT}))?"
    rf"({_RPORT})?({_RECEIVED})?;branch=[A-Za-z0-9\-.!%*_+`'~]++"
    rf"(?(5)|({_RECEIVED})?)(?(4)|(?:{_RPORT})?)(?(5)|(?(6)|(?:{_RECEIVED})?))"
)

BRANCH_COOKIE = "z9hG4bK"
"""Begins the branch of every RFC 3261 transaction (8.1.1.7)."""


@dataclass(frozen=True, slots=True)
class Via:
    """`transport` in upper case ("UDP"), `host` without brackets, `port` None when not written."""

    transport: str
    host: str
    port: int | None = None
    parameters: Parameters = ()

    @classmethod
    def parse(cls, text: str) -> Via:
        """Read one Via value; RemoteProtocolError otherwise, also on an rport that is no port."""
        common = _COMMON.fullmatch(text) if len(text) <= grammar.COMMON_LIMIT else None
        if common is None:
            return cls._parse(text)
        transport, host, port = common.group(1, 2, 3)
        pairs = [part.partition("=") for part in text.split(";")[1:]]
        parameters = tuple([(name, value if equals else None) for name, equals, value in pairs])
        return cls(transport, host, int(port) if port else None, parameters)

    @classmethod
    def check(cls, text: str) -> None:
        """Raise what `parse` would, make nothing."""
        if len(text) > grammar.COMMON_LIMIT or _COMMON.fullmatch(text) is None:
            cls._parse(text)

    @classmethod
    def _parse(cls, text: str) -> Via:
        match = _PROTOCOL.match(text)
        if match is None:
            raise refuse("malformed Via", text, section=_SECTION)
        host, port = grammar.host_port(match[2].rstrip(" \t"), _SECTION, spaced=True)
        via = cls(match[1].upper(), host, port, grammar.parameters(text[match.end() :], _SECTION))
        rport = grammar.find_parameter(via.parameters, "rport")
        if rport:
            grammar.number(rport, "rport", 0, 65535, "RFC 3581 3")
        return via

    def __str__(self) -> str:
        address = grammar.write_host(self.host, self.port)
        return f"SIP/2.0/{self.transport} {address}{grammar.write_parameters(self.parameters)}"

    def parameter(self, name: str) -> str | None:
        """Value without quotes, "" when the parameter has none, None when it is absent."""
        return grammar.find_parameter(self.parameters, name)

    def with_parameter(self, name: str, value: str | None) -> Via:
        """Copy with the parameter set, in its old place or at the end; None leaves it without a value."""
        names = [written.lower() for written, _ in self.parameters]
        at = names.index(name.lower()) if name.lower() in names else len(names)
        items = (*self.parameters[:at], (name, value), *self.parameters[at + 1 :])
        return Via(self.transport, self.host, self.port, items)

    @property
    def branch(self) -> str:
        return self.parameter("branch") or ""

    @property
    def received(self) -> str:
        """Source address seen by the next hop, without brackets (RFC 5118 4.5); "" without one."""
        return (self.parameter("received") or "").removeprefix("[").removesuffix("]")

    @property
    def rport(self) -> int | None:
        """Source port seen by the next hop; None when absent or only asked for."""
        value = self.parameter("rport")
        return int(value) if value else None

    @property
    def wants_rport(self) -> bool:
        """Tell whether the sender asked for its source port (RFC 3581 3)."""
        return self.parameter("rport") is not None
