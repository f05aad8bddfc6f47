"""WAV headers: every PCM there is, and everything hostile refused with its own reason."""

from __future__ import annotations

import os
import socket
import struct
import wave
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tccc_desk.sound.faults import RECORDING, WAV, SoundFault
from tccc_desk.sound.wav_format import check_wav, open_wav
from tccc_desk.texts.catalogue import LANGUAGES, ids, text
from tests.sound.wav_files import chunk, extensible, fmt, riff, write

SOUND = chunk(b"data", bytes(3200))

REFUSED = {
    "sound.wav.empty": b"",
    "sound.wav.not-wav": b"RIFF\x04\0\0\0AVI ",
    "sound.wav.no-format": riff(SOUND),
    "sound.wav.no-data": riff(fmt()),
    "sound.wav.truncated": riff(fmt(), SOUND)[:-1],
    "sound.wav.inconsistent": riff(fmt(frame=3), SOUND),
    "sound.wav.compressed": riff(fmt(tag=0x55), SOUND),
    "sound.wav.channels": riff(fmt(channels=0, frame=2), SOUND),
    "sound.wav.rate": riff(fmt(rate=4_000_000_000), SOUND),
    "sound.wav.width": riff(fmt(bits=64), SOUND),
}
MORE = [
    ("sound.wav.not-wav", b"R"),
    ("sound.wav.not-wav", b"hello, world, this is text"),
    ("sound.wav.no-format", riff()),
    ("sound.wav.no-format", riff(chunk(b"fmt ", bytes(15)), SOUND)),
    ("sound.wav.no-format", riff(chunk(b"fmt ", fmt(tag=0xFFFE)[8:]), SOUND)),
    ("sound.wav.no-data", riff(fmt(), chunk(b"data", b""))),
    ("sound.wav.no-data", riff(fmt(channels=2), chunk(b"data", bytes(3)))),
    ("sound.wav.no-data", riff(fmt(), *[chunk(b"junk", b"")] * 2000, SOUND)),
    ("sound.wav.truncated", riff(fmt(), b"data\xfe\xff\xff\xff" + bytes(3200))),
    ("sound.wav.no-data", riff(fmt(), b"data\xff\xff\xff\xff")),
    ("sound.wav.rate", riff(fmt(rate=0), b"data\xff\xff\xff\xff" + bytes(3200))),
    ("sound.wav.truncated", riff(b"junk\xf0\xff\xff\x7f")),
    ("sound.wav.truncated", b"RIFF\xfe\xff\xff\xffWAVE" + fmt() + SOUND),
    ("sound.wav.compressed", riff(extensible(1, 2, 48000, 16, bytes(14)), SOUND)),
    ("sound.wav.compressed", b"fLaC" + bytes(100)),
    ("sound.wav.compressed", b"RF64\xff\xff\xff\xffWAVEds64" + bytes(100)),
    ("sound.wav.channels", riff(fmt(channels=60000, frame=0), SOUND)),
    ("sound.wav.rate", riff(fmt(rate=0), SOUND)),
    ("sound.wav.width", riff(fmt(bits=0), SOUND)),
    ("sound.wav.width", riff(fmt(tag=3, bits=16), SOUND)),
    ("sound.wav.inconsistent", riff(fmt(frame=0), SOUND)),
]


@pytest.mark.parametrize(("finding", "data"), [*REFUSED.items(), *MORE])
def test_a_hostile_file_is_refused_with_one_reason(finding: str, data: bytes, tmp_path: Path) -> None:
    with pytest.raises(SoundFault) as caught:
        check_wav(write(tmp_path / "某.wav", data))
    assert caught.value.finding == finding
    for language in LANGUAGES:
        sentence = text(finding, language, **caught.value.details)
        assert "某.wav" in sentence
        assert "{" not in sentence


def test_what_is_no_file_is_refused_and_never_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "socket"))
        for path, finding in {
            tmp_path: "directory",
            tmp_path / "nothing.wav": "missing",
            tmp_path / "fifo" / "x.wav": "missing",
            tmp_path / "fifo": "not-a-file",
            tmp_path / "socket": "not-a-file",
            Path("/dev/zero"): "not-a-file",
            tmp_path / "loop": "unreadable",
            tmp_path / "a\0b": "unreadable",
            tmp_path / ("x" * 5000): "unreadable",
        }.items():
            with pytest.raises(SoundFault) as caught:
                check_wav(path)
            assert caught.value.finding == f"sound.wav.{finding}", path


