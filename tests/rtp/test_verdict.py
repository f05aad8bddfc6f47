"""One-way sound: each situation names one direction and one cause."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import get_args

import pytest

from tccc_desk.rtp.verdict import CAUSES, Evidence, OneWay, judge

GOOD = Evidence(
    received=250, elapsed_s=20.0, expecting=True, they_hear=True, they_report=True, first_after_s=0.1
)
NONE = replace(GOOD, received=0)
DEAF = replace(GOOD, they_hear=False)

SITUATIONS: list[tuple[str, Evidence, OneWay, str]] = [
    ("all is well", GOOD, "none", ""),
    ("too early to say", replace(NONE, elapsed_s=0.2), "unknown", ""),
    ("on hold", replace(NONE, expecting=False), "unknown", ""),
    ("on hold after sound", replace(GOOD, expecting=False, quiet_s=60.0), "none", ""),
    ("nothing arrives", NONE, "we_hear_nothing", "nothing-arrives"),
    ("nobody may send", replace(NONE, expecting=False, agreed=False), "unknown", "inactive"),
    ("held after sound", replace(GOOD, expecting=False, agreed=False, quiet_s=60.0), "none", ""),
    ("a number that stands", replace(GOOD, numbers_stand=True), "we_hear_nothing", "repeats-only"),
    ("and for long", replace(GOOD, numbers_stand=True, quiet_s=9.0), "we_hear_nothing", "repeats-only"),
    ("it ended in mid-call", replace(GOOD, quiet_s=6.0), "we_hear_nothing", "nothing-arrives"),
    ("a short pause", replace(GOOD, quiet_s=4.0), "none", ""),
    ("their sound is silent", replace(GOOD, arrives_silent=True), "we_hear_nothing", "arrives-silent"),
    ("it comes to the RTCP port", replace(NONE, strays=50), "we_hear_nothing", "wrong-port"),
    (
        "strays beside good sound",
        replace(GOOD, strays=50),
        "none",
        "",
    ),
    (
        "their SDP holds a private address",
        replace(NONE, private_theirs=True),
        "we_hear_nothing",
        "private-address-theirs",
    ),
    (
        "both in one private network",
        replace(NONE, private_theirs=True, private_ours=True),
        "we_hear_nothing",
        "nothing-arrives",
    ),
    ("it came late", replace(GOOD, first_after_s=4.0), "none", "late-start"),
    ("they report nothing of ours", DEAF, "they_hear_nothing", "rtcp-reports-none"),
    (
        "and our address is private",
        replace(DEAF, private_ours=True),
        "they_hear_nothing",
        "private-address-ours",
    ),
    (
        "and both are private",
        replace(DEAF, private_ours=True, private_theirs=True),
        "they_hear_nothing",
        "rtcp-reports-none",
    ),
    (
        "our microphone is silent",
        replace(GOOD, microphone_silent=True),
        "they_hear_nothing",
        "microphone-silent",
    ),
    ("no reports", replace(GOOD, they_hear=None, they_report=False), "none", "no-rtcp"),
    (
        "no reports yet",
        replace(GOOD, they_hear=None, they_report=False, elapsed_s=5.0),
        "none",
        "",
    ),
    (
        "no reports, and nothing arrives",
        replace(NONE, they_hear=None, they_report=False),
        "we_hear_nothing",
        "nothing-arrives",
    ),
    ("both deaf", replace(DEAF, received=0), "both", "nothing-arrives"),
    (
        "both deaf, ours private",
        replace(DEAF, received=0, private_ours=True),
        "both",
        "private-address-ours",
    ),
    (
        "both deaf, theirs private",
        replace(DEAF, received=0, private_theirs=True),
        "both",
        "private-address-theirs",
    ),
    ("both deaf, wrong port", replace(DEAF, received=0, strays=9), "both", "wrong-port"),
    (
        "both silent",
        replace(GOOD, arrives_silent=True, microphone_silent=True),
        "both",
        "microphone-silent",
    ),
    (
        "its codec is not the agreed one",
        replace(GOOD, unknown_codec=True),
        "we_hear_nothing",
        "unknown-codec",
    ),
    ("deaf there, and nothing but silence", replace(DEAF, arrives_silent=True), "both", "arrives-silent"),
    (
        "on hold by us, deaf there",
        replace(DEAF, received=0, expecting=False),
        "they_hear_nothing",
        "rtcp-reports-none",
    ),
]


@pytest.mark.parametrize(("situation", "evidence", "direction", "cause"), SITUATIONS)
def test_each_situation_names_one_direction_and_one_cause(
    situation: str, evidence: Evidence, direction: str, cause: str
) -> None:
    assert judge(evidence) == (direction, cause), situation


def test_every_cause_has_a_situation() -> None:
    assert {cause for *_, cause in SITUATIONS} == {"", *CAUSES}
    assert {direction for _, _, direction, _ in SITUATIONS} == set(get_args(OneWay))


def test_whatever_the_evidence_a_deaf_direction_has_a_cause_of_its_own() -> None:
    """Every combination there is: no direction without a cause, no cause of the other direction."""
    of_here = {"nothing-arrives", "arrives-silent", "unknown-codec", "wrong-port", "private-address-theirs"}
    of_there = {"rtcp-reports-none", "microphone-silent", "private-address-ours"}
    flags = (False, True)
    for (
        received,
        expecting,
        they_hear,
        reports,
        first,
        quiet,
        silent,
        strays,
        mute,
        ours,
        theirs,
        unknown,
    ) in itertools.product(
        (0, 9),
        flags,
        (None, *flags),
        flags,
        (0.0, 9.0),
        (0.0, 9.0),
        flags,
        (0, 9),
        flags,
        flags,
        flags,
        flags,
    ):
        for elapsed in (0.1, 5.0, 60.0):
            direction, cause = judge(
                Evidence(
                    received,
                    elapsed,
                    expecting,
                    they_hear,
                    reports,
                    first,
                    quiet,
                    silent,
                    strays,
                    mute,
                    ours,
                    theirs,
                    unknown,
                )
            )
            if direction == "we_hear_nothing":
                assert cause in of_here
            elif direction == "they_hear_nothing":
                assert cause in of_there
            elif direction == "both":
                assert cause in of_here | {"private-address-ours", "microphone-silent"}
            else:
                assert cause in {"", "late-start", "no-rtcp"}
