"""Sound against far ends that are not ours: what baresip and SIPp hear of us, and we of them."""

from __future__ import annotations

import re
from array import array
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.baresip import LINE, Baresip
from tests.helpers.command_line import RealCli, Run, account_at
from tests.helpers.process import await_true
from tests.helpers.sine import part_of, read_sides, write_sine
from tests.helpers.sipp import ANSWER, Sipp

CALLER = "13900000001"
KEY_5 = (770, 1336)


def call(real: RealCli, address: tuple[str, int], *more: str) -> Run:
    """Call a far end directly: no server in between, nobody to register at."""
    server = f"{address[0]}:{address[1]}"
    asked = ["--no-register", "--from", CALLER, "--to", LINE, *more, "--json"]
    return real.run(["call", *account_at(server, "udp"), *asked])


def loudest(samples: array[int], hertz: Sequence[int], length: int = 400) -> float:
    """The largest part of the power that these frequencies have together in any 50 ms."""
    return max(
        sum(part_of(samples[start : start + length], one) for one in hertz)
        for start in range(0, len(samples) - length, length // 2)
    )


def heard_by(phone: Baresip) -> array[int]:
    """What baresip took of our sound, in its own recording."""
    phone.await_event("CALL_CLOSED")
    phone.packets()  # by then the file is complete
    (recording,) = phone.recordings()
    (samples,) = read_sides(recording)
    return samples


def test_our_file_is_heard_by_baresip_and_its_file_by_us(tmp_path: Path, real: RealCli) -> None:
    write_sine(tmp_path / "ours.wav", 440, 4.0)
    write_sine(tmp_path / "theirs.wav", 600, 9.0, rate=48_000, channels=2)
    both = tmp_path / "both.wav"
    with Baresip(tmp_path / "baresip", source=f"aufile,{tmp_path / 'theirs.wav'}") as phone:
        asked = ["--play", str(tmp_path / "ours.wav"), "--record", str(both), "--seconds", "3"]
        run = call(real, phone.address, *asked)
        samples = heard_by(phone)
    assert run.exit == 0, run.err
    media = run.json["media"]
    assert (media["one_way"], media["lost"], media["malformed"], media["foreign"]) == ("none", 0, 0, 0)
    assert media["level_received_dbov"] > -30
    (recording,) = run.json["recordings"]
    assert (recording["file"], recording["finding"]) == (str(both), None)
    ours, theirs = read_sides(both)
    assert part_of(samples[4000:16000], 440) > 0.95
    assert part_of(ours[4000:16000], 440) > 0.95
    assert part_of(theirs[4000:16000], 600) > 0.95


@pytest.mark.parametrize(("play", "hertz"), [("tone", 1000), ("sweep", 0), ("silence", 0)])
def test_baresip_hears_each_source(tmp_path: Path, real: RealCli, play: str, hertz: int) -> None:
    with Baresip(tmp_path / "baresip") as phone:
        run = call(real, phone.address, "--play", play, "--seconds", "2.5")
        samples = heard_by(phone)
    assert run.exit == 0, run.err
    power = sum(value * value for value in samples[4000:12000]) / 8000
    assert (power > 10_000) is (play != "silence")
    assert run.json["media"]["level_sent_dbov"] is not None
    if hertz:
        assert part_of(samples[4000:8000], hertz) > 0.8


def test_baresip_hears_our_digits_as_tones(tmp_path: Path, real: RealCli) -> None:
    with Baresip(tmp_path / "baresip") as phone:
        asked = ["--play", "silence", "--dtmf", "5", "--dtmf-method", "inband", "--seconds", "2"]
        run = call(real, phone.address, *asked)
        samples = heard_by(phone)
    assert run.exit == 0, run.err
    assert (run.json["media"]["dtmf_sent"], run.json["media"]["dtmf_sent_by"]) == ("5", ["inband"])
    assert loudest(samples, KEY_5) > 0.9
    assert loudest(samples, (697, 1633)) < 0.3


def test_digits_a_short_call_leaves_no_time_for_are_named(tmp_path: Path, real: RealCli) -> None:
    with Baresip(tmp_path / "baresip") as phone:
        run = call(real, phone.address, "--dtmf", "12,#A", "--seconds", "1.5", "--lang", "en")
    assert run.exit == 0, run.err
    assert run.json["media"]["dtmf_sent"] == "12"
    (notice,) = [one for one in run.json["notices"] if one["finding"] == "finding.sound.digits-cut"]
    assert "before these digits were sent: #A" in notice["sentence"]
    assert notice["sentence"] in run.err


@pytest.mark.parametrize("method", ["rfc4733", "info"])
def test_baresip_understands_our_digits(tmp_path: Path, real: RealCli, method: str) -> None:
    with Baresip(tmp_path / "baresip") as phone:
        run = call(real, phone.address, "--dtmf", "5", "--dtmf-method", method, "--seconds", "2")
        digit = phone.await_event("CALL_DTMF_START")
    assert run.exit == 0, run.err
    assert "5" in str(digit["param"])
    media = run.json["media"]
    assert (media["dtmf_sent"], media["dtmf_sent_by"]) == ("5", [method])


def answering(*more: str, events: bool = False) -> str:
    """A SIPp far end that does `more` between the ACK and the BYE."""
    body = ANSWER
    if events:
        body = body.replace("RTP/AVP 8\n", "RTP/AVP 8 101\n").replace(
            "a=rtpmap:8 PCMA/8000", "a=rtpmap:8 PCMA/8000\n    a=rtpmap:101 telephone-event/8000"
        )
    return body.replace(
        '<recv request="ACK" rrs="true"/>', '<recv request="ACK" rrs="true"/>' + "".join(more)
    )


def info(status: int, content: str, digit: str) -> str:
    """Take one INFO and answer it."""
    return f"""
  <recv request="INFO"><action>
    <ereg regexp="{content}" search_in="hdr" header="Content-Type:" check_it="true" assign_to="kind"/>
    <ereg regexp="{digit}" search_in="body" check_it="true" assign_to="digit"/>
  </action></recv>
  <Reference variables="kind,digit"/>
  <send><![CDATA[
    SIP/2.0 {status} Said So
    [last_Via:]
    [last_From:]
    [last_To:]
    [last_Call-ID:]
    [last_CSeq:]
    Content-Length: 0
  ]]></send>"""


def with_references(scenario: str) -> str:
    """SIPp wants unused variables named once."""
    return scenario.replace('<Reference variables="kind,digit"/>', "") + (
        '<Reference variables="kind,digit"/>' if 'assign_to="kind"' in scenario else ""
    )


@pytest.mark.parametrize(("method", "content"), [("info", "dtmf-relay"), ("info-dtmf", "application/dtmf")])
def test_sipp_takes_one_info_after_the_other(
    tmp_path: Path, real: RealCli, method: str, content: str
) -> None:
    scenario = with_references(answering(info(200, content, "1"), info(200, content, "2")))
    with Sipp(tmp_path / "sipp", scenario) as far:
        run = call(real, far.address, "--dtmf", "12", "--dtmf-method", method, "--seconds", "2")
        assert far.finish() == 0, far.messages()
        bodies = far.messages()
    assert run.exit == 0, run.err
    assert (run.json["media"]["dtmf_sent"], run.json["media"]["dtmf_sent_by"]) == ("12", [method])
    assert ("Signal=1" in bodies) is (method == "info")


@pytest.mark.parametrize("status", [415, 405])
def test_a_digit_that_sipp_refuses_is_said(tmp_path: Path, real: RealCli, status: int) -> None:
    with Sipp(tmp_path / "sipp", with_references(answering(info(status, "dtmf", "1")))) as far:
        run = call(real, far.address, "--dtmf", "12", "--dtmf-method", "info", "--seconds", "2")
        assert far.finish() == 0, far.messages()
    assert run.exit == 0, run.err
    assert run.json["media"]["dtmf_sent"] == ""
    (notice,) = [one for one in run.json["notices"] if one["finding"] == "finding.sound.info-refused"]
    assert str(status) in notice["sentence"]


def test_we_hear_the_media_file_that_sipp_plays(tmp_path: Path, real: RealCli) -> None:
    # SIPp sends a file's octets as they are: A-law, made here by formula.
    from tccc_desk.rtp.g711 import encode

    write_sine(tmp_path / "600.wav", 600, 3.0, rate=8000)
    (samples,) = read_sides(tmp_path / "600.wav")
    (tmp_path / "600.alaw").write_bytes(encode("PCMA", list(samples)))
    play = f'<nop><action><exec rtp_stream="{tmp_path / "600.alaw"},1,8,PCMA/8000"/></action></nop>'
    both = tmp_path / "both.wav"
    with Sipp(tmp_path / "sipp", answering(play)) as far:
        run = call(real, far.address, "--play", "silence", "--record", str(both), "--seconds", "2.5")
        assert far.finish() == 0, far.messages()
    assert run.exit == 0, run.err
    media: dict[str, Any] = run.json["media"]
    assert (media["one_way"], media["cause"], media["remote_report"]) == ("none", None, False)
    assert media["received"] > 80
    _, theirs = read_sides(both)
    assert part_of(theirs[4000:14000], 600) > 0.95
    assert re.fullmatch(r"127\.0\.0\.1:\d+", media["remote"])
    await_true(both.exists, 1.0, "the recording")
