"""The line above a pasted message: who sent it to whom, when, over what."""

from __future__ import annotations

import re
from typing import NamedTuple

from tccc_desk.trace.entry import Direction

_DATE = rb"(?P<date>[0-9]{4}[-/][0-9]{2}[-/][0-9]{2})"
_CLOCK = rb"(?P<clock>[0-9]{1,2}:[0-9]{2}:[0-9]{2}(?:[.,][0-9]{1,9})?)"
_ZONE = rb"(?P<zone>Z|[+-][0-9]{2}:?[0-9]{2})?"
_END = rb"\[?[0-9A-Fa-f:.]+\]?:[0-9]{1,5}"
_PROTO = rb"(?P<proto>[A-Za-z]{2,4})"

_HEADS = tuple(
    re.compile(pattern)
    for pattern in (
        # FreeSWITCH siptrace: what sofia's transport layer logs
        rb"(?:.*[ \t])?(?P<way>recv|send|sent) (?P<octets>[0-9]{1,7}) bytes (?:from|to) "
        + _PROTO
        + rb"/\[?(?P<peer>[0-9A-Fa-f:.]+)\]?:(?P<port>[0-9]{1,5})(?: at "
        + _CLOCK
        + rb")?.*",
        # sngrep's text, and ours, which adds zone and transport
        _DATE
        + rb"[ T]"
        + _CLOCK
        + _ZONE
        + rb" (?P<source>"
        + _END
        + rb") -> (?P<target>"
        + _END
        + rb")(?:[ \t]+"
        + _PROTO
        + rb")?",
        # ngrep -W byline -t
        rb"(?P<ngrep>[UT]) (?:"
        + _DATE
        + rb" "
        + _CLOCK
        + rb" )?(?P<source>"
        + _END
        + rb") -> (?P<target>"
        + _END
        + rb")(?: .*)?",
        # Asterisk's pjsip logger
        rb"<--- (?P<way>Received|Transmitting) SIP (?:request|response) \([0-9]+ bytes\) (?:from|to) "
        + _PROTO
        + rb":\[?(?P<peer>[0-9A-Fa-f:.]+)\]?:(?P<port>[0-9]{1,5}) --->",
    )
)
_MAYBE = (b" bytes ", b" -> ", b"<--- ")


class Head(NamedTuple):
    """What is known of the messages below a line."""

    direction: Direction | None = None
    transport: str = ""
    source: str = ""
    target: str = ""
    date: str = ""
    """"2026-11-24", "" where the text has none."""
    clock: str = ""
    zone: str = ""
    dots: bool = False
    """ngrep writes a carriage return as a dot."""

    def following(self, found: Head) -> Head:
        """Give the next line's head; a date once seen stays."""
        return found._replace(date=found.date or self.date)

    def used(self) -> Head:
        """Give what holds for a second message under the same line: nothing but the date and the ends."""
        return self


def read_head(line: bytes) -> Head | None:
    """Read a separator line, None where it is none."""
    if len(line) > 400 or not any(mark in line for mark in _MAYBE):
        return None
    for pattern in _HEADS:
        found = pattern.fullmatch(line)
        if found is not None:
            return _head(found.groupdict())
    return None


def _head(parts: dict[str, bytes | None]) -> Head:
    words = {name: (value or b"").decode("ascii", "replace") for name, value in parts.items()}
    direction: Direction | None = None
    source, target = words.get("source", ""), words.get("target", "")
    way = words.get("way", "")
    if way:
        host, port = words["peer"], words["port"]
        peer = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        direction = "received" if way in ("recv", "Received") else "sent"
        source, target = (peer, "") if direction == "received" else ("", peer)
    ngrep = words.get("ngrep", "")
    proto = {"U": "UDP", "T": "TCP"}.get(ngrep) or words.get("proto", "").upper()
    return Head(
        direction=direction,
        transport=proto if proto in ("UDP", "TCP", "TLS", "WS", "WSS") else "",
        source=source,
        target=target,
        date=words.get("date", "").replace("/", "-"),
        clock=words.get("clock", "").replace(",", "."),
        zone=words.get("zone", ""),
        dots=bool(ngrep),
    )
