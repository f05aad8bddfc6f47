"""A window without a screen: panels driven by scripted events, and the whole desk on its own loop."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import qasync
from PySide6.QtWidgets import QApplication

from tccc_desk.engine.commands import Command
from tccc_desk.ui.garbage import Collector
from tccc_desk.ui.state import DeskState
from tccc_desk.ui.texts import Texts
from tests.helpers.window_script import NOW, TRUNK, started


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        # The offscreen platform says so for every window that is shown.
        item.add_marker(pytest.mark.qt_log_ignore("propagateSizeHints", extend=True))


@pytest.fixture(autouse=True, scope="session")
def collector(qapp: QApplication) -> Iterator[None]:
    made = Collector()
    yield
    made.close()


@pytest.fixture
def texts() -> Texts:
    return Texts("en")


@pytest.fixture
def sent() -> list[Command]:
    """Commands the panels wished for."""
    return []


@pytest.fixture
def submit(sent: list[Command]) -> Callable[[Command], None]:
    return sent.append


@pytest.fixture
def state(qapp: QApplication) -> DeskState:
    """An engine that runs and one trunk nothing was heard of."""
    made = DeskState(clock=lambda: NOW)
    made.set_trunks((TRUNK,))
    made.take(started())
    return made


@pytest.fixture
def desk_loop(qapp: QApplication) -> Iterator[qasync.QEventLoop]:
    loop = qasync.QEventLoop(qapp)
    with loop:
        yield loop
