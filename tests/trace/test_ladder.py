"""A ladder says what went where, folds repeats and follows offers and answers."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tccc_desk.rtp.report import Measurement
from tccc_desk.trace.entry import TraceEntry
from tccc_desk.trace.ladder import MAX_ROWS, Arrow, Band, Ladder, MediaFlow, ladder, measured
from tccc_desk.trace.ladder_columns import MAX_COLUMNS
from tests.helpers.trace_entries import (
    ANSWER,
    OFFER,
    SERVER,
    US,
    answer,
    entry,
    fact,
    invite,
    log,
    step_two_call,
    within,
)


def labels(drawn: Ladder) -> list[str]:
    return [arrow.label for arrow in drawn.arrows]


def marks(arrow: Arrow) -> list[str]:
    return [mark.id.removeprefix("explain.mark.") for mark in arrow.marks]


def test_a_call_has_us_the_server_and_the_far_sound() -> None:
    drawn = ladder(step_two_call())
    assert [(column.role, column.address) for column in drawn.columns] == [
        ("us", US),
        ("server", SERVER),
        ("media", "203.0.113.9:30000"),
    ]
    assert labels(drawn)[:4] == ["INVITE", "407 Proxy Authentication Required", "ACK", "INVITE"]
    assert [(one.source, one.target) for one in drawn.arrows[:2]] == [(0, 1), (1, 0)]
    assert drawn.arrows[1].delta == pytest.approx(0.1, abs=1e-4)
    assert drawn.arrows[0].delta is None
    assert [one.tone for one in drawn.arrows[:2]] == ["request", "challenge"]
    assert all(one.fate == "" for one in drawn.arrows)


def test_offer_answer_and_credentials_are_marked() -> None:
    drawn = ladder(step_two_call())
    assert [marks(arrow) for arrow in drawn.arrows] == [
        ["offer"],
        ["challenge"],
        [],
        ["credentials", "offer"],
        [],
        ["answer", "early-media"],
        ["answer"],
        [],
        [],
        [],
    ]
    offered = drawn.arrows[3].marks[1].values
    assert offered == {"codecs": "PCMA PCMU telephone-event", "address": "192.168.1.20:16400"}


def test_sound_agreed_is_a_band_until_bye() -> None:
    drawn = ladder(step_two_call())
    [band] = drawn.bands
    assert (band.codec, band.packets, band.both_ways) == ("PCMA", None, True)
    assert (band.source, band.target) == (0, 2)
    rows = drawn.rows
    assert [row.row for row in rows] == list(range(len(rows)))
    assert isinstance(rows[band.row - 1], Arrow)
    assert rows[band.row - 1].label.startswith("183")  # type: ignore[union-attr]
    assert rows[band.until_row].label == "BYE"  # type: ignore[union-attr]


def test_measured_sound_takes_the_place_of_what_was_agreed() -> None:
    measurement = Measurement(
        codec="PCMA",
        sent=500,
        received=490,
        lost=10,
        jitter_ms=3.0,
        mos=4.1,
        remote="203.0.113.9:30000",
        remote_lost=0,
    )
    drawn = ladder(step_two_call(), measured(measurement, started_at=1_700_000_000.75))
    ours, theirs = drawn.bands
    assert (ours.source, ours.target, ours.packets, ours.lost) == (0, 2, 500, 0)
    assert (theirs.source, theirs.target, theirs.packets, theirs.lost, theirs.mos) == (2, 0, 490, 10, 4.1)
    assert ours.source_address == "192.168.1.20:16400"
    assert drawn.rows[ours.row - 1].label == "200 OK"  # type: ignore[union-attr]
    assert {drawn.rows[one.until_row].label for one in drawn.bands} == {"BYE"}  # type: ignore[union-attr]


def test_repeats_are_folded_and_an_open_end_is_said() -> None:
    first = entry(1, "sent", invite(transport="UDP"), transport="UDP")
    again = [
        msgspec.structs.replace(first, number=n, at=first.at + n / 2, retransmission=n - 1) for n in (2, 3)
    ]
    unparsed_copy = msgspec.structs.replace(first, number=4, at=first.at + 4)
    drawn = ladder([first, *again, fact(5, "fact.retransmit", count="1"), unparsed_copy])
    [arrow] = drawn.arrows
    assert arrow.repeats == (1, 2, 4)
    assert arrow.last_at == first.at + 4
    assert arrow.fate == "unanswered"
    assert drawn.notes == ()


def test_an_answer_without_ack_is_said() -> None:
    drawn = ladder(log((("sent", invite(1)), ("received", answer(200, "OK", body=ANSWER)))))
    assert [one.fate for one in drawn.arrows] == ["", "unacknowledged"]


def test_hold_resume_and_changes_are_marked() -> None:
    held = OFFER.replace("sendrecv", "sendonly")
    moved = ANSWER.replace("203.0.113.9", "203.0.113.77").replace(
        "m=audio 30000 RTP/AVP 8 101\na=rtpmap:8 PCMA/8000", "m=audio 30000 RTP/AVP 0 101"
    )
    drawn = ladder(
        log(
            (
                ("sent", invite(1)),
                ("received", answer(200, "OK", body=ANSWER)),
                ("sent", within("ACK", 1)),
                ("sent", invite(2, body=held)),
                ("received", answer(200, "OK", number=2, body=ANSWER)),
                ("sent", within("ACK", 2)),
                ("sent", invite(3)),
                ("received", answer(200, "OK", number=3, body=moved)),
            )
        )
    )
    assert marks(drawn.arrows[3]) == ["offer", "hold"]
    assert marks(drawn.arrows[6]) == ["offer", "resume"]
    assert marks(drawn.arrows[7]) == ["answer", "address-change", "codec-change"]
    assert [band.codec for band in drawn.bands] == ["PCMA", "PCMU"]
    assert drawn.bands[0].until_row < drawn.bands[1].row


def test_a_refused_offer_is_no_agreement() -> None:
    drawn = ladder(
        log(
            (
                ("sent", invite(1)),
                ("received", answer(488, "Not Acceptable Here")),
                ("sent", within("ACK", 1)),
                ("received", within("INVITE", 7, body=ANSWER)),
            )
        )
    )
    assert marks(drawn.arrows[3]) == ["offer"]
    assert drawn.bands == ()


def test_facts_stand_at_our_line_and_machine_steps_on_demand() -> None:
    entries = [
        fact(1, "fact.connecting"),
        fact(2, "fact.refused"),
        msgspec.structs.replace(fact(3, "fact.state", machine="registration"), kind="transition"),
    ]
    drawn = ladder(entries, problems=frozenset({"fact.refused"}))
    assert [(note.id, note.column, note.problem) for note in drawn.notes] == [
        ("fact.connecting", 0, False),
        ("fact.refused", 0, True),
    ]
    assert drawn.notes[0].values["remote"] == SERVER
    assert len(ladder(entries, machine_steps=True).notes) == 3


def test_a_capture_has_a_column_for_every_host() -> None:
    one = entry(1, "sent", invite(1), local="10.0.0.1:5060", remote="10.0.0.2:5060")
    two = entry(2, "sent", invite(1, branch="x"), local="10.0.0.2:5060", remote="10.0.0.3:5060")
    drawn = ladder([one, two], capture=True)
    assert [column.role for column in drawn.columns] == ["host", "host", "host", "media"]
    assert [(one.source, one.target) for one in drawn.arrows] == [(0, 1), (1, 2)]


def test_a_host_that_talks_to_itself_is_told_apart_by_port() -> None:
    one = entry(1, "sent", invite(1, body=""), local="127.0.0.1:5060", remote="127.0.0.1:35090")
    for capture in (True, False):
        drawn = ladder([one], capture=capture)
        assert [column.address for column in drawn.columns] == ["127.0.0.1:5060", "127.0.0.1:35090"]
        assert (drawn.arrows[0].source, drawn.arrows[0].target) == (0, 1)


def test_columns_and_rows_are_bounded() -> None:
    crowd = [
        entry(n, "sent", invite(n, body=""), local=f"10.0.{n // 250}.{n % 250}:5060", remote="10.9.9.9:5060")
        for n in range(1, MAX_ROWS + 50)
    ]
    drawn = ladder(crowd, capture=True)
    assert len(drawn.columns) == MAX_COLUMNS
    assert drawn.columns[-1].role == "others"
    assert len(drawn.arrows) == MAX_ROWS
    assert drawn.omitted == 49
    assert all(len(column.addresses) <= 4 for column in drawn.columns)


def test_capture_statistics_without_descriptions_still_make_bands() -> None:
    flow = MediaFlow(source="10.0.0.5:4000", target="10.0.0.6:4002", codec="PCMU", packets=10, lost=0)
    drawn = ladder([], [flow], capture=True)
    assert [column.role for column in drawn.columns] == ["media", "media"]
    assert (drawn.bands[0].source, drawn.bands[0].target) == (0, 1)


HOSTILE = st.builds(
    lambda base, raw, fields: msgspec.structs.replace(base, raw=raw, **fields),
    st.sampled_from(step_two_call()),
    st.one_of(st.binary(max_size=200), st.sampled_from([one.raw for one in step_two_call()])),
    st.fixed_dictionaries(
        {
            "local": st.text(max_size=12),
            "remote": st.text(max_size=12),
            "method": st.sampled_from(["INVITE", "BYE", "ACK", "", "\u202e"]),
            "status": st.sampled_from([0, 100, 200, 407, 699]),
            "call_id": st.text(max_size=4),
            "direction": st.sampled_from(["sent", "received"]),
        }
    ),
)


@given(st.lists(HOSTILE, max_size=12), st.booleans())
def test_whatever_was_logged_makes_a_sound_ladder(entries: list[TraceEntry], capture: bool) -> None:
    drawn = ladder(entries, capture=capture)
    for row in drawn.rows:
        if isinstance(row, Arrow | Band):
            assert 0 <= row.source < len(drawn.columns)
            assert 0 <= row.target < len(drawn.columns)
        if isinstance(row, Band):
            assert row.row <= row.until_row < len(drawn.rows)
    shown = sum(1 + len(arrow.repeats) for arrow in drawn.arrows) + len(drawn.notes)
    assert shown + drawn.omitted == len(entries)
