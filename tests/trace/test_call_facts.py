"""What the log proves about one call or one registration."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tccc_desk.rtp.report import Measurement
from tccc_desk.trace.call_facts import facts_of
from tccc_desk.trace.entry import Direction, TraceEntry
from tccc_desk.trace.sound_record import FACT, SoundRecord, record_details
from tests.helpers.trace_entries import ANSWER, CALLER, LINE, answer, entry, invite, within


def call(*, ours: bool = True, bye_by_us: bool = True) -> list[TraceEntry]:
    out, back = ("sent", "received") if ours else ("received", "sent")
    ways: dict[str, Direction] = {"out": out, "back": back}  # type: ignore[dict-item]
    return [
        entry(1, ways["out"], invite(), at=100.0),
        entry(2, ways["back"], answer(180, "Ringing"), at=100.2),
        entry(3, ways["back"], answer(200, "OK", body=ANSWER), at=102.0),
        entry(4, "sent" if bye_by_us else "received", within("BYE", 2), at=110.0),
    ]


def sound(**fields: object) -> TraceEntry:
    media = Measurement(codec="PCMA", received=400, one_way="none", mos=4.321, **fields)  # type: ignore[arg-type]
    details = record_details(SoundRecord(media, (), 100.0, 110.0))
    return TraceEntry(
        number=9,
        at=110.0,
        monotonic=110.0,
        kind="fact",
        direction="local",
        trunk="t",
        fact=FACT,
        details=details,
        call_id="c1@192.168.1.20",
    )


def test_a_call_we_placed_and_ended() -> None:
    facts = facts_of([*call(), sound(dtmf_sent="12")])
    assert facts is not None
    assert (facts.incoming, facts.caller, facts.callee) == (False, CALLER, LINE)
    assert (facts.outcome, facts.status, facts.duration_s, facts.ended_by) == ("answered", 200, 8.0, "us")
    assert (facts.codec, facts.one_way, facts.mos, facts.pdd_ms) == ("PCMA", "none", 4.32, 200.0)
    assert (facts.dtmf_sent, facts.dtmf_method) == ("12", "rfc4733")


def test_a_call_that_came_and_was_ended_by_them() -> None:
    facts = facts_of(call(ours=False, bye_by_us=False))
    assert facts is not None
    assert (facts.incoming, facts.ended_by, facts.codec) == (True, "them", "")


@pytest.mark.parametrize(
    ("subtype", "method"), [("dtmf-relay", "info"), ("dtmf", "info-dtmf"), ("sdp", "rfc4733")]
)
def test_digits_by_info_are_known(subtype: str, method: str) -> None:
    info = entry(5, "sent", within("INFO", 3, f"Content-Type: application/{subtype}"), at=105.0)
    facts = facts_of([*call(), info, sound(dtmf_sent="1")])
    assert facts is not None
    assert facts.dtmf_method == method


@pytest.mark.parametrize(
    ("status", "outcome"), [(486, "busy"), (600, "busy"), (603, "rejected"), (404, "rejected")]
)
def test_a_refused_call(status: int, outcome: str) -> None:
    facts = facts_of([entry(1, "received", invite()), entry(2, "sent", answer(status, "No"))])
    assert facts is not None
    assert (facts.incoming, facts.outcome, facts.status) == (True, outcome, status)


def registration(*answers: tuple[float, int]) -> list[TraceEntry]:
    """REGISTERs at these times, each with this final answer; 0 for none at all."""
    found = []
    for number, (at, status) in enumerate(answers, 1):
        found.append(entry(number, "sent", within("REGISTER", number), at=at))
        if status:
            said = answer(status, "Said", method="REGISTER", number=number)
            found.append(entry(number, "received", said, at=at + 0.1))
    return found


@pytest.mark.parametrize(
    ("answers", "outcome", "seconds"),
    [
        ([(0, 401), (1, 200), (301, 200), (601, 200), (661, 200)], "registered", 660.0),
        ([(0, 200), (300, 200), (600, 0)], "registered", 300.0),  # the newest may still be waiting
        ([(0, 200), (300, 503), (600, 200)], "failed", 0.0),
        ([(0, 200), (300, 0), (700, 200)], "failed", 0.0),
        ([(0, 401), (1, 403)], "failed", 0.0),
    ],
)
def test_a_registration_is_measured_between_failures(
    answers: list[tuple[float, int]], outcome: str, seconds: float
) -> None:
    facts = facts_of(registration(*answers))
    assert facts is not None
    assert (facts.kind, facts.outcome, facts.duration_s) == ("registration", outcome, pytest.approx(seconds))


def test_other_things_prove_nothing() -> None:
    assert facts_of([]) is None
    assert facts_of([entry(1, "sent", within("OPTIONS", 1))]) is None


@given(
    st.lists(
        st.tuples(
            st.sampled_from(("INVITE", "REGISTER", "BYE", "INFO", "")), st.integers(0, 699), st.binary()
        ),
        max_size=8,
    )
)
def test_whatever_the_log_holds_is_survived(rows: list[tuple[str, int, bytes]]) -> None:
    base = entry(1, "sent", invite())
    entries = [
        msgspec.structs.replace(base, method=method, status=status, raw=raw, reason="\u202e" * 999)
        for method, status, raw in rows
    ]
    facts = facts_of(entries)
    assert facts is None or len(facts.reason) <= 256
