"""Text made fit to be shown to others: numbers, names, accounts and addresses get stable pseudonyms.

Addresses become addresses of the documentation ranges (RFC 5737, RFC 3849), so that a masked message is
still a message and a masked capture still a capture, with the same pseudonyms in both.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable

_FOUR = r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w.]*\w)"
_SIX = r"(?<![\w:.])(?:[0-9A-Fa-f]{0,4}:){2,7}(?:(?:\d{1,3}\.){3}\d{1,3}|[0-9A-Fa-f]{0,4})(?![\w:])"
_ADDRESS = re.compile(f"{_FOUR}|{_SIX}")
_NUMBER = re.compile(
    # Parameters that count or name a port are none.
    r"(?<![\w.:/-])(?<!rport=)(?<!expires=)(?<!nc=)\+?\d{5,15}(?=[@;>\"'\s&,)\]]|$)"
    r"|(?<=sip:)\+?\d{3,15}(?=[@;>:])|(?<=sips:)\+?\d{3,15}(?=[@;>:])"
    r"|(?<=tel:)\+?[\d.()-]{3,24}"
    # A telephone number of China, wherever it stands: in a Call-ID, in a parameter.
    r"|(?<!\w)(?:\+86|0086|86)?0?1[3-9]\d{9}(?!\d)|(?<!\w)0[1-9]\d{8,10}(?!\d)"
)
_COUNTED = re.compile(
    r"(?i)[abmort]=|cseq|content-length|max-forwards|(?:min-|session-)?expires|min-se|rseq|rack|timestamp|retry"
)
"""Beginnings of lines whose numbers count something: ports, versions, seconds."""
_USER = re.compile(
    r"(?<=sip:)(?!\+?\d*(?:number|user)\d+@)[^@\s<>\"]{1,100}(?=@)"
    r"|(?<=sips:)(?!\+?\d*(?:number|user)\d+@)[^@\s<>\"]{1,100}(?=@)"
    r"|(?<=username=\")(?!user\d+\")[^\"\r\n]{1,200}|(?m:(?<=^o=))(?!- |user\d)\S{1,100}(?= )"
)
_NAMED = r"(?!(?:host|instance)\d)(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,62})\.){1,8}[A-Za-z]{2,24}(?![\w.-])"
_HOST = re.compile(
    rf'(?i:(?<=@)|(?<=sip:)|(?<=sips:)|(?<=/UDP )|(?<=/TCP )|(?<=/TLS )|(?<=realm=")'
    rf"|(?<=IN IP4 )|(?<=IN IP6 )|(?<=maddr=)){_NAMED}(?!@)"
    rf"|\A{_NAMED}(?=:\d{{1,5}}\Z|\Z)"
)
"""Where a host stands in a message, or a whole value that is one."""
_INSTANCE = re.compile(r"(?<![\w-])\d{5,12}(?=\.tccc\.)")
_TOKEN = re.compile(r'(?i)(?:(?<=nonce=")|(?<=opaque="))(?!token\d+")[^"\r\n]{1,500}')
_NAME = re.compile(
    r"""(?x)
    (?: (?<=[:,]) | \A ) [ \t]{0,20}+ (?!"name\d+")
    (?: "(?:[^"\\\r\n]|\\.){1,200}" [ \t]{0,20} | [^<>:,;"=\s][^<>:,;"=\r\n]{0,199} ) (?=<(?:sips?|tel):)
    | (?im: (?<=^subject:) | (?<=^organization:) | (?<=^[isp]=) | (?<=^e=) )
      (?! [ \t]{0,20} (?:-|name\d+)? [ \t]{0,20} \r? (?m:$) ) [^\r\n]{1,300}
    """
)
"""A display name before an address, and lines of free text: subject, session name, whom to ask."""
_DEVICE = re.compile(r"(?i)(?<=urn:uuid:)[0-9a-f-]{32,40}")
_FOREIGN_PREFIX = re.compile(r"(?:\+0*|00)(?:860?)?|0")
_HOME = re.compile(r"(?<=/home/)[^/\s\"']{1,64}|(?<=/Users/)[^/\s\"']{1,64}|(?<=\\Users\\)[^\\\s\"']{1,64}")
_PUBLIC_HOSTS = ("tccc.qcloud.com", "pstn.avc.qcloud.com")
_KEPT = frozenset({"0.0.0.0", "127.0.0.1", "::", "::1"})  # noqa: S104  they name nobody: hold, and this machine
_RANGES = tuple(ipaddress.ip_network(one) for one in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24"))
_LEAST_SIGNIFICANT = 7
_LEAST_WITH_COUNTRY = 12
"""Digits of a number from which on a leading 86 is the country: 8675512345 could be a local one."""
MOST = 200_000
"""Values remembered; beyond, all of a kind share one label."""


class Masker:
    """Remembers what it replaced, so that the same value gets the same pseudonym everywhere."""

    def __init__(self) -> None:
        self._names: dict[tuple[str, str], str] = {}
        self._counts: dict[str, int] = {}

    def mask(self, text: str) -> str:
        """Replace what a person, a company or a machine can be known by; lines stay lines."""
        for pattern, replace in self._steps():
            text = pattern.sub(replace, text)
        return text

    def _steps(self) -> tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str]], ...]:
        return (
            (_INSTANCE, lambda found: self._label("instance", found[0])),
            (_TOKEN, lambda found: self._label("token", found[0])),
            (_NAME, self._display_name),
            (_DEVICE, lambda found: self._known("device", found[0].lower(), _device)),
            (_NUMBER, self._number),
            (_USER, lambda found: self._label("user", found[0])),
            (_HOST, self._host),
            (_ADDRESS, self._address),
            (_HOME, lambda found: self._label("user", found[0])),
        )

    def _label(self, kind: str, value: str) -> str:
        return self._known(kind, value, lambda count: f"{kind}{count}")

    def _known(self, kind: str, value: str, make: Callable[[int], str]) -> str:
        known = self._names.get((kind, value))
        if known is None:
            count = self._counts[kind] = self._counts.get(kind, 0) + 1
            known = make(count)
            if len(self._names) < MOST:
                self._names[kind, value] = known
        return known

    def _display_name(self, found: re.Match[str]) -> str:
        name = found[0].strip().strip('"')
        if not name:
            return found[0]
        label = self._label("name", name)
        before_address = found.string[found.end() : found.end() + 1] == "<"
        return f' "{label}" ' if before_address else label

    def _number(self, found: re.Match[str]) -> str:
        start = found.string.rfind("\n", max(0, found.start() - 200), found.start()) + 1
        asked = found.string[found.end() : found.end() + 1] == "@"
        if not asked and _COUNTED.match(found.string, start):
            return found[0]
        prefix, significant = _number_parts(found[0])
        return prefix + self._label("number", significant)

    def _host(self, found: re.Match[str]) -> str:
        host = found[0]
        if host.lower().endswith(_PUBLIC_HOSTS):
            return host
        return self._known("host", host.lower(), lambda count: f"host{count}.example")

    def _address(self, found: re.Match[str]) -> str:
        try:
            address = ipaddress.ip_address(found[0])
        except ValueError:
            return found[0]
        if str(address) in _KEPT:
            return found[0]
        if address.version == 6:
            return self._known("six", str(address), lambda count: f"2001:db8::{count:x}")
        return self._known("four", str(address), _four)


def _number_parts(number: str) -> tuple[str, str]:
    """Split a number into how it is written (+86, 0086, 0) and which one it is.

    The writing stays: whether "+86" or "0086" was sent is what people look for in a log.
    """
    digits = re.sub(r"[.()-]", "", number)
    found = _FOREIGN_PREFIX.match(digits)
    prefix = found[0] if found else ""
    if not prefix and digits.startswith("86") and len(digits) >= _LEAST_WITH_COUNTRY:
        prefix = "860" if digits.startswith("860") else "86"
    significant = digits[len(prefix) :]
    return (prefix, significant) if len(significant) >= _LEAST_SIGNIFICANT else ("", digits)


def _device(count: int) -> str:
    return f"00000000-0000-4000-8000-{count:012x}"


def _four(count: int) -> str:
    """The addresses 1 to 254 of the documentation ranges, then of the shared range 100.64.0.0/10."""
    block, place = divmod(count - 1, 254)
    if block < len(_RANGES):
        return str(_RANGES[block][place + 1])
    return str(ipaddress.IPv4Address("100.64.0.0") + (count - 762))
