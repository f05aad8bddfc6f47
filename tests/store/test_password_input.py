"""--password-stdin: what is taken, and what is refused without repeating it."""

from __future__ import annotations

import io
import os
from pathlib import Path

import pytest

from tccc_desk.store.password_input import MAX_BYTES, checked_password, read_password
from tccc_desk.trunk.errors import InputError


@pytest.mark.parametrize(
    ("data", "password"),
    [
        (b"Abcd1234\n", "Abcd1234"),
        (b"Abcd1234\r\n", "Abcd1234"),
        (b"Abcd1234", "Abcd1234"),
        (b" Abcd 1234 \n", " Abcd 1234 "),
        ("密码Abcd1234\n".encode(), "密码Abcd1234"),
        (b"x" * MAX_BYTES + b"\r\n", "x" * MAX_BYTES),
    ],
)
def test_a_password(data: bytes, password: str) -> None:
    assert read_password(io.BytesIO(data)) == password


@pytest.mark.parametrize(
    ("data", "finding"),
    [
        (b"", "input.password.none"),
        (b"\n", "input.password.none"),
        (b"\r\n", "input.password.none"),
        (b"Abcd1234\n\n", "input.password.control"),
        (b"Abcd\x001234\n", "input.password.control"),
        (b"Abcd1234\r", "input.password.control"),
        (b"Abcd\t1234", "input.password.control"),
        (b"\xff\xfe", "input.password.encoding"),
        (b"x" * (MAX_BYTES + 1), "input.password.too_long"),
        (b"x" * 10_000_000, "input.password.too_long"),
    ],
)
def test_no_password(data: bytes, finding: str) -> None:
    with pytest.raises(InputError) as refusal:
        read_password(io.BytesIO(data))
    assert (refusal.value.field, refusal.value.finding) == ("password", finding)
    assert "Abcd" not in repr(refusal.value) + str(refusal.value.details)
    assert refusal.value.__cause__ is None


def test_a_forms_password_is_held_to_the_same() -> None:
    assert checked_password("Abcd 1234") == "Abcd 1234"
    for bad in ("", "a\nb", "a\udc80", "密" * 400):
        with pytest.raises(InputError):
            checked_password(bad)


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604])
def test_a_file_others_can_read_is_refused_before_it_is_read(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "password"
    path.write_bytes(b"Abcd1234\n")
    path.chmod(mode)
    with path.open("rb") as stream:
        with pytest.raises(InputError) as refusal:
            read_password(stream)
        assert stream.tell() == 0
    assert refusal.value.finding == "input.password.readable"


def test_the_owners_file_and_a_pipe_are_read(tmp_path: Path) -> None:
    path = tmp_path / "password"
    path.write_bytes(b"Abcd1234\n")
    path.chmod(0o600)
    with path.open("rb") as stream:
        assert read_password(stream) == "Abcd1234"
    reading, writing = os.pipe()
    os.write(writing, b"Abcd1234\n")
    os.close(writing)
    with os.fdopen(reading, "rb") as stream:
        assert read_password(stream) == "Abcd1234"
