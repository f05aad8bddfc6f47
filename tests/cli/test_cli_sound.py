"""Options about sound, what they order, and what is reported of it."""

from __future__ import annotations

import wave
from pathlib import Path
from typing import Any

import pytest

from tccc_desk.cli.results import verdict_sentence
from tccc_desk.engine import events as e
from tccc_desk.engine.commands import (
    AnswerCall,
    Command,
    ConfigureSound,
    ConfigureTrunk,
    ListDevices,
    PlaceTestCall,
    Shutdown,
)
from tccc_desk.rtp.report import LoopProof, Measurement
from tests.cli.test_cli_calling import CALL, WAIT, calls, ended, offer
from tests.helpers.command_line import RunCli
from tests.helpers.scripted_engine import made


def ordered(commands: list[Command], kind: type) -> Any:
    (found,) = [command for command in commands if isinstance(command, kind)]
    return found


@pytest.fixture
def wav(tmp_path: Path) -> Path:
    path = tmp_path / "greeting.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16_000)
        file.writeframes(bytes(3200))
    return path


@pytest.mark.parametrize("source", ["tone", "sweep", "silence", "echo", "microphone"])
def test_every_source_can_be_chosen(cli: RunCli, source: str) -> None:
    placed = ordered(cli([*CALL, "--play", source], calls(PlaceTestCall=[ended()])).commands, PlaceTestCall)
    assert (placed.play, placed.play_file, placed.listen, placed.record_file) == (source, "", False, "")


