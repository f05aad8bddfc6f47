"""Folders of a test's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from tccc_desk.store.paths import HOME_VARIABLE, Folders, folders


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def places(home: Path) -> Folders:
    return folders({HOME_VARIABLE: str(home)})
