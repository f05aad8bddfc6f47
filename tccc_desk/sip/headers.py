"""The header fields of one message: an immutable, ordered list with case-insensitive names."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, TypeVar, cast

from tccc_desk.sip.grammar import split_commas

T = TypeVar("T")

COMPACT = {
    "a": "Accept-Contact",
    "b": "Referred-By",
    "c": "Content-Type",
    "d": "Request-Disposition",
    "e": "Content-Encoding",
    "f": "From",
    "i": "Call-ID",
    "j": "Reject-Contact",
    "k": "Supported",
    "l": "Content-Length",
    "m": "Contact",
    "n": "Identity-Info",
    "o": "Event",
    "r": "Refer-To",
    "s": "Subject",
    "t": "To",
    "u": "Allow-Events",
    "v": "Via",
    "x": "Session-Expires",
    "y": "Identity",
}
"""Compact forms of the IANA registry (RFC 3261 7.3.3 and the extensions)."""

_KNOWN = (
    *("Accept", "Accept-Encoding", "Accept-Language", "Alert-Info", "Allow", "Authentication-Info"),
    *("Authorization", "Call-Info", "Content-Disposition", "Content-Language", "CSeq", "Date"),
    *("Diversion", "Error-Info", "Expires", "Flow-Timer", "Geolocation", "History-Info", "In-Reply-To"),
    *("Join", "Max-Forwards", "MIME-Version", "Min-Expires", "Min-SE", "Organization"),
    *("P-Asserted-Identity", "P-Called-Party-ID", "P-Charging-Vector", "P-Early-Media"),
    *("P-Preferred-Identity", "Path", "Priority", "Privacy", "Proxy-Authenticate"),
    *("Proxy-Authentication-Info", "Proxy-Authorization", "Proxy-Require", "RAck", "Reason"),
    *("Record-Route", "Remote-Party-ID", "Replaces", "Reply-To", "Require", "Retry-After", "Route"),
    *("RSeq", "Security-Client", "Security-Server", "Security-Verify", "Server", "Service-Route"),
    *("Session-ID", "SIP-ETag", "SIP-If-Match", "Subscription-State", "Target-Dialog", "Timestamp"),
    *("Unsupported", "User-Agent", "User-to-User", "Warning", "WWW-Authenticate"),
)

CANONICAL = {name.lower(): name for name in (*_KNOWN, *COMPACT.values())} | COMPACT

SPELLED = {
    spelling: (name, name.lower())
    for written, name in CANONICAL.items()
    for spelling in (written, written.upper(), name)
}
"""Canonical name and key of the usual spellings, all of them tokens."""


def canonical(name: str) -> str:
    """Known names in the case of the RFCs, compact forms written out, unknown names as they are."""
    return CANONICAL.get(name.lower(), name)


def spelled(name: str) -> tuple[str, str]:
    """Canonical name, and the key that all spellings of it share."""
    known = SPELLED.get(name)
    if known is None:
        written = canonical(name)
        known = (written, written.lower())
    return known


class Headers:
    """Immutable header fields in wire order; names canonical, values without the folding.

    Text is UTF-8 decoded with surrogateescape, so octets that are no UTF-8 come back unchanged.
    The changing methods return a new object.
    """

    __slots__ = ("_items", "_keys", "_read")

    def __init__(self, items: Iterable[tuple[str, str]] = (), keys: Sequence[str] = ()) -> None:
        """`keys` comes with items whose names are canonical already: what `spelled` says of each."""
        if keys:
            self._items = tuple(items)
            self._keys = tuple(keys)
        else:
            named = [(*spelled(name), value) for name, value in items]
            self._items = tuple((name, value) for name, _, value in named)
            self._keys = tuple(key for _, key, _ in named)
        self._read: dict[object, Any] = {}

    @property
    def keys(self) -> tuple[str, ...]:
        """The names in lower case, one a line."""
        return self._keys

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and spelled(name)[1] in self._keys

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Headers):
            return NotImplemented
        return self._keys == other._keys and [v for _, v in self] == [v for _, v in other]

    def __hash__(self) -> int:
        return hash((self._keys, tuple(value for _, value in self._items)))

    def __repr__(self) -> str:
        return f"Headers({list(self._items)!r})"

    def read(self, name: str, reader: Callable[[str], T]) -> T:
        """First line of that name ("" without one) as `reader` reads it, which is asked only once."""
        known = self._read.get((name, reader))
        if known is None:
            known = self._read[name, reader] = reader(self.get(name))
        return cast("T", known)

    def get(self, name: str, default: str = "") -> str:
        """Value of the first line of that name."""
        key = spelled(name)[1]
        return self._items[self._keys.index(key)][1] if key in self._keys else default

    def all(self, name: str) -> tuple[str, ...]:
        """Values of that name, one a header line, in order."""
        key = spelled(name)[1]
        if key not in self._keys:
            return ()
        return tuple(item[1] for item, own in zip(self._items, self._keys, strict=True) if own == key)

    def split(self, name: str) -> tuple[str, ...]:
        """Values of that name over all lines, cut at commas outside quotes and <>; no empty ones.

        Not for credentials and challenges, whose parameters are separated by commas too.
        """
        return tuple(part for line in self.all(name) for part in split_commas(line) if part)

    def add(self, name: str, value: str) -> Headers:
        written, key = spelled(name)
        return Headers((*self._items, (written, value)), (*self._keys, key))

    def push(self, name: str, value: str) -> Headers:
        """Put a line before the first of that name, or at the top."""
        written, key = spelled(name)
        at = self._keys.index(key) if key in self._keys else 0
        items = (*self._items[:at], (written, value), *self._items[at:])
        return Headers(items, (*self._keys[:at], key, *self._keys[at:]))

    def set(self, name: str, value: str) -> Headers:
        """Replace all lines of that name by one in the place of the first, or append it."""
        written, key = spelled(name)
        if key not in self._keys:
            return self.add(name, value)
        at = self._keys.index(key)
        if key not in self._keys[at + 1 :]:
            return Headers((*self._items[:at], (written, value), *self._items[at + 1 :]), self._keys)
        rest = [item for item, own in zip(self._items[at:], self._keys[at:], strict=True) if own != key]
        return Headers((*self._items[:at], (name, value), *rest))

    def without(self, name: str) -> Headers:
        key = spelled(name)[1]
        return Headers(item for item, own in zip(self._items, self._keys, strict=True) if own != key)
