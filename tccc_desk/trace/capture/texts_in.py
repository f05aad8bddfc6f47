"""A pasted text turned into entries of the log: times and addresses completed as far as it tells them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import chain, islice

from tccc_desk.trace.capture.addresses import PROVIDER_PORTS
from tccc_desk.trace.capture.dissected import dissected, is_dissected
from tccc_desk.trace.capture.findings import Findings
from tccc_desk.trace.capture.heads import Head
from tccc_desk.trace.capture.pasted import MAX_LINE, MAX_TEXT, Pasted, messages
from tccc_desk.trace.capture.problem import CaptureProblem
from tccc_desk.trace.capture.rows import Hop, Rows
from tccc_desk.trace.capture.source import Source
from tccc_desk.trace.entry import Direction, TraceEntry

_LOOK = 1 << 16
_STEP = 500
_VIA = re.compile(
    rb"(?im)^(?:via|v)[ \t]*:[ \t]*SIP[ \t]*/[ \t]*2\.0[ \t]*/[ \t]*([A-Za-z]+)[ \t]+([^;,\s]{1,255})"
)


class TextReader:
    """Reads one text. `now` dates clocks without a day and texts without any clock."""

    def __init__(self, source: Source, now: float, zone: tzinfo | None = None) -> None:
        self._source = source
        self._clock = _Clock(now, zone)
        self._rows = Rows()
        self._ours = ""

    def batches(self) -> Iterator[list[TraceEntry]]:
        """Give entries in the order of the text, in batches. Raises CaptureProblem where none is found."""
        start = self._source.peek(_LOOK)
        encoding = _encoding(start)
        if start.count(b"\0") > len(start) // 50 and not encoding:
            raise CaptureProblem("trace.capture.unknown_format")
        lines = _lines(self._source, encoding)
        if encoding:
            first = list(islice(lines, 400))
            start, lines = b"\n".join(first), chain(first, lines)
        found = dissected(lines) if is_dissected(start) else messages(lines)
        for count, message in enumerate(found, 1):
            self._add(message)
            if not count % _STEP:
                yield self._rows.drain()
        if not self._rows.messages:
            raise CaptureProblem("trace.capture.no_sip_in_text")
        yield self._rows.drain()

    def findings(self) -> Findings:
        """Tell what was read."""
        notes = {
            "trace.capture.note.no_times": int(self._clock.invented),
            "trace.capture.note.no_dates": int(self._clock.undated),
        }
        return Findings(
            messages=self._rows.messages,
            unreadable=self._rows.unreadable,
            notes={id: count for id, count in notes.items() if count},
        )

    def _add(self, message: Pasted) -> None:
        head = message.head
        via = _VIA.search(message.raw)
        transport = head.transport or (via[1].decode("ascii", "replace").upper() if via else "")
        direction = head.direction or self._guess(head, message.raw)
        local, remote = head.source, head.target
        if direction == "received":
            local, remote = remote, local
        if not local and head.direction:
            local = self._own(direction, message.raw, via)
        at = self._clock.read(head)
        self._rows.add(at, Hop(direction, transport, local, remote), message.raw, message.fault)

    def _own(self, direction: Direction, raw: bytes, via: re.Match[bytes] | None) -> str:
        """Our own address, which siptrace leaves out: what our requests wrote into their Via."""
        if direction == "sent" and via is not None and not raw.startswith(b"SIP/"):
            self._ours = via[2].decode("ascii", "replace")
        return self._ours

    def _guess(self, head: Head, raw: bytes) -> Direction:
        """Say who is "us" where the text does not: not the provider, and else who asks."""
        ports = [end.rpartition(":")[2] for end in (head.source, head.target)]
        provider = [port.isdigit() and int(port) in PROVIDER_PORTS for port in ports]
        if provider[0] != provider[1]:
            return "received" if provider[0] else "sent"
        if not self._ours and head.source:
            self._ours = head.target if raw.startswith(b"SIP/") else head.source
        if head.source:
            return "sent" if head.source == self._ours else "received"
        return "received" if raw.startswith(b"SIP/") else "sent"


class _Clock:
    """Turns what a text says of time into seconds since the epoch, never backwards over midnight."""

    def __init__(self, now: float, zone: tzinfo | None) -> None:
        local = datetime.fromtimestamp(now, UTC).astimezone(zone)
        self._zone = local.tzinfo
        self._day = local.date()
        self._last = 0.0
        self._now = now
        self.invented = False
        self.undated = False

    def read(self, head: Head) -> float:
        """Give the time of a message; without one, a millisecond after the message before it."""
        if head.zone == "epoch":
            self._last = float(head.clock)
            return self._last
        if not head.clock:
            self.invented = True
            self._last = self._last + 0.001 if self._last else self._now
            return self._last
        try:
            at = self._dated(head)
        except (ValueError, OverflowError):
            self.invented = True
            return self._last
        if not head.date and at < self._last - 43_200:  # midnight passed
            at += 86_400
        self._last = at
        return at

    def _dated(self, head: Head) -> float:
        clock, _, fraction = head.clock.partition(".")
        day = head.date or self._day.isoformat()
        self.undated = self.undated or not head.date
        moment = datetime.fromisoformat(f"{day}T{clock.rjust(8, '0')}")
        zone = datetime.fromisoformat(f"2000-01-01T00:00:00{head.zone}").tzinfo if head.zone else self._zone
        moment = moment.replace(tzinfo=zone) if zone else moment.astimezone()
        return moment.timestamp() + timedelta(seconds=float(f"0.{fraction or 0}")).total_seconds()


def _encoding(start: bytes) -> str:
    """Name an encoding of Windows' notepad, "" for everything ASCII is part of."""
    return "utf-16" if start[:2] in (b"\xff\xfe", b"\xfe\xff") else ""


def _lines(source: Source, encoding: str) -> Iterator[bytes]:
    """Give lines without their ends; one longer than `MAX_LINE` comes in pieces."""
    if encoding:
        text = source.take(MAX_TEXT // 4).decode(encoding, "replace")
        yield from (line.encode() for line in text.split("\n"))
        return
    rest, total = b"", 0
    for chunk in source.chunks():
        total += len(chunk)
        if total > MAX_TEXT:
            raise CaptureProblem("trace.capture.text_too_large", limit=f"{MAX_TEXT >> 20}")
        *whole, rest = (rest + chunk).split(b"\n")
        yield from whole
        while len(rest) > MAX_LINE:
            yield rest[:MAX_LINE]
            rest = rest[MAX_LINE:]
    if rest:
        yield rest
