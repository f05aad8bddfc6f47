"""The wheel is complete: resources and licence are in it, and its command line runs from it alone."""

from __future__ import annotations

import configparser
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from hatchling.builders.wheel import WheelBuilder

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    folder = tmp_path_factory.mktemp("wheel")
    (path,) = WheelBuilder(str(ROOT)).build(directory=str(folder))
    return zipfile.ZipFile(path)


@pytest.fixture(scope="module")
def unpacked(wheel: zipfile.ZipFile, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("unpacked")
    wheel.extractall(folder)
    return folder


def run(unpacked: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Our interpreter in the unpacked wheel, which comes before anything else it could import."""
    environment = {**os.environ, "PYTHONPATH": str(unpacked), "TCCC_DESK_HOME": str(unpacked / "home")}
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=unpacked,
        env=environment,
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )


def test_it_carries_every_module_and_every_resource(wheel: zipfile.ZipFile) -> None:
    inside = set(wheel.namelist())
    modules = {path.relative_to(ROOT).as_posix() for path in (ROOT / "tccc_desk").rglob("*.py")}
    resources = {
        f"tccc_desk/{path.relative_to(ROOT).as_posix()}"
        for path in (ROOT / "resources").rglob("*")
        if path.is_file()
    }
    assert resources
    assert modules | resources <= inside


def test_it_carries_the_licence_and_both_commands(wheel: zipfile.ZipFile) -> None:
    (metadata,) = (name for name in wheel.namelist() if name.endswith(".dist-info/METADATA"))
    folder = metadata.rpartition("/")[0]
    assert "GNU GENERAL PUBLIC LICENSE" in wheel.read(f"{folder}/licenses/LICENSE").decode()
    commands = configparser.ConfigParser()
    commands.read_string(wheel.read(f"{folder}/entry_points.txt").decode())
    assert commands["console_scripts"]["tccc-desk-cli"] == "tccc_desk.cli.__main__:run"
    assert commands["gui_scripts"]["tccc-desk"] == "tccc_desk.app.main:main"


def test_it_holds_nothing_else(wheel: zipfile.ZipFile) -> None:
    tops = {name.split("/", 1)[0] for name in wheel.namelist()}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"tccc_desk"}
    assert [name for name in wheel.namelist() if "__pycache__" in name] == []


def test_its_command_line_runs_from_it_alone(unpacked: Path) -> None:
    where = run(unpacked, "-c", "import tccc_desk; print(tccc_desk.__file__)")
    assert Path(where.stdout.strip()).is_relative_to(unpacked), where.stderr
    shown = run(unpacked, "-c", "import sys; from tccc_desk.cli.main import main; sys.exit(main())", "--help")
    assert shown.returncode == 0, shown.stderr
    assert "register" in shown.stdout


def test_its_texts_come_from_inside_it(unpacked: Path) -> None:
    shown = run(
        unpacked,
        "-c",
        "from tccc_desk.texts.catalogue import domains, resources; print(resources()); print(*domains())",
    )
    folder, names = shown.stdout.splitlines()
    assert Path(folder) == unpacked / "tccc_desk/resources"
    assert names
