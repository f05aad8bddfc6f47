"""What a call of the engine sounds like at the practice gateway: one-way audio named, digits, files."""

from __future__ import annotations

import asyncio
import random
import statistics
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tccc_desk.engine import commands, events
from tccc_desk.engine.door import Engine
from tccc_desk.net.media_sockets import open_pair
from tccc_desk.practice.client import PracticeProcess
from tccc_desk.practice.events import DigitReceived
from tccc_desk.practice.lines import STEM
from tccc_desk.rtp.report import Measurement
from tccc_desk.trunk.profile import DtmfMethod, Trunk
from tests.helpers.sine import part_of, read_sides, write_sine


class Desk:
    """An engine with one call-only trunk at the practice gateway."""

    def __init__(self, practice: PracticeProcess) -> None:
        self.practice = practice
        self.told: list[events.Event] = []
        self.changed = asyncio.Event()
        self.engine = Engine(self.listen)

    def listen(self, event: events.Event) -> None:
        self.told.append(event)
        self.changed.set()

    def configure(self, dtmf: DtmfMethod = "auto") -> None:
        ready = self.practice.ready
        trunk = Trunk(
            name="practice",
            username="gateway01",
            domain=ready.domain,
            server=ready.host,
            port=ready.port,
            dtmf=dtmf,
        )
        self.engine.submit(commands.ConfigureTrunk(trunk=trunk, password=self.practice.password()))

    def of(self, kind: type, call: str) -> list[events.Event]:
        return [event for event in self.told if isinstance(event, kind) and event.call == call]

    async def until(self, kind: type, call: str, count: int = 1) -> list[events.Event]:
        async with asyncio.timeout(30):
            while len(found := self.of(kind, call)) < count:
                self.changed.clear()
                await self.changed.wait()
        return found

    async def call(self, digits: str, **fields: object) -> Measurement:
        self.engine.submit(
            commands.PlaceTestCall(
                trunk="practice",
                call=digits,
                caller="13800138000",
                line=STEM + digits,
                **fields,  # type: ignore[arg-type]
            )
        )
        (ended,) = await self.until(events.CallEnded, digits)
        assert isinstance(ended, events.CallEnded)
        assert (ended.outcome, ended.status) == ("answered", 200)
        assert ended.media is not None
        return ended.media


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    async with PracticeProcess() as practice:
        desk = Desk(practice)
        await desk.engine.start()
        desk.configure()
        yield desk
        desk.engine.submit(commands.Shutdown())
        await desk.engine.closed()


SITUATIONS = {
    "01": ("none", ""),
    "12": ("we_hear_nothing", "nothing-arrives"),
    "16": ("we_hear_nothing", "arrives-silent"),
    "17": ("we_hear_nothing", "private-address-theirs"),
    "18": ("we_hear_nothing", "wrong-port"),
    "19": ("they_hear_nothing", "rtcp-reports-none"),
    "20": ("none", "no-rtcp"),
    "21": ("none", "late-start"),
}


async def test_each_one_way_situation_names_one_direction_and_cause(desk: Desk) -> None:
    async with asyncio.TaskGroup() as group:
        calls = {
            digits: group.create_task(desk.call(digits, duration_s=13.5 if digits in {"19", "20"} else 6.0))
            for digits in SITUATIONS
        }
    found = {digits: (call.result().one_way, call.result().cause) for digits, call in calls.items()}
    assert found == SITUATIONS
    # It was named while the call ran, too.
    for digits, verdict in SITUATIONS.items():
        running = [event.media for event in desk.of(events.MediaMeasured, digits)]  # type: ignore[attr-defined]
        assert verdict in {(media.one_way, media.cause) for media in running}


async def test_a_line_that_loses_and_swaps_is_measured_so(desk: Desk) -> None:
    media = await desk.call("22", duration_s=8.0)
    assert media.one_way == "none"
    assert media.lost > 0
    assert media.reordered > 0
    assert media.mos is not None
    assert media.mos < 4.3


@pytest.mark.parametrize(
    ("line", "dtmf", "sent_by", "received_by"),
    [
        ("23", "auto", "info", "info"),
        ("23", "info-dtmf", "info-dtmf", "info"),
        ("24", "auto", "inband", "inband"),
        ("24", "inband", "inband", "inband"),
    ],
)
async def test_digits_go_out_and_come_back(
    desk: Desk, line: str, dtmf: DtmfMethod, sent_by: str, received_by: str
) -> None:
    desk.configure(dtmf)
    media = await desk.call(line, play="silence", dtmf="5*", duration_s=3.0)
    assert (media.dtmf_sent, media.dtmf_received) == ("5*", "5*")
    assert [(await desk.practice.wait_for(DigitReceived)).digit for _ in "5*"] == ["5", "*"]
    assert {event.method for event in desk.of(events.DigitsSent, line)} == {sent_by}  # type: ignore[attr-defined]
    received = desk.of(events.DigitReceived, line)
    assert [(one.digit, one.method) for one in received] == [  # type: ignore[attr-defined]
        ("5", received_by),
        ("*", received_by),
    ]


