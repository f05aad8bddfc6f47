"""The picture of a call's quality in its report."""

from __future__ import annotations

import re

import pytest
from defusedxml.ElementTree import fromstring

from tccc_desk.rtp.history import QualityHistory
from tccc_desk.rtp.report import Measurement
from tccc_desk.texts.catalogue import LANGUAGES, Language
from tccc_desk.trace.export.page import Section, page
from tccc_desk.trace.export.quality import quality_svg
from tccc_desk.trace.ladder_model import Ladder
from tccc_desk.trace.sound_record import SoundRecord, record_details
from tests.trace.test_sound_record import MEDIA, line


def record(*seconds: Measurement) -> SoundRecord:
    history = QualityHistory()
    for second, total in enumerate(seconds, 1):
        history.add(float(second), total)
    return SoundRecord(MEDIA, history.points(), 0.0, float(len(seconds)))


CALL = record(
    Measurement(sent=50, received=50, jitter_ms=2.0, level_received_dbov=-20.0, level_sent_dbov=-10.0),
    Measurement(sent=100, received=100, jitter_ms=2.0, level_sent_dbov=-10.0),
    Measurement(sent=150, received=140, lost=10, jitter_ms=9.0, level_received_dbov=-127.0),
)


@pytest.mark.parametrize("language", LANGUAGES)
def test_three_lanes_with_gaps_where_nothing_was_measured(language: Language) -> None:
    drawing = quality_svg(CALL, language)
    root = fromstring(drawing)
    lines = [one.get("points") for one in root.iter("{http://www.w3.org/2000/svg}polyline")]
    assert len(lines) == 5  # loss, jitter, ours, theirs before and after a second without
    assert "2.00 %" in drawing
    assert ("丢包" in drawing) == (language == "zh")


def test_nothing_measured_is_no_picture() -> None:
    assert not quality_svg(record(), "en")


def test_it_stands_in_the_report_of_its_call() -> None:
    details = record_details(CALL)
    with_sound = page([Section("c1", [line(details)], Ladder())], "en", made_at=0.0, version="0")
    without = page([Section("c1", [line(details, "fact.closed")], Ladder())], "en", made_at=0.0, version="0")
    assert len(re.findall("<svg", with_sound)) == len(re.findall("<svg", without)) + 1
    assert "Quality over time" in with_sound
