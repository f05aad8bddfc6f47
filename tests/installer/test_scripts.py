"""The set-up scripts on machines that are not like this one: each is shown by the few commands it asks."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

INSTALLER = Path(__file__).parent.parent.parent / "installer"
SH = Path("/bin/sh")


class Machine:
    """A PATH of its own, with what `commands` says; each is a shell script's text."""

    def __init__(self, folder: Path, **commands: str) -> None:
        self.folder = folder
        for name, text in commands.items():
            path = folder / name.replace("_", "-")
            path.write_text(f"#!{SH}\n{text}\n")
            path.chmod(0o755)

    def run(
        self, script: str, *arguments: str, env: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(SH), str(INSTALLER / script), *arguments],
            env={"PATH": str(self.folder), **(env or {})},
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )


DEBIAN = {
    "apt_get": 'echo "apt-get $*" >> calls; exit 0',
    "dpkg_query": 'case "$4" in libegl1|libglib2.0-0t64) echo " installed";; *) echo " not-installed";; esac',
    "python3": "exit 1",
    "mktemp": "echo log",
    "rm": "exit 0",
    "tail": "exit 0",
}


def test_somebody_else_than_root_is_told_the_one_line_to_run(tmp_path: Path) -> None:
    machine = Machine(tmp_path, **DEBIAN, id="echo 1000")
    done = machine.run("system_packages.sh", "venv", "run")
    assert done.returncode == 1
    (line,) = (line for line in done.stderr.splitlines() if "apt-get install" in line)
    wanted = line.split()
    assert wanted[:5] == ["sudo", "apt-get", "install", "-y", "--no-install-recommends"]
    assert {"python3-venv", "libxcb-cursor0", "fonts-noto-cjk"} <= set(wanted)
    assert "libegl1" not in wanted, "what is there is not asked for"
    assert "libglib2.0-0" not in wanted, "under its newer name neither"
    assert not (tmp_path / "calls").exists()


def test_root_gets_what_is_missing_installed(tmp_path: Path) -> None:
    machine = Machine(tmp_path, **DEBIAN, id="echo 0", cat="exit 0")
    done = machine.run("system_packages.sh", "venv")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "calls").read_text().splitlines() == [
        "apt-get update",
        "apt-get install -y --no-install-recommends python3-venv",
    ]


@pytest.mark.parametrize("env", [{}, {"SYSTEM_PACKAGES": "skip"}])
def test_a_machine_without_apt_and_one_told_to_skip_go_on(tmp_path: Path, env: dict[str, str]) -> None:
    machine = Machine(tmp_path, **(DEBIAN if env else {}), id="echo 0")
    done = machine.run("system_packages.sh", "venv", "run", "test", env=env)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert not (tmp_path / "calls").exists()


@pytest.mark.parametrize(
    ("system", "env", "status"),
    [
        ("Linux", {}, 1),
        ("Linux", {"DISPLAY": ":7"}, 0),
        ("Linux", {"WAYLAND_DISPLAY": "wayland-0"}, 0),
        ("Linux", {"QT_QPA_PLATFORM": "offscreen"}, 0),
        ("Darwin", {}, 0),
    ],
)
def test_a_machine_without_a_screen_is_told_so(
    tmp_path: Path, system: str, env: dict[str, str], status: int
) -> None:
    done = Machine(tmp_path, uname=f"echo {system}").run("screen.sh", env=env)
    assert done.returncode == status
    assert ("no screen" in done.stderr) == bool(status)


def test_a_python_that_is_too_old_is_named_as_the_reason(tmp_path: Path) -> None:
    machine = Machine(tmp_path, python3="exit 1")
    done = machine.run("venv.sh", "made", "requirements.txt")
    assert done.returncode == 1
    assert done.stderr == "TCCC Desk needs Python 3.11, 3.12 or 3.13, and none of them was found.\n"
    assert not (tmp_path / "made").exists()


def test_an_environment_is_made_by_the_first_python_that_suits(tmp_path: Path) -> None:
    machine = Machine(tmp_path, python3="exit 1", rm='exec /bin/rm "$@"')
    (tmp_path / "python3.12").write_text(f'#!{SH}\nexec "{sys.executable}" "$@"\n')
    (tmp_path / "python3.12").chmod(0o755)
    (tmp_path / "requirements.txt").write_text("")
    done = machine.run("venv.sh", "made", "requirements.txt", env={"HOME": os.environ.get("HOME", "/")})
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "made/bin/python").exists()
