"""The window as a whole: its keys, its names, its sizes, its languages."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QApplication,
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
    QScrollBar,
    QWidget,
)
from pytestqt.qtbot import QtBot

from tccc_desk.engine.commands import AnswerCall, Command, HangUp, PlaceTestCall, RegisterTrunk, RejectCall
from tccc_desk.texts.catalogue import LANGUAGES, Language
from tccc_desk.ui.state import DeskState
from tccc_desk.ui.texts import Texts
from tccc_desk.ui.window import Window
from tests.helpers import window_script as script
from tests.helpers.log_folder import store

Submit = Callable[[Command], None]


COMPOSED = (QComboBox, QLineEdit, QAbstractItemView, QScrollBar)


def ancestors(widget: QWidget) -> Iterator[QWidget]:
    while (parent := widget.parentWidget()) is not None:
        yield parent
        widget = parent


def open_window(
    state: DeskState, submit: Submit, qtbot: QtBot, folder: Path, language: Language = "en"
) -> Window:
    window = Window(state, Texts(language), submit, log_folder=folder)
    window.may_close = True
    qtbot.addWidget(window)
    window.add_practice([("practice.line.echo", "075512345600")], ["normal", "403"])
    window.show()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    return window


@pytest.fixture
def window(state: DeskState, submit: Submit, qtbot: QtBot, tmp_path: Path) -> Iterator[Window]:
    made = open_window(state, submit, qtbot, tmp_path)
    yield made
    made.retire()


def test_the_keyboard_is_enough(window: Window, state: DeskState, sent: list[Command], qtbot: QtBot) -> None:
    state.take(script.bound())
    qtbot.keyClick(window, Qt.Key.Key_R, Qt.KeyboardModifier.ControlModifier)
    qtbot.keyClick(window, Qt.Key.Key_F5)
    state.take(script.placed())
    qtbot.keyClick(window, Qt.Key.Key_Escape)
    state.take(script.ended())
    state.take(script.offered("in1"))
    qtbot.keyClick(window, Qt.Key.Key_F6)
    state.take(script.ended("in1", incoming=True))
    state.take(script.offered("in2"))
    qtbot.keyClick(window, Qt.Key.Key_F9)
    assert [type(one) for one in sent] == [RegisterTrunk, PlaceTestCall, HangUp, AnswerCall, RejectCall]


@pytest.mark.parametrize(("key", "name"), [("1", "trunks.list"), ("2", "call.line"), ("4", "log.table")])
def test_rooms_are_reached_by_number(window: Window, qtbot: QtBot, key: str, name: str) -> None:
    window.log.text.setFocus()
    qtbot.keyClick(window, Qt.Key(ord(key)), Qt.KeyboardModifier.ControlModifier)
    focused = QApplication.focusWidget()
    assert focused is not None
    assert name in (focused.objectName(), focused.parentWidget().objectName())


def test_slash_reaches_the_filter_but_stays_a_character_in_a_field(window: Window, qtbot: QtBot) -> None:
    window.log.focus_room()
    qtbot.keyClick(window.log.table, Qt.Key.Key_Slash)
    assert window.log.text.hasFocus()
    assert window.log.text.text() == ""
    qtbot.keyClicks(window.log.text, "a/b")
    assert window.log.text.text() == "a/b"


def test_slash_reaches_the_filter_from_a_number_too(window: Window, qtbot: QtBot) -> None:
    window.call.focus_room()
    edit = window.call.line.box.lineEdit()
    assert edit is not None
    before = edit.text()
    qtbot.keyClick(edit, Qt.Key.Key_Slash)
    assert window.log.text.hasFocus()
    assert edit.text() == before


def test_tab_goes_room_by_room(window: Window, state: DeskState) -> None:
    state.take(script.bound())
    state.take(script.offered())
    window.strip._buttons["name"].setFocus()
    passed: list[str] = []
    while (focused := QApplication.focusWidget()) is not None and focused.objectName() not in passed:
        passed.append(focused.objectName())
        window.focusNextChild()
    parts = {"message": "log", "ladder": "log"}
    names = [name.partition(".")[0] for name in passed]
    rooms = list(dict.fromkeys(parts.get(name, name) for name in names))
    assert rooms == ["strip", "trunks", "call", "incoming", "log"]
    assert passed.index("call.caller") < passed.index("call.line") < passed.index("call.place")


def test_thousands_of_emits_lose_no_reference(state: DeskState, window: Window) -> None:
    """Some PySide6 releases drop a reference to True or None at each emit, until the interpreter aborts."""
    before = (sys.getrefcount(True), sys.getrefcount(None))
    for number in range(5_000):
        window.log.follow.toggled.emit(number % 2 == 0)
        state.trunk_changed.emit("gateway01")
        window.call.sound.play.setEnabled(True)
    after = (sys.getrefcount(True), sys.getrefcount(None))
    assert all(now > then - 1_000 for then, now in zip(before, after, strict=True))


def test_every_control_has_a_name_for_scripts_and_one_for_readers(window: Window, state: DeskState) -> None:
    state.take(script.offered())
    controls = (QAbstractButton, QComboBox, QLineEdit, QPlainTextEdit, QAbstractItemView)
    nameless = []
    for widget in window.findChildren(QWidget):
        inner = any(isinstance(one, COMPOSED) for one in ancestors(widget))
        if not isinstance(widget, controls) or inner or widget.objectName().startswith("qt_"):
            continue
        spoken = widget.accessibleName() or (isinstance(widget, QAbstractButton) and widget.text())
        if not widget.objectName() or not spoken:
            nameless.append((type(widget).__name__, widget.objectName()))
    assert nameless == []


def test_no_key_means_two_things(window: Window) -> None:
    keys = [action.shortcut().toString() for action in window.findChildren(QAction)]
    in_menus = [key for key in keys if key]
    tables = {"Ctrl+C", "Ctrl+Shift+C"}  # of whichever table has the keyboard
    assert [key for key in sorted(set(in_menus) - tables) if in_menus.count(key) > 1] == []


def test_buttons_that_cannot_be_pressed_say_why(window: Window) -> None:
    for button in window.findChildren(QAbstractButton):
        # Qt's own parts have names without a room.
        if "." in button.objectName() and not button.isEnabled():
            assert button.toolTip(), button.objectName()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("size", [(1280, 800), (1024, 700)])
def test_it_fits_small_screens_with_everything_shown(  # noqa: PLR0917
    state: DeskState, submit: Submit, qtbot: QtBot, language: Language, size: tuple[int, int], tmp_path: Path
) -> None:
    window = open_window(state, submit, qtbot, tmp_path, language)
    for event in (script.bound(), script.placed(), script.answered(), script.measured(), script.ended()):
        state.take(event)
    state.take(script.offered(from_header=script.HOSTILE, request_uri="sip:" + "9" * 500))
    state.take(script.bound(reason=script.HOSTILE, other_contacts=("sip:" + "9" * 400,)))
    window.resize(*size)
    QApplication.processEvents()
    assert (window.width(), window.height()) == size
    least = window.minimumSizeHint()
    assert least.width() <= 1024
    assert least.height() <= 700
    for name in ("call.place", "call.hangup", "trunks.register", "log.follow", "log.copy"):
        button = window.findChild(QAbstractButton, name)
        corner = button.mapTo(window, button.rect().bottomRight())
        assert window.rect().contains(corner), name
        assert button.width() >= button.fontMetrics().horizontalAdvance(button.text())
    window.retire()


def test_closing_asks_first(window: Window, qtbot: QtBot) -> None:
    window.may_close = False
    with qtbot.waitSignal(window.close_wished):
        window.close()
    assert window.isVisible()
    window.begin_closing()
    assert not window.centralWidget().isEnabled()
    window.retire()
    assert not window.isVisible()


def test_a_window_of_another_language_takes_over(
    window: Window, state: DeskState, submit: Submit, qtbot: QtBot, tmp_path: Path
) -> None:
    store(tmp_path, script.message(1), script.fact(2))
    window.call.fill("1", "2")
    other = Window(state, Texts("zh"), submit, log_folder=tmp_path)
    other.may_close = True
    qtbot.addWidget(other)
    window.log.text.setText("INVITE")
    window.log.problems.setChecked(True)
    window.log.follow.setChecked(False)
    other.take_over(window)
    assert other.log.text.text() == "INVITE"
    assert other.log.problems.isChecked()
    assert not other.log.follow.isChecked()
    other.log.text.clear()
    other.log.problems.setChecked(False)
    window.retire()
    qtbot.waitUntil(lambda: len(other.log.model.entries()) == 2)
    assert (other.call.caller.text, other.call.line.text) == ("1", "2")
    store(tmp_path, script.message(3))
    qtbot.waitUntil(lambda: other.log.model.rowCount() == 3)
    other.retire()
