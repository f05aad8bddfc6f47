"""Session descriptions as values: a bounded parser and a writer (RFC 8866).

Strict where a wrong reading would send sound to the wrong place (m=, c=, ports), tolerant
where the field is sloppy: bare LF line ends, no s= or t= line, unknown line types, blank lines.
"""

from __future__ import annotations

from dataclasses import dataclass, field

MAX_BYTES = 32768
MAX_LINES = 1024
MAX_MEDIA = 32
MAX_FORMATS = 64
_VISIBLE = frozenset(map(chr, range(0x21, 0x7F)))


class MalformedSdp(Exception):
    """The bytes are no session description we dare to read. `line` counts from 1, 0 for the whole."""

    def __init__(self, message: str, *, line: int = 0) -> None:
        super().__init__(f"line {line}: {message}" if line else message)
        self.line = line


@dataclass(frozen=True, slots=True)
class MediaDescription:
    """One m= line with what follows it."""

    media: str
    port: int
    protocol: str
    formats: tuple[str, ...]
    host: str = ""
    """The address of its c= line, else the session's; empty if neither is there."""
    attributes: tuple[tuple[str, str], ...] = ()
    """Name and value in order; a property attribute ("a=sendonly") has the value ""."""

    def attribute(self, name: str) -> str | None:
        """The first value of an attribute, None if it is not there."""
        return next((value for key, value in self.attributes if key == name), None)

    def values(self, name: str) -> tuple[str, ...]:
        return tuple(value for key, value in self.attributes if key == name)


@dataclass(frozen=True, slots=True)
class SessionDescription:
    origin: str = ""
    attributes: tuple[tuple[str, str], ...] = ()
    media: tuple[MediaDescription, ...] = ()


@dataclass(slots=True)
class _Open:
    """A media description while its lines are read."""

    media: str
    port: int
    protocol: str
    formats: tuple[str, ...]
    host: str
    attributes: list[tuple[str, str]] = field(default_factory=list)

    def close(self) -> MediaDescription:
        return MediaDescription(
            self.media, self.port, self.protocol, self.formats, self.host, tuple(self.attributes)
        )


def parse_description(data: bytes) -> SessionDescription:
    """Read a session description. Raises MalformedSdp and nothing else."""
    if len(data) > MAX_BYTES:
        raise MalformedSdp(f"longer than {MAX_BYTES} bytes")
    if b"\0" in data:
        raise MalformedSdp("a NUL byte")
    lines = data.decode("utf-8", "replace").split("\n")
    if len(lines) > MAX_LINES:
        raise MalformedSdp(f"more than {MAX_LINES} lines")
    origin = ""
    session_host = ""
    session_attributes: list[tuple[str, str]] = []
    media: list[_Open] = []
    versions = 0
    for number, raw in enumerate(lines, 1):
        line = raw.rstrip("\r \t")
        if not line:
            continue
        if line[1:2] != "=" or not (line[0].isascii() and line[0].isalpha()):
            raise MalformedSdp("not of the form <letter>=<value>", line=number)
        kind, value = line[0], line[2:]
        if not versions and kind != "v":
            raise MalformedSdp("does not begin with v=0", line=number)
        match kind:  # RFC 8866 section 5: unknown types are ignored; s=, t= and b= tell us nothing
            case "v":
                versions += 1
                if value.strip() != "0" or versions > 1:
                    raise MalformedSdp("a version other than 0, or a second one", line=number)
            case "o":
                origin = origin or value
            case "m":
                if len(media) == MAX_MEDIA:
                    raise MalformedSdp(f"more than {MAX_MEDIA} media descriptions", line=number)
                media.append(_media(value, session_host, number))
            case "c":
                host = _connection(value, number)
                if media:
                    media[-1].host = host
                else:
                    session_host = host
            case "a":
                name, _, text = value.partition(":")
                (media[-1].attributes if media else session_attributes).append(
                    (name.strip().lower(), text.strip())
                )
    if not versions:
        raise MalformedSdp("empty")
    return SessionDescription(origin, tuple(session_attributes), tuple(item.close() for item in media))


def _media(value: str, session_host: str, number: int) -> _Open:
    """RFC 8866 section 5.14: `<media> <port>[/<number of ports>] <proto> <fmt> ...`."""
    words = value.split()
    if len(words) < 4:
        raise MalformedSdp("an m= line without media, port, protocol and a format", line=number)
    if len(words) > 3 + MAX_FORMATS:
        raise MalformedSdp(f"more than {MAX_FORMATS} formats", line=number)
    if not all(_VISIBLE.issuperset(word) for word in words):
        raise MalformedSdp("characters that no m= line may hold", line=number)
    port = number_in(words[1].partition("/")[0], 65535)
    if port is None:
        raise MalformedSdp("a port that is no number up to 65535", line=number)
    return _Open(words[0].lower(), port, words[2].upper(), tuple(words[3:]), session_host)


def _connection(value: str, number: int) -> str:
    """RFC 8866 section 5.7: `IN IP4|IP6 <address>[/<ttl>[/<count>]]`, the suffix cut."""
    words = value.split()
    if len(words) != 3 or words[0].upper() != "IN" or words[1].upper() not in {"IP4", "IP6"}:
        raise MalformedSdp("a c= line that is not IN IP4 or IN IP6 with an address", line=number)
    host = words[2].partition("/")[0]
    if not host or len(host) > 255 or not _VISIBLE.issuperset(host):
        raise MalformedSdp("a c= line without a usable address", line=number)
    return host


def number_in(text: str, highest: int) -> int | None:
    """A plain decimal number from 0 to `highest`, else None. Never slow on long digit strings."""
    if not text.isascii() or not text.isdigit() or len(text) > 10:
        return None
    value = int(text)
    return value if value <= highest else None


def encode_description(origin: str, host: str, media: tuple[MediaDescription, ...]) -> bytes:
    """Write a session description with one session-level c= line."""
    family = "IP6" if ":" in host else "IP4"
    lines = ["v=0", f"o={origin} IN {family} {host}", "s=-", f"c=IN {family} {host}", "t=0 0"]
    for item in media:
        lines.append(f"m={item.media} {item.port} {item.protocol} {' '.join(item.formats)}")
        lines += [f"a={name}:{value}" if value else f"a={name}" for name, value in item.attributes]
    return "".join(f"{line}\r\n" for line in lines).encode("utf-8")
