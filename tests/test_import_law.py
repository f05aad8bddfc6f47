"""Who may import whom: the contracts of pyproject.toml, run, and proven to bite."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
RUN = "from importlinter.cli import lint_imports; raise SystemExit(lint_imports(no_cache=True, no_logo=True))"


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # an interpreter of its own: the linter imports by the working directory
        [sys.executable, "-c", RUN], cwd=folder, capture_output=True, text=True, timeout=120, check=False
    )


def test_the_tree_keeps_every_contract() -> None:
    done = lint(ROOT)
    assert done.returncode == 0, done.stdout + done.stderr


BREACHES = {
    "sip": ("import socket", "Ring 0 is pure"),
    "rtp": ("def now():\n    import time\n    return time", "Ring 0 is pure"),
    "trunk": ("from tccc_desk import cli", "Rings"),
    "trace": ("import asyncio", "Trunk, trace and explain"),
    "explain": ("from tccc_desk import diagnosis", "Rings"),
    "practice": ("from PySide6 import QtCore", "Only the window"),
    "ui": ("from tccc_desk.engine import secret_door", "The window knows the engine"),
    "store": ("from tccc_desk import sip", "The store knows neither"),
    "cli": ("import keyring", "Only the store opens"),
    "engine": ("import tccc_desk.store", "touch no keyring and no file store"),
    "sound": ("from tccc_desk import trunk", "Rings"),
    "net": ("import pyVoIP", "pyVoIP answers in the practice gateway"),
}


@pytest.fixture(scope="module")
def broken_tree_report(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What the linter says of a copy of the tree with one breach in each package of BREACHES."""
    copy = tmp_path_factory.mktemp("breached")
    shutil.copy(ROOT / "pyproject.toml", copy)
    shutil.copytree(ROOT / "tccc_desk", copy / "tccc_desk", ignore=shutil.ignore_patterns("__pycache__"))
    (copy / "tccc_desk/engine/secret_door.py").write_text("")
    for package, (line, _) in BREACHES.items():
        (copy / f"tccc_desk/{package}/breach.py").write_text(line + "\n")
    done = lint(copy)
    assert done.returncode != 0
    return done.stdout


@pytest.mark.parametrize("package", BREACHES)
def test_a_breach_is_seen(broken_tree_report: str, package: str) -> None:
    contract = BREACHES[package][1]
    lines = broken_tree_report.splitlines()
    assert any(contract in line and " BROKEN" in line for line in lines)
    assert f"tccc_desk.{package}.breach" in broken_tree_report
