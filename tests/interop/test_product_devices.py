"""Microphone and speaker in a real call: a PulseAudio whose microphone hears what its speaker plays."""

from __future__ import annotations

import asyncio
import statistics
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from tccc_desk.practice.client import PracticeProcess
from tccc_desk.practice.lines import STEM
from tests.helpers.command_line import RealCli, account_at
from tests.helpers.process import await_true
from tests.helpers.sine import part_of, read_sides
from tests.helpers.sound_server import MICROPHONE, NO_HARDWARE, SPEAKER, SoundServer


@pytest.fixture
def server(real: RealCli) -> Iterator[SoundServer]:
    with SoundServer() as running:
        real.extra = dict(running.environ)
        yield running


@pytest.fixture
async def practice() -> AsyncIterator[PracticeProcess]:
    async with PracticeProcess() as process:
        yield process


class Caller:
    """The command line with the practice gateway's account."""

    def __init__(self, real: RealCli, practice: PracticeProcess) -> None:
        self._real = real
        self._password = practice.password()
        self._account = account_at(f"{practice.ready.host}:{practice.ready.port}")

    def start(self, digits: str, *more: str) -> Any:
        asked = ["--no-register", "--from", "13800138000", "--to", STEM + digits, *more, "--json"]
        return self._real.start(["call", *self._account, *asked], self._password)

    async def finish(self, process: Any) -> Any:
        run = await asyncio.to_thread(self._real.finish, process)
        assert run.exit == 0, run.err
        return run.json


def test_the_devices_are_listed_by_their_ids(real: RealCli, server: SoundServer) -> None:
    run = real.run(["sound", "list", "--json"])
    assert (run.exit, run.json["fault"]) == (0, ""), run.err
    assert MICROPHONE in [device["id"] for device in run.json["microphones"]]
    assert {device["id"]: device["default"] for device in run.json["speakers"]}[SPEAKER] is True


def test_a_machine_without_devices_says_so(real: RealCli, tmp_path: Path) -> None:
    (tmp_path / "asound.conf").write_text(NO_HARDWARE)
    hidden = dict.fromkeys(("HOME", "XDG_RUNTIME_DIR", "PULSE_RUNTIME_PATH"), str(tmp_path))
    real.extra = {
        **hidden,
        "PULSE_SERVER": f"unix:{tmp_path}/none",
        "ALSA_CONFIG_PATH": str(tmp_path / "asound.conf"),
    }
    run = real.run(["sound", "list", "--json"])
    assert run.json["microphones"] == run.json["speakers"] == []
    assert run.json["fault"]
    assert run.json["sentence"]


async def test_the_speaker_plays_them_and_the_microphone_is_sent(
    real: RealCli, server: SoundServer, practice: PracticeProcess, tmp_path: Path
) -> None:
    caller = Caller(real, practice)
    both = tmp_path / "both.wav"
    devices = ["--microphone", MICROPHONE, "--speaker", SPEAKER]
    process = caller.start(
        "01", "--play", "microphone", "--listen", *devices, "--record", str(both), "--seconds", "5"
    )
    found = await caller.finish(process)
    assert found["media"]["one_way"] == "none"
    assert found["media"]["level_sent_dbov"] > -30
    assert found["notices"] == []
    ours, theirs = read_sides(both)
    assert part_of(theirs[8000:12000], 1000) > 0.95
    # Their tone: out by the speaker, in by the microphone. Clocks that differ change its pitch by 0.16 % at
    # most, which 50 ms bear (0.97); with the 0.6 % per direction of a backlog stretched away it is 0.25.
    parts = [part_of(ours[start : start + 400], 1000) for start in range(16000, len(ours) - 1600, 400)]
    assert statistics.median(parts) > 0.9


async def test_a_silent_microphone_is_named(
    real: RealCli, server: SoundServer, practice: PracticeProcess
) -> None:
    caller = Caller(real, practice)
    found = await caller.finish(caller.start("01", "--play", "microphone", "--seconds", "6"))
    assert (found["media"]["one_way"], found["media"]["cause"]) == ("they_hear_nothing", "microphone-silent")


async def test_a_sound_server_that_dies_is_said_and_the_call_goes_on(
    real: RealCli, server: SoundServer, practice: PracticeProcess, tmp_path: Path
) -> None:
    caller = Caller(real, practice)
    both = tmp_path / "both.wav"
    process = caller.start(
        "01", "--play", "microphone", "--listen", "--record", str(both), "--seconds", "9", "--lang", "en"
    )

    def heard() -> bool:
        return both.exists() and both.stat().st_size > 8000 and max(read_sides(both)[0][-2000:]) > 1000

    await asyncio.to_thread(await_true, heard, 8.0, "the microphone in the recording")
    server.kill()
    found = await caller.finish(process)
    assert (found["outcome"], found["ended_by"]) == ("answered", "us")
    assert found["media"]["received"] > 300
    findings = [notice["finding"] for notice in found["notices"]]
    assert "sound.device.server-died" in findings
    assert all(notice["sentence"] for notice in found["notices"])