def test_a_file_of_more_than_2_gib_is_refused_by_its_size(tmp_path: Path) -> None:
    path = write(tmp_path / "big.wav", riff(fmt(), SOUND))
    os.truncate(path, (2 << 30) + 1)
    with pytest.raises(SoundFault) as caught:
        check_wav(path)
    assert caught.value.finding == "sound.wav.too-big"


def test_a_name_that_is_no_text_is_shown_and_bounded(tmp_path: Path) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff" + b"y" * 250))
    with pytest.raises(SoundFault) as caught:
        check_wav(path)
    assert caught.value.details["file"].encode().startswith(b"?yyy")
    assert len(caught.value.details["file"]) == 200


@pytest.mark.parametrize(
    ("header", "known"),
    [
        (fmt(), ("int", 8000, 1, 2)),
        (fmt(channels=2, rate=44100, bits=24), ("int", 44100, 2, 3)),
        (fmt(bits=8), ("int", 8000, 1, 1)),
        (fmt(bits=20), ("int", 8000, 1, 3)),
        (fmt(tag=3, bits=32), ("float", 8000, 1, 4)),
        (fmt(tag=6, bits=8), ("PCMA", 8000, 1, 1)),
        (fmt(tag=7, bits=8), ("PCMU", 8000, 1, 1)),
        (extensible(1, 6, 96000, 32), ("int", 96000, 6, 4)),
        (extensible(3, 2, 48000, 64), ("float", 48000, 2, 8)),
        (chunk(b"LIST", b"odd") + fmt() + chunk(b"fact", bytes(4)), ("int", 8000, 1, 2)),
    ],
)
def test_every_kind_of_pcm_is_known(header: bytes, known: tuple[str, int, int, int], tmp_path: Path) -> None:
    file, found = open_wav(write(tmp_path / "a.wav", riff(header, SOUND, chunk(b"LIST", bytes(5)))))
    with file:
        assert (found.kind, found.rate, found.channels, found.width) == known
        assert found.octets == 3200 - 3200 % found.frame
        file.seek(found.start)
        assert file.read(3200) == bytes(3200)


@pytest.mark.parametrize("riff_length", [0, 0xFFFFFFFF, 3236])
@pytest.mark.parametrize("data_length", [0, 0xFFFFFFFF])
def test_a_length_nobody_could_fill_in_is_the_rest_of_the_file(
    riff_length: int, data_length: int, tmp_path: Path
) -> None:
    """As sox and ffmpeg write it into a pipe."""
    head = b"RIFF" + struct.pack("<I", riff_length) + b"WAVE" + fmt()
    data = head + b"data" + struct.pack("<I", data_length) + bytes(3201)
    found = check_wav(write(tmp_path / "streamed.wav", data))
    assert (found.octets, found.seconds) == (3200, 0.2)


def test_what_the_standard_library_writes_is_read(tmp_path: Path) -> None:
    with wave.open(str(tmp_path / "a.wav"), "wb") as made:
        made.setparams((2, 3, 22050, 0, "NONE", ""))
        made.writeframes(bytes(6 * 22050))
    assert check_wav(tmp_path / "a.wav").seconds == 1.0


@given(st.binary(max_size=300), st.integers(0, 80), st.booleans())
@settings(deadline=None)
def test_no_octets_bring_anything_but_a_refusal(noise: bytes, at: int, whole: bool) -> None:
    good = riff(fmt(), chunk(b"data", bytes(100)))
    data = noise if whole else good[:at] + noise + good[at + len(noise) :]
    file = os.memfd_create("wav")
    try:
        os.write(file, data)
        found = check_wav(Path(f"/proc/self/fd/{file}"))
        assert 0 < found.octets <= len(data)
        assert struct.calcsize("<I") <= found.start < len(data)
    except SoundFault as fault:
        assert fault.finding in WAV  # noqa: PT017 - either outcome is right
    finally:
        os.close(file)


def test_texts_and_findings_are_the_same_set() -> None:
    told = {id for id in ids("sound") if id.startswith(("sound.wav.", "sound.recording."))}
    assert {f"sound.{id}" if not id.startswith("sound.") else id for id in told} == WAV | RECORDING
