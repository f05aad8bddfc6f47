"""Addresses for packets: what the log knows, and stand-ins where it knows none."""

from __future__ import annotations

import ipaddress

from tccc_desk.trace.export.frames import End

_NETWORK = int(ipaddress.IPv4Address("192.0.2.0"))
_SIX = bytes.fromhex("20010db8000000000000")
STAND_INS = 250


class Places:
    """Gives each end of a hop an IP address and port; the same name always the same."""

    def __init__(self) -> None:
        self._names: dict[str, bytes] = {}
        self.invented = 0
        """Ends that had no IP address in the log."""

    def pair(self, source: str, destination: str) -> tuple[End, End]:
        """Read two "host:port". Both come in one family, since one packet carries both."""
        one, other = self._end(source, "?source"), self._end(destination, "?destination")
        if len(one[0]) != len(other[0]):
            one, other = _six(one), _six(other)
        return one, other

    def _end(self, text: str, unknown: str) -> End:
        host, colon, port = text.rpartition(":")
        if not colon or not port.isdecimal():
            host, port = text, "5060"
        number = int(port) if 0 < int(port[:6]) < 65536 else 5060
        host = host.strip("[]").partition("%")[0]
        try:
            return ipaddress.ip_address(host).packed, number
        except ValueError:
            return self._stand_in(host or unknown), number

    def _stand_in(self, name: str) -> bytes:
        known = self._names.get(name)
        if known is None:
            self.invented += 1
            number = len(self._names) % STAND_INS + 1
            known = (_NETWORK + number).to_bytes(4, "big")
            if len(self._names) < 10_000:
                self._names[name] = known
        return known


def _six(end: End) -> End:
    return (_SIX + b"\xff\xff" + end[0], end[1]) if len(end[0]) == 4 else end