def test_files_go_by_their_whole_paths(
    cli: RunCli, wav: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    asked = ["--play", wav.name, "--record", "new.wav", "--listen"]
    placed = ordered(cli([*CALL, *asked], calls(PlaceTestCall=[ended()])).commands, PlaceTestCall)
    assert (placed.play, placed.play_file, placed.listen) == ("file", str(wav), True)
    assert placed.record_file == str(tmp_path / "new.wav")
    assert not (tmp_path / "new.wav").exists()


def test_a_call_waited_for_sounds_as_asked(cli: RunCli, wav: Path, tmp_path: Path) -> None:
    asked = ["--play", str(wav), "--record", str(tmp_path / "new.wav"), "--listen"]
    run = cli([*WAIT, *asked], calls(registered=[offer()], AnswerCall=[ended(call="in-1", incoming=True)]))
    answer = ordered(run.commands, AnswerCall)
    assert (answer.play, answer.play_file, answer.listen) == ("file", str(wav), True)
    assert answer.record_file == str(tmp_path / "new.wav")


def test_devices_and_ports_are_set_before_anything_else(cli: RunCli) -> None:
    asked = ["--microphone", "m1", "--speaker", "s1", "--rtp-ports", "40000-40101"]
    run = cli([*CALL, *asked], calls(PlaceTestCall=[ended()]))
    wanted = ConfigureSound(microphone="m1", speaker="s1", port_low=40000, port_high=40101)
    assert run.commands[0] == wanted


@pytest.mark.parametrize("method", ["auto", "rfc4733", "info", "info-dtmf", "inband"])
def test_the_dtmf_method_is_the_trunks(cli: RunCli, method: str) -> None:
    run = cli([*CALL, "--dtmf-method", method], calls(PlaceTestCall=[ended()]))
    assert ordered(run.commands, ConfigureTrunk).trunk.dtmf == method


@pytest.mark.parametrize(("content", "finding"), [(b"", "empty"), (b"x" * 100, "RIFF")])
def test_a_bad_file_is_refused_with_its_reason(
    cli: RunCli, tmp_path: Path, content: bytes, finding: str
) -> None:
    path = tmp_path / "bad.wav"
    path.write_bytes(content)
    run = cli([*CALL, "--play", str(path)])
    assert (run.exit, run.commands) == (2, [])
    assert run.json["error"]["field"] == "play"
    assert finding in run.json["error"]["message"]


def test_an_existing_file_is_never_recorded_over(cli: RunCli, wav: Path) -> None:
    before = wav.read_bytes()
    run = cli([*CALL, "--record", str(wav)])
    assert (run.exit, run.json["error"]["field"]) == (2, "record")
    assert wav.read_bytes() == before


MEDIA = Measurement(
    codec="PCMA",
    payload_type=8,
    sent=250,
    received=200,
    late=1,
    reordered=2,
    duplicated=3,
    concealed=4,
    playout_delay_ms=40.04,
    address_changes=1,
    foreign=5,
    malformed=6,
    flooded=7,
    one_way="they_hear_nothing",
    cause="rtcp-reports-none",
    remote_report=True,
    remote_lost=250,
    round_trip_ms=12.34,
    level_sent_dbov=-10.04,
    level_received_dbov=-20.0,
    loop=LoopProof(delay_ms=80.04, attenuation_db=0.31, returned_percent=99.96),
    dtmf_sent="12",
    dtmf_received="5",
)
HERE = {"at": 0.0, "trunk": "t", "call": "test-call"}


def story(command: Command) -> list[Any]:
    return [
        e.RecordingStarted(**HERE, file="/a.wav"),
        e.DigitsSent(**HERE, digits="1", method="info"),
        e.DigitsSent(**HERE, digits="2", method="info"),
        e.DigitReceived(**HERE, digit="5", method="inband"),
        e.SoundNoticed(
            **HERE, finding="finding.sound.source-changed", details={"before": "a:1", "now": "b:2"}
        ),
        *(e.MediaMeasured(**HERE, media=MEDIA) for _ in range(20)),
        e.MediaMeasured(**HERE, media=Measurement(one_way="none", received=9)),
        ended(answer_ms=10.0, ended_by="us", media=MEDIA),
    ]


def after(command: Command) -> list[Any]:
    return [
        e.RecordingEnded(**HERE, file="/a.wav", seconds=2.5, fault="sound.recording.disk-full", detail="full")
    ]


def test_all_that_is_known_of_the_sound_is_in_the_object(cli: RunCli) -> None:
    run = cli(CALL, calls(PlaceTestCall=story, Shutdown=after))
    media = run.json["media"]
    assert (media["late"], media["reordered"], media["duplicated"], media["concealed"]) == (1, 2, 3, 4)
    assert (media["foreign"], media["malformed"], media["flooded"]) == (5, 6, 7)
    assert (media["playout_delay_ms"], media["round_trip_ms"], media["remote_lost"]) == (40.0, 12.3, 250)
    assert (media["level_sent_dbov"], media["level_received_dbov"]) == (-10.0, -20.0)
    assert media["loop"] == {"delay_ms": 80.0, "attenuation_db": 0.3, "returned_percent": 100.0}
    assert (media["one_way"], media["cause"]) == ("they_hear_nothing", "rtcp-reports-none")
    assert "RTCP" in media["sentence"]
    assert (media["dtmf_sent_by"], media["dtmf_received_by"]) == (["info"], ["inband"])
    (recording,) = run.json["recordings"]
    assert (recording["file"], recording["seconds"]) == ("/a.wav", 2.5)
    assert recording["finding"] == "sound.recording.disk-full"
    assert recording["sentence"]
    (notice,) = run.json["notices"]
    assert "b:2" in notice["sentence"]


def test_a_call_without_sound_by_agreement_says_so_and_nothing_of_a_sound_nobody_sends() -> None:
    inactive = Measurement(one_way="unknown", cause="inactive")
    assert verdict_sentence(inactive, "en").startswith("No sound was agreed on")
    assert "not known" not in verdict_sentence(inactive, "en")


@pytest.mark.parametrize(("language", "word"), [("en", "One-way audio"), ("zh", "单通")])
def test_a_person_reads_direction_and_cause_while_it_runs_and_at_the_end(
    cli: RunCli, language: str, word: str
) -> None:
    run = cli([*CALL[:-1], "--lang", language], calls(PlaceTestCall=story, Shutdown=after))
    verdicts = [line for line in run.err.splitlines() if word in line]
    assert len(verdicts) == 1
    assert "RTCP" in verdicts[0]
    assert word in run.out
    assert "RTCP" in run.out
    assert "12 (info)" in run.out
    assert "/a.wav" in run.out
    assert "{" not in run.out + run.err


def test_a_verdict_is_said_once_and_its_end_too(cli: RunCli) -> None:
    good = Measurement(one_way="none", received=1)
    bad = Measurement(one_way="we_hear_nothing", cause="nothing-arrives")

    def measured(*media: Measurement) -> list[Any]:
        return [*(e.MediaMeasured(**HERE, media=one) for one in media), ended()]

    quiet = cli([*CALL[:-1], "--lang", "en"], calls(PlaceTestCall=measured(Measurement(), good, good)))
    assert "Sound:" not in quiet.err
    said = cli([*CALL[:-1], "--lang", "en"], calls(PlaceTestCall=measured(Measurement(), bad, bad, good)))
    assert said.err.count("Sound:") == 2


def test_no_echo_is_no_proved_loop_and_sound_that_ended_is_said_to_have_come(cli: RunCli) -> None:
    nothing = LoopProof(delay_ms=0.0, attenuation_db=0.0, returned_percent=0.0)
    media = Measurement(one_way="we_hear_nothing", cause="nothing-arrives", received=183, loop=nothing)
    run = cli([*CALL[:-1], "--lang", "en"], calls(PlaceTestCall=[ended(media=media)]))
    assert "Loop proved" not in run.out
    assert "returns no echo" in run.out
    assert "183 packets" in run.out
    seen = cli(CALL, calls(PlaceTestCall=[ended(media=media)])).json["media"]["loop"]
    assert seen == {"delay_ms": None, "attenuation_db": None, "returned_percent": 0.0}


LISTED = e.DevicesListed(
    at=0.0,
    microphones=(e.SoundDevice(id="m1", name="Headset", default=True),),
    speakers=(e.SoundDevice(id="s1", name="Headset"), e.SoundDevice(id="s2", name="HDMI")),
)


def listing(event: e.DevicesListed) -> Any:
    return lambda command: [event] if isinstance(command, ListDevices) else []


def test_the_devices_are_listed(cli: RunCli) -> None:
    run = cli(["sound", "list", "--json"], listing(LISTED))
    assert (run.exit, run.json["ok"], run.json["fault"]) == (0, True, "")
    assert run.json["microphones"] == [{"id": "m1", "name": "Headset", "default": True}]
    assert [device["id"] for device in run.json["speakers"]] == ["s1", "s2"]
    text = cli(["sound", "list", "--lang", "en"], listing(LISTED)).out
    assert "HDMI [s2]" in text
    assert "Headset [m1] (system default)" in text


@pytest.mark.parametrize(("fault", "exit"), [("no-device", 0), ("no-library", 3), ("server-died", 3)])
def test_no_devices_is_no_failure_but_a_dead_server_is(cli: RunCli, fault: str, exit: int) -> None:
    run = cli(["sound", "list", "--json"], listing(made(e.DevicesListed, fault=fault)))
    assert (run.exit, run.json["ok"], run.json["fault"]) == (exit, exit == 0, fault)
    assert run.json["finding"] == f"sound.device.{fault}"


def test_a_listing_leaves_no_engine_behind(cli: RunCli) -> None:
    run = cli(["sound", "list", "--json"], listing(LISTED))
    assert isinstance(run.commands[-1], Shutdown)
