"""What a call sounds like, as commands ask for it: files, changes, recordings, ports."""

from __future__ import annotations

import pytest

from tccc_desk.engine.commands import AnswerCall, ChangeSource, Command, PlaceTestCall, RecordCall
from tccc_desk.engine.events import CommandRefused, Noticed
from tccc_desk.engine.sounding import Sounding, Unfit
from tests.helpers.far_end import CALLER, LINE, answered, called, placed, the_end
from tests.helpers.simulation import Desk, World


def refused(desk: Desk) -> CommandRefused:
    event = desk.last(CommandRefused)
    assert isinstance(event, CommandRefused)
    return event


def test_a_call_sounds_as_it_was_ordered() -> None:
    desk, _ = answered(play="file", play_file="/a.wav", listen=True, record_file="/b.wav")
    assert desk.media["c"][1] == Sounding("file", "/a.wav", True, "/b.wav")


def test_an_incoming_call_sounds_as_it_was_answered() -> None:
    desk, far, card = called()
    desk.tell(AnswerCall(call=card, play="microphone", listen=True, record_file="/b.wav"))
    far.run()
    assert desk.media[card][1] == Sounding("microphone", "", True, "/b.wav")


def test_the_sound_changes_in_mid_call_and_the_speaker_stays_as_it_is() -> None:
    desk, _ = answered(listen=True)
    desk.tell(ChangeSource(call="c", play="file", play_file="/a.wav"))
    assert desk.media["c"][1] == Sounding("file", "/a.wav", True)
    desk.tell(ChangeSource(call="c", play="silence", listen=False))
    assert desk.media["c"][1] == Sounding("silence", "", False)


def test_recording_begins_and_ends_in_mid_call() -> None:
    desk, _ = answered()
    desk.tell(RecordCall(call="c", file="/b.wav"))
    desk.tell(RecordCall(call="c", file=""))
    assert desk.records == ["/b.wav", ""]


@pytest.mark.parametrize(
    "command", [ChangeSource(call="c", play="tone"), RecordCall(call="c", file="/b.wav")]
)
def test_neither_before_the_answer(command: Command) -> None:
    desk, _ = placed()
    desk.tell(command)
    assert refused(desk).finding == "finding.command.wrong-state"
    assert (desk.media, desk.records) == ({}, [])


NO_WAV = Unfit("play_file", "sound.wav.not-wav", {"file": "a.wav"})
NO_FOLDER = Unfit("record_file", "sound.recording.no-folder", {"file": "b.wav"})


@pytest.mark.parametrize(
    ("fields", "unfit"),
    [
        ({"play": "file", "play_file": "/a.wav"}, NO_WAV),
        ({"record_file": "/b.wav"}, NO_FOLDER),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_before_anything_is_sent(
    fields: dict[str, object], unfit: Unfit
) -> None:
    desk = Desk(World())
    desk.unfit_files = {"/a.wav": NO_WAV, "/b.wav": NO_FOLDER}
    desk.configure()
    desk.tell(PlaceTestCall(trunk="t", call="c", caller=CALLER, line=LINE, **fields))  # type: ignore[arg-type]
    desk.world.run(1, [desk])
    said = refused(desk)
    assert (said.field, said.finding, said.details) == (unfit.field, unfit.finding, unfit.details)
    assert (said.trunk, said.call, desk.sent) == ("t", "c", [])


def test_a_bad_file_leaves_an_offered_or_running_call_as_it_is() -> None:
    desk, far, card = called()
    desk.unfit_files = {"/a.wav": NO_WAV, "/b.wav": NO_FOLDER}
    desk.tell(AnswerCall(call=card, play="file", play_file="/a.wav"))
    assert refused(desk).finding == "sound.wav.not-wav"
    assert far.responses("INVITE")[-1].status == 180
    desk.tell(AnswerCall(call=card))
    far.run()
    assert far.responses("INVITE")[-1].status == 200
    desk.tell(RecordCall(call=card, file="/b.wav"))
    assert refused(desk).finding == "sound.recording.no-folder"
    assert desk.records == []


def test_a_range_without_a_free_port_is_named() -> None:
    desk = Desk(World())
    desk.media_ports, desk.port_range = False, "40000-40001"
    desk.configure()
    desk.tell(PlaceTestCall(trunk="t", call="c", caller=CALLER, line=LINE))
    desk.world.run(1, [desk])
    assert (the_end(desk).finding, the_end(desk).details["ports"]) == (
        "finding.call.no-port-in-range",
        "40000-40001",
    )


def test_an_incoming_call_without_a_free_port_is_refused_and_said() -> None:
    desk, far, _ = called()
    desk.media_ports, desk.port_range = False, "40000-40001"
    far.call(call_id="another")
    assert far.responses("INVITE")[-1].status == 480
    noticed = desk.last(Noticed)
    assert isinstance(noticed, Noticed)
    assert (noticed.finding, noticed.details["ports"]) == ("finding.call.no-port-in-range", "40000-40001")
