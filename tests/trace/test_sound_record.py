"""A call's sound in the log: written as one line, read back whole, drawn as bands."""

from __future__ import annotations

import pytest

from tccc_desk.rtp.history import QualityHistory
from tccc_desk.rtp.report import LoopProof, Measurement
from tccc_desk.trace.entry import TraceEntry
from tccc_desk.trace.ladder_sound import media_flows
from tccc_desk.trace.sound_record import (
    FACT,
    MOST_POINTS,
    SoundRecord,
    read_record,
    record_details,
    sound_records,
)

MEDIA = Measurement(
    codec="PCMA",
    sent=500,
    received=490,
    lost=10,
    jitter_ms=3.25,
    mos=4.1,
    remote="198.51.100.7:20000",
    loop=LoopProof(delay_ms=40.0, attenuation_db=1.0, returned_percent=99.0),
)


def record(seconds: int = 10) -> SoundRecord:
    history = QualityHistory()
    for second in range(1, seconds + 1):
        history.add(float(second), Measurement(sent=50 * second, received=49 * second, lost=second))
    return SoundRecord(MEDIA, history.points(), 1_700_000_000.0, 1_700_000_000.0 + seconds)


def line(details: dict[str, str], fact: str = FACT) -> TraceEntry:
    return TraceEntry(
        number=1, at=0.0, monotonic=0.0, kind="fact", direction="local", trunk="t", fact=fact, details=details
    )


def test_what_is_written_is_read_back() -> None:
    written = record()
    assert read_record(line(record_details(written))) == written
    assert record_details(written)["lost"] == "10"


def test_a_long_call_leaves_a_short_line_that_loses_no_packet() -> None:
    details = record_details(record(36_000))
    read = read_record(line(details))
    assert read is not None
    assert len(read.points) <= MOST_POINTS
    assert sum(point.received for point in read.points) == 49 * 36_000
    assert len(details["record"]) < 20_000


@pytest.mark.parametrize(
    "text", ["", "{", "null", '{"media":{}}', "[" * 100_000, '"' + "x" * 70_000 + '"', "\udc80"]
)
def test_a_line_that_cannot_be_read_is_none(text: str) -> None:
    assert read_record(line({"record": text})) is None


def test_other_lines_are_none() -> None:
    assert sound_records([line(record_details(record()), "fact.closed")]) == ()


def test_the_ladder_gets_both_directions() -> None:
    ours, theirs = media_flows([line(record_details(record()))])
    assert (ours.sent_by_us, ours.packets, ours.target) == (True, 500, "198.51.100.7:20000")
    assert (theirs.sent_by_us, theirs.packets, theirs.lost, theirs.mos) == (False, 490, 10, 4.1)
