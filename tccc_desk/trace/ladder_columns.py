"""Which machines stand in a ladder, from left to right."""

from __future__ import annotations

import ipaddress
from collections import Counter
from collections.abc import Iterable, Sequence

from tccc_desk.trace.entry import TraceEntry
from tccc_desk.trace.ladder_model import Column, Role

MAX_COLUMNS = 8
"""More do not fit a page; who comes later shares the last one."""
_MAX_ADDRESSES = 4
_US = "us"


def host_of(address: str) -> str:
    """The host of host:port, an IPv6 address without brackets; the text itself where no port follows."""
    host, colon, port = address.rpartition(":")
    if not colon or not port.isdigit() or (":" in host and not host.startswith("[")):
        host = address
    return host.removeprefix("[").removesuffix("]")


def ends(entry: TraceEntry) -> tuple[str, str]:
    """Address it came from and address it went to."""
    return (entry.remote, entry.local) if entry.direction == "received" else (entry.local, entry.remote)


class Columns:
    """Knows the column of every address; decided from all entries at once.

    In our own log every local address is us, whatever its port. In a capture each host is a column,
    in the order it first speaks; hosts that talk to themselves are told apart by port.
    """

    def __init__(self, entries: Sequence[TraceEntry], media: Iterable[str], *, capture: bool) -> None:
        self._capture = capture
        self._by_port = _self_talkers(entries) if capture else set()
        self._index: dict[str, int] = {}
        self._roles: list[Role] = []
        self._seen: list[Counter[str]] = []
        if not capture:
            self._add(_US, "us")
        for entry in entries:
            if entry.kind == "message":
                local = entry.local
                for address in ends(entry):
                    own = not capture and address == local
                    self._note(_US if own else self._key(address), "host" if capture else "server", address)
            elif not capture and entry.local:
                self._note(_US, "us", entry.local)
        for address in media:
            self._note(self._media_key(address), "media", address)
        self.columns = tuple(
            Column(role, tuple(address for address, _ in seen.most_common(_MAX_ADDRESSES)))
            for role, seen in zip(self._roles, self._seen, strict=True)
        )

    def of(self, address: str) -> int:
        """Column of a far end's (in a capture: anybody's) signalling address."""
        return self._index.get(self._key(address), 0)

    def of_media(self, address: str) -> int:
        """Column of an address sound goes to or comes from."""
        return self._index.get(self._media_key(address), 0)

    def _key(self, address: str) -> str:
        host = host_of(address)
        return address if (host in self._by_port or (not self._capture and _is_loopback(host))) else host

    def _media_key(self, address: str) -> str:
        """The host's own signalling column where it has one; ports of sound are never a column."""
        host = host_of(address)
        if host in self._index:
            return host
        return next((key for key in self._index if key != _US and host_of(key) == host), host)

    def _note(self, key: str, role: Role, address: str) -> None:
        if key not in self._index:
            self._add(key, role)
        if address:
            seen = self._seen[self._index[key]]
            if address in seen or len(seen) < 64:
                seen[address] += 1

    def _add(self, key: str, role: Role) -> None:
        if len(self._roles) < MAX_COLUMNS:
            self._index[key] = len(self._roles)
            self._roles.append(role)
            self._seen.append(Counter())
        else:
            self._roles[-1] = "others"
            self._index[key] = len(self._roles) - 1


def _self_talkers(entries: Iterable[TraceEntry]) -> set[str]:
    return {
        host_of(entry.local)
        for entry in entries
        if entry.kind == "message" and host_of(entry.local) == host_of(entry.remote)
    }


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
