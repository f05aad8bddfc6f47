"""Which part of a log is handed over, and how it is read: one call at a time, or entry by entry."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Literal

import msgspec

from tccc_desk.trace.book import LogBook
from tccc_desk.trace.capture.media import MediaStream
from tccc_desk.trace.entry import TraceEntry
from tccc_desk.trace.export.masked import Mask, masked_entry, masked_value
from tccc_desk.trace.export.page import Section
from tccc_desk.trace.ladder import MediaFlow, ladder
from tccc_desk.trace.ladder_sound import media_flows
from tccc_desk.trace.ladder_talk import read_audio
from tccc_desk.trace.problems import PROBLEM_FACTS
from tccc_desk.trace.query import CallRow, Position, Query

Format = Literal["pcap", "text", "csv", "html", "svg", "png", "mermaid", "sipp", "json", "bundle"]
FORMATS: tuple[Format, ...] = (
    "pcap", "text", "csv", "html", "svg", "png", "mermaid", "sipp", "json", "bundle"
)  # fmt: skip
MAX_CALL_ENTRIES = 5000
PAGE = 2000
_CODECS = {0: "PCMU", 8: "PCMA", 9: "G722", 18: "G729"}


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """What is handed over. Without Call-IDs: everything since then."""

    call_ids: tuple[str, ...] = ()
    since: float | None = None
    until: float | None = None
    trunk: str = ""
    only_messages: bool = False


class Chooser:
    """Reads what `choice` says from one log. With `media` it is an imported capture: no column is "us"."""

    def __init__(
        self,
        book: LogBook,
        choice: Choice,
        *,
        mask: Mask | None = None,
        media: Sequence[MediaStream] | None = None,
    ) -> None:
        self._book = book
        self._choice = choice
        self._mask = mask
        self._media = media
        self._problems = frozenset(PROBLEM_FACTS)

    def masked(self, values: dict[str, object]) -> dict[str, object]:
        """Mask facts that go along with the log, where masking is on."""
        if self._mask is None:
            return values
        return {key: masked_value(one, self._mask) for key, one in values.items()}

    def entries(self) -> Iterator[TraceEntry]:
        """Give the chosen entries, oldest first, masked where masking is on."""
        found = self._of_calls() if self._choice.call_ids else self._since()
        return found if self._mask is None else (masked_entry(one, self._mask) for one in found)

    def call_ids(self, limit: int) -> list[str]:
        """Give the chosen Call-IDs, at most `limit` and one more, oldest first."""
        if self._choice.call_ids:
            return list(self._choice.call_ids[: limit + 1])
        rows = self._book.calls(since=self._choice.since, trunk=self._choice.trunk, limit=limit + 1)
        return [row.call_id for row in rows if self._wanted(row)]

    def section(self, call_id: str) -> Section:
        """Give one call or registration with its ladder; its findings are the caller's to add."""
        stored = self._book.entries(call_id, limit=MAX_CALL_ENTRIES)
        plain = [one.entry for one in stored if one.entry.kind != "transition"]
        flows = media_flows(plain) if self._media is None else capture_flows(plain, self._media)
        shown = plain
        if self._mask is not None:
            mask = self._mask
            shown = [masked_entry(one, mask) for one in plain]
            flows = tuple(replace(one, source=mask(one.source), target=mask(one.target)) for one in flows)
            call_id = mask(call_id)
        drawn = ladder(shown, flows, capture=self._media is not None, problems=self._problems)
        return Section(call_id, shown, drawn)

    def _wanted(self, row: CallRow) -> bool:
        until = self._choice.until
        return until is None or row.first_at < until

    def _of_calls(self) -> Iterator[TraceEntry]:
        found = [
            one
            for call_id in self._choice.call_ids
            for one in self._book.entries(call_id, limit=MAX_CALL_ENTRIES)
            if one.entry.kind != "transition"
        ]
        found.sort(key=lambda one: one.position)
        return (one.entry for one in found)

    def _since(self) -> Iterator[TraceEntry]:
        choice = self._choice
        query = Query(since=choice.since, until=choice.until, trunk=choice.trunk)
        after = Position(float("-inf"), "", 0)
        while True:
            page = self._book.page(query, after=after, limit=PAGE)
            yield from (one.entry for one in page)
            reached = self._book.reached
            if reached is not None:  # the page's time was over before it was full
                after = reached
            elif len(page) == PAGE:
                after = page[-1].position
            else:
                return


def capture_flows(entries: Iterable[TraceEntry], media: Iterable[MediaStream]) -> tuple[MediaFlow, ...]:
    """Give the RTP streams of a capture that belong to a call: those that its descriptions speak of."""
    spoken = {
        audio.address
        for entry in entries
        if b"m=audio" in entry.raw and (audio := read_audio(entry.raw.partition(b"\r\n\r\n")[2]))
    }
    return tuple(
        MediaFlow(
            source=one.source,
            target=one.destination,
            codec=_CODECS.get(one.payload_type, f"PT {one.payload_type}"),
            started_at=one.first_at,
            ended_at=one.last_at,
            packets=one.packets,
            lost=one.lost,
            jitter_ms=one.jitter_ms,
        )
        for one in media
        if one.source in spoken or one.destination in spoken
    )