async def test_a_line_without_info_refuses_a_digit_by_it(desk: Desk) -> None:
    desk.configure("info")
    media = await desk.call("24", dtmf="12", duration_s=1.0)
    assert media.dtmf_sent == ""
    (notice,) = desk.of(events.SoundNoticed, "24")
    assert isinstance(notice, events.SoundNoticed)
    assert (notice.finding, notice.details["status"]) == ("finding.sound.info-refused", "405")


async def test_a_file_is_heard_over_there_and_both_sides_are_recorded(desk: Desk, tmp_path: Path) -> None:
    write_sine(tmp_path / "a.wav", 440, 2.0)
    recording = tmp_path / "both.wav"
    media = await desk.call(
        "00", play="file", play_file=str(tmp_path / "a.wav"), record_file=str(recording), duration_s=3.0
    )
    assert media.one_way == "none"
    (ended,) = await desk.until(events.RecordingEnded, "00")
    assert isinstance(ended, events.RecordingEnded)
    assert (ended.fault, ended.file) == ("", str(recording))
    assert ended.seconds > 2.5
    (notice,) = desk.of(events.SoundNoticed, "00")
    assert notice.finding == "sound.wav.ended"  # type: ignore[attr-defined]
    ours, theirs = read_sides(recording)
    assert abs(len(ours) / 8000 - ended.seconds) < 0.01
    assert part_of(ours[4000:12000], 440) > 0.95
    assert part_of(theirs[6000:12000], 440) > 0.9  # the line is an echo


async def test_the_sound_and_the_recording_change_in_mid_call(desk: Desk, tmp_path: Path) -> None:
    write_sine(tmp_path / "a.wav", 440, 9.0)
    call = asyncio.create_task(desk.call("00", play="silence"))
    await desk.until(events.MediaMeasured, "00", 2)
    for number in range(2):
        desk.engine.submit(commands.RecordCall(call="00", file=str(tmp_path / f"{number}.wav")))
        desk.engine.submit(
            commands.ChangeSource(call="00", play="file", play_file=str(tmp_path / "a.wav"))
            if number == 0
            else commands.ChangeSource(call="00", play="tone")
        )
        await desk.until(events.MediaMeasured, "00", len(desk.of(events.MediaMeasured, "00")) + 3)
    desk.engine.submit(commands.RecordCall(call="00", file=""))
    desk.engine.submit(commands.RecordCall(call="00", file=str(tmp_path / "0.wav")))
    desk.engine.submit(commands.HangUp(call="00"))
    await call
    ended = await desk.until(events.RecordingEnded, "00", 2)
    assert [one.fault for one in ended] == ["", ""]  # type: ignore[attr-defined]
    (refused,) = [event for event in desk.told if isinstance(event, events.CommandRefused)]
    assert refused.finding == "sound.recording.exists"
    assert part_of(read_sides(tmp_path / "0.wav")[0][2000:8000], 440) > 0.95
    assert part_of(read_sides(tmp_path / "1.wav")[0][2000:8000], 1000) > 0.95


async def test_ports_stay_in_the_range_and_its_end_is_named(desk: Desk) -> None:
    desk.engine.submit(commands.ConfigureSound(port_low=1000, port_high=70_000))
    (refused,) = [event for event in desk.told if isinstance(event, events.CommandRefused)]
    assert (refused.field, refused.finding) == ("port_low", "finding.command.bad-ports")
    rtp, rtcp = open_pair("127.0.0.1", (20_000, 30_000), random.Random())  # below what systems give out
    low = rtp.getsockname()[1]
    rtp.close()
    rtcp.close()
    desk.engine.submit(commands.ConfigureSound(port_low=low, port_high=low + 1))
    first = asyncio.create_task(desk.call("01", duration_s=3.0))
    await desk.until(events.CallAnswered, "01")
    desk.engine.submit(commands.PlaceTestCall(trunk="practice", call="second", caller="1", line=STEM + "01"))
    (ended,) = await desk.until(events.CallEnded, "second")
    assert isinstance(ended, events.CallEnded)
    assert (ended.finding, ended.details["ports"]) == ("finding.call.no-port-in-range", f"{low}-{low + 1}")
    await first


async def test_pyvoips_phone_sends_our_file_back(desk: Desk, tmp_path: Path) -> None:
    write_sine(tmp_path / "a.wav", 440, 9.0)
    both = tmp_path / "both.wav"
    media = await desk.call(
        "77", play="file", play_file=str(tmp_path / "a.wav"), record_file=str(both), dtmf="7", duration_s=4.0
    )
    assert (media.codec, media.one_way, media.dtmf_sent) == ("PCMU", "none", "7")
    assert (await desk.practice.wait_for(DigitReceived)).digit == "7"
    await desk.until(events.RecordingEnded, "77")
    _, theirs = read_sides(both)
    # Its clock is a few per cent slow, which breaks a tone often: the pieces are what counts.
    parts = [part_of(theirs[start : start + 400], 440) for start in range(12000, len(theirs) - 800, 400)]
    assert statistics.median(parts) > 0.9
