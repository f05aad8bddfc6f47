"""From log entries of one call or registration to its ladder diagram. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from tccc_desk.rtp.report import Measurement
from tccc_desk.sip.wire import printable
from tccc_desk.trace.entry import TraceEntry
from tccc_desk.trace.ladder_columns import Columns, ends, host_of
from tccc_desk.trace.ladder_model import Arrow, Band, Column, Fate, Ladder, Mark, MediaFlow, Note, Tone
from tccc_desk.trace.ladder_talk import Agreed, Talk, read_audio

__all__ = ("Arrow", "Band", "Column", "Ladder", "Mark", "MediaFlow", "Note", "ladder", "measured")

MAX_ROWS = 2000
"""Arrows and notes of one diagram. A call that needs more is read in the table."""
_LABEL = 48
_QUIET_FACTS = frozenset({"fact.retransmit"})
"""Said already by the number of repeats at the arrow."""


def measured(
    measurement: Measurement, *, started_at: float | None = None, ended_at: float | None = None
) -> tuple[MediaFlow, MediaFlow]:
    """What our own call measured, as two flows: ours to them and theirs to us."""
    one = MediaFlow(
        source="",
        target=measurement.remote,
        sent_by_us=True,
        codec=measurement.codec,
        started_at=started_at,
        ended_at=ended_at,
        packets=measurement.sent,
        lost=measurement.remote_lost,
    )
    other = replace(
        one,
        source=measurement.remote,
        target="",
        sent_by_us=False,
        packets=measurement.received,
        lost=measurement.lost,
        jitter_ms=measurement.jitter_ms if measurement.received else None,
        mos=measurement.mos,
    )
    return one, other


def ladder(
    entries: Sequence[TraceEntry],
    media: Iterable[MediaFlow] = (),
    *,
    capture: bool = False,
    machine_steps: bool = False,
    problems: frozenset[str] = frozenset(),
) -> Ladder:
    """Draw `entries` (oldest first) as a ladder.

    `capture` True: somebody else's capture, one column a host and none is "us". `machine_steps`
    True keeps the transitions of our state machines as notes. `problems` are the ids of facts whose
    notes are marked as problems.
    """
    flows = tuple(media)
    columns = Columns(entries, _media_addresses(entries, flows, capture=capture), capture=capture)
    drawing = _Drawing(columns, capture=capture)
    taken = 0
    for index, entry in enumerate(entries):
        if len(drawing.drafts) >= MAX_ROWS:
            break
        taken = index + 1
        if entry.kind == "message":
            drawing.message(index, entry)
        elif entry.fact not in _QUIET_FACTS and (machine_steps or entry.kind != "transition"):
            drawing.fact(index, entry, problem=entry.fact in problems)
    drawing.media(flows)
    return drawing.finished(omitted=len(entries) - taken)


def _media_addresses(
    entries: Sequence[TraceEntry], flows: Sequence[MediaFlow], *, capture: bool
) -> Iterable[str]:
    """Addresses of sound that may need a column: in our own log never ours."""
    for flow in flows:
        if capture or flow.sent_by_us is False:
            yield flow.source
        if capture or flow.sent_by_us is True:
            yield flow.target
    for entry in entries[:MAX_ROWS]:
        if entry.kind == "message" and (capture or entry.direction == "received"):
            spoken = read_audio(entry.raw.partition(b"\r\n\r\n")[2]) if b"\r\nm=audio" in entry.raw else None
            if spoken and not spoken.refused and host_of(spoken.address) not in {"", "0.0.0.0"}:  # noqa: S104
                yield spoken.address


@dataclass(slots=True)
class _Draft:
    """A row on its way: `item` gets its row number at the end."""

    item: Arrow | Note | Band
    at: float
    call_id: str = ""
    end: _Draft | None = None
    """Of a band: the row it reaches down to, None for the last one."""


@dataclass(slots=True)
class _Open:
    """Sound agreed and not yet ended."""

    agreed: Agreed
    draft: _Draft


@dataclass(slots=True)
class _Drawing:
    columns: Columns
    capture: bool
    drafts: list[_Draft] = field(default_factory=list)
    _talk: Talk = field(default_factory=Talk)
    _known: dict[object, _Draft] = field(default_factory=dict)
    _previous: Arrow | None = None
    _answered: set[object] = field(default_factory=set)
    _agreed: dict[str, _Open] = field(default_factory=dict)

    def message(self, index: int, entry: TraceEntry) -> None:
        source_address, target_address = ends(entry)
        source, target = self._column(entry, source_address), self._column(entry, target_address)
        place = (source, target, entry.call_id, entry.cseq, entry.method, entry.status)
        known = self._known.get((place, entry.raw)) if entry.raw else None
        if known is None and entry.retransmission:
            known = self._known.get(place)
        if known is not None and isinstance(known.item, Arrow):
            known.item = replace(known.item, repeats=(*known.item.repeats, index), last_at=entry.at)
            return
        marks, agreed = self._talk.marks(entry, source)
        arrow = Arrow(
            row=0,
            entry=index,
            number=entry.number,
            source=source,
            target=target,
            at=entry.at,
            delta=entry.at - self._previous.at if self._previous else None,
            label=_label(entry),
            method=entry.method,
            status=entry.status,
            cseq=entry.cseq,
            tone=tone(entry.status),
            transport=entry.transport,
            source_address=source_address,
            target_address=target_address,
            octets=len(entry.raw),
            last_at=entry.at,
            marks=marks,
        )
        self._previous = arrow
        draft = _Draft(arrow, entry.at, entry.call_id)
        self.drafts.append(draft)
        self._known[place] = draft
        if entry.raw:
            self._known[place, entry.raw] = draft
        self._answer(entry, source, target)
        if entry.method == "BYE" and not entry.status:
            self._close(entry.call_id, draft)
        if agreed is not None:
            self._agree(agreed, draft)

    def fact(self, index: int, entry: TraceEntry, *, problem: bool) -> None:
        values = {"remote": entry.remote, **entry.details}
        note = Note(
            row=0,
            entry=index,
            number=entry.number,
            column=0,
            at=entry.at,
            id=entry.fact,
            values=values,
            problem=problem,
        )
        self.drafts.append(_Draft(note, entry.at))

    def media(self, flows: Sequence[MediaFlow]) -> None:
        """Put measured sound in the place of what was only agreed."""
        if not flows:
            return
        first = next((one for one in self.drafts if isinstance(one.item, Band)), None)
        self.drafts = [one for one in self.drafts if not isinstance(one.item, Band) or one is first]
        for flow in flows:
            begin, end = self._span(flow, first)
            band = self._band(flow, first.item if first and isinstance(first.item, Band) else None)
            self.drafts.insert(begin, _Draft(band, flow.started_at or 0.0, end=end))
        if first is not None:
            self.drafts.remove(first)

    def _span(self, flow: MediaFlow, agreed: _Draft | None) -> tuple[int, _Draft | None]:
        """Where in the list the band begins, and the row it ends at."""
        end = agreed.end if agreed else None
        begin = len(self.drafts) if agreed is None else self.drafts.index(agreed)
        if flow.started_at is not None:
            timed = [place for place, one in enumerate(self.drafts) if not isinstance(one.item, Band)]
            begin = next((place for place in timed if self.drafts[place].at > flow.started_at), begin)
        if flow.ended_at is not None:
            later = [one for one in self.drafts[begin:] if not isinstance(one.item, Band)]
            end = next((one for one in later if one.at >= flow.ended_at), end)
        return begin, end

    def _band(self, flow: MediaFlow, agreed: Band | None) -> Band:
        ours, theirs = ("", "")
        if agreed is not None:
            ours, theirs = agreed.source_address, agreed.target_address
            if agreed.source != 0:
                ours, theirs = theirs, ours
        source_address = flow.source or (ours if flow.sent_by_us else theirs)
        target_address = flow.target or (theirs if flow.sent_by_us else ours)
        return Band(
            row=0,
            until_row=0,
            source=0 if flow.sent_by_us is True else self.columns.of_media(source_address),
            target=0 if flow.sent_by_us is False else self.columns.of_media(target_address),
            both_ways=False,
            codec=printable(flow.codec)[:32],
            source_address=source_address,
            target_address=target_address,
            packets=flow.packets,
            lost=flow.lost,
            jitter_ms=flow.jitter_ms,
            mos=flow.mos,
        )

    def _agree(self, agreed: Agreed, draft: _Draft) -> None:
        known = self._agreed.get(agreed.call_id)
        if known is not None:
            same = (known.agreed.codec, set(known.agreed.addresses)) == (
                agreed.codec,
                set(agreed.addresses),
            )
            if same:
                return
            self._close(agreed.call_id, draft)
        if not agreed.codec:
            return
        source, target = (
            side if not self.capture and side == 0 else self.columns.of_media(address)
            for side, address in zip(agreed.sides, agreed.addresses, strict=True)
        )
        band = Band(
            row=0,
            until_row=0,
            source=source,
            target=target,
            both_ways=True,
            codec=agreed.codec,
            source_address=agreed.addresses[0],
            target_address=agreed.addresses[1],
        )
        opened = _Draft(band, draft.at)
        self.drafts.append(opened)
        self._agreed[agreed.call_id] = _Open(agreed, opened)

    def _close(self, call_id: str, draft: _Draft) -> None:
        known = self._agreed.pop(call_id, None)
        if known is not None:
            known.draft.end = draft

    def _answer(self, entry: TraceEntry, source: int, target: int) -> None:
        """Remember which requests were answered and which answers acknowledged, by hop."""
        if entry.status:
            self._answered.add((target, source, entry.call_id, entry.cseq, entry.method))
        elif entry.method == "ACK":
            self._answered.add(("ACK", source, entry.call_id, entry.cseq))

    def _fate(self, arrow: Arrow, call_id: str) -> Fate:
        if not arrow.status:
            asked = (arrow.source, arrow.target, call_id, arrow.cseq, arrow.method)
            return "" if arrow.method == "ACK" or asked in self._answered else "unanswered"
        if arrow.method != "INVITE" or arrow.status < 200:
            return ""
        return "" if ("ACK", arrow.target, call_id, arrow.cseq) in self._answered else "unacknowledged"

    def finished(self, *, omitted: int) -> Ladder:
        rows = {id(draft): row for row, draft in enumerate(self.drafts)}
        arrows: list[Arrow] = []
        notes: list[Note] = []
        bands: list[Band] = []
        for row, draft in enumerate(self.drafts):
            match draft.item:
                case Arrow() as arrow:
                    fate: Fate = "" if omitted else self._fate(arrow, draft.call_id)
                    arrows.append(replace(arrow, row=row, fate=fate))
                case Note() as note:
                    notes.append(replace(note, row=row))
                case Band() as band:
                    until = rows[id(draft.end)] if draft.end else len(rows) - 1
                    bands.append(replace(band, row=row, until_row=max(row, until)))
        return Ladder(self.columns.columns, tuple(arrows), tuple(bands), tuple(notes), omitted)

    def _column(self, entry: TraceEntry, address: str) -> int:
        if not self.capture and address == entry.local:
            return 0
        return self.columns.of(address)


def tone(status: int) -> Tone:
    """The tone of a request (0) or a response. 401 and 407 ask for credentials: an ordinary step."""
    if not status:
        return "request"
    if status in (401, 407):
        return "challenge"
    if status < 200:
        return "provisional"
    if status < 300:
        return "good"
    return "redirect" if status < 400 else "bad"


def _label(entry: TraceEntry) -> str:
    text = f"{entry.status} {entry.reason}".rstrip() if entry.status else entry.method or entry.summary
    return text[:_LABEL] + "…" if len(text) > _LABEL else text
