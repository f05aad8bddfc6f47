"""Folders and small files: private, whole, bounded."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tccc_desk.store.errors import StoreError
from tccc_desk.store.files import exclusive, read_bounded, set_aside, write_atomic
from tccc_desk.store.paths import HOME_VARIABLE, Folders, folders, make_private


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_everything_is_under_the_home_and_private(home: Path, places: Folders) -> None:
    for folder in (places.config, places.data, places.state, places.runtime):
        assert folder.is_relative_to(home)
        assert mode(folder) == 0o700
    assert mode(home) == 0o700


def test_without_the_variable_the_platform_decides(tmp_path: Path) -> None:
    code = "from tccc_desk.store.paths import folders; print(folders())"
    environ = {
        key: value for key, value in os.environ.items() if not key.startswith("XDG_") and key != HOME_VARIABLE
    }
    run = subprocess.run(
        [sys.executable, "-c", code],
        env=environ | {"HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert str(tmp_path / ".config" / "tccc-desk") in run.stdout
    assert (tmp_path / ".config" / "tccc-desk").is_dir()


def test_a_folder_that_is_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("")
    with pytest.raises(StoreError) as refusal:
        folders({HOME_VARIABLE: str(tmp_path / "home")})
    assert refusal.value.finding == "store.folder.unusable"
    with pytest.raises(StoreError):
        make_private(tmp_path / "home")


def test_write_replaces_and_is_private(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    write_atomic(path, b"1")
    path.chmod(0o644)
    write_atomic(path, b"2")
    assert read_bounded(path) == b"2"
    assert mode(path) == 0o600
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.json"]


def test_a_failed_write_leaves_the_old_file(tmp_path: Path) -> None:
    target = tmp_path / "folder"
    target.mkdir()
    (target / "inside").write_text("")
    with pytest.raises(StoreError) as refusal:
        write_atomic(target, b"x")  # a folder cannot be replaced by a file
    assert refusal.value.finding == "store.file.unwritable"
    assert [entry.name for entry in tmp_path.iterdir()] == ["folder"]
    with pytest.raises(StoreError):
        write_atomic(tmp_path / "missing" / "a.json", b"x")


def test_reading_is_bounded(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"x" * 11)
    assert read_bounded(tmp_path / "none") is None
    assert read_bounded(path, limit=11) == b"x" * 11
    with pytest.raises(StoreError) as refusal:
        read_bounded(path, limit=10)
    assert refusal.value.finding == "store.file.too_large"
    with pytest.raises(StoreError) as refusal:
        read_bounded(tmp_path)
    assert refusal.value.finding == "store.file.unreadable"


def test_a_lock_held_elsewhere_ends_in_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    code = (
        "import sys, pathlib\n"
        "from tccc_desk.store.files import exclusive\n"
        "with exclusive(pathlib.Path(sys.argv[1])):\n"
        "    print('held', flush=True)\n"
        "    sys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"held\n"
        with pytest.raises(StoreError) as refusal, exclusive(path, timeout_s=0.05):
            pass
        assert refusal.value.finding == "store.file.locked"
        other.communicate()
    with exclusive(path, timeout_s=0.05):
        pass
    with pytest.raises(StoreError), exclusive(tmp_path / "missing" / "a"):
        pass


def test_setting_aside_never_overwrites(tmp_path: Path) -> None:
    names = set()
    for number in range(3):
        path = tmp_path / "a.json"
        path.write_text(str(number))
        kept = set_aside(path)
        assert kept.read_text() == str(number)
        names.add(kept.name)
    assert len(names) == 3
    with pytest.raises(StoreError):
        set_aside(tmp_path / "missing.json")
